import { describe, expect, test } from 'vitest';
import type { TrainingJobFact } from '../../../../src/lib/core/step.ts';
import { item, iso, MINUTE_MS, needed, pass } from '../given.ts';
import { DAY_MS, HOUR_MS, order, requested, TRAINED, training, trainPass, TRAINS } from './given.ts';

const job = (state: TrainingJobFact['state'], change: Partial<TrainingJobFact> = {}): TrainingJobFact => ({ name: 'stw-3', state, ...change }); // prettier-ignore
const UNDER = training();
const PLATFORM = { platform: true, message: 'ServiceError: node lost' };
const CODE = { platform: false, message: 'UserError: exit code 1' };

test('the job is what is asked about, and nothing else', () => {
  expect(needed(UNDER, { policy: TRAINS })).toEqual({ training: { job: 'stw-3' } });
});

test('a job that never got there is asked for again, as it is in the row', () => {
  const { actions, lookInMs } = trainPass(UNDER, { job: 'absent' });
  const { job: name, source, pins, causes, attempt } = UNDER.training;
  expect(actions).toEqual([{ do: 'submitTraining', job: name, source, pins, causes, attempt }]);
  expect(lookInMs).toBe(MINUTE_MS);
});

test('a job that runs is followed', () => {
  const { next, actions, notices } = trainPass(UNDER, { job: job('running') });
  expect(next.training?.phase).toBe('running');
  expect([actions, notices]).toEqual([[], []]);
});

test('what asks for the next one waits for it and says so, once', () => {
  const facts = { job: job('running') };
  const first = trainPass(training({ phase: 'running' }, { request: requested() }), facts);
  const refused = { reason: 'oneAtATime', sentence: 'Training 3 (stw-3) is under way.', since: iso() };
  expect(first.next.request).toEqual({ ...requested(), refused });
  expect([first.rules, first.notices, first.lookInMs]).toEqual([['request.refused.oneAtATime'], [], MINUTE_MS]);
  const second = trainPass(first.next, facts, { at: 5 * MINUTE_MS });
  expect([second.next.request, second.rules]).toEqual([first.next.request, []]);
});

describe('it ends', () => {
  interface Row {
    readonly title: string;
    readonly fact: TrainingJobFact | 'absent';
    readonly at?: number;
    readonly end: string;
    readonly cause: string;
    readonly told: boolean;
  }
  const rows: readonly Row[] = [
    { title: 'code failed', fact: job('failed', { failure: CODE }), end: 'failed', cause: 'jobFailed', told: true },
    { title: 'failed, nobody says why', fact: job('failed'), end: 'failed', cause: 'jobFailed', told: true },
    { title: 'canceled by hand', fact: job('canceled'), end: 'canceled', cause: 'canceled', told: true },
    { title: 'never submitted', fact: 'absent', at: 2 * HOUR_MS + 1, end: 'failed', cause: 'notSubmitted', told: true },
  ];
  test.each(rows)('$title', ({ fact, at = 0, end, cause, told }) => {
    const { next, ledger, notices } = trainPass(UNDER, { job: fact }, { at });
    expect(next.training).toBeUndefined();
    expect(ledger).toMatchObject({ number: 3, end, cause, attempts: 1 });
    expect(next.trained?.ended[0]).toEqual(ledger);
    expect(notices.map(({ id }) => id)).toEqual(
      told ? [end === 'failed' ? 't3-trainingFailed' : 't3-trainingStopped'] : [],
    );
  });
});

describe('another attempt', () => {
  const lost = job('failed', { failure: PLATFORM, computeMinutes: 7 });
  test('follows where the platform failed, under a name of its own, and counts', () => {
    const { next, actions } = trainPass(UNDER, { job: lost }, { at: HOUR_MS });
    expect(next.training).toMatchObject({ number: 3, attempt: 2, phase: 'submitted', spentMinutes: 7, submittedAt: iso(HOUR_MS), since: iso() });
    expect(next.training?.job).toMatch(/-t3-a2$/);
    expect(next.trained?.starts).toEqual([iso(), iso(HOUR_MS)]);
    expect(actions).toMatchObject([{ do: 'submitTraining', attempt: 2, job: next.training?.job, pins: UNDER.training.pins }]);
  });
  test('is the last', () => {
    const { ledger } = trainPass(training({ attempt: 2, spentMinutes: 7 }), { job: lost });
    expect(ledger).toMatchObject({ end: 'failed', cause: 'platform', attempts: 2, computeMinutes: 14 });
  });
  test('does not go past the budget', () => {
    const starts = [-3, -2, -1, 0].map((days) => iso(days * DAY_MS));
    const { ledger } = trainPass(training({}, { trained: { ...TRAINED, starts } }), { job: lost });
    expect(ledger).toMatchObject({ end: 'failed', cause: 'platform' });
  });
}); // prettier-ignore

describe('deadlines', () => {
  const late = trainPass(UNDER, { job: job('waiting') }, { at: 2 * HOUR_MS + 1 });
  test('a job that does not start is stopped first', () => {
    expect(late.actions).toEqual([{ do: 'cancelJob', job: 'stw-3' }]);
    expect(late.next.training?.ending).toMatchObject({ cause: 'startDeadline', retry: true });
  });
  test('is asked to stop until it has', () => {
    expect(trainPass(late.next, { job: job('waiting') }, { at: 2 * HOUR_MS + 2 }).actions).toEqual(late.actions);
  });
  test('and is tried once more then', () => {
    const { next } = trainPass(late.next, { job: job('canceled') }, { at: 3 * HOUR_MS });
    expect(next.training).toMatchObject({ attempt: 2 });
    expect(next.training?.ending).toBeUndefined();
  });
  test('a job that runs too long is stopped and not tried again', () => {
    const { next, actions } = trainPass(UNDER, { job: job('running') }, { at: 12 * HOUR_MS + 1 });
    expect(actions).toEqual([{ do: 'cancelJob', job: 'stw-3' }]);
    const ended = trainPass(next, { job: job('canceled', { computeMinutes: 720 }) }, { at: 12 * HOUR_MS + 2 });
    expect(ended.ledger).toMatchObject({ end: 'failed', cause: 'finishDeadline', computeMinutes: 720 });
  });
  test('one that ran to its end before it was stopped counts', () => {
    expect(trainPass(late.next, { job: job('completed') }, { at: 3 * HOUR_MS }).next.training?.phase).toBe('registering');
  });
  test('one that does not stop is left to itself, and nothing is submitted beside it', () => {
    const { ledger, actions } = trainPass(late.next, { job: job('running') }, { at: 3 * HOUR_MS });
    expect(ledger).toMatchObject({ end: 'failed', cause: 'startDeadline' });
    expect(actions).toEqual([]);
  });
  test('a silence does not last for ever', () => {
    const unreachable = { provider: 'MLflow', reason: 'HTTP 503' };
    const silent = (at: number) => pass(UNDER, { facts: { training: { away: { job: unreachable } } }, policy: TRAINS, at });
    expect(silent(36 * HOUR_MS).ledger).toBeUndefined();
    expect(silent(36 * HOUR_MS + 1).ledger).toMatchObject({ end: 'failed', cause: 'unreachable' });
  });
}); // prettier-ignore

test('what is under way is followed although the policy does not train any more', () => {
  const { training: _, ...policy } = TRAINS;
  expect(trainPass(UNDER, { job: job('completed') }, { policy }).next.training?.phase).toBe('registering');
  expect(trainPass(UNDER, { job: job('failed', { failure: PLATFORM }) }, { policy }).ledger).toMatchObject({
    end: 'failed',
  });
});

test('reject stops the job, and the training ends as canceled', () => {
  const { next, actions, notices } = trainPass(UNDER, {}, { items: [order('reject', { training: 3 })] });
  expect(actions).toEqual([{ do: 'cancelJob', job: 'stw-3' }]);
  const ended = trainPass(next, { job: job('canceled') });
  expect(ended.ledger).toMatchObject({ end: 'canceled', cause: 'command', sentence: 'Stopped by ada: because' });
  expect(notices).toEqual([]);
  expect(ended.notices).toMatchObject([
    { kind: 'trainingStopped', audience: 'inform', sentence: 'Stopped by ada: because' },
  ]);
});

describe('outcomes', () => {
  const refused = { of: 'submitTraining', result: 'refused', code: 'quota', message: 'no room' } as const;
  const outcome = (number: number, change = {}) => item({ kind: 'outcome', training: number, outcome: { ...refused, ...change } });
  test('a refused job ends its training', () => {
    const { ledger, notices } = trainPass(UNDER, {}, { items: [outcome(3)] });
    expect(ledger).toMatchObject({ end: 'failed', cause: 'quota', sentence: 'The job stw-3 was refused: no room' });
    expect(notices).toHaveLength(1);
  });
  test('of another training change nothing', () => {
    const { next, ledger } = trainPass(UNDER, { job: job('waiting') }, { items: [outcome(2)] });
    expect(next.training).toMatchObject(UNDER.training);
    expect([ledger, next.conditions]).toEqual([undefined, {}]);
  });
  test('of a registration are kept, to be told in the end', () => {
    const { next } = trainPass(UNDER, { job: job('running') }, { items: [outcome(3, { of: 'registerModel' })] });
    expect(next.training).toMatchObject({ trouble: 'no room' });
  });
  test('that ask to be left alone are heard, and do not stop the release', () => {
    const throttled = { of: 'submitTraining', result: 'unavailable', provider: 'Azure ML', message: 'HTTP 429', retryAfterMs: 300_000 } as const;
    const { next } = trainPass(UNDER, { job: 'absent' }, { items: [item({ kind: 'outcome', training: 3, outcome: throttled })] });
    expect([next.training?.notBefore, next.conditions]).toEqual([iso(300_000), {}]);
    const waits = trainPass(next, { job: 'absent' }, { at: MINUTE_MS });
    expect([waits.actions, waits.lookInMs]).toEqual([[], 300_000 - MINUTE_MS]);
    expect(trainPass(next, { job: 'absent' }, { at: 300_000 }).actions).toHaveLength(1);
  });
}); // prettier-ignore
