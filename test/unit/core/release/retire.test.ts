import { describe, expect, test } from 'vitest';
import type { Retiring } from '../../../../src/lib/core/lifecycle.ts';
import type { Facts } from '../../../../src/lib/core/step.ts';
import { DAY_MS, deployment, endpoint, HOUR_MS, iso, item, MINUTE_MS, needed, NEW, OLD, pass, releasing, served, shifting, without } from '../given.ts'; // prettier-ignore

const kept: Retiring = { version: '5', deployment: 'm5', until: iso() };
const row = (...retiring: Retiring[]) => served({ retiring });
const facts: Facts = { endpoint: endpoint({ [OLD]: 100 }), deployments: [deployment(OLD, '6'), deployment('m5', '5')] };
const marked = { ...kept, markedAt: iso() };

test('a kept deployment is looked at when its time is over, not before', () => {
  const later = row({ ...kept, until: iso(HOUR_MS) });
  expect(needed(later)).toEqual({});
  expect(pass(later)).toMatchObject({ actions: [], lookInMs: HOUR_MS, next: later });
  expect(needed(later, { at: HOUR_MS })).toEqual({ endpoint: true, deployments: true });
});

test('deleting takes two passes, a minute apart', () => {
  const first = pass(row(kept), { facts });
  expect([first.actions, first.lookInMs]).toEqual([[], MINUTE_MS]);
  expect(first.next.retiring).toEqual([marked]);
  expect(pass(first.next, { facts, at: 30_000 }).actions).toEqual([]);
  const second = pass(first.next, { facts, at: MINUTE_MS });
  expect(second.actions).toEqual([{ do: 'deleteDeployment', deployment: 'm5' }]);
  expect(second.next.retiring).toEqual([marked]);
});

test('nothing is deleted while an unproven version has traffic: it waits for the release to end', () => {
  const split = { [OLD]: 90, [NEW]: 10 };
  const during = { ...facts, endpoint: endpoint(split, { stewardGeneration: 4, stewardSplit: split }), minutes: [] };
  const canary = shifting({}, { retiring: [marked] });
  expect(pass(canary, { facts: during, at: HOUR_MS })).toMatchObject({ actions: [], next: { retiring: [marked] } });
  const ended = served({ retiring: [marked] });
  expect(pass(ended, { facts, at: HOUR_MS }).actions).toMatchObject([{ do: 'deleteDeployment' }]);
});

const hand = (traffic: Record<string, number>): Facts => ({ ...facts, endpoint: endpoint(traffic) });

describe('it is forgotten, not deleted', () => {
  test('when it is gone', () => {
    const gone = { ...facts, deployments: [deployment(OLD, '6')] };
    expect(pass(row(marked), { facts: gone, at: MINUTE_MS })).toMatchObject({ actions: [], next: { retiring: [] }, rules: ['retire.gone'] }); // prettier-ignore
  });

  test('when it is the champion again, or the way back of a release', () => {
    const crowned = served({ champion: { version: '5', deployment: 'm5', since: iso() }, retiring: [marked] });
    expect(pass(crowned, { facts, at: MINUTE_MS })).toMatchObject({ actions: [], next: { retiring: [] } });
    const back = releasing('awaitingDecision', { fallback: { version: '5', deployment: 'm5' } }, { retiring: [marked] }); // prettier-ignore
    expect(pass(back, { facts, at: MINUTE_MS })).toMatchObject({ actions: [], next: { retiring: [] } });
  });

  test('when it has traffic that nobody calls foreign', () => {
    const unseen = without(row(marked), 'traffic');
    expect(pass(unseen, { facts: hand({ m5: 100 }), at: MINUTE_MS })).toMatchObject({ actions: [], next: { retiring: [] } }); // prettier-ignore
  });

  test('when it gets copies of live requests that nobody calls foreign', () => {
    const unseen = without(row(marked), 'traffic');
    const copies = { ...facts, endpoint: endpoint({ [OLD]: 100 }, { mirror: { m5: 20 } }) };
    expect(pass(unseen, { facts: copies, at: MINUTE_MS })).toMatchObject({ actions: [], rules: ['retire.hasTraffic'] });
  });

  test('and while a hand holds the endpoint nothing is deleted at all', () => {
    expect(pass(row(marked), { facts: hand({ [OLD]: 50, m5: 50 }), at: MINUTE_MS })).toMatchObject({ actions: [], next: { retiring: [marked] } }); // prettier-ignore
  });
});

const refused = (code: string) => item({ kind: 'outcome', outcome: { of: 'deleteDeployment', result: 'refused', code, message: 'no role' } }); // prettier-ignore

test('a refused deletion is told once and tried again a day later; the others are not touched', () => {
  const other: Retiring = { version: '4', deployment: 'm4', until: iso(), markedAt: iso(30_000) };
  const third: Retiring = { version: '3', deployment: 'm3', until: iso(DAY_MS) };
  const first = pass(row(marked, other, third), { items: [refused('forbidden')], at: MINUTE_MS });
  const again = { ...kept, until: iso(DAY_MS + MINUTE_MS), refusedAt: iso(MINUTE_MS) };
  expect(first.next.retiring).toEqual([again, other, third]);
  expect(first.notices).toMatchObject([{ kind: 'deletionRefused', audience: 'inform', cause: 'm5', sentence: 'no role' }]); // prettier-ignore
  const second = pass(row({ ...again, markedAt: iso(DAY_MS) }), { items: [refused('forbidden')], at: 2 * DAY_MS });
  expect([second.notices, second.next.retiring]).toEqual([[], [{ ...again, until: iso(3 * DAY_MS) }]]);
  expect(pass(row(marked), { items: [refused('notFound')], at: MINUTE_MS }).next.retiring).toEqual([]);
});

const paused = (until?: string) => ({ paused: { since: iso(), actor: 'ada', reason: 'x', ...(until === undefined ? {} : { until }) } }); // prettier-ignore

test('while paused nothing is marked and nothing deleted', () => {
  for (const entry of [kept, marked]) {
    const { actions, next, lookInMs } = pass({ ...row(entry), conditions: paused() }, { facts, at: MINUTE_MS });
    expect([actions, next.retiring, lookInMs]).toEqual([[], [entry], undefined]);
    expect(pass({ ...row(entry), conditions: paused(iso(HOUR_MS)) }, { facts }).lookInMs).toBe(HOUR_MS);
    expect(needed({ ...row(entry), conditions: paused() }, { at: MINUTE_MS })).toEqual({});
  }
});

test('a release goes first: never a traffic change and a deletion in one pass', () => {
  const split = { desired: { x: 100 }, generation: 3, verified: { split: { [OLD]: 100 }, at: iso() } };
  const { actions } = pass({ ...row(marked), traffic: split }, { facts, at: MINUTE_MS });
  expect(actions.map((action) => action.do)).toEqual(['setTraffic']);
});
