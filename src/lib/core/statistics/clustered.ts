/** Averages over rows that come in groups: what one request asked is answered alike, so its rows tell less than as many requests. */
import { binomialUpperTail } from './binomial.ts';
import type { Estimate } from './estimate.ts';
import type { Interval } from './interval.ts';

/**
 * The mean of all rows, from the number of rows of each group and what they come to together, as a ratio of two sums:
 * the error by Taylor's linearisation (Cochran 1977, 6.3), with the groups as the n that counts. NaN without two groups.
 */
export function clusteredMean(sizes: Float64Array, totals: Float64Array): Estimate {
  const n = sizes.length;
  const rows = sum(sizes);
  const mean = sum(totals) / rows;
  let [squares, cubes] = [0, 0];
  for (let group = 0; group < n; group += 1) {
    const one = ((totals[group] ?? 0) - mean * (sizes[group] ?? 0)) * (n / rows);
    squares += one ** 2;
    cubes += one ** 3;
  }
  const variance = squares / (n - 1);
  return { n, difference: mean, error: Math.sqrt(variance / n), skew: squares === 0 ? 0 : cubes / n / variance ** 1.5 };
}

/** A share of rows, and how many rows that say nothing of one another tell as much at least. */
export interface Share {
  readonly rows: number;
  readonly share: number;
  readonly effective: number;
}

/**
 * As many rows as if those of a request were all alike (Kish 1965: the square of the sum of sizes by the sum of their
 * squares). How alike they are would have to be guessed from the few that are counted: with a handful of them the ends
 * of an interval are missed several times as often as they say.
 */
export function clusteredShare(sizes: Float64Array, totals: Float64Array): Share {
  const rows = sum(sizes);
  return { rows, share: sum(totals) / rows, effective: rows ** 2 / sum(sizes.map((size) => size ** 2)) };
}

/** Clopper and Pearson's interval of those rows, each end of which holds with `confidence`. Parts of rows are counted to the wider side. */
export function shareInterval({ share, effective }: Share, confidence: number): Interval {
  const n = Math.floor(effective);
  const [few, most] = [Math.floor(share * n), Math.min(n, Math.ceil(share * n))];
  const alpha = 1 - confidence;
  return {
    low: few === 0 ? 0 : crossing((p) => binomialUpperTail(few, n, p) < alpha),
    high: most === n ? 1 : crossing((p) => 1 - binomialUpperTail(most + 1, n, p) > alpha),
  };
}

function sum(values: Float64Array): number {
  return values.reduce((all, one) => all + one, 0);
}

/** Where in 0..1 what holds below holds no longer. */
function crossing(holds: (p: number) => boolean): number {
  let [low, high] = [0, 1];
  for (let halved = 0; halved < 60; halved += 1) {
    const middle = (low + high) / 2;
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return low;
}
