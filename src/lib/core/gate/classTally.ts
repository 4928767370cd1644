import type { PairedEstimate } from './evidence.ts';
import type { MetricName } from './metrics.ts';
import { pairedMean } from '../statistics/pairedMean.ts';
import { textOf, type Row } from './answers.ts';

export interface RightCounts {
  readonly n: number;
  readonly bothRight: number;
  readonly championOnly: number;
  readonly challengerOnly: number;
  readonly bothWrong: number;
}

/** Counts of the eight ways in which label, champion and challenger can say the positive class or another. */
type Cells = Float64Array;

/** How often champion and challenger were right, and how often each met a positive class. */
export class ClassTally {
  #right = { bothRight: 0, championOnly: 0, challengerOnly: 0, bothWrong: 0 };
  #n = 0;
  readonly #cells: ReadonlyMap<string, Cells>;

  /** `positives`: classes of which one may turn out to be the positive one. */
  constructor(positives: readonly string[]) {
    this.#cells = new Map(positives.map((positive) => [positive, new Float64Array(8)]));
  }

  add(row: Pick<Row, 'label' | 'champion' | 'challenger'>): void {
    const [label, champion, challenger] = [textOf(row.label), textOf(row.champion), textOf(row.challenger)];
    this.#n += 1;
    const [theirs, mine] = [champion === label, challenger === label];
    if (theirs && mine) this.#right.bothRight += 1;
    else if (theirs) this.#right.championOnly += 1;
    else if (mine) this.#right.challengerOnly += 1;
    else this.#right.bothWrong += 1;
    for (const [positive, cells] of this.#cells) {
      const cell = (label === positive ? 4 : 0) + (champion === positive ? 2 : 0) + (challenger === positive ? 1 : 0);
      cells[cell] = (cells[cell] ?? 0) + 1;
    }
  }

  right(): RightCounts {
    return { n: this.#n, ...this.#right };
  }

  /** A text instead: why it has no value. */
  estimate(metric: MetricName, positive: string): PairedEstimate | string {
    const cells = this.#cells.get(positive);
    const parts = ratioOf[metric as keyof typeof ratioOf];
    if (cells === undefined || parts === undefined) return `${metric} is not counted over classes`;
    const weights = [...cells];
    const positives = weights.slice(4).reduce((sum, count) => sum + count, 0);
    if (positives === 0) return `no row is labelled "${positive}"`;
    const theirs = ratio(weights, 2, parts);
    const mine = ratio(weights, 1, parts);
    if (theirs === undefined) return `the champion never answers "${positive}", so its ${metric} is not defined`;
    if (mine === undefined) return `the challenger never answers "${positive}", so its ${metric} is not defined`;
    const { n, difference: _, ...spread } = pairedMean(theirs.rows, mine.rows, { weights: cells, least: 1 });
    const values = { n, champion: theirs.value, challenger: mine.value, ...spread };
    const fewest = Math.min(positives, n - positives);
    // Of few answers it is made, however many labels there are: one that is right would be no variance, and proof.
    const said = Math.min(answers(weights, 2), answers(weights, 1));
    return metric === 'precision' && said < fewest
      ? { ...values, fewest: said, counted: 'answers' }
      : { ...values, fewest };
  }
}

/** How often one of the two says the positive class. */
function answers(weights: readonly number[], bit: 1 | 2): number {
  return weights.reduce((sum, weight, cell) => sum + (cell & bit ? weight : 0), 0);
}

/** Each is a ratio of two sums over the rows, of `met` (label and answer are positive), `said` and `was` (one of them is). */
const ratioOf = {
  precision: (met: number, said: number, _was: number) => [met, said] as const,
  recall: (met: number, _said: number, was: number) => [met, was] as const,
  f1: (met: number, said: number, was: number) => [2 * met, said + was] as const,
};

/**
 * The ratio, and what each of the eight kinds of rows adds to it (delta method): mean over the rows = the ratio. `bit` says whose
 * answer it is.
 */
function ratio(weights: readonly number[], bit: 1 | 2, partsOf: (met: number, said: number, was: number) => readonly [number, number]) {
  const parts = weights.map((_, cell) => {
    const [was, said] = [cell & 4 ? 1 : 0, cell & bit ? 1 : 0];
    return partsOf(was * said, said, was);
  });
  const sum = (part: 0 | 1) => weights.reduce((total, weight, cell) => total + weight * (parts[cell]?.[part] ?? 0), 0);
  const [above, below, n] = [sum(0), sum(1), weights.reduce((total, weight) => total + weight, 0)];
  if (below === 0) return undefined;
  const value = above / below;
  return { value, rows: Float64Array.from(parts, ([one, all]) => value + ((one - value * all) * n) / below) };
} // prettier-ignore
