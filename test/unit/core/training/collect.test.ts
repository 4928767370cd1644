import { describe, expect, test } from 'vitest';
import type { InboxItem } from '../../../../src/lib/core/inbox.ts';
import { stewardId } from '../../../../src/lib/core/names.ts';
import type { CollectedFact, TrainingFacts } from '../../../../src/lib/core/step.ts';
import { MOST_COLLECTED, type Collecting } from '../../../../src/lib/core/training/state.ts';
import { iso, item, MINUTE_MS, needed, T0 } from '../given.ts';
import { asking, cause, HOUR_MS, KEY, PLAN, requested, TRAINED, training, trainPass, trains } from './given.ts';

const POLICY = trains('when: {drift: true}, collected: {data: asked, window: 2d}');
const TAKES = { ...PLAN, pins: [...PLAN.pins, { input: 'asked', data: 'asked', version: '3' }] };
const NEW: CollectedFact = { files: 40, bytes: 4000, newFiles: 3, nextVersion: '4' };
/** The whole hour before the last quarter of an hour. */
const to = new Date(Math.floor((T0.getTime() - 15 * MINUTE_MS) / HOUR_MS) * HOUR_MS);
const WINDOW = {
  data: 'asked',
  collections: ['model_inputs', 'model_outputs'],
  from: new Date(to.getTime() - 48 * HOUR_MS).toISOString(),
  to: to.toISOString(),
};
const COLLECTING: Collecting = { ...WINDOW, version: '4' };
const VERSION = { data: 'asked', version: '4', stewardId: stewardId(KEY, 'asked:4') };
const ACTION = { do: 'collectData', ...WINDOW, version: '4' };
const away = { provider: 'the datastore', reason: 'HTTP 503' };

const collects = (facts: TrainingFacts, row = asking(), more: Parameters<typeof trainPass>[2] = {}) =>
  trainPass(row, { plan: TAKES, ...facts }, { policy: POLICY, ...more });
const under = (change: Partial<Collecting> = {}) =>
  asking(undefined, { request: requested(undefined, { collecting: { ...COLLECTING, ...change } }) });

describe('before a training is submitted', () => {
  test('what was collected in complete hours is asked for with the plan', () => {
    expect(needed(asking(), { policy: POLICY }).training).toMatchObject({ plan: {}, collected: WINDOW });
    expect(needed(asking(), { policy: trains() }).training).not.toHaveProperty('collected');
  });

  test('an hour that ended a moment ago may still be written', () => {
    const hour = (ms: number) => needed(asking(), { policy: POLICY, at: to.getTime() + ms - T0.getTime() }).training?.collected?.to; // prettier-ignore
    expect(hour(HOUR_MS + 14 * MINUTE_MS)).toBe(to.toISOString());
    expect(hour(HOUR_MS + 15 * MINUTE_MS)).toBe(new Date(to.getTime() + HOUR_MS).toISOString());
  });

  test('what is new becomes a version whose number is in the row before it is made', () => {
    const { next, actions, rules, lookInMs } = collects({ collected: NEW });
    expect(next.request?.collecting).toEqual(COLLECTING);
    expect([next.training, actions, rules, lookInMs]).toEqual([undefined, [ACTION], ['collect.begin'], MINUTE_MS]);
  });

  test('it is asked for until it shows, and the same each time, however time goes by', () => {
    expect(needed(under(), { policy: POLICY, at: 5 * HOUR_MS }).training).toEqual({ plan: { from: { kind: 'champion' }, champion: '6' }, collectedVersion: VERSION }); // prettier-ignore
    const { next, actions, lookInMs } = collects({ collectedVersion: false }, under(), { at: 5 * HOUR_MS });
    expect([next.request?.collecting, actions, lookInMs]).toEqual([COLLECTING, [ACTION], MINUTE_MS]);
  });

  test('then the plan is made anew, for it pins the newest, and nothing is collected again', () => {
    const made = collects({ collectedVersion: true }, under());
    expect([made.actions, made.lookInMs]).toEqual([[], 0]);
    expect(needed(made.next, { policy: POLICY }).training).toEqual({ plan: { from: { kind: 'champion' }, champion: '6' } }); // prettier-ignore
    const { next, actions } = collects({}, made.next);
    expect([next.training?.number, next.request, actions]).toMatchObject([1, undefined, [{ do: 'submitTraining' }]]);
  });

  test('nothing new: the training goes on with the data there is, or is refused for it', () => {
    const none = { ...NEW, newFiles: 0 };
    expect(collects({ collected: none }).actions).toMatchObject([{ do: 'submitTraining' }]);
    const same = collects({ plan: { ...TAKES, championPins: TAKES.pins }, collected: none });
    expect([same.actions, same.next.request?.refused?.reason]).toEqual([[], 'sameDataAsChampion']);
    const fresh = collects({ plan: { ...TAKES, championPins: TAKES.pins }, collected: NEW });
    expect(fresh.actions).toEqual([ACTION]);
  });

  test('data of an older policy is not waited for', () => {
    expect(collects({ collected: NEW }, under({ data: 'other' })).next.request?.collecting).toEqual(COLLECTING);
    const { actions } = trainPass(under(), { plan: PLAN });
    expect(actions).toMatchObject([{ do: 'submitTraining' }]);
  });
});

describe('nothing is made for a training that could not be', () => {
  test.each<[string, TrainingFacts, string]>([
    ['without a source', { plan: { ...TAKES, source: undefined } as never }, 'noSource'],
    ['that does not take the data', { plan: PLAN }, 'noSource'],
    ['whose compute is busy', { plan: { ...TAKES, onCompute: 2 } }, 'computeBusy'],
    ['while nobody knows what was collected', { away: { collected: away } }, 'unreachable'],
    ['of more files than a pass can copy', { collected: { ...NEW, files: MOST_COLLECTED.files + 1 } }, 'notCollected'],
    ['of more than a training can read', { collected: { ...NEW, bytes: MOST_COLLECTED.bytes + 1 } }, 'notCollected'],
  ])('%s', (_, facts, reason) => {
    const estate = { calendars: {}, computes: { cpu: { jobs: 2 } } };
    const { next, actions } = collects({ collected: NEW, ...facts }, asking(), { estate });
    expect([actions, next.request?.refused?.reason, next.request?.collecting]).toEqual([[], reason, undefined]);
  });

  test('nor while another is under way, or a control stands in the way', () => {
    const row = { ...training(), request: requested([cause('command')]) };
    expect(needed(row, { policy: POLICY }).training).toEqual({ job: 'stw-3' });
    const cooling = asking(undefined, { trained: { ...TRAINED, starts: [iso(-HOUR_MS)] } });
    expect(needed(cooling, { policy: POLICY }).training).toBeUndefined();
  });

  test('what is just as much as there may be is made', () => {
    const { files, bytes } = MOST_COLLECTED;
    expect(collects({ collected: { ...NEW, files, bytes } }).actions).toEqual([ACTION]);
  });
});

const met = (outcome: object): InboxItem =>
  item({ kind: 'outcome', release: 7, outcome: { of: 'collectData', ...outcome } } as never);
const unavailable = { result: 'unavailable', provider: 'the datastore', message: 'HTTP 503' };
const refusal = (code: string) => ({ result: 'refused', code, message: `the datastore answered ${code}` });
const passes = (outcome: object, row = under()) =>
  collects({ collectedVersion: false }, row, { items: [met(outcome)] });

describe('what making it met', () => {
  test('no answer: shown, and asked for again a minute later, or as late as Azure asks', () => {
    const { next, actions, lookInMs } = passes(unavailable);
    expect(next.request?.refused).toMatchObject({ reason: 'unreachable', sentence: 'HTTP 503' });
    expect([actions, lookInMs, next.conditions]).toEqual([[], MINUTE_MS, {}]);
    const { trouble } = passes({ ...unavailable, retryAfterMs: 5 * MINUTE_MS }).next.request?.collecting ?? {};
    expect(trouble?.notBefore).toBe(iso(5 * MINUTE_MS));
    const later = (at: number) => collects({ collectedVersion: false }, next, { at });
    expect(later(MINUTE_MS - 1).actions).toEqual([]);
    expect(later(MINUTE_MS)).toMatchObject({ actions: [ACTION], next: { request: { collecting: COLLECTING } } });
  });

  test('a refusal: told once, and tried again each hour', () => {
    const { next, actions, notices, lookInMs } = passes(refusal('forbidden'));
    expect([actions, lookInMs, next.release]).toEqual([[], HOUR_MS, undefined]);
    expect(notices).toMatchObject([{ kind: 'trainingRefused', sentence: 'the datastore answered forbidden', training: { refusal: 'notCollected' } }]); // prettier-ignore
    const again = collects({ collectedVersion: false }, next, { at: HOUR_MS });
    expect(again.actions).toEqual([ACTION]);
    expect(passes(refusal('forbidden'), again.next).notices).toEqual([]);
  });

  test('a number that somebody took is given up for another', () => {
    const { next } = passes(refusal('foreign'));
    expect(next.request?.collecting).toBeUndefined();
    expect(collects({ collected: { ...NEW, nextVersion: '5' } }, next).next.request?.collecting?.version).toBe('5');
  });

  test('comes late: what is there stays', () => {
    for (const outcome of [unavailable, refusal('foreign'), refusal('forbidden')]) {
      const { next } = collects({}, under({ done: true }), { items: [met(outcome)] });
      expect(next.training?.number).toBe(1);
      expect(collects({}, asking(), { items: [met(outcome)] }).next.request?.refused).toBeUndefined();
    }
  });

  test('it shows all the same: trouble is forgotten', () => {
    const trouble = { reason: 'unreachable', sentence: 'x', notBefore: iso(HOUR_MS) } as const;
    const { next } = collects({ collectedVersion: true }, under({ trouble }));
    expect(next.request?.collecting).toEqual({ ...COLLECTING, done: true });
    expect(next.request?.refused).toBeUndefined();
  });
});
