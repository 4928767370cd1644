import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { estimateInterval } from '../../../../src/lib/core/statistics/estimate.ts';
import { normalQuantile } from '../../../../src/lib/core/statistics/normal.ts';
import { pairedMean } from '../../../../src/lib/core/statistics/pairedMean.ts';

const floats = (values: readonly number[]) => Float64Array.from(values);
const value = fc.double({ min: -1000, max: 1000, noNaN: true });
const pairs = fc.array(fc.tuple(value, value), { minLength: 2, maxLength: 60 });
const sides = (rows: readonly (readonly [number, number])[]) => [floats(rows.map(([one]) => one)), floats(rows.map(([, other]) => other))] as const; // prettier-ignore

describe('the mean of differences on the same rows', () => {
  test('is the textbook one, with one more square of the first’s own spread', () => {
    fc.assert(
      fc.property(pairs, (rows) => {
        const found = pairedMean(...sides(rows));
        const n = rows.length;
        const mean = (values: readonly number[]) => values.reduce((sum, one) => sum + one, 0) / n;
        const differences = rows.map(([one, other]) => other - one);
        const own = rows.map(([one]) => one);
        const squares = differences.reduce((sum, one) => sum + (one - mean(differences)) ** 2, 0);
        const spread = own.reduce((sum, one) => sum + (one - mean(own)) ** 2, 0) / n;
        expect(found.difference).toBeCloseTo(mean(differences), 8);
        const expected = Math.sqrt((squares + spread) / (n - 1) / n);
        expect(Math.abs(found.error - expected)).toBeLessThanOrEqual(1e-6 + 1e-9 * expected);
      }),
      { seed: 1 },
    );
  });

  test('counts a row as often as its weight says', () => {
    const weighted = pairedMean(floats([0, 1]), floats([1, 1]), { weights: floats([3, 5]) });
    expect(weighted).toEqual(pairedMean(floats([0, 0, 0, 1, 1, 1, 1, 1]), floats([1, 1, 1, 1, 1, 1, 1, 1])));
  });

  test('has an error where both agree, at least that of what a row can be off by', () => {
    const [rows] = sides([[0, 0], [1, 1], [2, 2], [3, 3]]); // prettier-ignore
    expect(pairedMean(rows, rows).error).toBeCloseTo(Math.sqrt(1.25 / 3 / 4), 12);
    const same = floats([2, 2, 2, 2]);
    expect(pairedMean(same, same).error).toBe(0);
    expect(pairedMean(same, same, { least: 1 }).error).toBeCloseTo(Math.sqrt(0.25 / 3 / 4), 12);
  });
});

describe('the interval of an estimate', () => {
  const estimate = fc.record({
    n: fc.integer({ min: 30, max: 100_000 }),
    difference: value,
    error: fc.double({ min: 1e-6, max: 100, noNaN: true }),
    skew: fc.double({ min: -20, max: 20, noNaN: true }),
  });
  const level = fc.double({ min: 0.51, max: 1 - 1e-12, noNaN: true });

  test('is normal, and reaches out on the side of the longer tail', () => {
    fc.assert(
      fc.property(estimate, level, (given, confidence) => {
        const z = normalQuantile(confidence);
        const wider = (Math.abs(given.skew) * (2 * z * z + 1)) / (6 * Math.sqrt(given.n));
        const { low, high } = estimateInterval(given, confidence);
        const [down, up] = given.skew < 0 ? [z + wider, z] : [z, z + wider];
        expect(Math.abs((given.difference - low) / given.error - down)).toBeLessThanOrEqual(1e-4 * down + 1e-3);
        expect(Math.abs((high - given.difference) / given.error - up)).toBeLessThanOrEqual(1e-4 * up + 1e-3);
      }),
      { seed: 1 },
    );
  });

  test('narrows with the root of the rows', () => {
    const given = { n: 100, difference: 0, error: 1 };
    const width = (rows: number) => estimateInterval(given, 0.95, rows).high;
    expect(width(400)).toBeCloseTo(width(100) / 2, 12);
  });
});
