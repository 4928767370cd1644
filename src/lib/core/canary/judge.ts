import type { CanaryPolicy } from '../policy/policy.ts';
import { logSum } from '../statistics/mixture.ts';
import { worst, type Reason, type Verdict } from '../verdict.ts';
import { errorsHarm, errorsSafe, NO_ERRORS_SEEN, UNWELL_AT } from './errors.ts';
import { fold } from './fold.ts';
import { MIN_PAIRS, notSlower, slower, typicalRatio } from './latency.ts';
import { overLimits } from './limits.ts';
import { leaks, leaksNot } from './memory.ts';
import { errorRate } from './rates.ts';
import { reasonOf, withWindow } from './reasons.ts';
import type { Baseline, CanaryState, LatencyState, Minute, Rates } from './state.ts';

/** Bounds on the probability of passing a challenger that does exactly as badly as the policy forbids. What happens is less often: most are taken back before. */
export const MISSED = { errors: 0.08, meanLatency: 0.005, p95Latency: 0.005, memory: 0.001 } as const;
/** Nothing is taken back for less than this part of what the policy forbids, however sure it is. */
const CLOSE = 0.75;
/** What part of the latency that the policy forbids counts as none: slow wander of a few percent is no harm. */
const TOLERATED_LATENCY = 1 / 3;
/** Below this many failures of the champion a minute its past says more than its present. */
const QUIET_ERRORS_PER_MINUTE = 5 / 60;
/** Which part of maxFalseRollback each question may spend; a hard limit takes its part off before. */
export const SHARES = { errors: 0.65, meanLatency: 0.15, p95Latency: 0.1, memory: 0.1 } as const;
const LIMIT_SHARE = 0.1;

export interface CanaryInput {
  /** What earlier looks at this step left; absent at the first. */
  readonly state?: CanaryState;
  readonly minutes: readonly Minute[];
  readonly challenger: string;
  /** The champion that serves beside the challenger, or its rates from before where it no longer serves. */
  readonly against: { readonly deployment: string } | { readonly rates: Baseline };
  /** What the champion was like before anything moved; tells more than its present where hardly anybody asks it. */
  readonly before?: Baseline;
  /** When a GET showed this step's split. */
  readonly since: Date;
  readonly now: Date;
  readonly policy: CanaryPolicy;
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
  const found = weigh(state, input);
  const total = logSum(found.map(weightOf));
  const blamed = total >= -Math.log(alpha * (1 - limited)) ? found.toSorted((a, b) => weightOf(b) - weightOf(a))[0] : undefined;
  const compared = found.flatMap((one) => reasonOf(input, state, one, one === blamed ? Math.exp(-total) : undefined));
  const reasons = [...compared, ...unwell(state)].map((reason) => withWindow(reason, input.since, state.watermark));
  const all = [...reasons, ...overLimits(input, state, alpha * limited)];
  return { state, verdict: worst(all.map(({ verdict }) => verdict)), reasons: all };
} // prettier-ignore

/** One question: how strongly the minutes speak for harm, both as logarithms, and whether they show that there is none. */
export interface Found {
  readonly of: keyof typeof SHARES;
  readonly harm: number;
  /** ln of the evidence that it is no worse than allowed, less what is asked for: from 0 on it is shown. */
  readonly safe: number;
}

function weightOf({ of, harm }: Found): number {
  return harm + Math.log(SHARES[of]);
}

function weigh(state: CanaryState, input: CanaryInput): Found[] {
  const { meanLatency, p95Latency, memory } = state;
  const allowed = input.policy.latencyPercent / 100;
  const tolerated = 'rates' in input.against ? allowed : allowed * TOLERATED_LATENCY;
  const slow = (pairs: LatencyState | undefined) =>
    typicalRatio(pairs) >= 1 + allowed * CLOSE ? slower(pairs, 1 + tolerated) : 0;
  // Where hardly a minute has enough requests for it, the mean has to do.
  const tail = (p95Latency?.n ?? 0) > MIN_PAIRS ? notSlower(p95Latency, 1 + allowed) : Number.POSITIVE_INFINITY;
  const found = (of: Found['of'], harm: number, safe: number): Found => ({
    of,
    harm,
    safe: safe + Math.log(MISSED[of]),
  });
  return [
    weighErrors(state, input, found),
    found('meanLatency', slow(meanLatency), notSlower(meanLatency, 1 + allowed)),
    found('p95Latency', slow(p95Latency), tail),
    found('memory', leaks(memory), leaksNot(memory)),
  ];
}

function weighErrors({ errors = NO_ERRORS_SEEN, challenger, champion }: CanaryState, { policy, against, before }: CanaryInput, found: (of: 'errors', harm: number, safe: number) => Found): Found {
  const past = 'rates' in against;
  const history = past ? against.rates : before;
  const quiet = history !== undefined && history.errors < QUIET_ERRORS_PER_MINUTE * history.minutes;
  const close = failsTimes(challenger, past ? against.rates : champion) >= policy.errors * CLOSE;
  const bet = past ? 'alone' : rarely(history ?? champion, policy);
  return found('errors', close ? errorsHarm(errors, policy, quiet) : 0, errorsSafe(errors, bet));
} // prettier-ignore

function failsTimes(challenger: Rates, champion: Rates): number {
  const theirs = errorRate(champion);
  return theirs === undefined || theirs === 0 ? Number.POSITIVE_INFINITY : (errorRate(challenger) ?? 0) / theirs;
}

/** Which of the two proofs of safety is betted on: `rare`, where even what is forbidden would be negligible. */
function rarely(champion: Rates, policy: CanaryPolicy): 'rare' | 'often' {
  return (errorRate(champion) ?? 1) * policy.errors <= policy.negligible ? 'rare' : 'often';
}

/** An ill champion is no measure: nothing passes beside it, and it is no reason to take the challenger back. */
function unwell({ errors }: CanaryState): Reason[] {
  if (errors === undefined || errors.unwell < UNWELL_AT) return [];
  return [{ rule: 'canary.championUnwell', verdict: 'inconclusive', what: 'champion', unit: 'plain', note: 'fails far more often itself than before the release' }]; // prettier-ignore
}
