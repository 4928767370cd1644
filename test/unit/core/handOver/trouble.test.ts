import { describe, expect, test } from 'vitest';
import { AWAY, DAY_MS, HOUR_MS, iso, MINUTE_MS, pass } from '../given.ts';
import { arrivingRow, handed, idOf, met, nothing, prodPolicy as policy, there } from './given.ts';

const refusedBy = (code: string, about?: string) =>
  met({ of: 'bringVersion', result: 'refused', code, message: `it says ${code}` }, about);
const trouble = (change = {}) => ({ sentence: 'no role', since: iso(), notBefore: iso(), ...change });

describe('trouble', () => {
  test('that passes is waited for, and nobody is told until it has lasted', () => {
    const away = met({ of: 'bringVersion', result: 'unavailable', provider: 'the datastore', message: 'busy', retryAfterMs: 120_000 }); // prettier-ignore
    const decision = pass(arrivingRow({ as: '12' }), { policy, items: [away], facts: nothing('12') });
    expect(decision.next.arriving?.trouble).toEqual({ sentence: 'busy', since: iso(), notBefore: iso(120_000) });
    expect([decision.actions, decision.notices, decision.lookInMs]).toEqual([[], [], 120_000]);
    const later = pass(decision.next, { policy, at: 120_000, facts: nothing('12') });
    expect(later.actions).toMatchObject([{ do: 'bringVersion' }]);
    const lasting = pass(decision.next, { policy, at: HOUR_MS + 1, facts: nothing('12') });
    expect(lasting.notices).toMatchObject([{ kind: 'handOverFailed', sentence: 'busy', deadline: iso(DAY_MS) }]);
  });

  test('that a person can mend is told once, with when it is given up', () => {
    const first = pass(arrivingRow({ as: '12' }), { policy, items: [refusedBy('forbidden')], facts: nothing('12') });
    expect(first.notices).toMatchObject([{ kind: 'handOverFailed', audience: 'decide', cause: 'dev', version: '12', sentence: 'it says forbidden', deadline: iso(DAY_MS) }]); // prettier-ignore
    const again = pass(first.next, { policy, at: HOUR_MS, items: [refusedBy('notFound')], facts: nothing('12') });
    expect(again.notices).toEqual([]);
    expect(again.next.arriving?.trouble).toMatchObject({ since: iso(), notBefore: iso(HOUR_MS + 15 * MINUTE_MS) });
    const mended = pass(again.next, { policy, at: HOUR_MS + 15 * MINUTE_MS, facts: nothing('12') });
    expect(mended.actions).toMatchObject([{ do: 'bringVersion' }]);
  });

  test('ends with what goes well', () => {
    const row = arrivingRow({ as: '12', trouble: trouble(), bringingUntil: iso(MINUTE_MS) });
    const { next: well } = pass(row, { policy, items: [met({ of: 'bringVersion', result: 'done' })] });
    expect([well.arriving?.trouble, well.arriving?.bringingUntil]).toEqual([undefined, undefined]);
  });

  test.each(['stale', 'gone'])('that nothing mends ends it at once, and is told: %s', (code) => {
    const { next: row, notices } = pass(arrivingRow({ as: '12' }), { policy, items: [refusedBy(code)], facts: nothing('12') }); // prettier-ignore
    expect([row.arriving, row.waiting, row.arrived]).toEqual([undefined, undefined, undefined]);
    expect(notices).toMatchObject([{ kind: 'handOverFailed', sentence: `it says ${code}` }]);
    expect(notices[0]?.deadline).toBeUndefined();
  });

  test('that lasts a day ends it, and is told; a day without any does not', () => {
    const row = arrivingRow({ as: '12', toldAt: iso(), trouble: trouble({ refused: 'mendable' }) });
    const { next: ended, notices } = pass(row, { policy, at: DAY_MS + 1, facts: nothing('12') });
    expect(ended.arriving).toBeUndefined();
    expect(notices).toMatchObject([{ kind: 'handOverFailed', sentence: 'no role' }]);
    const calm = pass(arrivingRow({ as: '12' }), { policy, at: 3 * DAY_MS, facts: nothing('12') });
    expect(calm.actions).toMatchObject([{ do: 'bringVersion' }]);
  });

  test('is over where the version is there after all', () => {
    const row = arrivingRow({ as: '12', toldAt: iso(), trouble: trouble({ refused: 'mendable' }) });
    const { next: here } = pass(row, { policy, at: DAY_MS + 1, facts: there('12', idOf('12')) });
    expect([here.arriving, here.waiting?.version]).toEqual([undefined, '12']);
  });

  test('of reading is waited for, and told when it has lasted', () => {
    const away = { handOver: { away: { arriving: AWAY.unreachable } } };
    const decision = pass(arrivingRow({ as: '12' }), { policy, facts: away });
    expect([decision.actions, decision.lookInMs, decision.next.arriving?.as]).toEqual([[], MINUTE_MS, '12']);
    const lasting = pass(decision.next, { policy, facts: away, at: HOUR_MS + 1 });
    expect(lasting.notices).toMatchObject([{ kind: 'handOverFailed', sentence: AWAY.unreachable.reason }]);
  });
});

describe('what an outcome is about', () => {
  test.each([
    ['a version that was on its way before', `${idOf('11')} 12`],
    ['a number that it had before', `${idOf('12')} 11`],
  ])('does not count where it is %s', (_, about) => {
    for (const code of ['gone', 'foreign', 'forbidden']) {
      const row = arrivingRow({ as: '12', bringingUntil: iso(MINUTE_MS) });
      const { next: same, notices } = pass(row, { policy, items: [refusedBy(code, about)], facts: nothing('12') });
      expect(same.arriving).toEqual({ ...handed('12'), since: iso(), as: '12', bringingUntil: iso(MINUTE_MS) });
      expect(notices).toEqual([]);
    }
  });
});

describe('paused', () => {
  const paused = { since: iso(), actor: 'ada', reason: 'holiday', until: iso(HOUR_MS) };

  test('means that nothing is brought, and that no time runs out', () => {
    const row = arrivingRow({ as: '12', trouble: trouble({ refused: 'mendable' }) }, { conditions: { paused } });
    const decision = pass(row, { policy, facts: nothing('12') });
    expect([decision.actions, decision.lookInMs, decision.next.arriving?.trouble]).toEqual([[], HOUR_MS, undefined]);
    const after = pass(decision.next, { policy, at: HOUR_MS, facts: nothing('12') });
    expect(after.actions).toMatchObject([{ do: 'bringVersion' }]);
  });

  test('and Azure away, when the pause is over, is no reason to look without end', () => {
    const unreachable = { since: iso(), provider: 'Azure ML', reason: 'busy', until: iso(2 * HOUR_MS), tries: 3 };
    const row = arrivingRow({ as: '12' }, { conditions: { paused, unreachable } });
    const { lookInMs } = pass(row, { policy, at: HOUR_MS + 1 });
    expect(lookInMs).toBeGreaterThan(MINUTE_MS);
  });
});
