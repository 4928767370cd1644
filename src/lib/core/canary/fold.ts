import { addErrors, NO_ERRORS_SEEN } from './errors.ts';
import { addMean, addP95 } from './latency.ts';
import { addMemory } from './memory.ts';
import { add, meanLatency, merge, NO_RATES } from './rates.ts';
import type { CanaryInput } from './judge.ts';
import type { CanaryState, Minute } from './state.ts';

const MINUTE_MS = 60_000;
/** An identical cold challenger was measured 1.28 times slower for its first two minutes under traffic. */
export const WARM_UP_MINUTES = 2;

const NOTHING: CanaryState = { challenger: NO_RATES, champion: NO_RATES, failures: {} };

/** Adds the whole minutes that ended `settleMs` ago and are not in the state yet. */
export function fold(input: CanaryInput, settleMs: number): CanaryState {
  const start = Math.ceil(input.since.getTime() / MINUTE_MS) * MINUTE_MS;
  const settled = Math.floor((input.now.getTime() - settleMs) / MINUTE_MS) * MINUTE_MS - MINUTE_MS;
  const from = input.state?.watermark === undefined ? start : Date.parse(input.state.watermark) + MINUTE_MS;
  const before = input.state ?? NOTHING;
  if (settled < from) return before;
  const fresh = input.minutes.filter(({ at }) => Date.parse(at) >= from && Date.parse(at) <= settled);
  const folded = fresh.reduce((state, minute) => foldMinute(state, minute, input, start), before);
  return { ...folded, watermark: new Date(settled).toISOString() };
}

function foldMinute(state: CanaryState, minute: Minute, input: CanaryInput, start: number): CanaryState {
  const { against, policy } = input;
  const challenger = minute.arms[input.challenger];
  const champion = 'deployment' in against ? minute.arms[against.deployment] : undefined;
  const before = 'rates' in against ? against.rates : input.before;
  const warm = Date.parse(minute.at) >= start + WARM_UP_MINUTES * MINUTE_MS;
  const pace = 'rates' in against ? meanLatency(against.rates) : champion;
  const meanLatencies = warm ? addMean(state.meanLatency, challenger, pace) : state.meanLatency;
  const p95Latencies = warm ? addP95(state.p95Latency, challenger, pace) : state.p95Latency;
  const memory = addMemory(state.memory, challenger, champion, before?.memoryNoise);
  return {
    ...state,
    challenger: add(state.challenger, challenger, warm),
    champion: add(state.champion, champion, warm),
    failures: merge(state.failures, challenger?.failures ?? {}),
    errors: addErrors(state.errors ?? NO_ERRORS_SEEN, {
      challenger,
      champion,
      alone: 'rates' in against,
      before,
      policy,
    }),
    ...(meanLatencies && { meanLatency: meanLatencies }),
    ...(p95Latencies && { p95Latency: p95Latencies }),
    ...(memory && { memory }),
  };
}
