import { aucDifference } from '../statistics/auc.ts';
import { pairedMean } from '../statistics/pairedMean.ts';
import { numberOf, textOf, type Row } from './answers.ts';
import { Column } from './column.ts';
import type { PairedEstimate } from './evidence.ts';
import type { Metric, MetricName } from './metrics.ts';

const MAX_CLASSES = 1_000;
/** As scikit-learn has it: a probability of 0 for what happened would be an endless loss. */
const NEVER = 1e-15;

/** Scores or numbers of champion and challenger, with the labels. */
export class NumberRows {
  /** Index into the texts of the labels, while there are few. */
  #code = new Column(Float64Array);
  #codes = new Map<string, number>();
  #target = new Column(Float64Array);
  #champion = new Column(Float64Array);
  #challenger = new Column(Float64Array);
  #textLabel = false;

  get size(): number {
    return this.#champion.values().length;
  }

  add({ label }: Pick<Row, 'label'>, champion: number, challenger: number): void {
    this.#code.push(this.#codeOf(label));
    const target = numberOf(label);
    this.#textLabel ||= target === undefined;
    this.#target.push(target ?? 0);
    this.#champion.push(champion);
    this.#challenger.push(challenger);
  }

  /** Of the rows that `only` names, or of all. A text instead: why it has no value. */
  estimate(metric: Metric, positive: string | undefined, only?: Uint32Array): PairedEstimate | string {
    const estimate = this.#estimate(metric, positive, only);
    if (typeof estimate === 'string') return estimate;
    const { champion, challenger, error, skew = 0, fewest } = estimate;
    if (fewest < 2) return `${metric.is} of a single row is nothing that could be compared`;
    return [champion, challenger, error, skew].every(Number.isFinite) ? estimate : `the numbers are too large for ${metric.is} to be computed`; // prettier-ignore
  }

  #estimate(metric: Metric, positive: string | undefined, only?: Uint32Array): PairedEstimate | string {
    const [code, target, champion, challenger] = [this.#code, this.#target, this.#champion, this.#challenger]
      .map((column) => column.values())
      .map((values) => (only ? picked(values, only) : values));
    if (!code || !target || !champion || !challenger) return 'there are no rows';
    if (metric.kind === 'numbers') {
      if (this.#textLabel) return `${metric.is} needs labels that are numbers`;
      return offBy(metric.is, target, champion, challenger);
    }
    if (this.#codes.size > MAX_CLASSES) return `${metric.is} needs labels that are classes; there are more than ${MAX_CLASSES.toLocaleString('en')}`; // prettier-ignore
    const wanted = positive === undefined ? undefined : this.#codes.get(positive);
    if (wanted === undefined) return `no row is labelled "${positive ?? ''}"`;
    const happened = code.map((one) => (one === wanted ? 1 : 0));
    return metric.kind === 'ranks' ? auc(happened, champion, challenger) : held(metric.is, happened, champion, challenger);
  } // prettier-ignore

  /** Of more labels than there are classes none is looked for any more: numbers are slow to write. */
  #codeOf(label: Row['label']): number {
    const next = this.#codes.size;
    if (next > MAX_CLASSES) return next;
    const text = textOf(label);
    const known = this.#codes.get(text);
    if (known !== undefined) return known;
    this.#codes.set(text, next);
    return next;
  }
}

function picked(values: Float64Array, rows: Uint32Array): Float64Array {
  const found = new Float64Array(rows.length);
  for (let at = 0; at < rows.length; at += 1) found[at] = values[rows[at] ?? 0] ?? 0;
  return found;
}

function auc(happened: Float64Array, champion: Float64Array, challenger: Float64Array): PairedEstimate | string {
  const [yes, no] = [(_: number, row: number) => happened[row] === 1, (_: number, row: number) => happened[row] === 0];
  const positive = [champion.filter(yes), challenger.filter(yes)] as const;
  const negative = [champion.filter(no), challenger.filter(no)] as const;
  const fewest = Math.min(positive[0].length, negative[0].length);
  if (fewest === 0) return 'auc needs rows that are labelled positive and rows that are not';
  const { first, second, n, error } = aucDifference({ positive, negative });
  return { n, champion: first, challenger: second, error, fewest };
} // prettier-ignore

/** A probability against what happened. */
function held(metric: MetricName, happened: Float64Array, champion: Float64Array, challenger: Float64Array): PairedEstimate | string {
  for (const [who, scores] of [['champion', champion], ['challenger', challenger]] as const) {
    const outside = scores.find((score) => !(score >= 0 && score <= 1));
    if (outside !== undefined) return `${metric} needs probabilities from 0 to 1, and the ${who} says ${outside}`;
  }
  const loss = metric === 'brier'
    ? (score: number, row: number) => (score - (happened[row] ?? 0)) ** 2
    : (score: number, row: number) => -Math.log(Math.max(NEVER, happened[row] === 1 ? score : 1 - score));
  const positives = happened.reduce((sum, one) => sum + one, 0);
  return means(champion.map(loss), challenger.map(loss), Math.min(positives, happened.length - positives), 1);
} // prettier-ignore

/** How far off; of the root of the mean square what each row adds to it (delta method). */
function offBy(metric: MetricName, target: Float64Array, champion: Float64Array, challenger: Float64Array): PairedEstimate {
  const loss = metric === 'mae'
    ? (value: number, row: number) => Math.abs(value - (target[row] ?? 0))
    : (value: number, row: number) => (value - (target[row] ?? 0)) ** 2;
  const [theirs, mine] = [champion.map(loss), challenger.map(loss)];
  return metric === 'rmse' ? means(rooted(theirs), rooted(mine), theirs.length) : means(theirs, mine, theirs.length);
} // prettier-ignore

function rooted(squares: Float64Array): Float64Array {
  const root = Math.sqrt(mean(squares));
  return root === 0 ? squares : squares.map((square) => root / 2 + square / (2 * root));
}

function means(champion: Float64Array, challenger: Float64Array, fewest: number, least = 0): PairedEstimate {
  const { n, error, skew } = pairedMean(champion, challenger, { least });
  return { n, champion: mean(champion), challenger: mean(challenger), error, ...(skew !== undefined && { skew }), fewest };
} // prettier-ignore

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
