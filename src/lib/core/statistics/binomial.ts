/**
 * ln Gamma(x), x > 0: Lanczos' approximation with g = 7 and 9 coefficients (relative error below 1e-14 in the range
 * used here, x >= 1).
 */
function lnGamma(x: number): number {
  const coefficients = [
    676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
    -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
  ];
  const z = x - 1;
  const sum = coefficients.reduce((total, c, i) => total + c / (z + i + 1), 0.99999999999980993);
  const t = z + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(sum);
}

/** ln of x (x + 1) ... (x + n - 1), x > 0: summed while short, which loses no digits, else from ln Gamma. */
export function lnRising(x: number, n: number): number {
  if (n > 40) return lnGamma(x + n) - lnGamma(x);
  let total = 0;
  for (let i = 0; i < n; i += 1) total += Math.log(x + i);
  return total;
}

function lnPmf(k: number, n: number, p: number): number {
  const lnChoose = lnGamma(n + 1) - lnGamma(k + 1) - lnGamma(n - k + 1);
  return lnChoose + k * Math.log(p) + (n - k) * Math.log1p(-p);
}

/** Sums pmf(k), pmf(k + step), ... while the terms fall; they do when `step` points away from the mean. */
function sumAway(k: number, n: number, p: number, step: 1 | -1): number {
  let term = Math.exp(lnPmf(k, n, p));
  let sum = 0;
  for (let i = k; i >= 0 && i <= n && term > sum * 1e-17; i += step) {
    sum += term;
    term *= step === 1 ? ((n - i) / (i + 1)) * (p / (1 - p)) : (i / (n - i + 1)) * ((1 - p) / p);
  }
  return Math.min(1, sum);
}

/** P(X >= k) for X ~ Binomial(n, p), exact up to rounding. */
export function binomialUpperTail(k: number, n: number, p: number): number {
  if (k <= 0) return 1;
  if (k > n || p <= 0) return 0;
  if (p >= 1) return 1;
  return k > n * p ? sumAway(k, n, p, 1) : 1 - sumAway(k - 1, n, p, -1);
}
