import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aucDifference, type Ranked } from '../../../../src/lib/core/statistics/auc.ts';

const floats = (values: readonly number[]) => Float64Array.from(values);

const beats = (one: number, other: number) => (one > other ? 1 : one === other ? 0.5 : 0);

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** DeLong's own definition: each positive against each negative. */
function byPairs({ positive, negative }: Ranked) {
  const models = ([0, 1] as const).map((model) => {
    const [yes, no] = [[...positive[model]], [...negative[model]]];
    return {
      v10: yes.map((one) => mean(no.map((other) => beats(one, other)))),
      v01: no.map((other) => mean(yes.map((one) => beats(one, other)))),
    };
  });
  const covariance = (one: readonly number[], other: readonly number[]) => {
    const [a, b] = [mean(one), mean(other)];
    return one.reduce((sum, value, row) => sum + (value - a) * ((other[row] ?? 0) - b), 0) / (one.length - 1);
  };
  const part = (of: 'v10' | 'v01') => {
    const [first, second] = models.map((model) => model[of]);
    if (!first || !second) throw new Error('two models');
    const spread = Math.max(1, covariance(first, first) * (first.length - 1));
    const delong = covariance(first, first) + covariance(second, second) - 2 * covariance(first, second);
    return (delong + spread / first.length / (first.length - 1)) / first.length;
  };
  return { first: mean(models[0]?.v10 ?? []), second: mean(models[1]?.v10 ?? []), variance: part('v10') + part('v01') };
}

/** Few values, so that there are ties. */
const score = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ min: -1e6, max: 1e6, noNaN: true }));
const rows = fc.array(fc.tuple(score, score), { minLength: 2, maxLength: 40 });
const ranked = fc.tuple(rows, rows).map(([yes, no]): Ranked => ({
  positive: [floats(yes.map(([one]) => one)), floats(yes.map(([, other]) => other))],
  negative: [floats(no.map(([one]) => one)), floats(no.map(([, other]) => other))],
}));

describe('two areas under the ROC curve', () => {
  test('are those of all pairs, and so is the error of their difference', () => {
    fc.assert(
      fc.property(ranked, (given) => {
        const found = aucDifference(given);
        const { first, second, variance } = byPairs(given);
        expect(found.first).toBeCloseTo(first, 10);
        expect(found.second).toBeCloseTo(second, 10);
        expect(found.difference).toBeCloseTo(second - first, 10);
        expect(found.error ** 2).toBeCloseTo(variance, 10);
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  test('do not change with the scale of the scores, and turn over with their sign', () => {
    fc.assert(
      fc.property(ranked, (given) => {
        const same = (by: number): Ranked => ({
          positive: [given.positive[0].map((one) => one * by), given.positive[1].map((one) => one * by)],
          negative: [given.negative[0].map((one) => one * by), given.negative[1].map((one) => one * by)],
        });
        const [plain, scaled, turned] = [aucDifference(given), aucDifference(same(4)), aucDifference(same(-1))];
        expect(scaled).toEqual(plain);
        expect(turned.second).toBeCloseTo(1 - plain.second, 10);
        expect(turned.error).toBeCloseTo(plain.error, 10);
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  test('have an error where both agree on every row, and where neither makes a mistake', () => {
    const [high, low] = [floats([3, 4, 5, 6]), floats([1, 2])];
    const perfect = aucDifference({ positive: [high, high], negative: [low, low] });
    expect(perfect).toMatchObject({ n: 6, first: 1, second: 1, difference: 0 });
    expect(perfect.error).toBeGreaterThan(0.1);
  });
});
