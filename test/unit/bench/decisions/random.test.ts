import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { randomOf, type Random } from '../../../../bench/decisions/random.ts';

const DRAWS = 40_000;

function draws(seed: number, draw: (random: Random) => number): number[] {
  const random = randomOf(seed);
  return Array.from({ length: DRAWS }, () => draw(random));
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const variance = (values: readonly number[]) => {
  const middle = mean(values);
  return mean(values.map((value) => (value - middle) ** 2));
};

/** The mean within five standard errors, the variance within a twentieth. */
function moments(values: readonly number[], expected: { mean: number; variance: number }) {
  const z = (mean(values) - expected.mean) / Math.sqrt(expected.variance / values.length);
  return { mean: Math.abs(z) < 5, variance: Math.abs(variance(values) / expected.variance - 1) < 0.05 };
}

const RIGHT = { mean: true, variance: true };

/** Pearson's statistic of counts against a distribution over 0, 1, 2, ..., its rare end pooled; and its degrees of freedom. */
function pearson(values: readonly number[], pmf: (k: number) => number): { statistic: number; degrees: number } {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  let [statistic, cells, restExpected, restCounted] = [0, 0, values.length, values.length];
  for (let k = 0; k <= Math.max(...values); k += 1) {
    const expected = values.length * pmf(k);
    if (expected < 10) continue;
    const counted = counts.get(k) ?? 0;
    statistic += (counted - expected) ** 2 / expected;
    [cells, restExpected, restCounted] = [cells + 1, restExpected - expected, restCounted - counted];
  }
  if (restExpected >= 1) statistic += (restCounted - restExpected) ** 2 / restExpected;
  return { statistic, degrees: cells };
}

const lnFactorial = (n: number) =>
  Array.from({ length: n }, (_, i) => Math.log(i + 1)).reduce((sum, ln) => sum + ln, 0);

test('the numbers of a seed are the same on every machine', () => {
  const random = randomOf(42);
  expect([random.uniform(), random.uniform(), random.uniform()]).toEqual([
    0.1537716526574589, 0.018084542542176563, 0.5348906284683477,
  ]);
  expect(randomOf(43).uniform()).not.toBe(randomOf(42).uniform());
});

test('uniform and normal have their moments', () => {
  const uniforms = draws(1, (random) => random.uniform());
  expect(moments(uniforms, { mean: 0.5, variance: 1 / 12 })).toEqual(RIGHT);
  const normals = draws(2, (random) => random.normal());
  expect(moments(normals, { mean: 0, variance: 1 })).toEqual(RIGHT);
  expect(mean(normals.map((z) => (z > 1.959964 ? 1 : 0)))).toBeCloseTo(0.025, 2);
});

test.each([1, 2.5, 40, 5000])('gamma of shape %d has its moments', (shape) => {
  const values = draws(3, (random) => random.gamma(shape));
  expect(moments(values, { mean: shape, variance: shape })).toEqual(RIGHT);
});

test.each([0.05, 3, 11.9, 30, 540])('poisson of mean %d is what it says, value by value', (rate) => {
  const values = draws(4, (random) => random.poisson(rate));
  expect(moments(values, { mean: rate, variance: rate })).toEqual(RIGHT);
  const { statistic, degrees } = pearson(values, (k) => Math.exp(k * Math.log(rate) - rate - lnFactorial(k)));
  expect(statistic).toBeLessThan(degrees + 5 * Math.sqrt(2 * degrees) + 5);
});

test.each([[1, 0.3], [60, 0.01], [60, 0.5], [540, 0.02], [540, 0.95], [5400, 0.05]])('binomial of %d trials with %d is what it says, value by value', (n, p) => {
  const values = draws(5, (random) => random.binomial(n, p));
  expect(moments(values, { mean: n * p, variance: n * p * (1 - p) })).toEqual(RIGHT);
  const pmf = (k: number) => Math.exp(lnFactorial(n) - lnFactorial(k) - lnFactorial(n - k) + k * Math.log(p) + (n - k) * Math.log1p(-p));
  const { statistic, degrees } = pearson(values, pmf);
  expect(statistic).toBeLessThan(degrees + 5 * Math.sqrt(2 * degrees) + 5);
}); // prettier-ignore

test('over its whole range a binomial stays inside it and keeps its mean', () => {
  const trials = fc.integer({ min: 1, max: 6000 });
  fc.assert(
    fc.property(trials, fc.double({ min: 1e-6, max: 1 - 1e-6, noNaN: true }), fc.integer(), (n, p, seed) => {
      const random = randomOf(seed);
      const values = Array.from({ length: 400 }, () => random.binomial(n, p));
      expect(values.every((value) => Number.isInteger(value) && value >= 0 && value <= n)).toBe(true);
      // Rare events are skewed: a few of them more are no error.
      expect(Math.abs(mean(values) - n * p) * 400).toBeLessThan(7 * Math.sqrt(400 * n * p * (1 - p)) + 7);
    }),
    { seed: 1, numRuns: 200 },
  );
});

test('nothing fails where nothing can, and all where all must', () => {
  const random = randomOf(6);
  expect([random.binomial(10, 0), random.binomial(10, 1), random.binomial(0, 0.5), random.poisson(0)]).toEqual([
    0, 10, 0, 0,
  ]);
});
