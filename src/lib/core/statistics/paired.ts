import { normalQuantile } from './normal.ts';

/** More rows than this nobody evaluates on. */
const MOST_ROWS = 10_000_000;

/**
 * Interval of the difference of two shares on the same n rows, (c - b) / n, where b rows favour the first alone and c
 * the second alone; each end holds with `confidence`. Agresti and Min (2005): half a row more in each of the four cells.
 * The plain interval has no width where b = c = 0, so two or three rows would be proof.
 */
export function pairedInterval(n: number, b: number, c: number, confidence: number): { low: number; high: number } {
  const rows = n + 2;
  const middle = (c - b) / rows;
  const half = (normalQuantile(confidence) * Math.sqrt(b + c + 1 - (c - b) ** 2 / rows)) / rows;
  return { low: Math.max(-1, middle - half), high: Math.min(1, middle + half) };
}

/**
 * About how many rows, with the same shares of b and c, would have the interval clear of `limit`; two figures, upwards.
 * Undefined where it is clear already, or no number that can be had does it.
 */
export function rowsToSettle(n: number, b: number, c: number, confidence: number, limit: number): number | undefined {
  const clear = (rows: number) => {
    const { low, high } = pairedInterval(rows, (b * rows) / n, (c * rows) / n, confidence);
    return low >= limit || high <= limit;
  };
  let [few, enough] = [n, n];
  while (!clear(enough)) {
    few = enough;
    enough *= 2;
    if (enough > MOST_ROWS) return undefined;
  }
  if (enough === n) return undefined;
  while (enough - few > 1) {
    const middle = Math.floor((few + enough) / 2);
    if (clear(middle)) enough = middle;
    else few = middle;
  }
  const figure = 10 ** Math.max(0, Math.floor(Math.log10(enough)) - 1);
  return Math.ceil(enough / figure) * figure;
}
