import type { Estimate } from './estimate.ts';

/** What two models gave to the same rows, apart by the rows' label. */
export interface Ranked {
  readonly positive: readonly [Float64Array, Float64Array];
  readonly negative: readonly [Float64Array, Float64Array];
}

export interface AucEstimate extends Estimate {
  readonly first: number;
  readonly second: number;
}

/**
 * Areas under the ROC curves of two models on the same rows, and the error of their difference: DeLong, DeLong and
 * Clarke-Pearson (1988), in n log n steps by ranks as Sun and Xu (2014) have it: a row's rank among all less that among its own
 * label is the number of rows of the other label below it, ties by halves. As in `pairedMean` two models that agree on every
 * row do not get an error of none; nor do two that make no mistake: one row might lie at the other end.
 */
export function aucDifference({ positive, negative }: Ranked): AucEstimate {
  const above = positive.map((scores, model) => sharesBelow(scores, negative[model === 0 ? 0 : 1]));
  const below = negative.map((scores, model) => sharesBelow(scores, positive[model === 0 ? 0 : 1]).map((share) => 1 - share));
  const [first, second] = [mean(above[0]), mean(above[1])];
  const variance = varianceOf(above) + varianceOf(below);
  const n = positive[0].length + negative[0].length;
  return { n, first, second, difference: second - first, error: Math.sqrt(variance) };
} // prettier-ignore

/** Of each score, the share of the others that are below it; a tie counts half. */
function sharesBelow(scores: Float64Array, others: Float64Array): Float64Array {
  const sorted = others.toSorted();
  return scores.map((score) => (firstNotBelow(sorted, score) + firstAbove(sorted, score)) / (2 * sorted.length));
}

function firstNotBelow(sorted: Float64Array, score: number): number {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((sorted[middle] ?? 0) < score) from = middle + 1;
    else to = middle;
  }
  return from;
}

function firstAbove(sorted: Float64Array, score: number): number {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((sorted[middle] ?? 0) <= score) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** Of the mean of the difference between both. */
function varianceOf([first = new Float64Array(), second = new Float64Array()]: readonly Float64Array[]): number {
  const rows = first.length;
  const [one, other] = [mean(first), mean(second)];
  let [squares, spread] = [0, 0];
  for (let row = 0; row < rows; row += 1) {
    const [mine, theirs] = [(first[row] ?? 0) - one, (second[row] ?? 0) - other];
    squares += (theirs - mine) ** 2;
    spread += mine ** 2;
  }
  return (squares + Math.max(spread, 1) / rows) / (rows - 1) / rows;
}

function mean(values: Float64Array = new Float64Array()): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
