import { binomialUpperTail } from '../statistics/binomial.ts';
import { independentInterval } from '../statistics/independent.ts';
import { rowsToSettle, type Interval } from '../statistics/interval.ts';
import { pairedInterval } from '../statistics/paired.ts';
import type { Reason } from '../verdict.ts';
import type { PairedCounts } from './evidence.ts';
import type { Direction } from './shares.ts';

export interface Comparison {
  readonly metric: string;
  readonly better: Direction;
  readonly compare: 'superior' | 'nonInferior';
  readonly margin: number;
}

/** Shares of the rows, as the metric counts them. */
interface Values {
  readonly champion: number;
  readonly challenger: number;
}

/** What a method found. `gain` and its interval are positive where the challenger is better, whatever the metric counts. */
interface Found {
  readonly n: number;
  readonly values: Values;
  readonly gain: number;
  /** With as many rows, if they were like those there are. */
  readonly intervalAt: (rows: number) => Interval;
  /** Where a test says more exactly than the interval whether it is superior. */
  readonly superior?: boolean;
  readonly how: string;
  /** What is said where more rows would settle it. */
  readonly enough: (rows: number) => string;
}

/**
 * Exact McNemar test on the rows where exactly one of the two was right. Superior: one-sided p = P(X >= c), X ~
 * Binomial(b + c, 1/2), must stay below 1 - confidence; with a margin, and for non-inferiority, the interval of the
 * paired difference decides.
 */
export function comparePaired(comparison: Comparison, confidence: number, counts: PairedCounts): Reason {
  const { n, championOnly: b, challengerOnly: c } = counts;
  const right = { champion: (counts.bothRight + b) / n, challenger: (counts.bothRight + c) / n };
  const wrong = { champion: 1 - right.champion, challenger: 1 - right.challenger };
  const exact = comparison.compare === 'superior' && comparison.margin === 0;
  return judgeGain(comparison, confidence, {
    n,
    values: comparison.better === 'higher' ? right : wrong,
    gain: (c - b) / n,
    intervalAt: (rows) => pairedInterval(rows, (b * rows) / n, (c * rows) / n, confidence),
    ...(exact && { superior: c > b && binomialUpperTail(c, b + c, 0.5) < 1 - confidence }),
    how: pairNote(counts),
    enough: (rows) => `about ${rows} rows like these would settle it`,
  });
}

/** Two shares of which nobody knows on which rows they came to be: judged as if on rows of their own. */
export function compareUnpaired(comparison: Comparison, confidence: number, values: Values, n: number): Reason {
  const { champion, challenger } = values;
  const [from, to] = comparison.better === 'higher' ? [champion, challenger] : [challenger, champion];
  return judgeGain(comparison, confidence, {
    n,
    values,
    gain: to - from,
    intervalAt: (rows) => independentInterval({ value: from, n: rows }, { value: to, n: rows }, confidence),
    how: `each on the same ${n} rows, not paired: Newcombe's score interval for independent shares`,
    enough: (rows) => `about ${rows} rows like these would settle it, with predictions fewer`,
  });
}

/** Passes or fails only where the interval lies on one side of what is required; each end holds with `confidence`. */
function judgeGain({ metric, better, compare, margin }: Comparison, confidence: number, found: Found): Reason {
  const { n, values, gain, intervalAt } = found;
  const { low, high } = intervalAt(n);
  const required = compare === 'superior' ? margin : -margin;
  const passed = compare === 'superior' ? (found.superior ?? low > required) : low >= required;
  const failed = compare === 'superior' ? high <= required : high < required;
  const settled = passed || failed ? undefined : rowsToSettle(n, intervalAt, required);
  const counted = (value: number) => (better === 'higher' ? value : 0 - value);
  const ends = [counted(low), counted(high)];
  return {
    rule: `gate.${compare}`, verdict: passed ? 'pass' : failed ? 'fail' : 'inconclusive', what: metric, unit: 'fraction',
    ...values, measured: counted(gain), limit: counted(required),
    interval: { low: Math.min(...ends), high: Math.max(...ends), confidence: Number((1 - 2 * (1 - confidence)).toFixed(6)) }, samples: n,
    note: [found.how, ...(settled === undefined ? [] : [found.enough(settled)])].join('; '),
  }; // prettier-ignore
}

function pairNote(counts: PairedCounts): string {
  const right = counts.bothRight + counts.challengerOnly;
  const alone = `champion alone right on ${counts.championOnly}, challenger alone right on ${counts.challengerOnly}`;
  if (right >= counts.majority) return alone;
  return `${alone}; the challenger is right less often than always answering "${counts.majorityLabel}" (swapped labels?)`;
}
