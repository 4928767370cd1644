import { normalQuantile } from '../../../src/lib/core/statistics/normal.ts';
import type { MeasuredArm, MeasuredMinute, Method } from '../method.ts';

/**
 * Kayenta's NetflixACAJudge: per metric the Mann-Whitney confidence interval (98 %) of the shift between the two time series.
 * High when its lower end is above a quarter of the Hodges-Lehmann estimate. Four metrics of equal weight, so that one High
 * leaves a score of 75, which is Spinnaker's usual `marginal`: that fails the run. Series without data do not count.
 *
 * spinnaker/kayenta: NetflixACAJudge.scala@39c1d8a (fraction 0.25, confLevel 0.98), MannWhitneyClassifier.scala@5e8bc1a,
 * MannWhitney.scala@552aa62 (interval by inverting the rank sum, with ties and continuity correction, as R does).
 */
const CONFIDENCE = 0.98;
const TOLERANCE = 0.25;

const METRICS: readonly ((arm: MeasuredArm) => number | undefined)[] = [
  ({ errors, requests }) => errors / requests,
  ({ meanLatencyMs }) => meanLatencyMs,
  ({ p95LatencyMs }) => p95LatencyMs,
  ({ memoryPercent }) => memoryPercent,
];

export function kayenta(name: string, everyMinutes: number | 'horizon'): Method {
  return {
    name,
    undecided: 'promote',
    begin({ horizonMinutes }) {
      const every = everyMinutes === 'horizon' ? horizonMinutes : everyMinutes;
      const minutes: MeasuredMinute[] = [];
      return {
        look(minute) {
          minutes.push(minute);
          if (minutes.length % every !== 0) return 'goOn';
          // The lookback of both documented set-ups: an hour at most.
          const window = minutes.slice(-Math.max(60, every));
          return METRICS.some((metric) =>
            high(series(window, 'challenger', metric), series(window, 'champion', metric)),
          )
            ? 'rollBack'
            : 'goOn';
        },
      };
    },
  };
}

export const kayentaOnce = kayenta('Kayenta, once', 'horizon');
export const kayentaEveryTen = kayenta('Kayenta, every 10 min', 10);

function series(
  minutes: readonly MeasuredMinute[],
  arm: 'champion' | 'challenger',
  metric: (arm: MeasuredArm) => number | undefined,
): Float64Array {
  return Float64Array.from(minutes.flatMap(({ arms }) => (arms[arm] && metric(arms[arm])) ?? [])).toSorted();
}

/** Both sorted. */
export function high(
  experiment: Float64Array,
  control: Float64Array,
  confidence = CONFIDENCE,
  fraction = TOLERANCE,
): boolean {
  if (experiment.length === 0 || control.length === 0) return false;
  // The interval's lower end is above 0 only where the test of 0 is significant: most often that settles it.
  if (standardised(experiment, control, 0) <= normalQuantile(1 - (1 - confidence) / 2)) return false;
  const { low, estimate } = shift(experiment, control, confidence);
  return low > fraction * Math.abs(estimate);
}

export interface Shift {
  readonly low: number;
  readonly high: number;
  readonly estimate: number;
}

/** How far `x` lies above `y`; both sorted. Where all values are one there is no interval, and nothing is shifted. */
export function shift(x: Float64Array, y: Float64Array, confidence: number): Shift {
  const [least, most] = [(x[0] ?? 0) - (y.at(-1) ?? 0), (x.at(-1) ?? 0) - (y[0] ?? 0)];
  if (most <= least) return { low: 0, high: 0, estimate: 0 };
  const z = normalQuantile(1 - (1 - confidence) / 2);
  const root = (quantile: number) => rootOf((mu) => standardised(x, y, mu) - quantile, least, most);
  return { low: root(z), high: root(-z), estimate: root(0) };
}

/** Of a function that falls: by halving. The original's solver stops within 1e-4 of it, which for error rates is much. */
function rootOf(f: (mu: number) => number, least: number, most: number): number {
  if (f(least) <= 0) return least;
  if (f(most) >= 0) return most;
  let [low, high] = [least, most];
  for (let i = 0; i < 40; i += 1) {
    const middle = (low + high) / 2;
    if (f(middle) > 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The rank sum of x - mu among x - mu and y, centred, corrected for continuity and ties, over its deviation. */
export function standardised(x: Float64Array, y: Float64Array, mu: number): number {
  const [nx, ny] = [x.length, y.length];
  const n = nx + ny;
  let [i, j, wins, ties] = [0, 0, 0, 0];
  while (i < nx || j < ny) {
    const value = Math.min(i < nx ? (x[i] ?? 0) - mu : Infinity, j < ny ? (y[j] ?? 0) : Infinity);
    const [fromX, fromY] = [i, j];
    while (i < nx && (x[i] ?? 0) - mu === value) i += 1;
    while (j < ny && y[j] === value) j += 1;
    wins += (i - fromX) * (fromY + (j - fromY) / 2);
    const same = i - fromX + j - fromY;
    ties += same ** 3 - same;
  }
  const centred = wins - (nx * ny) / 2;
  const deviation = Math.sqrt(((nx * ny) / 12) * (n + 1 - ties / (n * (n - 1))));
  return deviation > 0 ? (centred - Math.sign(centred) * 0.5) / deviation : 0;
}
