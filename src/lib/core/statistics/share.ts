import { binomialUpperTail } from './binomial.ts';
import type { Interval } from './interval.ts';

/** A mean of n values from 0 to 1 that say nothing of one another. */
export interface Share {
  readonly n: number;
  readonly share: number;
}

/**
 * Clopper and Pearson's interval, each end of which holds with `confidence`. For values between 0 and 1 it is wider than
 * needed: no mean of such values strays further than one of zeros and ones (Hoeffding 1963). Parts are counted to the
 * wider side.
 */
export function shareInterval({ n, share }: Share, confidence: number): Interval {
  // A share that was divided and multiplied again lies a hair off its whole number.
  const sum = Math.abs(share * n - Math.round(share * n)) < 1e-6 ? Math.round(share * n) : share * n;
  const [few, most] = [Math.floor(sum), Math.ceil(sum)];
  const alpha = 1 - confidence;
  return {
    low: few === 0 ? 0 : crossing((p) => binomialUpperTail(few, n, p) < alpha),
    high: most === n ? 1 : crossing((p) => 1 - binomialUpperTail(most + 1, n, p) > alpha),
  };
}

/** The largest share of cases of which n may well hold none: seen at least once with `confidence`. */
export function unseenShare(n: number, confidence: number): number {
  return -Math.expm1(Math.log1p(-confidence) / n);
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
