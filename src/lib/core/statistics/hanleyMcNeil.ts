/**
 * Standard error of an area under the ROC curve of which only the numbers of rows are known: Hanley and McNeil (1982), as if the
 * scores were exponential. An area of 1 has an error, too: that of one row of the rarer label half misplaced.
 */
export function aucError(area: number, positives: number, negatives: number): number {
  const a = Math.min(area, 1 - 1 / (2 * Math.min(positives, negatives)));
  const [one, two] = [a / (2 - a), (2 * a ** 2) / (1 + a)];
  const above = a * (1 - a) + (positives - 1) * (one - a ** 2) + (negatives - 1) * (two - a ** 2);
  return Math.sqrt(above / (positives * negatives));
}
