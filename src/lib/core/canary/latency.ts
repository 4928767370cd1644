import { logSum } from '../statistics/mixture.ts';
import { normalUpperTail } from '../statistics/normal.ts';
import { add, meanLatency, NO_RATES } from './rates.ts';
import type { ArmMinute, LatencyState, Rates } from './state.ts';

/** A minute with fewer requests waits for more: a mean over one or two is noise. */
const MEAN_REQUESTS = 5;
/** Of fewer than 20 the 95th percentile is the slowest one. */
const P95_REQUESTS = 20;
/** What is added to each latency: a millisecond more or less on three is nobody's harm, and no network keeps it. */
const GRAIN_MS = 5;
/** Fewer pairs have no spread worth the name. */
export const MIN_PAIRS = 4;
/** Relative scatter below which two deployments are not told apart: what the platform rounds to. */
const LEAST_SPREAD = 0.02;
/** Variances that the size of the difference may have, in those of a single pair. */
const PRIOR = [0.25, 1, 4];

export const NO_LATENCIES: LatencyState = { n: 0, sum: 0, squares: 0, lagged: 0, first: 0, last: 0 };

/** `champion` in milliseconds: its latency of before, where it serves no more. */
export function addMean(state: LatencyState | undefined, challenger: ArmMinute | undefined, champion: ArmMinute | number | undefined): LatencyState | undefined {
  if (!isTime(challenger?.meanLatencyMs) || champion === undefined) return state;
  if (typeof champion === 'object' && !isTime(champion.meanLatencyMs)) return state;
  const waiting = state?.waiting ?? { challenger: NO_RATES, champion: NO_RATES };
  const mine = add(waiting.challenger, challenger);
  const theirs = typeof champion === 'object' ? add(waiting.champion, champion) : undefined;
  const { waiting: _, ...before } = state ?? NO_LATENCIES;
  const few = mine.latencyRequests < MEAN_REQUESTS || (theirs !== undefined && theirs.latencyRequests < MEAN_REQUESTS);
  if (few) return { ...before, waiting: { challenger: mine, champion: theirs ?? NO_RATES } };
  return addPair(before, meanOf(mine), theirs === undefined ? Number(champion) : meanOf(theirs));
} // prettier-ignore

export function addP95(state: LatencyState | undefined, challenger: ArmMinute | undefined, champion: ArmMinute | number | undefined): LatencyState | undefined {
  if (typeof champion !== 'object' || challenger?.p95LatencyMs === undefined || champion.p95LatencyMs === undefined) return state;
  if (challenger.requests < P95_REQUESTS || champion.requests < P95_REQUESTS) return state;
  return addPair(state ?? NO_LATENCIES, challenger.p95LatencyMs, champion.p95LatencyMs);
} // prettier-ignore

function isTime(ms: number | undefined): ms is number {
  return ms !== undefined && Number.isFinite(ms) && ms >= 0;
}

function meanOf(rates: Rates): number {
  return meanLatency(rates) ?? 0;
}

function addPair(state: LatencyState, mine: number, theirs: number): LatencyState {
  const x = Math.log((mine + GRAIN_MS) / (theirs + GRAIN_MS));
  const { n, sum, squares, lagged, last } = state;
  const first = n === 0 ? x : state.first;
  return { n: n + 1, sum: sum + x, squares: squares + x * x, lagged: n === 0 ? 0 : lagged + x * last, first, last: x };
}

/** Geometric mean over the pairs of challenger's latency by champion's; 1 of none. */
export function typicalRatio(state: LatencyState | undefined): number {
  return state === undefined || state.n === 0 ? 1 : Math.exp(state.sum / state.n);
}

/** ln of the evidence that the challenger takes longer than `times` as long. */
export function slower(state: LatencyState | undefined, times: number): number {
  return state === undefined ? 0 : oneSided(state, Math.log(times), 1);
}

/** ln of the evidence that it takes less than `times` as long. */
export function notSlower(state: LatencyState | undefined, times: number): number {
  return state === undefined ? 0 : oneSided(state, Math.log(times), -1);
}

/**
 * Mixture t-test of whether the mean of the pairs lies beyond `bound` on the given side, with unknown variance and a normal
 * prior on mean over standard deviation (Rouder et al. 2009; anytime valid: Wang and Ramdas, arXiv 2310.03722). One-sided
 * by the posterior share of that side, an approximation. Pairs that resemble the one before count for less than one.
 */
function oneSided(state: LatencyState, bound: number, side: 1 | -1): number {
  const { n, sum, squares } = state;
  if (n < MIN_PAIRS) return 0;
  const mean = sum / n;
  const variance = Math.max(LEAST_SPREAD ** 2, (squares - n * mean * mean) / (n - 1));
  const alike = likeness(state, mean, variance);
  const pairs = Math.max(2, (n * (1 - alike)) / (1 + alike));
  const t = (side * (mean - bound)) / Math.sqrt(variance / pairs);
  return logSum(PRIOR.map((g) => bayesFactor(t, n, g) - Math.log(PRIOR.length)));
}

/** Correlation of neighbours, corrected for what few pairs hide of it (Marriott and Pope 1954); 0 where it is negative. */
function likeness({ n, sum, lagged, first, last }: LatencyState, mean: number, variance: number): number {
  const products = lagged - mean * (2 * sum - first - last) + (n - 1) * mean * mean;
  const plain = products / ((n - 1) * variance);
  return Math.min(0.9, Math.max(0, plain + (1 + 3 * plain) / n));
}

function bayesFactor(t: number, n: number, g: number): number {
  const v = n - 1;
  const wider = 1 + n * g;
  const ratio = Math.log1p((t * t) / v) - Math.log1p((t * t) / (v * wider));
  const share = 2 * normalUpperTail(-t * Math.sqrt((n * g) / wider));
  return -0.5 * Math.log(wider) + ((v + 1) / 2) * ratio + Math.log(Math.max(share, 1e-300));
}
