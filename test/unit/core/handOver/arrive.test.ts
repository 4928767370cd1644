import { describe, expect, test } from 'vitest';
import type { Lifecycle } from '../../../../src/lib/core/lifecycle.ts';
import {
  deployment, endpoint, iso, MINUTE_MS, needed, OLD, pass, registered, releasing, served,
} from '../given.ts'; // prettier-ignore
import { arrivingRow, handed, idOf, met, next, nothing, prodPolicy as policy, there, told } from './given.ts';

const registeredAs = (version: string) => ({
  version: { version, id: `v/${version}`, archived: false, tags: {} },
  endpoint: endpoint({ [OLD]: 100 }),
  deployments: [deployment(OLD, '6')],
});
const foreign = met({ of: 'bringVersion', result: 'refused', code: 'foreign', message: 'taken' });

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

  test('is another when somebody else took it, whatever the service says is next', () => {
    const taken = pass(arrivingRow({ as: '12' }), { policy, facts: there('12', 'somebody') });
    expect(taken.next.arriving).toEqual({ ...handed('12'), since: iso(), taken: '12' });
    expect(taken.lookInMs).toBe(MINUTE_MS);
    const refused = pass(arrivingRow({ as: '12' }), { policy, items: [foreign] });
    expect(refused.next.arriving).toEqual({ ...handed('12'), since: iso(), taken: '12' });
    const again = pass(taken.next, { policy, at: MINUTE_MS, facts: next('8') });
    expect(again.actions).toMatchObject([{ do: 'bringVersion', as: '13' }]);
  });
});

describe('a version that has a number', () => {
  test('is brought again as long as it is not there', () => {
    const { actions, next: row, lookInMs } = pass(arrivingRow({ as: '12' }), { policy, facts: nothing('12') });
    expect(actions).toMatchObject([{ do: 'bringVersion', as: '12' }]);
    expect([row.arriving?.as, lookInMs]).toEqual(['12', 5 * MINUTE_MS]);
    const beside = pass(row, { policy, at: 4 * MINUTE_MS, facts: nothing('12') });
    expect([beside.actions, beside.lookInMs]).toEqual([[], MINUTE_MS]);
    const later = pass(row, { policy, at: 5 * MINUTE_MS, facts: nothing('12') });
    expect(later.actions).toMatchObject([{ do: 'bringVersion', as: '12' }]);
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

  test('also where its own event came first', () => {
    const row = releasing('registered', { version: '12' }, { arriving: { ...handed('12'), since: iso(), as: '12' } });
    const facts = registeredAs('12');
    const tagged = { ...facts, version: { ...facts.version, tags: { stewardId: idOf('12') } } };
    const { next: begun } = pass(row, { policy: { ...policy, entry: true }, facts: tagged });
    expect(begun.release?.origin).toEqual({ ...handed('12').origin, from: { environment: 'dev', version: '12' } });
    const { next: known, notices } = pass(begun, {
      policy: { ...policy, entry: true },
      facts: there('12', idOf('12')),
    });
    expect([known.arriving, known.waiting, notices]).toEqual([undefined, undefined, []]);
  });

  test('that is not newer than what serves is told, for nothing follows', () => {
    const row = arrivingRow({ as: '12' }, { champion: { version: '40', deployment: OLD, since: iso() } });
    const { next: here, notices } = pass(row, { policy, facts: there('12', idOf('12')) });
    expect(here).toMatchObject({ arrived: { as: '12' } });
    expect(notices).toMatchObject([{ kind: 'handOverFailed', sentence: 'It came as version 12, which is not released: not newer than the champion, version 40.' }]); // prettier-ignore
  });

  test('a version by hand has no such origin, and leaves the other its own', () => {
    const arrived = { from: 'dev', release: 12, version: '12', as: '30', origin: handed('12').origin };
    const row = releasing('registered', { version: '31' }, { arrived });
    const { next: begun } = pass(row, { policy, facts: registeredAs('31') });
    expect([begun.release?.origin, begun.arrived?.origin]).toEqual([{}, arrived.origin]);
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

test('a version that is registered here directly is taken too where the policy says entry: true', () => {
  const decision = pass(arrivingRow(), {
    policy: { ...policy, entry: true },
    items: [registered('8')],
    facts: next('9'),
  });
  expect(decision.next).toMatchObject({ release: { version: '8' }, arriving: { version: '12', as: '12' } });
});
