import { estimateInterval } from '../statistics/estimate.ts';
import { shareInterval, unseenShare } from '../statistics/share.ts';
import type { Reason, Verdict } from '../verdict.ts';
import type { Answers, AnswersAsked, Shift } from './answers.ts';

export interface AnswersPolicy extends AnswersAsked {
  /** Share of answers, 0..1, that may be of another class. */
  readonly maxFlips?: number;
  /** How far the mean score may move, up or down. */
  readonly maxShift?: number;
}

/** Whether anything of it is judged, or all only told. */
export function isLimited(answers: AnswersPolicy | undefined): boolean {
  return answers?.maxFlips !== undefined || answers?.maxShift !== undefined;
}

/** The newest look at what both answered, kept in the row. */
export interface AnswersSeen {
  /** How many looks, this one included, had enough to judge. */
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
  /** Different inputs. */
  readonly inputs: number;
}

export interface AnswersMeasured {
  readonly flips?: Measured;
  readonly shift?: Measured & { readonly champion: number; readonly challenger: number };
}

/** Copies that are left out may be those that matter; where they are more than this nothing is decided. */
const MOST_LEFT_OUT = 0.1;
/** The same of inputs to which the challenger gave no score. */
const MOST_UNSCORED = 0.01;
/** Of fewer different inputs an average has no error that one could trust, whatever the policy says. */
const FEWEST_SCORED = 30;

/** `risk`: how often an interval may miss, over all looks. Each spends half of what is left of it; what is asked shares it. */
export function measureAnswers(found: Answers, asked: Pick<AnswersAsked, 'prediction' | 'score'>, { look, risk }: { readonly look: number; readonly risk: number }): AnswersMeasured {
  const questions = Number(asked.prediction !== undefined) + Number(asked.score !== undefined);
  const end = 1 - risk / 2 ** look / questions / 2;
  const confidence = Number((1 - 2 * (1 - end)).toFixed(8));
  const { flips, shift } = found;
  return {
    ...(flips ? { flips: { value: flips.share, ...shareInterval(flips, end), confidence, inputs: flips.n } } : {}),
    ...(shift ? { shift: { value: shift.difference, ...shiftInterval(shift, end), confidence, inputs: shift.n, champion: shift.champion, challenger: shift.challenger } } : {}),
  };
} // prettier-ignore

/**
 * By the central limit theorem with its first correction for skewness; and wider by what may not have been seen at all, a
 * share of inputs of which n may well hold none, each as far off as scores are known to lie apart. Half of the risk each.
 */
function shiftInterval(shift: Shift, end: number) {
  const half = 1 - (1 - end) / 2;
  const unseen = unseenShare(shift.n, half) * shift.range;
  const { low, high } = estimateInterval(shift, half);
  return { low: low - unseen, high: high + unseen };
}

/** Whether a look had enough to decide anything. */
export function couldJudge(found: Answers, minRequests: number): boolean {
  return shortage(found, minRequests) === undefined;
}

/** What the policy limits, judged; nothing where it limits nothing. Undefined `seen`: nobody has looked yet. */
export function judgeAnswers(seen: AnswersSeen | undefined, policy: AnswersPolicy, minRequests: number): readonly Reason[] {
  const { flips, shift } = seen?.measured ?? {};
  const short = shortage(seen?.found, minRequests);
  const judged = (limit: number, side: Side | undefined, note = short): Pick<Reason, 'verdict' | 'note' | 'limit'> => {
    const verdict = note === undefined ? verdictOf(side, limit) : 'inconclusive';
    const said = note ?? (verdict === 'inconclusive' ? undecided(seen) : undefined);
    return { verdict, limit, ...(said === undefined ? {} : { note: said }) };
  };
  const reasons: Reason[] = [];
  if (policy.maxFlips !== undefined)
    reasons.push({
      rule: 'shadow.flips', what: 'changed answers', unit: 'fraction',
      ...judged(policy.maxFlips, flips),
      ...(flips ? { challenger: flips.value, measured: flips.value, ...intervalOf(flips) } : {}),
    });
  if (policy.maxShift !== undefined)
    reasons.push({
      rule: 'shadow.shift', what: policy.score ?? 'score', unit: 'plain',
      ...judged(policy.maxShift, shift && either(shift), short ?? unscored(seen?.found)),
      ...(shift ? { challenger: shift.challenger, champion: shift.champion, measured: shift.value, ...intervalOf(shift) } : {}),
    });
  return reasons;
} // prettier-ignore

interface Side {
  readonly low: number;
  readonly high: number;
}

/** What is no number is no verdict. */
function verdictOf(side: Side | undefined, limit: number): Verdict {
  if (side === undefined) return 'inconclusive';
  if (side.low > limit) return 'fail';
  return side.high <= limit ? 'pass' : 'inconclusive';
}

function undecided(seen: AnswersSeen | undefined): string {
  return seen?.found.cut
    ? 'too little to be sure, and no more is read: a person has to decide'
    : 'too little to be sure yet';
}

/** How far off zero it is at least and at most, whichever way; undefined where that is no number. */
function either({ low, high }: Side): Side | undefined {
  if (!Number.isFinite(low) || !Number.isFinite(high)) return undefined;
  return { low: Math.max(0, low, -high), high: Math.max(-low, high) };
}

function intervalOf({ low, high, confidence, inputs }: Measured): Pick<Reason, 'interval' | 'samples'> {
  return { interval: { low, high, confidence }, samples: inputs };
}

function shortage(found: Answers | undefined, minRequests: number): string | undefined {
  if (found === undefined) return 'logged answers were not read yet';
  const { copies, requests, unanswered, unmatched, unreadable } = found;
  if (copies === 0) return 'the log of the challenger holds no copy: does its data collector keep inputs and outputs?';
  if (unanswered > MOST_LEFT_OUT * copies) return `for ${unanswered} of ${copies} copies the challenger's log holds no answer`;
  if (unreadable > MOST_LEFT_OUT * (requests + unreadable)) return `in ${unreadable} of ${requests + unreadable} answers of the champion there is nothing to compare where the policy says`;
  if (requests >= minRequests) return undefined;
  return `${requests} requests were answered by both, ${minRequests} are needed${unmatched === 0 ? '' : `; for ${unmatched} copies the champion's log holds no original`}`;
} // prettier-ignore

function unscored(found: Answers | undefined): string | undefined {
  const { n, range, unscored: without } = found?.shift ?? { n: 0, range: 1, unscored: 0 };
  if (without > MOST_UNSCORED * (n + without)) return `to ${without} of ${n + without} different inputs the challenger gave no score`;
  if (range === 0) return 'all scores are one and the same, which tells nothing of how far they may move';
  return n < FEWEST_SCORED ? `${n} different inputs got a score from both, ${FEWEST_SCORED} are needed` : undefined;
} // prettier-ignore
