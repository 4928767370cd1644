import type { Interval } from './interval.ts';
import { normalQuantile } from './normal.ts';

/**
 * Fourth moment of the errors over the square of the second: that of Student's t with 5 degrees of freedom. Normal errors have 3,
 * and assuming those would pass versions by the assumption where a few rows are far off.
 */
const KURTOSIS = 9;

/**
 * Interval of `second` - `first`, two root mean square errors as if of n rows of their own each; each end holds with `confidence`.
 * By their logarithms, whose standard error is sqrt((kurtosis - 1) / (4 n)); `first` is taken as it is found.
 */
export function rootMeanSquareInterval(first: number, second: number, n: number, confidence: number): Interval {
  const error = Math.sqrt((KURTOSIS - 1) / (2 * n));
  const away = (z: number) => second * Math.exp(z * error) - first;
  const z = normalQuantile(confidence);
  return { low: away(-z), high: away(z) };
}
