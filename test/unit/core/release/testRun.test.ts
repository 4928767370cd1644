import { describe, expect, test } from 'vitest';
import { PHASES, type Phase, type Release } from '../../../../src/lib/core/release/state.ts';
import type { Tested } from '../../../../src/lib/core/tested.ts';
import type { EnvironmentPolicy } from '../../../../src/lib/core/policy/policy.ts';
import { breakGlass } from '../../../../src/lib/core/breakGlass.ts';
import type { Command } from '../../../../src/lib/core/inbox.ts';
import type { JobFact } from '../../../../src/lib/core/step.ts';
import { AWAY, BOTH, command, endpoint, HOUR_MS, iso, item, needed, NEW, OLD, pass, releasing, registered, T0 } from '../given.ts'; // prettier-ignore
import { policyFrom } from '../policy/given.ts';

function batchPolicy(more = ''): EnvironmentPolicy {
  const { prod } = policyFrom(`steward: 1
model: spam-filter
owners: [ml-oncall@example.com]
environments: {prod: {workspace: ml-prod, batchEndpoint: spam-nightly}}
evaluation: {job: evaluate-spam, data: spam-holdout}
gate: {metric: accuracy, better: higher}
batch: {testRun: {input: mails, expect: {rows: same}}${more}}
`).policy.environments;
  if (!prod) throw new Error('the policy has no prod');
  return prod;
}

const policy = batchPolicy();
const facts = { endpoint: { ...endpoint({ [OLD]: 100 }), serves: 'batch' as const } };
const asked: Tested = { attempt: 1, askedAt: iso() };
const started: Tested = { ...asked, job: 'batch-1', data: 'mails:2', place: 'azureml://datastores/d/paths/p' };
const ended: Tested = { ...started, endedAt: iso() };
const testing = (tested?: Tested) => releasing('smokeTesting', { deployment: NEW, ...(tested ? { testRun: tested } : {}) }); // prettier-ignore
const answer = (deployment = NEW) =>
  item({ kind: 'outcome', release: 7, outcome: { of: 'testRun', result: 'answered', deployment, job: 'batch-1', data: 'mails:2' } }); // prettier-ignore
const job = (state: JobFact['state']) => ({ ...facts, job: { name: 'batch-1', state } });

describe('a batch endpoint has no live minutes', () => {
  const stamps: Partial<Release> = {
    deployment: NEW, exposedSince: iso(-HOUR_MS), stepVerifiedAt: iso(), canary: undefined as never, testRun: ended,
    rollback: { cause: 'command', reasons: [], sentence: '', decidedAt: iso(), restoredAt: iso() },
  }; // prettier-ignore
  test.each(PHASES.filter((phase) => phase !== 'shadowing'))('nobody asks for them in %s', (phase: Phase) => {
    const { canary: _, ...release } = stamps;
    for (const change of [release, { deployment: NEW }])
      expect(needed(releasing(phase, change), { policy })).not.toHaveProperty('minutes');
  });
});

describe('the test job', () => {
  test('is asked for once, and the answer is waited for', () => {
    const { actions, next, lookInMs } = pass(testing(), { facts, policy });
    expect(actions).toEqual([{ do: 'testRun', deployment: NEW, attempt: 1, input: 'mails', as: 'data', output: 'score' }]); // prettier-ignore
    expect(next.release?.testRun).toEqual(asked);
    expect(lookInMs).toBe(90_000);
    expect(pass(next, { facts, policy, at: 60_000 }).actions).toEqual([]);
  });

  test('is not passed over where the policy has none', () => {
    const { testRun: _, ...rollout } = policy.rollout;
    const untested = { ...policy, rollout };
    const given = { facts: { ...facts, deployments: BOTH }, policy: untested };
    const { next } = pass(releasing('deploying', { deployment: NEW, deployAskedAt: iso() }), given);
    expect(next.release?.phase).toBe('smokeTesting');
    expect(pass(next, given).next.release).toMatchObject({ phase: 'rollingBack', rollback: { cause: 'testRun' } });
  });

  test('is not asked for while paused', () => {
    const row = testing();
    const paused = { ...row, conditions: { paused: { since: iso(), actor: 'ada', reason: 'because' } } };
    expect(pass(paused, { facts, policy }).actions).toEqual([]);
  });

  test('whose answer got lost is asked for again, three times in all', () => {
    expect(pass(testing(asked), { facts, policy, at: 90_001 }).actions).toMatchObject([{ do: 'testRun', attempt: 2 }]);
    const third = pass(testing({ attempt: 3, askedAt: iso() }), { facts, policy, at: 90_001 });
    expect(third.next.release).toMatchObject({ phase: 'rollingBack', rollback: { cause: 'testRun' } });
  });

  test('is known by the first answer, to whichever attempt; another deployment’s is nothing', () => {
    const second = testing({ attempt: 2, askedAt: iso() });
    const { next } = pass(second, { items: [answer(), answer()], facts, policy });
    expect(next.release?.testRun).toMatchObject({ attempt: 2, job: 'batch-1', data: 'mails:2' });
    expect(pass(second, { items: [answer(OLD)], facts, policy }).next.release?.testRun).not.toHaveProperty('job');
    const back = releasing('rollingBack', { deployment: NEW, testRun: asked });
    expect(pass(back, { items: [answer()], facts, policy }).next.release?.testRun).not.toHaveProperty('job');
  });

  test('is looked at until it has ended, then what it left is', () => {
    expect(needed(testing(started), { policy })).toEqual({ endpoint: true, job: 'batch-1' });
    expect(pass(testing(started), { facts: job('running'), policy })).toMatchObject({ lookInMs: 30_000, actions: [] });
    const { next, lookInMs } = pass(testing(started), { facts: job('completed'), policy });
    expect([next.release?.testRun, lookInMs]).toEqual([ended, 0]);
    expect(needed(next, { policy })).toEqual({
      endpoint: true,
      testOutput: { job: 'batch-1', output: 'score', place: 'azureml://datastores/d/paths/p', rows: true, data: 'mails:2' },
    }); // prettier-ignore
  });

  test('that did not end in time is given up; one that ended is judged however late that is seen', () => {
    const late = { policy, at: HOUR_MS + 1 };
    expect(pass(testing(started), { ...late, facts: job('running') }).next.release?.phase).toBe('rollingBack');
    expect(pass(testing(started), { ...late, facts: job('completed') }).next.release).toMatchObject({ phase: 'smokeTesting', testRun: { endedAt: iso(late.at) } }); // prettier-ignore
    const left = { ...facts, testOutput: { files: 1, rows: 3, inputRows: 3 } };
    expect(pass(testing(ended), { ...late, facts: left }).next.release?.phase).toBe('shifting');
    expect(pass(testing(ended), { ...late, facts }).next.release?.phase).toBe('rollingBack');
  });

  test('has an end also while Azure does not answer: its own deadline, and that of the deployment', () => {
    const away = { facts: AWAY, policy };
    expect(pass(testing(started), { ...away, at: 2 * HOUR_MS }).next.release?.phase).toBe('smokeTesting');
    expect(pass(testing(started), { ...away, at: 2 * HOUR_MS + 1 }).next.release?.phase).toBe('rollingBack');
  });

  test.each([
    ['a rollback that was ordered', [command('rollback', { release: 7 })], policy],
    ['a newer version that takes its place', [registered('8')], batchPolicy(', onNewerVersion: supersede')],
  ])('is canceled after %s', (_, items, by) => {
    const given = { facts: { ...facts, deployments: BOTH }, policy: by };
    const first = pass(testing(started), { ...given, items });
    const turned = first.next.release?.phase === 'rollingBack' ? first : pass(first.next, given);
    expect(turned.next.release?.phase).toBe('rollingBack');
    const last = pass(turned.next, given);
    expect(last.closed).toMatchObject({ version: '7' });
    expect(last.actions).toEqual([{ do: 'cancelJob', job: 'batch-1' }]);
  });
});

test('the test job of a release that an Admin’s order overtakes, or whose own order ended, is canceled', () => {
  const order: Command = {
    name: 'breakGlass',
    actor: 'eve',
    reason: 'fire',
    version: '8',
    until: iso(HOUR_MS),
    release: 7,
  };
  expect(breakGlass(testing(started), order, T0).actions).toEqual([{ do: 'cancelJob', job: 'batch-1' }]);
  const over = releasing('smokeTesting', { deployment: NEW, testRun: started, breakGlass: { actor: 'eve', reason: 'fire', at: iso(-HOUR_MS), until: iso() } }); // prettier-ignore
  expect(pass(over, { facts: job('running'), policy }).actions).toEqual([{ do: 'cancelJob', job: 'batch-1' }]);
});

const switching = () => releasing('shifting', { deployment: NEW, testRun: ended });

describe('the switch', () => {
  const both = { endpoint: facts.endpoint, deployments: BOTH };

  test('is one write, under a new generation, and is done when a GET shows it', () => {
    const { actions, next } = pass(switching(), { facts: both, policy });
    expect(actions).toEqual([{ do: 'setTraffic', expected: { [OLD]: 100 }, desired: { [NEW]: 100 }, generation: 4 }]);
    const shown = { ...both, endpoint: { ...facts.endpoint, traffic: { [NEW]: 100 }, stewardGeneration: 4 } };
    const watched = pass(next, { facts: shown, policy, at: 10_000 });
    expect(watched.next.release).toMatchObject({ phase: 'watching', trail: [{ percent: 100 }] });
    expect(pass(watched.next, { facts: shown, policy, at: 10_000 }).next.champion).toMatchObject({ version: '7', replaced: OLD }); // prettier-ignore
  });

  test.each([
    ['the way back is not ready', { ...both, deployments: BOTH.filter(({ name }) => name === NEW) }, 'shifting'],
    ['the challenger is gone', { ...both, deployments: BOTH.filter(({ name }) => name === OLD) }, 'rollingBack'],
  ])('waits or ends where %s', (_, given, phase) => {
    const { actions, next } = pass(switching(), { facts: given, policy });
    expect([actions, next.release?.phase]).toEqual([[], phase]);
  });

  test('waits while paused', () => {
    const row = { ...switching(), conditions: { paused: { since: iso(), actor: 'ada', reason: 'because' } } };
    expect(pass(row, { facts: both, policy }).actions).toEqual([]);
  });
});
