import type { Interval } from './interval.ts';
import { normalQuantile } from './normal.ts';

/** A difference of two averages over the same n rows. */
export interface Estimate {
  readonly n: number;
  readonly difference: number;
  /** Standard error of the difference. */
  readonly error: number;
  /** Skewness of what the rows add to the difference; absent: none. */
  readonly skew?: number;
}

/**
 * Each end holds with `confidence`: normal, and further out on the side of the longer tail by the first term of the Edgeworth
 * expansion of the studentised mean (Hall 1992), skew (2 z^2 + 1) / (6 sqrt n) standard errors. The other end would come nearer
 * by as much, and does not.
 */
export function estimateInterval({ n, difference, error, skew = 0 }: Estimate, confidence: number, rows = n): Interval {
  const z = normalQuantile(confidence);
  const wider = (Math.abs(skew) * (2 * z ** 2 + 1)) / (6 * Math.sqrt(rows));
  const one = error * Math.sqrt(n / rows);
  return {
    low: difference - one * (z + (skew < 0 ? wider : 0)),
    high: difference + one * (z + (skew > 0 ? wider : 0)),
  };
}
