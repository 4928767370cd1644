import { binomialUpperTail } from './binomial.ts';

/** With fewer rows than this where exactly one was right, the tail is counted whole. */
const MID_P_FROM = 10;

/**
 * One-sided p of McNemar's test: how likely `more` or a larger part of the rows where exactly one of the two was right would
 * go to one of them by chance. Of what was found half is counted (mid-p; Lancaster 1961), which the whole tail pays for with
 * power: at 1,000 rows, 6 % of them such, a gain of 2 points passes a level of 5 % in 83.3 % of all cases, by the whole tail
 * in 80.2 %. Equal models pass in at most 5.02 %, over 8 to 5,000 rows and any share of such rows, all summed exactly: above 5 % only
 * where more than half of all rows are such. Given their number the chance can be larger (6.25 % of 4 to none, 7.3 % of 12), which
 * evens out where it varies and cannot where there are next to none: there the whole tail is counted.
 */
export function mcNemarP(more: number, fewer: number): number {
  const rows = more + fewer;
  const tail = binomialUpperTail(more, rows, 0.5);
  return rows < MID_P_FROM ? tail : (tail + binomialUpperTail(more + 1, rows, 0.5)) / 2;
}
