import { minuteLatency } from './latency.ts';
import type { MeasuredArm, MeasuredMinute } from './method.ts';
import type { Random } from './random.ts';
import { noiseOf, type Effect, type Noise, type Scenario, type Service } from './scenarios.ts';

export const HISTORY_MINUTES = 1440;
const MINUTE_MS = 60_000;
const FIRST_MS = Date.parse('2026-01-05T00:00:00Z');
export const STARTED_AT = new Date(FIRST_MS + HISTORY_MINUTES * MINUTE_MS);
const TIMES = Array.from({ length: HISTORY_MINUTES + 360 }, (_, i) => new Date(FIRST_MS + i * MINUTE_MS).toISOString());

const PERSISTENCE = 0.9;
const MEMORY_PERCENT = 55;
const MOST_ERRORS = 0.95;

export interface Traffic {
  readonly minutes: readonly MeasuredMinute[];
  /** What the challenger answered in each of `minutes`, measured or not. */
  readonly exposed: readonly { readonly requests: number; readonly errors: number }[];
}

/** A day of the champion alone. Counts are Poisson and binomial, latencies log-normal. */
export function historyOf(random: Random, service: Service, noise: Noise): MeasuredMinute[] {
  const common = wanderer(random, noise.common);
  const champion = armOf(random, service, noise);
  return Array.from({ length: HISTORY_MINUTES }, (_, i) => {
    const shared = { requests: loadAt(service, i), latency: Math.exp(common()) };
    return minuteAt(i, { champion: champion(1, shared, {}) });
  });
}

/** The minutes after it, in which both serve. */
export function releaseOf(random: Random, service: Service, scenario: Scenario): Traffic {
  const noise = noiseOf(scenario);
  const common = wanderer(random, noise.common);
  const champion = armOf(random, service, noise);
  const challenger = armOf(random, service, noise);
  const minutes: MeasuredMinute[] = [];
  const exposed: { requests: number; errors: number }[] = [];
  for (let minute = 0; minute < service.horizonMinutes; minute += 1) {
    const shared = { requests: loadAt(service, HISTORY_MINUTES + minute), latency: Math.exp(common()) };
    const both = scenario.both?.(minute) ?? {};
    const old = champion(1 - service.weight, shared, both);
    const young = challenger(service.weight, shared, { ...both, ...scenario.challenger?.(minute) });
    const measured = scenario.missing === undefined || random.uniform() >= scenario.missing;
    minutes.push(minuteAt(HISTORY_MINUTES + minute, { champion: old, challenger: measured ? young : undefined }));
    exposed.push({ requests: young?.requests ?? 0, errors: young?.errors ?? 0 });
  }
  return { minutes, exposed };
}

function loadAt({ requestsPerMinute, swing, phase }: Service, minute: number): number {
  return requestsPerMinute * (1 + swing * Math.sin(2 * Math.PI * (phase + minute / 1440)));
}

/** An arm without requests is absent, as the platform has it. */
function minuteAt(index: number, arms: Record<string, MeasuredArm | undefined>): MeasuredMinute {
  const served = Object.fromEntries(Object.entries(arms).filter(([, arm]) => arm !== undefined));
  return { at: TIMES[index] ?? '', arms: served };
}

function wanderer(random: Random, deviation: number): () => number {
  if (deviation === 0) return () => 0;
  let at = deviation * random.normal();
  const step = deviation * Math.sqrt(1 - PERSISTENCE ** 2);
  return () => {
    const now = at;
    at = PERSISTENCE * at + step * random.normal();
    return now;
  };
}

interface Shared {
  readonly requests: number;
  readonly latency: number;
}

/** Each call is one minute more of one arm. */
function armOf(random: Random, service: Service, noise: Noise) {
  const wander = wanderer(random, noise.wander);
  return (share: number, shared: Shared, effect: Effect): MeasuredArm | undefined => {
    const own = Math.exp(wander() + noise.arm * random.normal());
    const rate = effect.errorRate ?? service.baseError * (effect.errors ?? 1) * disturbance(random, noise);
    const memoryPercent = MEMORY_PERCENT + noise.memory * random.normal() + (effect.memory ?? 0);
    const requests = random.poisson(shared.requests * share);
    if (requests === 0) return undefined;
    const errors = random.binomial(requests, Math.min(MOST_ERRORS, rate));
    const medianMs = service.medianMs * shared.latency * own * (effect.latency ?? 1);
    return {
      requests,
      errors,
      throttled: 0,
      ...minuteLatency(random, requests, medianMs, service.sigma),
      memoryPercent,
      failures: errors > 0 ? { 424: errors } : {},
    };
  };
}

/** Of mean 1 where the errors are log-normal; bursts come on top. */
function disturbance(random: Random, { errors, bursts }: Noise): number {
  const factor = errors === 0 ? 1 : Math.exp(errors * random.normal() - errors ** 2 / 2);
  return bursts > 0 && random.uniform() < bursts ? 10 * factor : factor;
}
