import { describe, expect, test } from 'vitest';
import type { Lifecycle } from '../../../../src/lib/core/lifecycle.ts';
import type { Facts } from '../../../../src/lib/core/step.ts';
import { HOUR_MS, iso, MINUTE_MS, pass } from '../given.ts';
import { arrivingRow, DEV, idOf, next, nothing, prodPolicy, there, told } from './given.ts';

const policy = { ...prodPolicy, bring: 'ci' };
const look = (row: Lifecycle, facts: Facts, at = 0) => pass(row, { policy, facts, at });

describe('a version that a pipeline brings', () => {
  const asked = look(arrivingRow(), next('13'));

  test('is asked for once, under the number that it will have, and nothing is copied', () => {
    expect(asked.actions).toEqual([]);
    expect(asked.notices).toMatchObject([{
      kind: 'bringAsked', cause: 'dev', version: '12',
      bring: { from: DEV, to: 'ml-prod', as: '13', stewardId: idOf('12'), artifact: 'files-of-12' },
    }]); // prettier-ignore
    const again = look(asked.next, nothing('13'), MINUTE_MS);
    expect([again.actions, again.notices, again.lookInMs]).toEqual([[], [], MINUTE_MS]);
    const third = look(again.next, nothing('13'), 2 * MINUTE_MS);
    expect([third.notices, third.lookInMs]).toEqual([[], MINUTE_MS]);
    // A day of waiting is not a day of audit rows.
    expect(third.next).toEqual(again.next);
  });

  test('has arrived when it is there under that number with our tag, whoever put it there', () => {
    const { next: row, rules } = look(asked.next, there('13', idOf('12')), 5 * MINUTE_MS);
    expect([row.arriving, row.arrived?.as]).toEqual([undefined, '13']);
    expect(rules).toContain('handOver.arrived');
  });

  test('is asked for anew under another number when somebody takes the first', () => {
    const taken = look(asked.next, there('13', 'someone'), MINUTE_MS);
    expect([taken.notices, taken.next.arriving?.as]).toEqual([[], undefined]);
    const anew = look(taken.next, next('14'), 2 * MINUTE_MS);
    expect(anew.notices).toMatchObject([{ kind: 'bringAsked', bring: { as: '14' } }]);
    expect(anew.notices[0]?.id).not.toBe(asked.notices[0]?.id);
  });

  test('and does not come is told after an hour, and given up after a day', () => {
    let row = asked.next;
    const heard: string[] = [];
    for (let at = MINUTE_MS; at < 26 * HOUR_MS && row.arriving; at += 10 * MINUTE_MS) {
      const passed = look(row, nothing('13'), at);
      heard.push(...passed.notices.map(({ kind, deadline }) => `${Math.round(at / HOUR_MS)}h ${kind} ${deadline ?? 'over'}`)); // prettier-ignore
      row = passed.next;
    }
    expect(heard).toEqual([`1h handOverFailed ${iso(24 * HOUR_MS)}`, '24h handOverFailed over']);
    expect(row.arriving).toBeUndefined();
  });

  test('makes room for a newer one', () => {
    const newer = pass(asked.next, { policy, items: [told('13')], facts: nothing('13') });
    expect(newer.next.arriving).toMatchObject({ version: '13' });
    expect(look(newer.next, next('14'), MINUTE_MS).notices).toMatchObject([{ kind: 'bringAsked', version: '13' }]);
  });
});
