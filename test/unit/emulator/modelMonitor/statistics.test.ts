import { describe, expect, test } from 'vitest';
import { binned, byValue, jensenShannon, normalizedWasserstein, populationStability } from '../../../../emulator/services/modelMonitor/distances.ts'; // prettier-ignore
import { kolmogorovSmirnovP } from '../../../../emulator/services/modelMonitor/kolmogorovSmirnov.ts';

/** Mulberry32, as sums of twelve for something near a normal distribution. */
function normalsFrom(seed: number): () => number {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return () => Array.from({ length: 12 }, uniform).reduce((sum, value) => sum + value, -6);
}

function sample(next: () => number, size: number, shift = 0): number[] {
  return Array.from({ length: size }, () => next() + shift);
}

function letters(a: number, b: number): string[] {
  return [...Array<string>(a).fill('a'), ...Array<string>(b).fill('b')];
}

describe('Kolmogorov-Smirnov', () => {
  test('equal samples are no surprise, disjoint ones a great one', () => {
    const values = sample(normalsFrom(1), 50);
    expect(kolmogorovSmirnovP(values, values)).toBe(1);
    expect(kolmogorovSmirnovP(values, values.map((value) => value + 100))).toBeLessThan(1e-15); // prettier-ignore
  });

  test('the critical values of the tables: 1.36 for 5 %, 1.63 for 1 %', () => {
    // Two grids of n values, one moved by k places: the largest gap is k / n, and the effective size n / 2.
    const n = 20_000;
    const grid = Array.from({ length: n }, (_, at) => at);
    const at = (statistic: number) => {
      const moved = Math.round((statistic / Math.sqrt(n / 2)) * n);
      return kolmogorovSmirnovP(grid, grid.map((value) => value + moved)); // prettier-ignore
    };
    expect(at(1.358)).toBeCloseTo(0.05, 2);
    expect(at(1.628)).toBeCloseTo(0.01, 3);
  });

  test('agrees with a permutation test', () => {
    const next = normalsFrom(7);
    const [one, other] = [sample(next, 60), sample(next, 80, 0.35)];
    const observed = kolmogorovSmirnovP(one, other);
    const all = [...one, ...other];
    const smaller = Array.from({ length: 1000 }, () => {
      const order = all.map((value) => ({ value, key: next() })).toSorted((a, b) => a.key - b.key).map(({ value }) => value); // prettier-ignore
      return kolmogorovSmirnovP(order.slice(0, 60), order.slice(60)) <= observed;
    });
    expect(Math.abs(smaller.filter(Boolean).length / 1000 - observed)).toBeLessThan(0.04);
  });

  test('finds something in about one of twenty pairs of samples that do not differ', () => {
    const next = normalsFrom(3);
    const found = Array.from({ length: 1000 }, () => kolmogorovSmirnovP(sample(next, 80), sample(next, 120)) < 0.05);
    const share = found.filter(Boolean).length / 1000;
    expect(share).toBeGreaterThan(0.03);
    expect(share).toBeLessThan(0.065);
  });
});

describe('distances', () => {
  test('a shift by one standard deviation is a normalized Wasserstein distance of one', () => {
    const values = sample(normalsFrom(5), 400);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
    expect(normalizedWasserstein(values, values)).toBe(0);
    expect(normalizedWasserstein(values, values.map((value) => value + deviation))).toBeCloseTo(1, 10); // prettier-ignore
    expect(normalizedWasserstein([0, 2], [1, 1, 1])).toBeCloseTo(1 / Math.SQRT2, 10);
  });

  test('Jensen-Shannon is 0 for equal, 1 for disjoint, and what the formula says between', () => {
    expect(jensenShannon(byValue(['a', 'b'], ['b', 'a', 'a', 'b']))).toBe(0);
    expect(jensenShannon(byValue(['a'], ['b', 'c']))).toBeCloseTo(1, 10);
    expect(jensenShannon(byValue(['a', 'b'], ['a']))).toBeCloseTo(Math.sqrt(0.75 * Math.log2(4 / 3)), 10);
  });

  test('the population stability index adds one to each count', () => {
    const expected = 0.3 * Math.log(81 / 51) - 0.3 * Math.log(21 / 51);
    expect(populationStability(byValue(letters(50, 50), letters(80, 20)))).toBeCloseTo(expected, 10);
  });

  test('numbers are counted in equal bins over both, by Sturges', () => {
    const reference = Array.from({ length: 64 }, (_, at) => at);
    const { reference: counts, production } = binned(reference, [...reference, 70]);
    expect(counts).toHaveLength(7);
    expect(counts).toEqual([10, 10, 10, 10, 10, 10, 4]);
    expect(production.at(-1)).toBe(5);
    expect(binned([3, 3], [3]).reference).toEqual([2]);
  });
});
