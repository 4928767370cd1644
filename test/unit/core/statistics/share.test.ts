import cdf from '@stdlib/stats-base-dists-binomial-cdf';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shareInterval, unseenShare } from '../../../../src/lib/core/statistics/share.ts';
import { seeded } from '../seeded.ts';

const level = fc.double({ min: 0.6, max: 1 - 1e-9, noNaN: true });

describe('the interval of a share', () => {
  test('is that of Clopper and Pearson: an independent distribution function agrees at both ends', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20_000 }), fc.double({ min: 0, max: 1, noNaN: true }), level, (n, part, confidence) => {
        const hits = Math.round(part * n);
        const { low, high } = shareInterval({ n, share: hits / n }, confidence);
        const alpha = 1 - confidence;
        const beyond = [hits === 0 ? alpha : 1 - cdf(hits - 1, n, low), hits === n ? alpha : cdf(hits, n, high)];
        for (const found of beyond) expect(Math.abs(found - alpha) / alpha).toBeLessThan(1e-4);
        expect([low === 0, high === 1]).toEqual([hits === 0, hits === n]);
      }),
      { seed: 1, numRuns: 300 },
    );
  }); // prettier-ignore

  test('counts parts to the wider side', () => {
    const [part, whole, more] = [shareInterval({ n: 10, share: 0.25 }, 0.99), shareInterval({ n: 10, share: 0.2 }, 0.99), shareInterval({ n: 10, share: 0.3 }, 0.99)]; // prettier-ignore
    expect(part).toEqual({ low: whole.low, high: more.high });
  });

  test.each([
    [0.02, 100, 0.999],
    [0.02, 300, 0.95],
    [0.3, 100, 0.975],
  ])(
    'of mean %d among %d inputs, whole or in parts, lies beyond an end of %d no more often than it says',
    (rate, n, confidence) => {
      const random = seeded(11);
      const draws = 4000;
      let [above, below] = [0, 0];
      for (let one = 0; one < draws; one += 1) {
        let sum = 0;
        // Half of the inputs are flipped whole, the others in parts, with the same mean.
        for (let input = 0; input < n; input += 1) sum += input % 2 === 0 ? Number(random() < rate) : Number(random() < 2 * rate) * 0.5; // prettier-ignore
        const { low, high } = shareInterval({ n, share: sum / n }, confidence);
        if (low > rate) above += 1;
        if (high < rate) below += 1;
      }
      const allowed = (1 - confidence) * draws;
      expect(above).toBeLessThanOrEqual(allowed + 3 * Math.sqrt(allowed));
      expect(below).toBeLessThanOrEqual(allowed + 3 * Math.sqrt(allowed));
    },
  );
});

test('what is as rare as the unseen share is missed by n as often as is said', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100_000 }), level, (n, confidence) => {
      const missed = cdf(0, n, unseenShare(n, confidence));
      expect(Math.abs(missed - (1 - confidence)) / (1 - confidence)).toBeLessThan(1e-6);
    }),
    { seed: 1 },
  );
});
