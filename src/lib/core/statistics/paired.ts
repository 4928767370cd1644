import type { Interval } from './interval.ts';
import { normalQuantile } from './normal.ts';

/**
 * Interval of the difference of two shares on the same n rows, (c - b) / n, where b rows favour the first alone and c
 * the second alone; each end holds with `confidence`. Agresti and Min (2005): half a row more in each of the four cells.
 * The plain interval has no width where b = c = 0, so two or three rows would be proof.
 */
export function pairedInterval(n: number, b: number, c: number, confidence: number): Interval {
  const rows = n + 2;
  const middle = (c - b) / rows;
  const half = (normalQuantile(confidence) * Math.sqrt(b + c + 1 - (c - b) ** 2 / rows)) / rows;
  return { low: Math.max(-1, middle - half), high: Math.min(1, middle + half) };
}
