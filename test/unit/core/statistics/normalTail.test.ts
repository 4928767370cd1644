import cdf from '@stdlib/stats-base-dists-normal-cdf';
import { assert, double, property } from 'fast-check';
import { expect, test } from 'vitest';
import { normalUpperTail } from '../../../../src/lib/core/statistics/normal.ts';

test('the upper tail of the normal is the oracle’s lower one, mirrored, far into both tails', () => {
  assert(
    property(double({ min: -37, max: 37, noNaN: true }), (z) => {
      const oracle = cdf(-z, 0, 1);
      expect(Math.abs(normalUpperTail(z) - oracle)).toBeLessThanOrEqual(1e-11 * oracle);
    }),
    { numRuns: 2000 },
  );
});
