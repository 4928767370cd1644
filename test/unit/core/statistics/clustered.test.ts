import cdf from '@stdlib/stats-base-dists-binomial-cdf';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clusteredMean, clusteredShare, shareInterval } from '../../../../src/lib/core/statistics/clustered.ts';
import { estimateInterval } from '../../../../src/lib/core/statistics/estimate.ts';
import { pairedMean } from '../../../../src/lib/core/statistics/pairedMean.ts';
import { seeded } from '../seeded.ts';

const floats = (values: readonly number[]) => Float64Array.from(values);
const ones = (n: number) => new Float64Array(n).fill(1);
const share = (rows: number, of: number) => ({ rows, share: of, effective: rows });

describe('the mean of rows that come in groups', () => {
  test('of groups of one row is the plain mean with the plain error', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 3, maxLength: 50 }), (values) => {
        const found = clusteredMean(ones(values.length), floats(values));
        // Beside a first of zeros, whose spread is none, that is the mean of differences.
        const plain = pairedMean(new Float64Array(values.length), floats(values));
        expect(found.difference).toBeCloseTo(plain.difference, 9);
        expect(found.error).toBeCloseTo(plain.error, 9);
      }),
      { seed: 1 },
    );
  }); // prettier-ignore

  test('says as much of ten equal rows as of one, for each request', () => {
    const [many, one] = [10, 1].map((size) =>
      clusteredMean(floats([size, size, size, size]), floats([0, size, size, 0])),
    );
    expect(many).toEqual(one);
  });

  test('weighs large groups as what they are', () => {
    expect(clusteredMean(floats([1, 9]), floats([1, 0])).difference).toBeCloseTo(0.1, 12);
  });

  test('errors as repeated draws do, in groups of any size whose rows are alike', () => {
    const random = seeded(7);
    const drawn = Array.from({ length: 2000 }, () => draw(random, 200, 0.3));
    const means = drawn.map(({ sizes, totals }) => clusteredMean(sizes, totals));
    const mean = means.reduce((sum, one) => sum + one.difference, 0) / means.length;
    const spread = Math.sqrt(means.reduce((sum, one) => sum + (one.difference - mean) ** 2, 0) / means.length);
    const told = means.reduce((sum, one) => sum + one.error, 0) / means.length;
    expect(told / spread).toBeGreaterThan(0.95);
    expect(told / spread).toBeLessThan(1.05);
  });
});

describe('a share of rows that come in groups', () => {
  test('counts the rows of a request as one, whatever they say, and a large request for no more than it is', () => {
    expect(clusteredShare(floats([10, 10, 10]), floats([5, 5, 5]))).toEqual({ rows: 30, share: 0.5, effective: 3 });
    expect(clusteredShare(ones(7), floats([1, 0, 0, 0, 0, 0, 0])).effective).toBe(7);
    expect(clusteredShare(floats([1, 1, 1, 97]), floats([0, 0, 0, 97]))).toMatchObject({ share: 0.97, effective: 100 ** 2 / (3 + 97 ** 2) }); // prettier-ignore
  });

  test('has the interval of Clopper and Pearson: an independent distribution function agrees at both ends', () => {
    const level = fc.double({ min: 0.6, max: 1 - 1e-9, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20_000 }), fc.double({ min: 0, max: 1, noNaN: true }), level, (n, part, confidence) => {
        const hits = Math.round(part * n);
        const { low, high } = shareInterval(share(n, hits / n), confidence);
        const alpha = 1 - confidence;
        // Rows are counted from a share, so one of them may be lost to the wider side.
        const [few, most] = [Math.floor((hits / n) * n), Math.min(n, Math.ceil((hits / n) * n))];
        const beyond = [few === 0 ? alpha : 1 - cdf(few - 1, n, low), most === n ? alpha : cdf(most, n, high)];
        for (const found of beyond) expect(Math.abs(found - alpha) / alpha).toBeLessThan(1e-4);
        expect([low === 0, high === 1]).toEqual([few === 0, most === n]);
      }),
      { seed: 1, numRuns: 300 },
    );
  }); // prettier-ignore

  test.each([
    [0.02, 300, 0.95],
    [0.02, 300, 0.999],
    [0.3, 100, 0.975],
  ])(
    'of %d among %d requests lies beyond an end of %d hardly more often than it says',
    (rate, requests, confidence) => {
      const random = seeded(11);
      const draws = 4000;
      let [above, below] = [0, 0];
      for (let one = 0; one < draws; one += 1) {
        const { sizes, totals } = draw(random, requests, rate);
        const { low, high } = shareInterval(clusteredShare(sizes, totals), confidence);
        if (low > rate) above += 1;
        if (high < rate) below += 1;
      }
      const allowed = (1 - confidence) * draws;
      expect(above).toBeLessThanOrEqual(1.5 * allowed + 3 * Math.sqrt(allowed));
      expect(below).toBeLessThanOrEqual(1.5 * allowed + 3 * Math.sqrt(allowed));
    },
  );
});

test('a shift of a score is missed at an end of 99.9 % hardly more often than it says', () => {
  const random = seeded(3);
  let missed = 0;
  for (let one = 0; one < 4000; one += 1) {
    const sizes = Float64Array.from({ length: 200 }, () => 1 + Math.floor(random() * 5));
    const totals = sizes.map((size) => size * (random() < 0.05 ? 1 : 0.01));
    const { low, high } = estimateInterval(clusteredMean(sizes, totals), 0.999);
    const real = 0.05 + 0.95 * 0.01;
    if (low > real || high < real) missed += 1;
  }
  expect(missed / 4000).toBeLessThan(0.01);
});

/** Requests of one to five rows that are flipped together. */
function draw(random: () => number, requests: number, rate: number) {
  const sizes = Float64Array.from({ length: requests }, () => 1 + Math.floor(random() * 5));
  return { sizes, totals: sizes.map((size) => (random() < rate ? size : 0)) };
}
