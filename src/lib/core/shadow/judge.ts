import { estimateInterval } from '../statistics/estimate.ts';
import { shareInterval } from '../statistics/clustered.ts';
import type { Reason, Verdict } from '../verdict.ts';
import type { Answers, AnswersAsked } from './answers.ts';

export interface AnswersPolicy extends AnswersAsked {
  /** Share of rows, 0..1, that may get another class. */
  readonly maxFlips?: number;
  /** How far the mean score may move, up or down. */
  readonly maxShift?: number;
}

/** The newest look at what both answered, kept in the row. */
export interface AnswersSeen {
  /** Which look it is, from 1. */
  readonly look: number;
  /** ISO time up to which answers were read. */
  readonly to: string;
  readonly found: Answers;
  readonly measured: AnswersMeasured;
}

/** A measured quantity with an interval in which it lies, `confidence` sure of both ends together. */
export interface Measured {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly confidence: number;
  readonly rows: number;
}

export interface AnswersMeasured {
  readonly flips?: Measured;
  readonly shift?: Measured & { readonly champion: number; readonly challenger: number };
}

/** More rows than this without a score of the challenger's, and what the others say of it is not the whole. */
const MOST_UNSCORED = 0.01;

/** `risk`: how often an interval may miss, over all looks. Each spends half of what is left of it; what is asked shares it. */
export function measureAnswers(found: Answers, asked: Pick<AnswersAsked, 'prediction' | 'score'>, { look, risk }: { readonly look: number; readonly risk: number }): AnswersMeasured {
  const questions = Number(asked.prediction !== undefined) + Number(asked.score !== undefined);
  const end = 1 - risk / 2 ** look / questions / 2;
  const confidence = Number((1 - 2 * (1 - end)).toFixed(8));
  const { flips, shift } = found;
  return {
    ...(flips ? { flips: { value: flips.share, ...shareInterval(flips, end), confidence, rows: flips.rows } } : {}),
    // Of a single request no error is known.
    ...(shift && shift.n > 1 ? { shift: { value: shift.difference, ...estimateInterval(shift, end), confidence, rows: shift.rows, champion: shift.champion, challenger: shift.challenger } } : {}),
  };
} // prettier-ignore

/** What the policy limits, judged; nothing where it limits nothing. Undefined `seen`: nobody has looked yet. */
export function judgeAnswers(seen: AnswersSeen | undefined, policy: AnswersPolicy, minRequests: number): readonly Reason[] {
  const { flips, shift } = seen?.measured ?? {};
  const short = shortage(seen?.found, minRequests);
  const judged = (limit: number, side: Side, note = short): Pick<Reason, 'verdict' | 'note' | 'limit'> => {
    const verdict = note === undefined ? verdictOf(side, limit) : 'inconclusive';
    const said = note ?? (verdict === 'inconclusive' ? 'too little to be sure yet' : undefined);
    return { verdict, limit, ...(said === undefined ? {} : { note: said }) };
  };
  const reasons: Reason[] = [];
  if (policy.maxFlips !== undefined)
    reasons.push({
      rule: 'shadow.flips', what: 'changed answers', unit: 'fraction',
      ...judged(policy.maxFlips, flips ?? ANYTHING),
      ...(flips ? { challenger: flips.value, measured: flips.value, ...intervalOf(flips) } : {}),
    });
  if (policy.maxShift !== undefined)
    reasons.push({
      rule: 'shadow.shift', what: policy.score ?? 'score', unit: 'plain',
      ...judged(policy.maxShift, shift ? either(shift) : ANYTHING, short ?? unscored(seen?.found)),
      ...(shift ? { challenger: shift.challenger, champion: shift.champion, measured: shift.value, ...intervalOf(shift) } : {}),
    });
  return reasons;
} // prettier-ignore

interface Side {
  readonly low: number;
  readonly high: number;
}

const ANYTHING: Side = { low: 0, high: Number.POSITIVE_INFINITY };

function verdictOf({ low, high }: Side, limit: number): Verdict {
  if (low > limit) return 'fail';
  return high <= limit ? 'pass' : 'inconclusive';
}

/** How far off zero it is at least and at most, whichever way. */
function either({ low, high }: Side): Side {
  return { low: Math.max(0, low, -high), high: Math.max(-low, high) };
}

function intervalOf({ low, high, confidence, rows }: Measured): Pick<Reason, 'interval' | 'samples'> {
  return { interval: { low, high, confidence }, samples: rows };
}

function shortage(found: Answers | undefined, minRequests: number): string | undefined {
  if (found === undefined) return 'logged answers were not read yet';
  const { requests, unmatched, unreadable } = found;
  if (requests >= minRequests) return undefined;
  if (requests + unmatched + unreadable === 0) return 'no logged answer of the challenger was found: does its data collector keep inputs and outputs?';
  if (unreadable > requests) return `in ${unreadable} answers of the champion there is nothing to compare where the policy says`;
  return `${requests} requests were answered by both, ${minRequests} are needed${unmatched === 0 ? '' : `; of ${unmatched} copies the original was not found in the champion's log`}`;
} // prettier-ignore

function unscored(found: Answers | undefined): string | undefined {
  if (found?.shift === undefined) return 'there is no row to which both gave a score';
  const { rows, unscored: without } = found.shift;
  return without > MOST_UNSCORED * (rows + without) ? `${without} of ${rows + without} rows have no score of the challenger's` : undefined;
} // prettier-ignore
