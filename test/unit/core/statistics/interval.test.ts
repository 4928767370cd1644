import { describe, expect, test } from 'vitest';
import { independentInterval } from '../../../../src/lib/core/statistics/independent.ts';
import { rowsToSettle, type Interval } from '../../../../src/lib/core/statistics/interval.ts';
import { pairedInterval } from '../../../../src/lib/core/statistics/paired.ts';

/** One that halves with four times the rows. */
const around = (middle: number) => (rows: number) => ({
  low: middle - 1 / Math.sqrt(rows),
  high: middle + 1 / Math.sqrt(rows),
});

/** 90 % against 92 %; as pairs, they differ on 6 % of the rows. */
const alone = (n: number) => independentInterval({ value: 0.9, n }, { value: 0.92, n }, 0.95);
const paired = (n: number) => pairedInterval(n, 0.02 * n, 0.04 * n, 0.95);

describe('how many rows would settle it', () => {
  test.each<[string, (rows: number) => Interval, number, number | undefined]>([
    // 1 / sqrt(n) <= 0.03: n >= 1111.1, and 0.0105: n >= 9070.3, in two figures upwards
    ['above the limit', around(0.03), 0, 1200],
    ['below the limit', around(-0.03), 0, 1200],
    ['against a limit that is not 0', around(0.0305), 0.02, 9100],
    ['it is settled already', around(0.5), 0, undefined],
    ['no number does it', around(0), 0, undefined],
    ['more than anybody has', around(0.0001), 0, undefined],
    ['what is no number', () => ({ low: Number.NaN, high: Number.NaN }), 0, undefined],
  ])('%s', (_, intervalAt, limit, rows) => {
    expect(rowsToSettle(100, intervalAt, limit)).toBe(rows);
  });

  test.each([0, -1, Number.NaN])('of %d rows nothing follows', (n) => {
    expect(rowsToSettle(n, around(0.03), 0)).toBeUndefined();
  });

  test('as docs/policy.md says of 90 % against 92 %', () => {
    expect([rowsToSettle(10, alone, 0), rowsToSettle(10, paired, 0)]).toEqual([1200, 420]);
  });
});
