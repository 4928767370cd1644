import { describe, expect, test } from 'vitest';
import type { Lifecycle } from '../../../src/lib/core/lifecycle.ts';
import { evaluationJobName, stewardId, trainingJobName } from '../../../src/lib/core/names.ts';
import { isOrphanedDeployment, isOrphanedJob } from '../../../src/lib/core/orphans.ts';
import { BOTH, deployment, endpoint, firstRelease, iso, item, KEY, MINUTE_MS, NEW, OLD, pass, releasing, served, shifting } from './given.ts'; // prettier-ignore

const EVALUATION = evaluationJobName(KEY, 7, 1);
const TRAINING = trainingJobName(KEY, 3, 2);
const ours = (name: string) => ({ name, stewardId: stewardId(KEY, name) });
const seen = (jobs: readonly string[], deployments: readonly string[] = []) =>
  item({ kind: 'orphansSeen', jobs, deployments: deployments.map((name) => ({ name, version: '7' })) });
const evaluating = (job: string) => releasing('evaluating', { evaluation: { job, data: 'd', dataVersion: '4', submittedAt: iso() } }); // prettier-ignore
const training = { number: 3, phase: 'running', job: TRAINING, attempt: 2 } as unknown as NonNullable<
  Lifecycle['training']
>;
const memory = { ended: [{ job: TRAINING }] } as unknown as NonNullable<Lifecycle['trained']>;

describe('a job with our tag', () => {
  test.each<[string, Lifecycle, { name: string; stewardId?: string }, boolean]>([
    ['that nothing wants is an orphan', served(), ours(EVALUATION), true],
    ['that the release waits for is none', evaluating(EVALUATION), ours(EVALUATION), false],
    ['of an evaluation before is one', evaluating(evaluationJobName(KEY, 8, 1)), ours(EVALUATION), true],
    ['that the training waits for is none', served({ training }), ours(TRAINING), false],
    ['of the attempt before is one', served({ training }), ours(trainingJobName(KEY, 3, 1)), true],
    ['of a training that has ended is one', served({ trained: memory }), ours(TRAINING), true],
    ['of another name of ours is none', served(), { name: EVALUATION, stewardId: stewardId(KEY, TRAINING) }, false],
    ['that is not tagged is none', served(), { name: EVALUATION }, false],
    ['of a child of ours is none', served(), ours(`${EVALUATION}_3`), false],
    ['of another model is none', { ...served(), model: 'other' }, ours(EVALUATION), false],
  ])('%s', (_, row, job, orphan) => expect(isOrphanedJob(row, job)).toBe(orphan));
});

describe('a deployment with our tag', () => {
  test.each<[string, Lifecycle, { name: string; stewardId?: string }, boolean]>([
    ['that nothing wants is an orphan', served(), ours(NEW), true],
    ['that serves is none', served(), ours(OLD), false],
    ['of the release is none', shifting(), ours(NEW), false],
    ['that is the way back is none', shifting(), ours(OLD), false],
    ['that is kept is none', served({ retiring: [{ version: '5', deployment: NEW, until: iso() }] }), ours(NEW), false],
    ['with the tag of another is none', served(), { name: NEW, stewardId: stewardId(KEY, OLD) }, false],
    ['made by hand is none', served(), { name: NEW }, false],
    ['at an endpoint that was never met is none', firstRelease('registered', { deployment: 'other' }), ours(NEW), false], // prettier-ignore
    ['that a newer version of the app keeps in a field of its own is none', Object.assign(served(), { newer: [{ deployment: NEW }] }), ours(NEW), false], // prettier-ignore
  ])('%s', (_, row, one, orphan) => expect(isOrphanedDeployment(row, one)).toBe(orphan));
});

describe('orphans that were seen', () => {
  test('are cancelled, and kept for the two looks that deleting takes', () => {
    const first = pass(served(), { items: [seen([EVALUATION], [NEW])] });
    expect(first.actions).toEqual([{ do: 'cancelJob', job: EVALUATION }]);
    expect(first.next.retiring).toEqual([{ version: '7', deployment: NEW, until: iso() }]);
    expect(first.rules).toEqual(expect.arrayContaining([`orphan.cancel ${EVALUATION}`, `orphan.retire ${NEW}`]));

    const facts = { endpoint: endpoint({ [OLD]: 100 }), deployments: BOTH };
    const marked = pass(first.next, { facts, at: 1000 });
    expect([marked.actions, marked.rules]).toEqual([[], expect.arrayContaining(['retire.mark'])]);
    const deleted = pass(marked.next, { facts, at: 2 * MINUTE_MS });
    expect(deleted.actions).toEqual([{ do: 'deleteDeployment', deployment: NEW }]);
    const gone = pass(deleted.next, { facts: { ...facts, deployments: [deployment(OLD, '6')] }, at: 3 * MINUTE_MS });
    expect(gone.next.retiring).toEqual([]);
  });

  test.each([
    ['live', endpoint({ [OLD]: 95, [NEW]: 5 })],
    ['mirrored', endpoint({ [OLD]: 100 }, { mirror: { [NEW]: 10 } })],
  ])('with %s traffic are never deleted', (_, at) => {
    const { next } = pass(served(), { items: [seen([], [NEW])] });
    const facts = { endpoint: at, deployments: BOTH };
    let row = next;
    for (const ms of [1000, 2 * MINUTE_MS, 4 * MINUTE_MS]) {
      const later = pass(row, { facts, at: ms });
      expect(later.actions).toEqual([]);
      row = later.next;
    }
    expect(row.conditions.held).toBeDefined();
  });

  test('are let be where the row wants them by now', () => {
    const { next, actions } = pass(evaluating(EVALUATION), { items: [seen([EVALUATION], [OLD])] });
    expect([actions, next.retiring]).toEqual([[], []]);
  });

  test.each([
    ['paused', { paused: { since: iso(), actor: 'ada', reason: 'looking' } }],
    ['held', { held: { since: iso(), reason: 'moved', live: { [NEW]: 100 } } }],
  ])('are left alone while it is %s', (_, conditions) => {
    const told = seen([EVALUATION], [NEW]);
    const { next, actions, refused } = pass(served({ conditions }), { items: [told] });
    expect([actions, next.retiring]).toEqual([[], []]);
    expect(refused[told.factKey]).toMatch(/paused or held/);
  });
});
