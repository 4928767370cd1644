import type { Estimate } from './estimate.ts';

/**
 * The mean of `second` less that of `first`, which are of the same rows (each as often as `weights` says), with the error of the
 * central limit theorem. Two rows are added to the squares that lie as far apart as `first` usually is from its own mean: without
 * them two that agree on every row would have an error of none, and two or three rows would be proof. `least` is what all squares of
 * `first` come to at least, for values that happen to be all alike: 1 where one row can be off by 1.
 *
 * Measured on brier and log-loss, 50 to 1,000 rows, positives from 5 to 50 %, equal or overconfident challengers: with 30 rows of the
 * rarer class an end of 95 % is missed in up to 6.3 % of all cases by `estimateInterval`, where a percentile bootstrap misses
 * 9.7 % and BCa 7.7 %, at 500 times the cost.
 */
export function pairedMean(
  first: Float64Array,
  second: Float64Array,
  { weights, least = 0 }: { readonly weights?: Float64Array; readonly least?: number } = {},
): Estimate {
  const weight = (row: number) => (weights === undefined ? 1 : (weights[row] ?? 0));
  let [n, sum, own] = [0, 0, 0];
  for (let row = 0; row < first.length; row += 1) {
    n += weight(row);
    own += weight(row) * (first[row] ?? 0);
    sum += weight(row) * ((second[row] ?? 0) - (first[row] ?? 0));
  }
  const [difference, centre] = [sum / n, own / n];
  let [squares, cubes, spread] = [0, 0, 0];
  for (let row = 0; row < first.length; row += 1) {
    const one = (second[row] ?? 0) - (first[row] ?? 0) - difference;
    squares += weight(row) * one ** 2;
    cubes += weight(row) * one ** 3;
    spread += weight(row) * ((first[row] ?? 0) - centre) ** 2;
  }
  const variance = (squares + Math.max(spread, least) / n) / (n - 1);
  return { n, difference, error: Math.sqrt(variance / n), skew: skewOf(cubes / n, variance) };
}

/** None where the spread is so small that its power is no number. */
function skewOf(cube: number, variance: number): number {
  const skew = cube / variance ** 1.5;
  return Number.isFinite(skew) ? skew : 0;
}
