import cdf from '@stdlib/stats-base-dists-binomial-cdf';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mcNemarP } from '../../../../src/lib/core/statistics/mcnemar.ts';

/** P(X >= k), X ~ Binomial(n, 1/2), by the mirrored lower tail, which keeps its digits however small it is. */
const tail = (k: number, n: number) => (k <= 0 ? 1 : cdf(n - k, n, 0.5));

function passRate(n: number, disagree: number, challenger: number, level: number): number {
  const [rows, wins] = [odds(n, disagree), (m: number) => odds(m, challenger)];
  let rate = 0;
  for (let m = 0; m <= n; m += 1) {
    const likely = rows[m] ?? 0;
    if (likely < 1e-12) continue;
    for (const [c, chance] of wins(m).entries()) if (c > m - c && mcNemarP(c, m - c) < level) rate += likely * chance;
  }
  return rate;
}

/** The odds of each k of n at p, outwards from the likeliest so that nothing underflows. */
function odds(n: number, p: number): number[] {
  const all = Array.from({ length: n + 1 }, () => 0);
  const middle = Math.min(n, Math.floor((n + 1) * p));
  all[middle] = 1;
  for (let k = middle + 1; k <= n; k += 1) all[k] = ((all[k - 1] ?? 0) * (n - k + 1) * p) / (k * (1 - p));
  for (let k = middle - 1; k >= 0; k -= 1) all[k] = ((all[k + 1] ?? 0) * (k + 1) * (1 - p)) / ((n - k) * p);
  const sum = all.reduce((total, one) => total + one, 0);
  return all.map((one) => one / sum);
}

describe('McNemar, one-sided', () => {
  test('counts half of what was found from ten rows on, into the far tails', () => {
    const counts = fc.tuple(fc.nat({ max: 3000 }), fc.nat({ max: 3000 })).filter(([c, b]) => c + b > 0);
    fc.assert(
      fc.property(counts, ([c, b]) => {
        const n = b + c;
        const expected = n < 10 ? tail(c, n) : (tail(c, n) + tail(c + 1, n)) / 2;
        // The oracle ends where doubles do.
        expect(Math.abs(mcNemarP(c, b) - expected)).toBeLessThanOrEqual(1e-9 * expected + 1e-290);
      }),
      { seed: 1, numRuns: 500 },
    );
    expect(mcNemarP(400, 0)).toBeCloseTo(0.5 * 2 ** -400, 130);
  });

  test('both sides make one where half of what was found counts, and more than one where all of it does', () => {
    expect(mcNemarP(30, 12) + mcNemarP(12, 30)).toBeCloseTo(1, 12);
    expect(mcNemarP(4, 0)).toBeCloseTo(0.0625, 12);
    expect(mcNemarP(0, 0)).toBe(1);
  });

  test.each([0.05, 0.01, 0.001])('equal models pass at %d in no more cases than that, with 0.5 %% of it to spare', (level) => {
    for (const n of [8, 20, 100, 500, 1000])
      for (const disagree of [0.01, 0.06, 0.2, 0.8])
        expect(passRate(n, disagree, 0.5, level), `${n} rows, ${disagree}`).toBeLessThanOrEqual(level * 1.005);
  }); // prettier-ignore

  test('a gain of 2 points at 1,000 rows, 6 % of them different, passes in more than four of five cases', () => {
    expect(passRate(1000, 0.06, 2 / 3, 0.05)).toBeCloseTo(0.833, 3);
  });
});
