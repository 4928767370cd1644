/**
 * Inverse of the standard normal distribution function: Acklam's rational approximation (relative error 1.2e-9), for
 * 0 < p < 1. Used for intervals: those shown, and those that decide where a margin is set.
 */
export function normalQuantile(p: number): number {
  if (!(p > 0 && p < 1)) throw new RangeError(`normalQuantile needs 0 < p < 1, got ${p}`);
  if (p > 0.5) return -normalQuantile(1 - p);
  return p < 0.02425 ? tail(Math.sqrt(-2 * Math.log(p))) : centre(p - 0.5);
}

function tail(q: number): number {
  const above =
    ((((-7.784894002430293e-3 * q - 0.3223964580411365) * q - 2.400758277161838) * q - 2.549732539343734) * q +
      4.374664141464968) * q + 2.938163982698783; // prettier-ignore
  const below =
    (((7.784695709041462e-3 * q + 0.3224671290700398) * q + 2.445134137142996) * q + 3.754408661907416) * q + 1;
  return above / below;
}

function centre(q: number): number {
  const r = q * q;
  const above =
    (((((-39.69683028665376 * r + 220.9460984245205) * r - 275.9285104469687) * r + 138.357751867269) * r -
      30.66479806614716) * r + 2.506628277459239) * q; // prettier-ignore
  const below =
    ((((-54.47609879822406 * r + 161.5858368580409) * r - 155.6989798598866) * r + 66.80131188771972) * r -
      13.28068155288572) * r + 1; // prettier-ignore
  return above / below;
}

/** P(Z > z) of the standard normal, relative error below 1e-13 far into either tail. */
export function normalUpperTail(z: number): number {
  if (z < 0) return 1 - normalUpperTail(-z);
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  return z < 3 ? 0.5 - density * bodySeries(z) : density * tailFraction(z);
}

/** Marsaglia, Journal of Statistical Software 11 (2004) 4: z + z^3/3 + z^5/(3 5) + ... */
function bodySeries(z: number): number {
  let term = z;
  let sum = z;
  for (let i = 3; term > sum * 1e-17; i += 2) {
    term *= (z * z) / i;
    sum += term;
  }
  return sum;
}

/** Laplace's continued fraction of Mills' ratio: 1 / (z + 1 / (z + 2 / (z + 3 / ...))). */
function tailFraction(z: number): number {
  let fraction = z;
  for (let i = 120; i >= 1; i -= 1) fraction = z + i / fraction;
  return 1 / fraction;
}
