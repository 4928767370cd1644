import cdf from '@stdlib/stats-base-dists-normal-cdf';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aucError } from '../../../../src/lib/core/statistics/hanleyMcNeil.ts';
import { normalQuantile } from '../../../../src/lib/core/statistics/normal.ts';
import { rootMeanSquareInterval } from '../../../../src/lib/core/statistics/rootMeanSquare.ts';
import { seeded } from '../seeded.ts';

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

test('the normal quantile inverts the distribution function of another library, far tails included', () => {
  const p = fc.oneof(
    fc.double({ min: 1e-12, max: 1 - 1e-12, noNaN: true }),
    fc.double({ min: 1, max: 300, noNaN: true }).map((power) => 10 ** -power),
  );
  fc.assert(
    fc.property(p, (level) => {
      const z = normalQuantile(level);
      // What one digit of z is worth grows with z: near p the function's slope is z p.
      expect(Math.abs(cdf(z, 0, 1) - level)).toBeLessThanOrEqual(
        1e-14 * (1 + z ** 2) * Math.max(level, 1e-2 * Number(z > 0)),
      );
    }),
    { seed: 1, numRuns: 2000 },
  );
});

describe('the error of an area by Hanley and McNeil', () => {
  // They took the scores for exponential: of such the area is rate / (1 + rate), and its spread can be drawn.
  test.each([[0.6, 60, 120], [0.8, 100, 100], [0.95, 40, 400]])('is the spread of areas of %d over %i and %i rows', (area, positives, negatives) => {
    const next = seeded(7);
    const rate = area / (1 - area);
    const areas = Array.from({ length: 1500 }, () => {
      const high = Array.from({ length: positives }, () => -Math.log(1 - next()) * rate);
      const low = Float64Array.from({ length: negatives }, () => -Math.log(1 - next())).toSorted();
      return mean(high.map((one) => { const at = low.findIndex((other) => other >= one); return (at === -1 ? negatives : at) / negatives; }));
    });
    const spread = Math.sqrt(mean(areas.map((one) => (one - mean(areas)) ** 2)));
    expect(aucError(area, positives, negatives) / spread).toBeGreaterThan(0.93);
    expect(aucError(area, positives, negatives) / spread).toBeLessThan(1.07);
  }); // prettier-ignore

  test('falls with the rows, and is one of a perfect area too', () => {
    const rows = fc.integer({ min: 2, max: 10_000 });
    fc.assert(
      fc.property(fc.double({ min: 0.5, max: 1, noNaN: true }), rows, rows, (area, positives, negatives) => {
        const error = aucError(area, positives, negatives);
        expect(error).toBeGreaterThan(0);
        expect(aucError(area, positives * 4, negatives * 4)).toBeLessThan(error);
      }),
      { seed: 1 },
    );
  });
});

/** Student's t with 5 degrees of freedom: a normal over the root of a fifth of five squared ones. */
function heavy(next: () => number): number {
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  const squares = normal() ** 2 + normal() ** 2 + normal() ** 2 + normal() ** 2 + normal() ** 2;
  return normal() / Math.sqrt(squares / 5);
}

describe('the interval of two root mean square errors', () => {
  test('misses equal ones that err on rows of their own in about one of twenty cases, heavy tails included', () => {
    const next = seeded(11);
    const root = (n: number) => Math.sqrt(mean(Array.from({ length: n }, () => heavy(next) ** 2)));
    let [below, above] = [0, 0];
    for (let round = 0; round < 1500; round += 1) {
      const { low, high } = rootMeanSquareInterval(root(300), root(300), 300, 0.95);
      if (low > 0) below += 1;
      if (high < 0) above += 1;
    }
    expect([below / 1500 < 0.06, above / 1500 < 0.06, below > 0]).toEqual([true, true, true]);
  });

  test('is by the ratio: both ends scale with the unit, and the difference lies between them', () => {
    const size = fc.double({ min: 1e-3, max: 1e3, noNaN: true });
    fc.assert(
      fc.property(size, size, fc.integer({ min: 30, max: 100_000 }), size, (first, second, n, unit) => {
        const { low, high } = rootMeanSquareInterval(first, second, n, 0.95);
        const scaled = rootMeanSquareInterval(first * unit, second * unit, n, 0.95);
        expect([low < second - first, second - first < high]).toEqual([true, true]);
        expect(Math.abs(scaled.low - low * unit)).toBeLessThanOrEqual(1e-9 * unit * (first + second) + 1e-12);
        expect(Math.abs(scaled.high - high * unit)).toBeLessThanOrEqual(1e-9 * unit * (first + second) + 1e-12);
      }),
      { seed: 1 },
    );
  });
});
