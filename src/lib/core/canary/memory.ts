import { logMixture } from '../statistics/mixture.ts';
import type { ArmMinute, MemoryState } from './state.ts';

/** A deployment that fills its caches grows for a while; only what goes on after this may count against it. */
const WARM_UP_MINUTES = 20;
/** Until it is full at such a pace: what is betted on. */
const FULL_IN_MINUTES = [60, 180, 720];
const WEIGHTS = [0.3, 0.5, 0.2];
/** Growth that would fill it within this many minutes must be shown not to be there. */
const HARMFUL_MINUTES = 180;
const FULL_PERCENT = 100;
/** Fewer changes from minute to minute say nothing of how they scatter. */
const MIN_CHANGES = 16;
/** How much the past says of it, in changes of now. */
const USUAL_CHANGES = 60;
/** Percent: the platform rounds, and a memory that never moves has no noise at all. */
const LEAST_NOISE = 0.2;

/**
 * Adds a minute. With m minutes of mean M so far, w = (d - M) sqrt(m / (m + 1)) of the next difference d has mean b k, k =
 * ((m + 1) / 2) sqrt(m / (m + 1)), where memory grows by b a minute, whatever the level is; its variance is that of d. The
 * noise is judged from changes between neighbouring minutes, which hold twice the variance of one deployment, as d does.
 */
export function addMemory(state: MemoryState | undefined, challenger: ArmMinute | undefined, champion: ArmMinute | undefined, usualNoise: number | undefined): MemoryState | undefined {
  const mine = challenger?.memoryPercent;
  if (mine === undefined) return state;
  const theirs = champion?.memoryPercent;
  // Beside a champion only minutes of both count: alone its level would look like a leap.
  if (state !== undefined && (theirs === undefined) !== (state.noise.champion === undefined)) return state;
  const d = mine - (theirs ?? 0);
  if (state === undefined) return begun(mine, theirs, usualNoise);
  const noise = addNoise(state.noise, mine, theirs);
  // A noise that is judged too small by chance would prove too much: the fewer the changes, the larger it is taken to be.
  const variance = Math.max(LEAST_NOISE ** 2, noise.n === 0 ? 0 : (noise.squares / noise.n) * (1 + 4 / noise.n));
  const known = noise.n >= MIN_CHANGES;
  const warm = state.n >= WARM_UP_MINUTES;
  const pace = (minutes: number) => Math.max(1, FULL_PERCENT - state.first) / minutes;
  return {
    first: state.first,
    n: state.n + 1,
    mean: state.mean + (d - state.mean) / (state.n + 1),
    safe: known ? state.safe - growth(state.n, d - state.mean, pace(HARMFUL_MINUTES), variance) : state.safe,
    warmN: warm ? state.warmN + 1 : 0,
    warmMean: warm ? state.warmMean + (d - state.warmMean) / (state.warmN + 1) : 0,
    grows: warm && known ? state.grows.map((log, i) => log + growth(state.warmN, d - state.warmMean, pace(FULL_IN_MINUTES[i] ?? 1), variance)) : state.grows,
    noise,
  };
} // prettier-ignore

function begun(mine: number, theirs: number | undefined, usualNoise: number | undefined): MemoryState {
  const known = usualNoise === undefined ? { n: 0, squares: 0 } : { n: USUAL_CHANGES, squares: USUAL_CHANGES * usualNoise };
  const noise = { ...known, challenger: mine, ...(theirs !== undefined && { champion: theirs }) };
  return { first: mine, n: 1, mean: mine - (theirs ?? 0), safe: 0, warmN: 0, warmMean: 0, grows: FULL_IN_MINUTES.map(() => 0), noise };
} // prettier-ignore

/** ln of the likelihood of growth by `slope` a minute over none, after `n` minutes. */
function growth(n: number, off: number, slope: number, variance: number): number {
  const scale = Math.sqrt(n / (n + 1));
  const shift = slope * ((n + 1) / 2) * scale;
  return (off * scale * shift - (shift * shift) / 2) / variance;
}

function addNoise(noise: MemoryState['noise'], mine: number, theirs: number | undefined): MemoryState['noise'] {
  const changes = [mine - noise.challenger, ...(theirs === undefined || noise.champion === undefined ? [] : [theirs - noise.champion])]; // prettier-ignore
  return {
    n: noise.n + changes.length,
    squares: noise.squares + changes.reduce((total, change) => total + change * change, 0),
    challenger: mine,
    ...(theirs === undefined ? {} : { champion: theirs }),
  };
}

/** ln of the evidence that its memory grows until it is full. */
export function leaks(state: MemoryState | undefined): number {
  return state === undefined ? 0 : logMixture(WEIGHTS, state.grows);
}

/** ln of the evidence that it does not. Absent memory is not asked for. */
export function leaksNot(state: MemoryState | undefined): number {
  return state === undefined ? Number.POSITIVE_INFINITY : state.safe;
}
