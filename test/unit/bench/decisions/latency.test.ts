import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { minuteLatency, phi } from '../../../../bench/decisions/latency.ts';
import { randomOf } from '../../../../bench/decisions/random.ts';

interface Figures {
  readonly mean: number;
  readonly p95: number;
  readonly p99: number;
}

const logs = ({ mean, p95, p99 }: Figures) => [Math.log(mean), Math.log(p95), Math.log(p99)];

function sampled(seed: number, n: number, sigma: number, minutes: number): number[][] {
  const random = randomOf(seed);
  return Array.from({ length: minutes }, () => {
    const { meanLatencyMs, p95LatencyMs, p99LatencyMs } = minuteLatency(random, n, 1, sigma);
    return logs({ mean: meanLatencyMs, p95: p95LatencyMs, p99: p99LatencyMs });
  });
}

/** Request by request, by the definitions. */
function brute(seed: number, n: number, sigma: number, minutes: number): number[][] {
  const random = randomOf(seed);
  return Array.from({ length: minutes }, () => {
    const all = Float64Array.from({ length: n }, () => Math.exp(sigma * random.normal())).toSorted();
    const mean = all.reduce((sum, value) => sum + value, 0) / n;
    return logs({ mean, p95: all[Math.ceil(0.95 * n) - 1] ?? 0, p99: all[Math.ceil(0.99 * n) - 1] ?? 0 });
  });
}

const average = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const column = (rows: readonly number[][], i: number) => rows.map((row) => row[i] ?? NaN);

function covariance(a: readonly number[], b: readonly number[]): number {
  const [ma, mb] = [average(a), average(b)];
  return average(a.map((value, i) => (value - ma) * ((b[i] ?? NaN) - mb)));
}

test.each([[41, 0.5], [60, 1], [150, 0.3], [600, 0.5], [3000, 1]])('a minute of %d requests (deviation %d) is as if drawn request by request: means, deviations and correlations', (n, sigma) => {
  const minutes = n > 1000 ? 1500 : 4000;
  const [fast, slow] = [sampled(1, n, sigma, minutes), brute(2, n, sigma, minutes)];
  for (const i of [0, 1, 2]) {
    const deviation = Math.sqrt(covariance(column(slow, i), column(slow, i)));
    expect(Math.abs(average(column(fast, i)) - average(column(slow, i))) / deviation).toBeLessThan(5 * Math.sqrt(2 / minutes));
    expect(Math.sqrt(covariance(column(fast, i), column(fast, i))) / deviation).toBeCloseTo(1, 0.8);
  }
  for (const [i, j] of [[0, 1], [0, 2], [1, 2]] as const) {
    const correlation = (rows: number[][]) => covariance(column(rows, i), column(rows, j)) / Math.sqrt(covariance(column(rows, i), column(rows, i)) * covariance(column(rows, j), column(rows, j)));
    expect(Math.abs(correlation(fast) - correlation(slow))).toBeLessThan(0.07);
  }
}); // prettier-ignore

test('one request is its own mean and percentiles', () => {
  const { meanLatencyMs, p95LatencyMs, p99LatencyMs } = minuteLatency(randomOf(3), 1, 100, 0.5);
  expect(p95LatencyMs).toBe(meanLatencyMs);
  expect(p99LatencyMs).toBe(meanLatencyMs);
});

const density = (x: number) => Math.exp(-(x ** 2) / 2) / Math.sqrt(2 * Math.PI);

/** By Simpson's rule from far below. */
function integral(z: number): number {
  const [from, steps] = [-12, 4000];
  const width = (z - from) / steps;
  let sum = density(from) + density(z);
  for (let i = 1; i < steps; i += 1) sum += (i % 2 === 1 ? 4 : 2) * density(from + i * width);
  return (sum * width) / 3;
}

test('phi is the normal distribution function, in its tails too', () => {
  fc.assert(fc.property(fc.double({ min: -9, max: 9, noNaN: true }), (z) => Math.abs(phi(z) - integral(z)) < 7.5e-8));
  expect([phi(-45), phi(45)]).toEqual([0, 1]);
});
