import type { CanaryPolicy } from '../policy/policy.ts';
import type { Reason, Verdict } from '../verdict.ts';
import type { CanaryInput } from './judge.ts';
import type { Found } from './weigh.ts';
import { typicalRatio } from './latency.ts';
import { errorRate, meanLatency } from './rates.ts';
import type { CanaryState, Evidence, Rates } from './state.ts';

const MINUTE_MS = 60_000;

/** `chance`: present where this question is what the challenger fails by. What was not measured has no reason. */
export function reasonOf(input: CanaryInput, state: Evidence, found: Found, chance: number | undefined): Reason[] {
  const champion = 'rates' in input.against ? input.against.rates : state.champion;
  const judged = chance === undefined ? {} : { chance, allowed: input.policy.maxFalseRollback };
  const verdict = chance !== undefined ? 'fail' : found.safe >= 0 ? 'pass' : 'inconclusive';
  switch (found.of) {
    case 'errors':
      return [{ ...errorsReason(state.challenger, champion, input.policy, verdict), ...judged }];
    case 'meanLatency':
      return [{ ...latencyReason(state, champion, input.policy, verdict), ...judged }];
    case 'p95Latency':
      return state.p95Latency === undefined || verdict === 'pass' ? [] : [{ ...tailReason(state.p95Latency, input.policy, verdict), ...judged }];
    case 'memory':
      return state.memory === undefined ? [] : [{ ...memoryReason(state.memory, verdict), ...judged }];
  }
} // prettier-ignore

function errorsReason(challenger: Rates, champion: Rates, policy: CanaryPolicy, verdict: Verdict): Reason {
  const [mine, theirs] = [errorRate(challenger), errorRate(champion)];
  const shown = {
    rule: 'canary.errors', verdict, what: 'errors', unit: 'fraction', judged: 'ratio', samples: challenger.requests, championSamples: champion.requests,
    ...(mine === undefined ? {} : { challenger: mine }), ...(theirs === undefined ? {} : { champion: theirs }), limit: policy.errors,
    ...(mine === undefined || theirs === undefined || theirs === 0 ? {} : { measured: mine / theirs }),
  } as const;
  if (verdict === 'fail') return shown;
  if (challenger.requests < policy.minRequests) return { ...shown, verdict: 'inconclusive', note: tooFew(policy) };
  if (theirs === undefined) return { ...shown, verdict: 'inconclusive', note: 'the champion had no traffic to compare with' };
  return verdict === 'pass' ? shown : { ...shown, note: 'too little to be sure yet' };
} // prettier-ignore

function latencyReason(state: Evidence, champion: Rates, policy: CanaryPolicy, verdict: Verdict): Reason {
  const [mine, theirs] = [meanLatency(state.challenger), meanLatency(champion)];
  const limit = 1 + policy.latencyPercent / 100;
  const shown = {
    rule: 'canary.latency', verdict, what: 'latency', unit: 'ms', judged: 'ratio', samples: state.challenger.latencyRequests, championSamples: champion.latencyRequests,
    ...(mine === undefined ? {} : { challenger: mine }), ...(theirs === undefined ? {} : { champion: theirs }), limit,
    ...(mine === undefined || theirs === undefined ? {} : { measured: mine / theirs }),
  } as const;
  if (verdict !== 'inconclusive') return shown;
  const pairs = state.meanLatency?.n ?? 0;
  return { ...shown, note: `too little to be sure yet: ${pairs} ${pairs === 1 ? 'minute' : 'minutes'} in which both answered` };
} // prettier-ignore

function tailReason(state: NonNullable<CanaryState['p95Latency']>, policy: CanaryPolicy, verdict: Verdict): Reason {
  const ratio = typicalRatio(state);
  return {
    rule: 'canary.latencyTail', verdict, what: 'latency', unit: 'ratio', challenger: ratio, measured: ratio, limit: 1 + policy.latencyPercent / 100,
    note: 'of the slowest twentieth of requests, minute by minute',
  };
} // prettier-ignore

function memoryReason({ first, n, noise }: NonNullable<CanaryState['memory']>, verdict: Verdict): Reason {
  const note = { fail: 'it grows on and would be full within hours', inconclusive: 'too little to be sure yet that it does not grow on', pass: 'it does not grow on', error: '' }[verdict]; // prettier-ignore
  return {
    rule: 'canary.memory', verdict, what: 'memory', unit: 'fraction', challenger: noise.challenger / 100, champion: first / 100,
    samples: n, note,
  }; // prettier-ignore
}

export function tooFew(policy: CanaryPolicy): string {
  return `fewer than ${policy.minRequests} requests reached the challenger`;
}

export function withWindow(reason: Reason, since: Date, watermark: string | undefined): Reason {
  if (watermark === undefined) return reason;
  const to = new Date(Date.parse(watermark) + MINUTE_MS).toISOString();
  return { ...reason, window: { from: since.toISOString(), to } };
}
