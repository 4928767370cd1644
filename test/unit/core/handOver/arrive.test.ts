import { describe, expect, test } from 'vitest';
import type { Lifecycle } from '../../../../src/lib/core/lifecycle.ts';
import {
  AWAY, DAY_MS, deployment, endpoint, HOUR_MS, iso, MINUTE_MS, needed, OLD, pass, registered, releasing, served,
} from '../given.ts'; // prettier-ignore
import { arrivingRow, handed, idOf, met, next, nothing, prodPolicy as policy, there, told } from './given.ts';

const registeredAs = (version: string) => ({
  version: { version, id: `v/${version}`, archived: false, tags: {} },
  endpoint: endpoint({ [OLD]: 100 }),
  deployments: [deployment(OLD, '6')],
});
const refusedBy = (code: string) => met({ of: 'bringVersion', result: 'refused', code, message: `it says ${code}` });

describe('what another environment released', () => {
  test('is on its way from then on', () => {
    const { next: row, refused } = pass(served(), { policy, items: [told('12')] });
    expect(row.arriving).toEqual({ ...handed('12'), since: iso() });
    expect([refused, row.waiting]).toEqual([{}, undefined]);
  });

  test.each([
    ['an environment that the policy does not name', served(), told('12', { from: 'lab' }), 'the policy takes no versions from lab'],
    ['one that is on its way already', arrivingRow(), told('12'), 'not newer than version 12 of dev, which was handed over before'],
    ['an older one than has arrived', served({ arrived: { from: 'dev', release: 12, version: '12', as: '40' } }), told('9'), 'not newer than version 12 of dev, which was handed over before'],
  ] satisfies [string, Lifecycle, ReturnType<typeof told>, string][])('is refused from %s', (_, row, item, why) => {
    const decision = pass(row, { policy, items: [item] });
    expect(decision.refused).toEqual({ [item.factKey]: why });
    expect(decision.next.arriving).toEqual(row.arriving);
  }); // prettier-ignore

  test('takes the place of an older one that has not arrived', () => {
    const row = pass(arrivingRow({ as: '12' }), { policy, items: [told('13')] }).next;
    expect(row.arriving).toEqual({ ...handed('13'), since: iso() });
  });

  test('in any order, however often: the newest arrives', () => {
    for (const order of [
      ['12', '13', '12'],
      ['13', '12', '13'],
      ['12', '12', '13'],
    ])
      // prettier-ignore
      expect(pass(served(), { policy, items: order.map((version) => told(version)) }).next.arriving?.version).toBe('13');
  });

  test('is not taken once the policy takes it from nobody', () => {
    const decision = pass(arrivingRow(), { policy: { ...policy, after: 'test' } });
    expect(decision.next.arriving).toBeUndefined();
    expect(decision.rules).toContain('handOver.noLonger');
  });
});

describe('the number that it gets here', () => {
  test('is asked for first, then what is there under it', () => {
    expect(needed(arrivingRow(), { policy }).handOver).toEqual({ arriving: {} });
    expect(needed(arrivingRow({ as: '12' }), { policy }).handOver).toEqual({ arriving: { as: '12' } });
  });

  test.each([
    ['its own, where this registry is not further', '12', '7', '12'],
    ['its own, where that is the next', '12', '12', '12'],
    ['the next, where its own is taken or behind', '12', '30', '30'],
    ['the next, where its own is no number', '2026-11-a', '7', '7'],
  ])('is %s', (_, version, free, as) => {
    const { next: row, actions } = pass(arrivingRow({ version }), { policy, facts: next(free) });
    expect(row.arriving?.as).toBe(as);
    expect(actions).toMatchObject([{ do: 'bringVersion', from: 'dev', version, as, stewardId: idOf(version), artifact: 'files-of-12' }]); // prettier-ignore
  });

  test('is another when somebody else took it', () => {
    const taken = pass(arrivingRow({ as: '12' }), { policy, facts: there('12', 'somebody') });
    expect(taken.next.arriving).toEqual({ ...handed('12'), since: iso() });
    const met = pass(arrivingRow({ as: '12' }), { policy, items: [refusedBy('foreign')] });
    expect(met.next.arriving).toEqual({ ...handed('12'), since: iso() });
  });
});

describe('a version that has a number', () => {
  test('is brought again as long as it is not there', () => {
    const { actions, next: row, lookInMs } = pass(arrivingRow({ as: '12' }), { policy, facts: nothing('12') });
    expect(actions).toMatchObject([{ do: 'bringVersion', as: '12' }]);
    expect([row.arriving?.as, lookInMs]).toEqual(['12', 5 * MINUTE_MS]);
  });

  test('goes the way of every version once it is there', () => {
    const { next: row, lookInMs } = pass(arrivingRow({ as: '12' }), { policy, facts: there('12', idOf('12')) });
    expect(row.arriving).toBeUndefined();
    expect(row.waiting).toMatchObject({ version: '12' });
    const { from, release, version, origin } = handed('12');
    expect(row.arrived).toEqual({ from, release, version, as: '12', origin });
    expect(lookInMs).toBe(0);
    const begun = pass(row, { policy });
    expect(begun.next.release).toMatchObject({ version: '12', phase: 'registered' });
  });

  test('and its release knows where it comes from', () => {
    const arrived = { from: 'dev', release: 12, version: '12', as: '30', origin: handed('12').origin };
    const row = releasing('registered', { version: '30' }, { arrived });
    const { next: begun } = pass(row, { policy, facts: registeredAs('30') });
    expect(begun.release?.origin).toEqual({ ...handed('12').origin, from: { environment: 'dev', version: '12' } });
    expect(begun.arrived).toEqual({ from: 'dev', release: 12, version: '12', as: '30' });
  });

  test('a version by hand has no such origin', () => {
    const arrived = { from: 'dev', release: 12, version: '12', as: '30', origin: handed('12').origin };
    const row = releasing('registered', { version: '31' }, { arrived });
    expect(pass(row, { policy, facts: registeredAs('31') }).next.release?.origin).toEqual({});
  });

  test('is looked at at once when it says that it was brought', () => {
    const done = pass(arrivingRow({ as: '12' }), { policy, items: [met({ of: 'bringVersion', result: 'done' })], facts: there('12', idOf('12')) }); // prettier-ignore
    expect(done.next.waiting).toMatchObject({ version: '12' });
  });

  test('waits for nobody: a release under way goes on', () => {
    const row = releasing('registered', {}, { arriving: { ...handed('12'), since: iso(), as: '12' } });
    expect(needed(row, { policy })).toMatchObject({ version: '7', handOver: { arriving: { as: '12' } } });
  });
});

describe('trouble', () => {
  test('that passes is waited for, and nobody is told', () => {
    const away = met({ of: 'bringVersion', result: 'unavailable', provider: 'the datastore', message: 'busy', retryAfterMs: 120_000 }); // prettier-ignore
    const decision = pass(arrivingRow({ as: '12' }), { policy, items: [away], facts: nothing('12') });
    expect(decision.next.arriving?.trouble).toEqual({ sentence: 'busy', notBefore: iso(120_000) });
    expect([decision.actions, decision.notices, decision.lookInMs]).toEqual([[], [], 120_000]);
    const later = pass(decision.next, { policy, at: 120_000, facts: nothing('12') });
    expect(later.actions).toMatchObject([{ do: 'bringVersion' }]);
  });

  test('that a person can mend is told once, with when it is given up', () => {
    const first = pass(arrivingRow({ as: '12' }), { policy, items: [refusedBy('forbidden')], facts: nothing('12') });
    expect(first.notices).toMatchObject([{ kind: 'handOverFailed', audience: 'decide', cause: 'dev', version: '12', sentence: 'it says forbidden', deadline: iso(DAY_MS) }]); // prettier-ignore
    const again = pass(first.next, { policy, at: HOUR_MS, items: [refusedBy('forbidden')], facts: nothing('12') });
    expect(again.notices).toEqual([]);
    expect(again.next.arriving?.trouble).toMatchObject({ notBefore: iso(HOUR_MS + 15 * MINUTE_MS) });
    const mended = pass(again.next, { policy, at: HOUR_MS + 15 * MINUTE_MS, facts: nothing('12') });
    expect(mended.actions).toMatchObject([{ do: 'bringVersion' }]);
  });

  test.each(['stale', 'notFound'])('that nothing mends ends it at once, and is told: %s', (code) => {
    const { next: row, notices } = pass(arrivingRow({ as: '12' }), { policy, items: [refusedBy(code)], facts: nothing('12') }); // prettier-ignore
    expect([row.arriving, row.waiting, row.arrived]).toEqual([undefined, undefined, undefined]);
    expect(notices).toMatchObject([{ kind: 'handOverFailed', sentence: `it says ${code}` }]);
    expect(notices[0]?.deadline).toBeUndefined();
  });

  test('that lasts a day ends it, and is told', () => {
    const row = arrivingRow({ as: '12', toldAt: iso(), trouble: { sentence: 'no role', notBefore: iso(), refused: 'once' } }); // prettier-ignore
    const { next: ended, notices } = pass(row, { policy, at: DAY_MS + 1, facts: nothing('12') });
    expect(ended.arriving).toBeUndefined();
    expect(notices).toMatchObject([{ kind: 'handOverFailed', sentence: 'no role' }]);
  });

  test('of reading is no reason to do anything', () => {
    const away = { handOver: { away: { arriving: AWAY.unreachable } } };
    const decision = pass(arrivingRow({ as: '12' }), { policy, facts: away });
    expect([decision.actions, decision.lookInMs, decision.next.arriving?.as]).toEqual([[], MINUTE_MS, '12']);
  });
});

test('paused means that nothing is brought', () => {
  const conditions = { paused: { since: iso(), actor: 'ada', reason: 'holiday', until: iso(HOUR_MS) } };
  const decision = pass(arrivingRow({ as: '12' }, { conditions }), { policy, facts: nothing('12') });
  expect([decision.actions, decision.lookInMs]).toEqual([[], HOUR_MS]);
  const after = pass(decision.next, { policy, at: HOUR_MS, facts: nothing('12') });
  expect(after.actions).toMatchObject([{ do: 'bringVersion' }]);
});

test('a version that is registered here directly is taken too where the policy says entry: true', () => {
  const decision = pass(arrivingRow(), {
    policy: { ...policy, entry: true },
    items: [registered('8')],
    facts: next('9'),
  });
  expect(decision.next).toMatchObject({ release: { version: '8' }, arriving: { version: '12', as: '12' } });
});
