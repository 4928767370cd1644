import { describe, expect, test } from 'vitest';
import { trainingJobName } from '../../../../src/lib/core/names.ts';
import type { Lifecycle } from '../../../../src/lib/core/lifecycle.ts';
import type { EnvironmentPolicy } from '../../../../src/lib/core/policy/policy.ts';
import type { TrainingFacts, TrainingJobFact } from '../../../../src/lib/core/step.ts';
import type { OutsideRun, TrainingMemory } from '../../../../src/lib/core/training/state.ts';
import { endTraining } from '../../../../src/lib/core/training/memory.ts';
import { isOutside } from '../../../../src/lib/core/training/causes.ts';
import { trainsFrom } from '../../../../src/lib/core/training/outside.ts';
import { after, iso, item, MINUTE_MS, needed, pass, served, without } from '../given.ts';
import { DAY_MS, HOUR_MS, KEY, order, PLAN, requested, TRAINED, training, trainPass, trains } from './given.ts';

const REGISTERS = trains('when: {drift: true}, from: {job: train-spam}, unregistered: register');
const IGNORES = trains('when: {drift: true}, from: {job: train-spam}');
const UNTRAINED: EnvironmentPolicy = without(IGNORES, 'training');
const ELSEWHERE = trains('when: {drift: true}, from: {job: train-spam}, unregistered: register, in: dev');
const PINS = [{ input: 'data', data: 'mails', version: '3' }];
const DONE: TrainingJobFact = {
  name: 'theirs-1', state: 'completed', template: 'train-spam', startedAt: iso(-HOUR_MS), endedAt: iso(-MINUTE_MS), computeMinutes: 12,
  given: { pins: PINS, unpinned: ['rules'], commit: '9c1e2b7' },
}; // prettier-ignore
const OUTPUT = {
  output: { uri: 'azureml://jobs/theirs-1/outputs/model/paths/', type: 'mlflow_model' },
  nextVersion: '7',
};

const told = (run = 'theirs-1') => item({ kind: 'outsideRun', run });
const noted = (runs: readonly string[] = ['theirs-1'], row: Partial<Lifecycle> = {}) =>
  served({
    trained: { ...TRAINED, outside: runs.map((run): OutsideRun => ({ run, since: iso() })) },
    ...row,
  });
const REGISTERING = training({ phase: 'registering', job: 'theirs-1' });
const HANDLED = endTraining(REGISTERING, REGISTERING.training, { end: 'succeeded', cause: 'registered', sentence: '' }, after(0)).lifecycle; // prettier-ignore
const runsOf = ({ trained }: { trained?: TrainingMemory }) => trained?.outside?.map(({ run }) => run);
const taking = (row: ReturnType<typeof served>, runs: readonly string[], policy = REGISTERS) =>
  trainPass(row, {}, { policy, items: runs.map(told) });

test.each<[string, EnvironmentPolicy, string | undefined, boolean]>([
  ['of the job that trains here', IGNORES, 'train-spam', true],
  ['of another job', IGNORES, 'evaluate-spam', false],
  ['of no job', trains(), undefined, false],
  ['where the champion is cloned', trains(), 'train-spam', false],
  ['where another environment trains', ELSEWHERE, 'train-spam', false],
  ['where the policy names this environment', trains('when: {drift: true}, from: {job: train-spam}, in: prod'), 'train-spam', true],
])('a tag %s', (_, policy, template, expected) => {
  expect(trainsFrom(policy, template)).toBe(expected);
}); // prettier-ignore

describe('a run that is told', () => {
  const rows: [string, ReturnType<typeof served>, EnvironmentPolicy, string, string][] = [
    ['of a policy that ignores it', served(), IGNORES, 'theirs-1', 'the policy ignores models that a run leaves unregistered: training.unregistered'],
    ['of a model that is not trained', served(), UNTRAINED, 'theirs-1', 'the policy does not train here'],
    ['of Steward', served(), REGISTERS, trainingJobName(KEY, 3, 1), 'it is a job of ours'],
    ['twice', noted(), REGISTERS, 'theirs-1', 'was taken in before'],
    ['whose model is being registered', REGISTERING, REGISTERS, 'theirs-1', 'was taken in before'],
    ['whose model was registered', HANDLED, REGISTERS, 'theirs-1', 'was taken in before'],
  ]; // prettier-ignore
  test.each(rows)('%s is refused with the reason', (_, row, policy, run, reason) => {
    const { refused, next } = taking(row, [run], policy);
    expect(Object.values(refused)).toEqual([reason]);
    expect(next.trained).toEqual(row.trained);
  });

  test('is noted, and read in the next pass', () => {
    const { next, lookInMs, rules, refused } = taking(served(), ['theirs-1']);
    expect([runsOf(next), lookInMs, refused]).toEqual([['theirs-1'], 0, {}]);
    expect(rules).toContain('outside.noted theirs-1');
    expect(needed(next, { policy: REGISTERS }).training).toEqual({ job: 'theirs-1' });
  });

  test('waits behind the training that is under way, and after at most four others', () => {
    const row = training({ phase: 'running' });
    const { next, rules } = taking(row, ['a', 'b', 'c', 'd', 'e', 'f']);
    expect(runsOf(next)).toEqual(['b', 'c', 'd', 'e', 'f']);
    expect(rules).toContain('outside.beyond a');
    expect(needed(next, { policy: REGISTERS }).training).toEqual({ job: 'stw-3' });
  });
});

const judged = (job: TrainingFacts['job'], row = noted(), more: { policy?: EnvironmentPolicy; at?: number } = {}) =>
  trainPass(row, job === undefined ? {} : { job }, { policy: REGISTERS, ...more });

describe('a run of which the job says', () => {
  const rows: [string, TrainingJobFact | 'absent', string][] = [
    ['that there is none', 'absent', 'outside.absent theirs-1'],
    ['that it failed', { ...DONE, state: 'failed' }, 'outside.failed theirs-1'],
    ['that it was canceled', { ...DONE, state: 'canceled' }, 'outside.canceled theirs-1'],
    ['nothing of a template', { name: 'theirs-1', state: 'completed' }, 'outside.stranger theirs-1'],
    ['another template', { ...DONE, template: 'evaluate-spam' }, 'outside.stranger theirs-1'],
  ];
  test.each(rows)('%s is dropped, and nothing is registered', (_, job, rule) => {
    const { next, rules, actions, notices } = judged(job);
    expect([runsOf(next), next.training, next.counters, rules]).toEqual([[], undefined, served().counters, [rule]]);
    expect([actions, notices]).toEqual([[], []]);
  });

  test('that it goes on is looked at again, but not for ever', () => {
    const running: TrainingJobFact = { ...DONE, state: 'running' };
    const soon = judged(running, noted(), { at: 10 * MINUTE_MS - 1 });
    expect([runsOf(soon.next), soon.lookInMs, soon.next.training]).toEqual([['theirs-1'], MINUTE_MS, undefined]);
    const late = judged(running, noted(), { at: 10 * MINUTE_MS });
    expect([runsOf(late.next), late.rules]).toEqual([[], ['outside.running theirs-1']]);
  });
});

test('a run without its fact is asked for, never guessed at', () => {
  const { next, lookInMs } = judged(undefined);
  expect([runsOf(next), next.training, lookInMs]).toEqual([['theirs-1'], undefined, 0]);
});

test('a fact about a run that fell out of the row is not about the next one', () => {
  const full = noted(['theirs-1', 'b', 'c', 'd', 'e']);
  const { next } = trainPass(full, { job: DONE }, { policy: REGISTERS, items: [told('f')] });
  expect([runsOf(next), next.training]).toEqual([['b', 'c', 'd', 'e', 'f'], undefined]);
});

test('a run has its turn soon after a training that is stopped', () => {
  const under = training({ phase: 'registering' });
  const row = { ...under, trained: { ...TRAINED, outside: [{ run: 'theirs-1', since: iso() }] } };
  const stopped = trainPass(row, { job: DONE }, { policy: REGISTERS, items: [order('reject', { training: 3 })] });
  const { next, lookInMs } = stopped;
  expect([runsOf(next), next.training, lookInMs]).toEqual([['theirs-1'], undefined, 1000]);
});

describe('a run that completed', () => {
  const { next, actions, notices, lookInMs } = judged(DONE);

  test('is a training that has only to be registered', () => {
    expect(next.training).toEqual({
      number: 1, phase: 'registering', phaseSince: iso(), since: iso(-HOUR_MS), policy: 'p1', more: 0,
      causes: [{ kind: 'outside', id: 'outside|theirs-1', at: iso(-MINUTE_MS), run: 'theirs-1' }],
      job: 'theirs-1', attempt: 1, submittedAt: iso(), source: 'theirs-1', pins: PINS, unpinned: ['rules'], commit: '9c1e2b7', spentMinutes: 0,
      finished: { at: iso(-MINUTE_MS), computeMinutes: 12 },
    }); // prettier-ignore
    expect([next.counters.training, runsOf(next), lookInMs]).toEqual([1, [], 0]);
    expect(next.training && isOutside(next.training)).toBe(true);
  });

  test('uses neither budget nor cooldown, and nobody is told', () => {
    expect([next.trained?.starts, actions, notices]).toEqual([[], [], []]);
  });

  test('whose version is known goes on as that', () => {
    const { next: then, ledger, actions: none } = trainPass(next, { result: { version: '7' } }, { policy: REGISTERS });
    expect(ledger).toMatchObject({ number: 1, end: 'succeeded', version: '7', computeMinutes: 12, durationMs: HOUR_MS, job: 'theirs-1', causes: [{ kind: 'outside' }] }); // prettier-ignore
    expect([then.waiting?.version, then.training, none]).toEqual(['7', undefined, []]);
  });

  test('whose version was handled long ago leads to no second release', () => {
    const known = { ...next, newestVersion: '8' };
    const { next: then, ledger } = trainPass(known, { result: { version: '7' } }, { policy: REGISTERS });
    expect([ledger?.version, then.waiting]).toEqual(['7', undefined]);
  });

  test('and registered nothing is registered, with its lineage', () => {
    const late = { policy: REGISTERS, at: 2 * MINUTE_MS };
    expect(trainPass(next, { result: OUTPUT }, { ...late, at: 2 * MINUTE_MS - 1 }).actions).toEqual([]);
    expect(trainPass(next, { result: OUTPUT }, late).actions).toEqual([{
      do: 'registerModel', job: 'theirs-1', version: '7', uri: OUTPUT.output.uri, type: 'mlflow_model',
      tags: { 'steward.training': '1', 'steward.data.data': 'mails:3', 'steward.commit': '9c1e2b7' },
    }]); // prettier-ignore
  });

  test('and left nothing ends with the reason, and nobody is told: it is no failure of ours', () => {
    const { ledger, notices: quiet, next: then } = trainPass(next, { result: {} }, { policy: REGISTERS, at: 10 * MINUTE_MS }); // prettier-ignore
    expect(ledger).toMatchObject({ end: 'failed', cause: 'noModel', sentence: expect.stringContaining("no output named 'model'") }); // prettier-ignore
    expect([quiet, then.training]).toEqual([[], undefined]);
  });

  test('and left what cannot be registered is told: that is a failure of ours', () => {
    const { ledger, notices: loud } = trainPass(next, { result: OUTPUT }, { policy: REGISTERS, at: HOUR_MS });
    expect([ledger?.cause, loud.map(({ kind }) => kind)]).toEqual(['noModel', ['trainingFailed']]);
  });

  test('can be rejected: nothing is canceled, nothing is registered', () => {
    const { next: then, ledger, actions: none } = trainPass(next, { result: OUTPUT }, { policy: REGISTERS, at: HOUR_MS, items: [order('reject', { training: 1 })] }); // prettier-ignore
    expect(ledger).toMatchObject({ end: 'canceled', cause: 'command', computeMinutes: 12 });
    expect([then.training, none]).toEqual([undefined, []]);
  });
});

describe('a run that waits', () => {
  test('goes before a request, which is taken up after it', () => {
    const row = noted(['theirs-1'], { request: requested() });
    expect(needed(row, { policy: REGISTERS }).training).toMatchObject({ job: 'theirs-1', plan: {} });
    const { next, actions } = trainPass(row, { job: DONE, plan: PLAN }, { policy: REGISTERS });
    const waits = { ...row.request, refused: expect.objectContaining({ reason: 'oneAtATime' }) };
    expect([next.training?.job, next.request, actions]).toEqual(['theirs-1', waits, []]);
  });

  test('that turns out to be none does not stop a request', () => {
    const row = noted(['theirs-1'], { request: requested() });
    const { next, actions } = trainPass(row, { job: 'absent', plan: PLAN }, { policy: REGISTERS });
    expect([next.training?.number, runsOf(next)]).toEqual([1, []]);
    expect(actions).toMatchObject([{ do: 'submitTraining' }]);
  });

  test('is not registered while a person has paused the model, and is afterwards', () => {
    const row = noted(['theirs-1'], { conditions: { paused: { since: iso(), actor: 'ada', reason: 'r' } } });
    expect(needed(row, { policy: REGISTERS }).training).toBeUndefined();
    const { next, lookInMs } = trainPass(row, {}, { policy: REGISTERS });
    expect([runsOf(next), next.training, lookInMs]).toEqual([['theirs-1'], undefined, HOUR_MS]);
    const resumed = trainPass(row, {}, { policy: REGISTERS, items: [order('resume')] });
    expect(resumed.lookInMs).toBe(0);
  });

  test('is forgotten when the policy does not register any more', () => {
    for (const policy of [IGNORES, UNTRAINED]) {
      const { next, rules } = pass(noted(), { policy, facts: { training: { job: DONE } } });
      expect([runsOf(next), next.training, rules]).toEqual([[], undefined, ['outside.ignored']]);
    }
  });

  test('and cannot be read for days is given up, as others wait behind it', () => {
    const facts = { training: { away: { job: { provider: 'Azure ML', reason: 'HTTP 503' } } } };
    const soon = pass(noted(), { policy: REGISTERS, facts, at: 3 * DAY_MS });
    expect([runsOf(soon.next), soon.lookInMs]).toEqual([['theirs-1'], MINUTE_MS]);
    const late = pass(noted(), { policy: REGISTERS, facts, at: 3 * DAY_MS + 1 });
    expect([runsOf(late.next), late.rules]).toEqual([[], ['outside.unreachable theirs-1']]);
  });
});
