export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** More rows than this nobody evaluates on. */
const MOST_ROWS = 10_000_000;

/**
 * About how many rows would have the interval clear of `limit`, if it went on as `intervalAt` says for more than the n
 * there are; two figures, upwards. Undefined where it is clear already, no number that can be had does it, or n is none.
 * `above`: where a test must agree as well before it is taken for more than the limit.
 */
export function rowsToSettle(
  n: number,
  intervalAt: (rows: number) => Interval,
  limit: number,
  above: (rows: number) => boolean = () => true,
): number | undefined {
  const clear = (rows: number) => {
    const { low, high } = intervalAt(rows);
    return (low >= limit && above(rows)) || high <= limit;
  };
  // None doubled stays none, and what is no number is never too many.
  if (!(n >= 1)) return undefined;
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
