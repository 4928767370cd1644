import type { CanaryPolicy } from '../policy/policy.ts';
import type { Reason } from '../verdict.ts';
import { limitHarm } from './errors.ts';
import { fold, WARM_UP_MINUTES } from './fold.ts';
import type { CanaryInput } from './judge.ts';
import { errorRate, meanLatency } from './rates.ts';
import { tooFew, withWindow } from './reasons.ts';
import type { CanaryState } from './state.ts';

/** A limit on latency needs this many minutes after the warm-up. */
const MIN_LATENCY_MINUTES = 5;

/** The policy's hard limits, judged on minutes that have not settled as well; but these can only take the challenger back. */
export function overLimits(input: CanaryInput, state: CanaryState, alpha: number): Reason[] {
  const { latencyMs, errorRate: most } = input.policy.limits;
  if (most === undefined && latencyMs === undefined) return [];
  const judged = (by: CanaryState) =>
    judgeLimits(by, input.policy, alpha).map((reason) => withWindow(reason, input.since, by.watermark));
  const settled = judged(state);
  return judged(fold({ ...input, state }, 0)).flatMap((soonest) => {
    const before = settled.find(({ rule }) => rule === soonest.rule);
    return soonest.verdict === 'fail' && before?.verdict !== 'fail' ? soonest : (before ?? []);
  });
}

function judgeLimits(state: CanaryState, policy: CanaryPolicy, alpha: number): Reason[] {
  const { errorRate: mostErrors, latencyMs: mostMs } = policy.limits;
  const rate = errorRate(state.challenger);
  const latency = meanLatency(state.challenger);
  return [
    ...(mostErrors === undefined || rate === undefined ? [] : [judgeErrorLimit(state, rate, mostErrors, policy, alpha)]),
    ...(mostMs === undefined || latency === undefined ? [] : [judgeLatencyLimit(state, latency, mostMs, policy)]),
  ]; // prettier-ignore
}

function judgeErrorLimit({ challenger, errors }: CanaryState, rate: number, limit: number, policy: CanaryPolicy, alpha: number): Reason {
  const shown = { rule: 'canary.errorLimit', what: 'errors', unit: 'fraction', challenger: rate, measured: rate, limit, samples: challenger.requests } as const;
  const harm = errors === undefined ? 0 : limitHarm(errors);
  if (rate > limit && harm >= -Math.log(alpha)) return { ...shown, verdict: 'fail', chance: Math.exp(-harm), allowed: policy.maxFalseRollback };
  if (challenger.requests < policy.minRequests) return { ...shown, verdict: 'inconclusive', note: tooFew(policy) };
  return { ...shown, verdict: rate <= limit ? 'pass' : 'inconclusive' };
} // prettier-ignore

function judgeLatencyLimit({ challenger }: CanaryState, latency: number, limit: number, policy: CanaryPolicy): Reason {
  const shown = { rule: 'canary.latencyLimit', what: 'latency', unit: 'ms', challenger: latency, measured: latency, limit, samples: challenger.latencyRequests } as const; // prettier-ignore
  if (challenger.latencyRequests < policy.minRequests)
    return { ...shown, verdict: 'inconclusive', note: tooFew(policy) };
  const needed = WARM_UP_MINUTES + MIN_LATENCY_MINUTES;
  if (challenger.minutes < needed)
    return { ...shown, verdict: 'inconclusive', note: `${challenger.minutes} of ${needed} minutes in which the challenger answered` }; // prettier-ignore
  return { ...shown, verdict: latency > limit ? 'fail' : 'pass' };
}
