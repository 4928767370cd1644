import type { CanaryPolicy } from '../policy/policy.ts';
import { binomialUpperTail } from '../statistics/binomial.ts';
import { worst, type Reason, type Verdict } from '../verdict.ts';
import type { ArmMinute, CanaryState, Minute, Rates } from './state.ts';

const MINUTE_MS = 60_000;
/** An identical cold challenger was measured 1.28 times slower for its first two minutes under traffic. */
const WARM_UP_MINUTES = 2;
/** Latency is judged on at least this many minutes after the warm-up (beside a champion: in which both answered). */
const MIN_LATENCY_MINUTES = 5;
/** Below this there is evidence worth waiting for, though not yet enough to roll back. */
const NOTEWORTHY = 0.05;

export const NO_RATES: Rates = { minutes: 0, requests: 0, errors: 0, latencySumMs: 0, latencyRequests: 0 };

export interface CanaryInput {
  /** What earlier looks at this step left; absent at the first. */
  readonly state?: CanaryState;
  readonly minutes: readonly Minute[];
  readonly challenger: string;
  /** The champion that serves beside the challenger, or its rates from before where it no longer serves. */
  readonly against: { readonly deployment: string } | { readonly rates: Rates };
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
 * Judges live traffic: minutes in, verdict and state out. Folds each settled minute once (by the watermark), then
 * compares error counts by an exact conditional test (given all errors, the challenger's share of them is binomial with
 * its share of requests) and latency by a sign test over minutes. Looks repeat, so the k-th may spend only
 * alpha / (k (k + 1)) of its share: the sum over all looks stays below alpha however long the step lasts.
 */
export function judgeCanary(input: CanaryInput): CanaryVerdict {
  const state = fold(input, input.policy.settleMs);
  const champion = 'rates' in input.against ? input.against.rates : state.champion;
  const alpha = alphaOf(input, state);
  const compared = [
    judgeErrors(state.challenger, champion, input.policy, alpha),
    judgeLatency(state, champion, input.policy, alpha),
  ].map((reason) => withWindow(reason, input.since, state.watermark));
  const reasons = [...compared, ...overLimits(input, state)];
  return { state, verdict: worst(reasons.map((reason) => reason.verdict)), reasons };
}

/** What each test may spend at this look: an even share among stretches and tests. */
function alphaOf({ policy, stretches }: CanaryInput, state: CanaryState): number {
  const tests = 2 + Object.values(policy.limits).filter((limit) => limit !== undefined).length;
  const looks = Math.max(1, state.champion.minutes, state.challenger.minutes);
  return policy.maxFalseRollback / tests / stretches / (looks * (looks + 1));
}

/** Limits are judged on minutes that have not settled as well, but these can only take the challenger back. */
function overLimits(input: CanaryInput, state: CanaryState): Reason[] {
  const judged = (by: CanaryState) =>
    judgeLimits(by.challenger, input.policy, alphaOf(input, by)).map((reason) => withWindow(reason, input.since, by.watermark)); // prettier-ignore
  const settled = judged(state);
  return judged(fold({ ...input, state }, 0)).flatMap((soonest) => {
    const before = settled.find(({ rule }) => rule === soonest.rule);
    return soonest.verdict === 'fail' && before?.verdict !== 'fail' ? soonest : (before ?? []);
  });
}

/** Adds the whole minutes that ended `settleMs` ago and are not in the state yet. */
function fold(input: CanaryInput, settleMs: number): CanaryState {
  const start = Math.ceil(input.since.getTime() / MINUTE_MS) * MINUTE_MS;
  const settled = Math.floor((input.now.getTime() - settleMs) / MINUTE_MS) * MINUTE_MS - MINUTE_MS;
  const from = input.state?.watermark === undefined ? start : Date.parse(input.state.watermark) + MINUTE_MS;
  const before = input.state ?? {
    challenger: NO_RATES,
    champion: NO_RATES,
    pairedMinutes: 0,
    slowMinutes: 0,
    failures: {},
  };
  if (settled < from) return before;
  const fresh = input.minutes.filter(({ at }) => Date.parse(at) >= from && Date.parse(at) <= settled);
  const folded = fresh.reduce((state, minute) => foldMinute(state, minute, input, start), before);
  return { ...folded, watermark: new Date(settled).toISOString() };
}

function foldMinute(state: CanaryState, minute: Minute, input: CanaryInput, start: number): CanaryState {
  const challenger = minute.arms[input.challenger];
  const champion = 'deployment' in input.against ? minute.arms[input.against.deployment] : undefined;
  const warm = Date.parse(minute.at) >= start + WARM_UP_MINUTES * MINUTE_MS;
  const theirs = 'rates' in input.against ? meanLatency(input.against.rates) : champion?.meanLatencyMs;
  const paired = warm && challenger?.meanLatencyMs !== undefined && theirs !== undefined;
  const slow = paired && (challenger.meanLatencyMs ?? 0) > theirs * (1 + input.policy.latencyPercent / 100);
  return {
    ...state,
    challenger: add(state.challenger, challenger, warm),
    champion: add(state.champion, champion, warm),
    pairedMinutes: state.pairedMinutes + (paired ? 1 : 0),
    slowMinutes: state.slowMinutes + (slow ? 1 : 0),
    failures: merge(state.failures, challenger?.failures ?? {}),
  };
}

export function merge(
  a: Readonly<Record<string, number>>,
  b: Readonly<Record<string, number>>,
): Record<string, number> {
  const sum: Record<string, number> = { ...a };
  for (const [code, count] of Object.entries(b)) sum[code] = (sum[code] ?? 0) + count;
  return sum;
}

/** Adds a minute to pooled rates; latency only from warm minutes. */
export function add(rates: Rates, arm: ArmMinute | undefined, warm = true): Rates {
  if (!arm || arm.requests === 0) return rates;
  const latency = warm && arm.meanLatencyMs !== undefined;
  return {
    minutes: rates.minutes + 1,
    requests: rates.requests + arm.requests,
    errors: rates.errors + arm.errors,
    latencySumMs: rates.latencySumMs + (latency ? (arm.meanLatencyMs ?? 0) * arm.requests : 0),
    latencyRequests: rates.latencyRequests + (latency ? arm.requests : 0),
  };
}

export function errorRate(rates: Rates): number | undefined {
  return rates.requests > 0 ? rates.errors / rates.requests : undefined;
}

export function meanLatency(rates: Rates): number | undefined {
  return rates.latencyRequests > 0 ? rates.latencySumMs / rates.latencyRequests : undefined;
}

function judgeErrors(challenger: Rates, champion: Rates, policy: CanaryPolicy, alpha: number): Reason {
  const mine = errorRate(challenger);
  const theirs = errorRate(champion);
  const shown = {
    rule: 'canary.errors', what: 'errors', unit: 'fraction', judged: 'ratio', samples: challenger.requests, championSamples: champion.requests,
    ...(mine === undefined ? {} : { challenger: mine }), ...(theirs === undefined ? {} : { champion: theirs }), limit: policy.errors,
  } as const; // prettier-ignore
  if (mine === undefined || challenger.requests < policy.minRequests) {
    return {
      ...shown,
      verdict: 'inconclusive',
      note: tooFew(policy),
    };
  }
  if (theirs === undefined)
    return { ...shown, verdict: 'inconclusive', note: 'the champion had no traffic to compare with' };
  const share = challenger.requests / (challenger.requests + champion.requests);
  const p = binomialUpperTail(challenger.errors, challenger.errors + champion.errors, share);
  const tooOften = mine > 0 && mine >= policy.errors * theirs;
  const ratio = theirs > 0 ? { measured: mine / theirs } : {};
  return {
    ...shown,
    ...ratio,
    verdict: tooOften && p < alpha ? 'fail' : tooOften && p < NOTEWORTHY ? 'inconclusive' : 'pass',
  };
}

function judgeLatency(state: CanaryState, champion: Rates, policy: CanaryPolicy, alpha: number): Reason {
  const mine = meanLatency(state.challenger);
  const theirs = meanLatency(champion);
  const limit = 1 + policy.latencyPercent / 100;
  const shown = {
    rule: 'canary.latency', what: 'latency', unit: 'ms', judged: 'ratio', samples: state.challenger.latencyRequests, championSamples: champion.latencyRequests,
    ...(mine === undefined ? {} : { challenger: mine }), ...(theirs === undefined ? {} : { champion: theirs }), limit,
  } as const; // prettier-ignore
  if (mine === undefined || theirs === undefined || state.pairedMinutes < MIN_LATENCY_MINUTES) {
    return {
      ...shown,
      verdict: 'inconclusive',
      note: `${state.pairedMinutes} of ${MIN_LATENCY_MINUTES} minutes in which both answered`,
    };
  }
  const ratio = mine / theirs;
  const p = binomialUpperTail(state.slowMinutes, state.pairedMinutes, 0.5);
  const slow = ratio > limit;
  return {
    ...shown,
    measured: ratio,
    verdict: slow && p < alpha ? 'fail' : slow && p < NOTEWORTHY ? 'inconclusive' : 'pass',
  };
}

function judgeLimits(challenger: Rates, policy: CanaryPolicy, alpha: number): Reason[] {
  const { errorRate: mostErrors, latencyMs: mostMs } = policy.limits;
  const rate = errorRate(challenger);
  const latency = meanLatency(challenger);
  return [
    ...(mostErrors === undefined || rate === undefined ? [] : [judgeErrorLimit(challenger, rate, mostErrors, policy, alpha)]),
    ...(mostMs === undefined || latency === undefined ? [] : [judgeLatencyLimit(challenger, latency, mostMs, policy)]),
  ]; // prettier-ignore
}

function judgeErrorLimit(mine: Rates, rate: number, limit: number, policy: CanaryPolicy, alpha: number): Reason {
  const shown = { rule: 'canary.errorLimit', what: 'errors', unit: 'fraction', challenger: rate, measured: rate, limit, samples: mine.requests } as const; // prettier-ignore
  if (mine.requests < policy.minRequests) return { ...shown, verdict: 'inconclusive', note: tooFew(policy) };
  const sure = binomialUpperTail(mine.errors, mine.requests, limit) < alpha;
  return { ...shown, verdict: rate <= limit ? 'pass' : sure ? 'fail' : 'inconclusive' };
}

function judgeLatencyLimit(mine: Rates, latency: number, limit: number, policy: CanaryPolicy): Reason {
  const shown = { rule: 'canary.latencyLimit', what: 'latency', unit: 'ms', challenger: latency, measured: latency, limit, samples: mine.latencyRequests } as const; // prettier-ignore
  if (mine.latencyRequests < policy.minRequests) return { ...shown, verdict: 'inconclusive', note: tooFew(policy) };
  const needed = WARM_UP_MINUTES + MIN_LATENCY_MINUTES;
  if (mine.minutes < needed)
    return { ...shown, verdict: 'inconclusive', note: `${mine.minutes} of ${needed} minutes in which the challenger answered` }; // prettier-ignore
  return { ...shown, verdict: latency > limit ? 'fail' : 'pass' };
}

function tooFew(policy: CanaryPolicy): string {
  return `fewer than ${policy.minRequests} requests reached the challenger`;
}

function withWindow(reason: Reason, since: Date, watermark: string | undefined): Reason {
  if (watermark === undefined) return reason;
  const to = new Date(Date.parse(watermark) + MINUTE_MS).toISOString();
  return { ...reason, window: { from: since.toISOString(), to } };
}
