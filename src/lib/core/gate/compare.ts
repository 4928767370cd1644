import { estimateInterval } from '../statistics/estimate.ts';
import { aucError } from '../statistics/hanleyMcNeil.ts';
import { independentInterval } from '../statistics/independent.ts';
import { rowsToSettle, type Interval } from '../statistics/interval.ts';
import { mcNemarP } from '../statistics/mcnemar.ts';
import { pairedInterval } from '../statistics/paired.ts';
import { rootMeanSquareInterval } from '../statistics/rootMeanSquare.ts';
import type { Reason, Unit } from '../verdict.ts';
import type { Compared, PairedEstimate } from './evidence.ts';
import type { Direction } from './metrics.ts';

export interface Comparison {
  readonly metric: string;
  readonly better: Direction;
  readonly compare: 'superior' | 'nonInferior';
  readonly margin: number;
}

/** As the metric counts. */
interface Values {
  readonly champion: number;
  readonly challenger: number;
}

/** What a method found. `gain` and its interval are positive where the challenger is better, whatever the metric counts. */
interface Found {
  readonly n: number;
  readonly unit: Unit;
  readonly values: Values;
  readonly gain: number;
  /** With as many rows, if they were like those there are. */
  readonly intervalAt: (rows: number) => Interval;
  /** Where a test says more exactly than the interval whether it is superior; with so many rows, too. */
  readonly superior?: (rows: number) => boolean;
  readonly test?: string;
  /** So many rows the method needs before it can be trusted at all. */
  readonly least?: number;
  readonly how: string;
  readonly fewer?: string;
}

/** Fewer rows than this (of the rarer class, where there are two) are too few for what holds of many. */
export const LEAST_ROWS = 30;

type Right = Extract<Compared, { right: unknown }>['right'];

/**
 * McNemar's test on the rows where exactly one of the two was right. Superior: its one-sided p must stay below 1 -
 * confidence; with a margin, and for non-inferiority, the interval of the paired difference decides.
 */
export function comparePaired(comparison: Comparison, confidence: number, counts: Right, more = ''): Reason {
  const { n, championOnly: b, challengerOnly: c } = counts;
  const right = { champion: (counts.bothRight + b) / n, challenger: (counts.bothRight + c) / n };
  const wrong = { champion: 1 - right.champion, challenger: 1 - right.challenger };
  const tested = comparison.compare === 'superior' && comparison.margin === 0;
  return judgeGain(comparison, confidence, {
    n,
    unit: 'fraction',
    values: comparison.better === 'higher' ? right : wrong,
    gain: (c - b) / n,
    intervalAt: (rows) => pairedInterval(rows, (b * rows) / n, (c * rows) / n, confidence),
    ...(tested && {
      superior: (rows) => c > b && mcNemarP(Math.round((c * rows) / n), Math.round((b * rows) / n)) < 1 - confidence,
    }),
    ...(n < LEAST_ROWS && { least: LEAST_ROWS }),
    how: `champion alone right on ${b}, challenger alone right on ${c}${more}`,
    test: "McNemar's test of these",
  });
}

/** A metric of both on the same rows, of which is known how much of the difference is chance. */
export function compareEstimate(comparison: Comparison, confidence: number, estimate: PairedEstimate): Reason {
  const { n, fewest, champion, challenger } = estimate;
  const least = fewest < LEAST_ROWS ? Math.ceil((n * LEAST_ROWS) / Math.max(1, fewest)) : undefined;
  return judgeGain(comparison, confidence, {
    n,
    unit: 'plain',
    values: { champion, challenger },
    gain: gainOf(comparison.better, estimate),
    intervalAt: (rows) => gainInterval(comparison.better, estimate, confidence, rows),
    ...(least !== undefined && { least }),
    how: fewest < n ? `compared row by row; ${fewestOf(estimate)}` : 'compared row by row',
  });
}

/** `12 rows of the rarer class` */
export function fewestOf({ fewest, counted }: PairedEstimate): string {
  const what = counted === 'answers' ? 'positive answers of the one that gives fewer' : 'rows of the rarer class';
  return `${fewest.toLocaleString('en')} ${what}`;
}

export function gainOf(better: Direction, { champion, challenger }: Values): number {
  return better === 'higher' ? challenger - champion : champion - challenger;
}

/** Positive where the challenger is better. */
export function gainInterval(better: Direction, { n, error, skew = 0, ...values }: PairedEstimate, confidence: number, rows = n): Interval {
  const difference = gainOf(better, values);
  return estimateInterval({ n, difference, error, skew: better === 'higher' ? skew : -skew }, confidence, rows);
} // prettier-ignore

/** Two shares of which nobody knows on which rows they came to be: judged as if on rows of their own. */
export function compareUnpaired(comparison: Comparison, confidence: number, values: Values, n: number): Reason {
  const { champion, challenger } = values;
  const [from, to] = comparison.better === 'higher' ? [champion, challenger] : [challenger, champion];
  return judgeGain(comparison, confidence, {
    n,
    unit: 'fraction',
    values,
    gain: to - from,
    intervalAt: (rows) => independentInterval({ value: from, n: rows }, { value: to, n: rows }, confidence),
    how: `each on the same ${n} rows, not paired: Newcombe's score interval for independent shares`,
    ...(n < LEAST_ROWS && { least: LEAST_ROWS }),
    fewer: ', with predictions fewer',
  });
}

/** Two areas under the ROC curve of which only the values and the numbers of rows were logged. */
export function compareAreas(comparison: Comparison, confidence: number, values: Values, classes: { readonly positive: number; readonly negative: number }): Reason {
  const { positive, negative } = classes;
  const n = positive + negative;
  const fewest = Math.min(positive, negative);
  const error = Math.hypot(...[values.champion, values.challenger].map((area) => aucError(area, positive, negative)));
  return judgeGain(comparison, confidence, {
    n,
    unit: 'plain',
    values,
    gain: gainOf(comparison.better, values),
    intervalAt: (rows) => estimateInterval({ n, difference: gainOf(comparison.better, values), error }, confidence, rows),
    ...(fewest < LEAST_ROWS && { least: Math.ceil((n * LEAST_ROWS) / fewest) }),
    how: `each on the same ${n} rows, not paired: the error of each by Hanley and McNeil`,
    fewer: ', with predictions fewer',
  });
} // prettier-ignore

/** Two root mean square errors of which only the values and the number of rows were logged. */
export function compareRoots(comparison: Comparison, confidence: number, values: Values, n: number): Reason {
  return judgeGain(comparison, confidence, {
    n,
    unit: 'plain',
    values,
    gain: gainOf(comparison.better, values),
    intervalAt: (rows) => {
      const { low, high } = rootMeanSquareInterval(values.champion, values.challenger, rows, confidence);
      return { low: -high, high: -low };
    },
    ...(n < LEAST_ROWS && { least: LEAST_ROWS }),
    how: `each on the same ${n} rows, not paired: by the ratio of the errors`,
    fewer: ', with predictions fewer',
  });
}

/** No number says how much is chance, and the policy wants it decided all the same. */
export function compareByMargin({ metric, better, compare, margin }: Comparison, values: Values): Reason {
  const gain = gainOf(better, values);
  const required = compare === 'superior' ? margin : -margin;
  const counted = (value: number) => (better === 'higher' ? value : 0 - value);
  return {
    rule: `gate.${compare}`, verdict: (compare === 'superior' ? gain > required : gain >= required) ? 'pass' : 'fail', what: metric, unit: 'plain',
    ...values, measured: counted(gain), limit: counted(required),
    note: 'by the margin alone, as the policy says (judge: fixedMargin): how much of the difference is chance is not known',
  }; // prettier-ignore
}

/** Passes or fails only where the interval lies on one side of what is required; each end holds with `confidence`. */
function judgeGain({ metric, better, compare, margin }: Comparison, confidence: number, found: Found): Reason {
  const { n, values, gain, intervalAt, least } = found;
  const { low, high } = intervalAt(n);
  const required = compare === 'superior' ? margin : -margin;
  const few = least !== undefined || !(high > low);
  const passed = !few && (compare === 'superior' ? (found.superior?.(n) ?? low > required) : low >= required);
  const failed = !few && (compare === 'superior' ? high <= required : high < required);
  const counted = (value: number) => (better === 'higher' ? value : 0 - value);
  const ends = [counted(low), counted(high)];
  return {
    rule: `gate.${compare}`, verdict: passed ? 'pass' : failed ? 'fail' : 'inconclusive', what: metric, unit: found.unit,
    ...values, measured: counted(gain), limit: counted(required),
    interval: { low: Math.min(...ends), high: Math.max(...ends), confidence: Number((1 - 2 * (1 - confidence)).toFixed(6)) }, samples: n,
    note: [found.how, ...disagreement(found, passed, low > required), ...(passed || failed ? [] : [enough(found, required)])].join('; '),
  }; // prettier-ignore
}

/** Near the limit the test and the interval may differ: it is said which of them decided. */
function disagreement({ test, superior }: Found, passed: boolean, above: boolean): string[] {
  return test === undefined || superior === undefined || passed === above ? [] : [`${test} decides, not the interval`];
}

function enough({ n, intervalAt, superior, least = 0, fewer = '' }: Found, required: number): string {
  const settled = rowsToSettle(n, intervalAt, required, superior);
  if (settled === undefined && least === 0) return 'rows like these would not settle it, however many: the difference is what is required, or next to it'; // prettier-ignore
  const rows = Math.max(settled ?? 0, least);
  return `about ${rows.toLocaleString('en')} rows like these would ${settled === undefined ? 'be enough to judge it' : 'settle it'}${fewer}`;
}
