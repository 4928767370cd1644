import { describe, expect, test } from 'vitest';
import type { Artifact, Evaluation, Release } from '../../../../src/lib/core/release/state.ts';
import { evaluationJobName } from '../../../../src/lib/core/names.ts';
import type { Facts } from '../../../../src/lib/core/step.ts';
import type { EvaluationPolicy } from '../../../../src/lib/core/policy/policy.ts';
import {
  AWAY, command, firstRelease, HOUR_MS, iso, KEY, MINUTE_MS, needed, pass, policy, policyOf, releasing,
} from '../given.ts'; // prettier-ignore

const artifact: Artifact = { digest: 'd1', files: 2, verifiable: true };
const unlisted: Artifact = { digest: 'd2', files: 0, verifiable: false, why: 'it lies elsewhere' };
const plan = { template: 'job-3', dataVersion: '4' };
const job = evaluationJobName(KEY, 8, 1);
const evaluation: Evaluation = { job, template: 'job-3', data: 'spam-holdout', dataVersion: '4', submittedAt: iso() };
const asked = releasing('evaluating', { evaluation });
const deadlineMs = policy.evaluation?.deadlineMs ?? 0;
const submit = { do: 'submitEvaluation', job, template: 'job-3', champion: '6', challenger: '7', data: 'spam-holdout', dataVersion: '4' }; // prettier-ignore

test('it needs a plan and what the version is first, then the job and nothing else', () => {
  expect(needed(releasing('evaluating'))).toEqual({ evaluationPlan: { template: 'evaluate-spam', data: 'spam-holdout' }, artifact: '7' }); // prettier-ignore
  expect(needed(asked)).toEqual({ job });
});

test('the job is named, pinned and counted in the row before it is submitted', () => {
  const { next, actions, rules } = pass(releasing('evaluating'), { facts: { evaluationPlan: plan, artifact } });
  expect(actions).toEqual([submit]);
  expect(next.release).toMatchObject({ evaluation, artifact });
  expect(next.counters.evaluation).toBe(8);
  expect(rules).toEqual(['evaluate.submit']);
});

test('without a champion the challenger stands in for it', () => {
  const row = { ...firstRelease('evaluating'), counters: { release: 1, evaluation: 0 } };
  const { actions } = pass(row, { facts: { evaluationPlan: plan, artifact } });
  expect(actions).toMatchObject([{ champion: '7', challenger: '7', job: evaluationJobName(KEY, 1, 1) }]);
});

test('nothing is submitted while paused', () => {
  const row = releasing('evaluating', {}, { conditions: { paused: { since: iso(), actor: 'ada', reason: 'x' } } });
  const { actions, lookInMs, next } = pass(row, { facts: { evaluationPlan: plan, artifact } });
  expect([actions, lookInMs, next]).toEqual([[], MINUTE_MS, row]);
});

interface Row {
  readonly release?: Partial<Release>;
  readonly facts: Facts;
  readonly at?: number;
  readonly cause: string;
  readonly cancels?: boolean;
}

describe('it rejects', () => {
  const late = deadlineMs + MINUTE_MS;
  const rows: [string, Row][] = [
    ['no template', { facts: { evaluationPlan: { dataVersion: '4' }, artifact }, cause: 'noTemplate' }],
    ['no data', { facts: { evaluationPlan: { template: 'job-3' }, artifact }, cause: 'noData' }],
    ['a failed job', { release: { evaluation }, facts: { job: { name: job, state: 'failed' } }, cause: 'evaluationFailed' }], // prettier-ignore
    ['a canceled job', { release: { evaluation }, facts: { job: { name: job, state: 'canceled' } }, cause: 'evaluationFailed' }], // prettier-ignore
    ['a job that runs too long', { release: { evaluation }, facts: { job: { name: job, state: 'running' } }, at: late, cause: 'evaluationDeadline', cancels: true }], // prettier-ignore
    ['a job that could not be submitted in time', { release: { evaluation }, facts: { job: 'absent' }, at: late, cause: 'evaluationDeadline' }], // prettier-ignore
  ];
  test.each(rows)('%s', (_, { release, facts, at = 0, cause, cancels = false }) => {
    const { next, actions, notices } = pass(releasing('evaluating', release), { facts, at });
    expect(next.release).toBeUndefined();
    expect(next.ended[0]).toMatchObject({ end: 'rejected', cause });
    expect(notices.map(({ kind }) => kind)).toEqual(['rejected']);
    expect(actions).toEqual(cancels ? [{ do: 'cancelJob', job }] : []);
  });
});

describe('it follows the job', () => {
  test('to its end: judged, also when it ended after the deadline', () => {
    for (const at of [0, deadlineMs + HOUR_MS]) {
      const { next, lookInMs } = pass(asked, { facts: { job: { name: job, state: 'completed' } }, at });
      expect([next.release?.phase, lookInMs]).toEqual(['gating', 0]);
    }
  });

  test.each(['waiting', 'running'] as const)('while it is %s', (state) => {
    const { next, lookInMs, actions } = pass(asked, { facts: { job: { name: job, state } } });
    expect([next, lookInMs, actions]).toEqual([asked, MINUTE_MS, []]);
  });

  test('submitted again under the same name when it is not there', () => {
    const { actions, next } = pass(asked, { facts: { job: 'absent' } });
    expect(actions).toEqual([submit]);
    expect(next.counters).toEqual(asked.counters);
  });

  test('gives up after the deadline when Azure cannot be read', () => {
    expect(pass(asked, { facts: AWAY, at: deadlineMs - MINUTE_MS }).next.release?.phase).toBe('evaluating');
    const { next } = pass(asked, { facts: AWAY, at: deadlineMs + MINUTE_MS });
    expect(next.ended[0]).toMatchObject({ end: 'aborted', cause: 'deadline' });
  });
});

const from = (change: Partial<EvaluationPolicy>) =>
  policyOf('', (p) => (p.evaluation ? { ...p, evaluation: { ...p.evaluation, ...change } } : p));

describe('from a component', () => {
  const component = from({ from: { kind: 'component', component: 'evaluate', compute: 'cpu' } });
  const id = '/w/components/evaluate/versions/3';

  test('its newest version is asked for, and runs on the compute of the policy', () => {
    expect(needed(releasing('evaluating'), { policy: component }).evaluationPlan).toEqual({ component: 'evaluate', data: 'spam-holdout' }); // prettier-ignore
    const facts = { evaluationPlan: { template: id, dataVersion: '4' }, artifact };
    const { actions, next } = pass(releasing('evaluating'), { facts, policy: component });
    expect(actions).toEqual([{ ...submit, template: id, compute: 'cpu' }]);
    // Also when it has to be submitted again.
    expect(pass(next, { facts: { job: 'absent' }, policy: component }).actions).toEqual(actions);
  });

  test('that does not exist: rejected', () => {
    const { next, notices } = pass(releasing('evaluating'), { facts: { evaluationPlan: { dataVersion: '4' }, artifact }, policy: component }); // prettier-ignore
    expect(next.ended[0]).toMatchObject({ end: 'rejected', cause: 'noTemplate' });
    expect(notices[0]?.sentence).toBe('There is no component evaluate in the workspace: register it.');
  });
});

describe('from training', () => {
  const training = from({ from: { kind: 'training' } });

  test('nothing is submitted: the data is pinned, and the trainings are asked', () => {
    expect(needed(releasing('evaluating'), { policy: training }).evaluationPlan).toEqual({ data: 'spam-holdout' });
    const { actions, next, lookInMs } = pass(releasing('evaluating'), { facts: { evaluationPlan: { dataVersion: '4' }, artifact }, policy: training }); // prettier-ignore
    expect([actions, lookInMs, next.counters.evaluation]).toEqual([[], 0, 7]);
    expect(next.release).toMatchObject({ phase: 'gating', artifact });
    expect(next.release?.evaluation).toEqual({ data: 'spam-holdout', dataVersion: '4', submittedAt: iso() });
  });

  test('there is no job to cancel', () => {
    const row = releasing('gating', { evaluation: { data: 'spam-holdout', dataVersion: '4', submittedAt: iso() } });
    expect(pass(row, { items: [command('rollback', { release: 7 })] }).actions).toEqual([]);
  });
});

describe('files that cannot be listed', () => {
  const facts = { evaluationPlan: plan, artifact: unlisted };
  const strict = from({ artifact: 'verify' });

  test('are noted, and the evaluation goes on', () => {
    const { next, actions } = pass(releasing('evaluating'), { facts });
    expect(next.release?.artifact).toEqual(unlisted);
    expect(actions).toEqual([submit]);
  });

  test('reject where the policy insists, after they were tried for a while', () => {
    const waits = pass(releasing('evaluating'), { facts, policy: strict, at: 14 * MINUTE_MS });
    expect([waits.next.release?.phase, waits.actions, waits.lookInMs]).toEqual(['evaluating', [], MINUTE_MS]);
    const { next, notices } = pass(releasing('evaluating'), { facts, policy: strict, at: 15 * MINUTE_MS });
    expect(next.ended[0]).toMatchObject({ end: 'rejected', cause: 'artifactNotVerifiable' });
    expect(notices[0]?.sentence).toBe('Its files cannot be verified: it lies elsewhere.');
  });

  test('that could be listed after all are like any', () => {
    const { actions } = pass(releasing('evaluating'), { facts: { ...facts, artifact }, policy: strict, at: MINUTE_MS });
    expect(actions).toEqual([submit]);
  });
});
