import { normalQuantile } from '../../src/lib/core/statistics/normal.ts';
import type { Random } from './random.ts';

export interface MinuteLatency {
  readonly meanLatencyMs: number;
  readonly p95LatencyMs: number;
  readonly p99LatencyMs: number;
}

/** Up to so many requests are drawn one by one. */
const ONE_BY_ONE = 40;
/** So many draws from a part of the distribution without its tail add up to something normal. */
const MANY = 12;

/**
 * Mean, 95th and 99th percentile (nearest rank) of n log-normal latencies. The two order statistics are drawn exactly from
 * their joint distribution (spacings of uniforms are gamma). Given them, what lies below, between and above is independent
 * and identically distributed in its part: the sums below and between are taken as normal with the moments of a truncated
 * log-normal where there are enough of them, and everything above the 99th percentile is drawn one by one.
 */
export function minuteLatency(random: Random, n: number, medianMs: number, sigma: number): MinuteLatency {
  const { sum, p95, p99 } = n <= ONE_BY_ONE ? each(random, n, sigma) : parts(random, n, sigma);
  return { meanLatencyMs: (medianMs * sum) / n, p95LatencyMs: medianMs * p95, p99LatencyMs: medianMs * p99 };
}

interface Drawn {
  readonly sum: number;
  readonly p95: number;
  readonly p99: number;
}

function each(random: Random, n: number, sigma: number): Drawn {
  const values = new Float64Array(n);
  let sum = 0;
  for (let i = 0; i < n; i += 1) sum += values[i] = Math.exp(sigma * random.normal());
  values.sort();
  return { sum, p95: values[Math.ceil(0.95 * n) - 1] ?? 0, p99: values[Math.ceil(0.99 * n) - 1] ?? 0 };
}

function parts(random: Random, n: number, sigma: number): Drawn {
  const [k95, k99] = [Math.ceil(0.95 * n), Math.ceil(0.99 * n)];
  const below = random.gamma(k95);
  const between = random.gamma(k99 - k95);
  const all = below + between + random.gamma(n + 1 - k99);
  const [u95, u99] = [below / all, (below + between) / all];
  const [z95, z99] = [normalQuantile(u95), normalQuantile(u99)];
  const [p95, p99] = [Math.exp(sigma * z95), Math.exp(sigma * z99)];
  const sum =
    p95 + p99 +
    part(random, k95 - 1, { low: 0, high: u95, zLow: -Infinity, zHigh: z95 }, sigma) +
    part(random, k99 - k95 - 1, { low: u95, high: u99, zLow: z95, zHigh: z99 }, sigma) +
    oneByOne(random, n - k99, u99, 1, sigma); // prettier-ignore
  return { sum, p95, p99 };
}

interface Part {
  /** As shares of the distribution, and as the standard normal quantiles of these. */
  readonly low: number;
  readonly high: number;
  readonly zLow: number;
  readonly zHigh: number;
}

/** Sum of `count` draws of exp(sigma z) with z between two quantiles. */
function part(random: Random, count: number, { low, high, zLow, zHigh }: Part, sigma: number): number {
  if (count < MANY) return oneByOne(random, count, low, high, sigma);
  const share = high - low;
  const first = (Math.exp(sigma ** 2 / 2) * (phi(zHigh - sigma) - phi(zLow - sigma))) / share;
  const second = (Math.exp(2 * sigma ** 2) * (phi(zHigh - 2 * sigma) - phi(zLow - 2 * sigma))) / share;
  return count * first + Math.sqrt(count * Math.max(0, second - first ** 2)) * random.normal();
}

function oneByOne(random: Random, count: number, low: number, high: number, sigma: number): number {
  let sum = 0;
  for (let i = 0; i < count; i += 1) {
    const u = Math.min(low + (high - low) * random.uniform(), 1 - 2 ** -53);
    sum += Math.exp(sigma * normalQuantile(u));
  }
  return sum;
}

/** Standard normal distribution function, absolute error below 7.5e-8 (Abramowitz and Stegun 26.2.17). */
export function phi(z: number): number {
  if (z < 0) return 1 - phi(-z);
  if (z > 40) return 1;
  const t = 1 / (1 + 0.2316419 * z);
  const tail = ((((1.330274429 * t - 1.821255978) * t + 1.781477937) * t - 0.356563782) * t + 0.31938153) * t;
  return 1 - (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * tail;
}
