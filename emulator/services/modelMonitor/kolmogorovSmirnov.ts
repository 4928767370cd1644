/**
 * The two-sample Kolmogorov-Smirnov test: the probability of so large a gap between the two empirical distributions, or
 * a larger one, were both samples of one distribution. By the limit of the statistic with Stephens' correction for small
 * samples (Press et al., Numerical Recipes, section 14.3); good to a few per cent for some tens of values a side.
 */
export function kolmogorovSmirnovP(one: readonly number[], other: readonly number[]): number {
  const effective = Math.sqrt((one.length * other.length) / (one.length + other.length));
  return tail((effective + 0.12 + 0.11 / effective) * largestGap(one, other));
}

/** The largest distance between the empirical distribution functions. */
function largestGap(one: readonly number[], other: readonly number[]): number {
  const [a, b] = [one.toSorted((x, y) => x - y), other.toSorted((x, y) => x - y)];
  let [i, j, gap] = [0, 0, 0];
  while (i < a.length && j < b.length) {
    const value = Math.min(a[i] ?? 0, b[j] ?? 0);
    while (i < a.length && a[i] === value) i += 1;
    while (j < b.length && b[j] === value) j += 1;
    gap = Math.max(gap, Math.abs(i / a.length - j / b.length));
  }
  return gap;
}

/** 1 - K(x) of Kolmogorov's distribution: an alternating series that converges at once but for x near 0. */
function tail(x: number): number {
  if (x < 0.2) return 1;
  let sum = 0;
  for (let k = 1; k <= 100; k += 1) {
    const term = Math.exp(-2 * k * k * x * x);
    sum += k % 2 === 1 ? term : -term;
    if (term < 1e-16) break;
  }
  return Math.min(1, Math.max(0, 2 * sum));
}
