/** ln of the sum of exp(terms), without overflow; minus infinity of nothing. */
export function logSum(terms: readonly number[]): number {
  const most = Math.max(Number.NEGATIVE_INFINITY, ...terms);
  return Number.isFinite(most)
    ? most + Math.log(terms.reduce((total, term) => total + Math.exp(term - most), 0))
    : most;
}

/** ln of a weighted mean of likelihood ratios that are given by their logarithms. Weights sum to at most 1. */
export function logMixture(weights: readonly number[], logs: readonly number[]): number {
  return logSum(weights.flatMap((weight, i) => (weight > 0 ? [Math.log(weight) + (logs[i] ?? 0)] : [])));
}
