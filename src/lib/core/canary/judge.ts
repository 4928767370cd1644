import { logSum } from '../statistics/mixture.ts';
import { worst, type Reason, type Verdict } from '../verdict.ts';
import { UNWELL_AT } from './errors.ts';
import { fold, recentWorth } from './fold.ts';
import { overLimits } from './limits.ts';
import { errorRate } from './rates.ts';
import { reasonOf, withWindow } from './reasons.ts';
import type { CanaryState, Evidence, Minute } from './state.ts';
import { weigh, weightOf, type Found, type Measure } from './weigh.ts';

/** A hard limit takes its part of maxFalseRollback off before the questions share the rest. */
const LIMIT_SHARE = 0.1;
/** What is betted on harm that was there from the beginning; the rest on harm that begins later. */
const FROM_THE_BEGINNING = 0.8;

export interface CanaryInput extends Measure {
  /** What earlier looks at this step left; absent at the first. */
  readonly state?: CanaryState;
  readonly minutes: readonly Minute[];
  readonly challenger: string;
  /** When a GET showed this step's split. */
  readonly since: Date;
  readonly now: Date;
  /** How many judged stretches (steps and watch) share the policy's maxFalseRollback. */
  readonly stretches: number;
}

export interface CanaryVerdict {
  readonly state: CanaryState;
  readonly verdict: Verdict;
  readonly reasons: readonly Reason[];
}

/**
 * Judges live traffic: minutes in, verdict and state out. Each settled minute is folded once (by the watermark) into
 * likelihood ratios of "does harm" against "as good as the champion", whose weighted mean exceeds 1 / alpha with probability
 * at most alpha however often it is looked at, and of "as good" against "does as much harm as the policy forbids", each of
 * which must be large before anything passes. Neither: inconclusive, which more minutes settle.
 */
export function judgeCanary(input: CanaryInput): CanaryVerdict {
  const state = fold(input, input.policy.settleMs);
  const { policy } = input;
  const alpha = policy.maxFalseRollback / input.stretches;
  const limited = policy.limits.errorRate === undefined ? 0 : LIMIT_SHARE;
  const views = viewsOf(state, input);
  const total = logSum(views.map(({ worth }) => worth));
  const failed = total >= -Math.log(alpha * (1 - limited));
  // Where it does not fail the whole step is shown; where it does, what shows it most clearly.
  const shown = (failed ? views.toSorted((a, b) => b.worth - a.worth)[0] : undefined) ?? views[0];
  const { evidence = state, found = [], since = input.since } = shown ?? {};
  const blamed = failed ? found.toSorted((a, b) => weightOf(b) - weightOf(a))[0] : undefined;
  const chance = Math.min(1, Math.exp(-total) * input.stretches);
  const compared = found.flatMap((one) => reasonOf(input, evidence, one, one === blamed ? chance : undefined));
  const reasons = [...compared, ...unwell(state, found)].map((reason) => withWindow(reason, since, state.watermark));
  const all = [...reasons, ...overLimits(input, state, alpha * limited)];
  return { state, verdict: worst(all.map(({ verdict }) => verdict)), reasons: all };
} // prettier-ignore

interface View {
  readonly evidence: Evidence;
  readonly since: Date;
  readonly found: readonly Found[];
  /** ln, with what is betted on it. */
  readonly worth: number;
}

function viewsOf(state: CanaryState, input: CanaryInput): View[] {
  const found = weigh(state, input);
  const whole = { evidence: state, since: input.since, found, worth: Math.log(FROM_THE_BEGINNING) + logSum(found.map(weightOf)) };
  const { recent } = state;
  if (recent === undefined) return [whole];
  const lately = { evidence: recent, since: new Date(recent.since), found: weigh(recent, input), worth: Math.log(1 - FROM_THE_BEGINNING) + recentWorth(recent, input) };
  return [whole, lately];
} // prettier-ignore

/**
 * An ill champion is no measure, and no reason to take the challenger back: nothing passes beside it but what is shown to
 * fail less than half as often.
 */
function unwell({ errors, challenger, champion }: CanaryState, found: readonly Found[]): Reason[] {
  if (errors === undefined || errors.unwell < UNWELL_AT) return [];
  const shown = (found.find(({ of }) => of === 'errors')?.safe ?? -1) >= 0;
  const better = shown && (errorRate(challenger) ?? 1) < (errorRate(champion) ?? 0) / 2;
  return [{ rule: 'canary.championUnwell', verdict: better ? 'pass' : 'inconclusive', what: 'champion', unit: 'plain', note: 'fails far more often itself than before the release' }];
} // prettier-ignore
