import type { Random } from './random.ts';

/** A service as it is before anything is released. */
export interface Service {
  readonly requestsPerMinute: number;
  /** Requests rise and fall by this fraction over a day, from where in it. */
  readonly swing: number;
  readonly phase: number;
  readonly weight: number;
  readonly baseError: number;
  readonly medianMs: number;
  /** Of the logarithm of one request's latency. */
  readonly sigma: number;
  readonly horizonMinutes: number;
}

/** What disturbs single minutes; deviations are of logarithms. */
export interface Noise {
  /** Latency of both arms together, AR(1) with 0.9. */
  readonly common: number;
  /** Latency of one arm's minute, independent. */
  readonly arm: number;
  /** Latency of one arm, AR(1) with 0.9. */
  readonly wander: number;
  /** Error rate of one arm's minute. */
  readonly errors: number;
  /** Share of arm-minutes with ten times the errors. */
  readonly bursts: number;
  /** Percentage points of memory. */
  readonly memory: number;
}

/** What is different for an arm in one minute. */
export interface Effect {
  readonly errors?: number;
  readonly errorRate?: number;
  readonly latency?: number;
  readonly memory?: number;
}

export interface Scenario {
  readonly name: string;
  /** ok: rolling it back is false. bad: promoting it is a miss. stress: healthy, but outside what a guarantee covers. */
  readonly kind: 'ok' | 'bad' | 'stress';
  readonly about: string;
  /** A request a minute, of which a tenth meets the challenger, for six hours. */
  readonly low?: true;
  readonly noise?: Partial<Noise>;
  /** `minute` counts from the challenger's first. */
  readonly challenger?: (minute: number) => Effect;
  readonly both?: (minute: number) => Effect;
  /** Share of the challenger's minutes that are never measured. */
  readonly missing?: number;
  /** What the oracle tests against the champion's error rate; absent: errors do not tell this one. */
  readonly against?: { readonly times: number } | { readonly rate: number };
}

const CALM: Noise = { common: 0.1, arm: 0.03, wander: 0, errors: 0, bursts: 0, memory: 1 };
const ROUGH = { errors: 0.8, arm: 0.12 };
const TWICE = { times: 2 };

export const SCENARIOS: readonly Scenario[] = [
  { name: 'healthy', kind: 'ok', about: 'as good as the champion', against: TWICE },
  { name: 'noisy', kind: 'ok', about: 'error rate of each arm and minute log-normal (0.8), latency noise 12 %', noise: ROUGH, against: TWICE },
  { name: 'bluefail', kind: 'ok', about: 'both arms fail ten times as often and take twice as long in minutes 10 to 30', both: (m) => (m >= 10 && m < 30 ? { errors: 10, latency: 2 } : {}), against: TWICE },
  { name: 'warmup', kind: 'ok', about: 'challenger twice as slow in its first three minutes', challenger: (m) => (m < 3 ? { latency: 2 } : {}), against: TWICE },
  { name: 'low_ok', kind: 'ok', about: 'as good as the champion, one request a minute for both', low: true, against: { rate: 0.5 } },
  { name: 'err2x', kind: 'bad', about: 'twice the errors', challenger: () => ({ errors: 2 }), against: TWICE },
  { name: 'err5x', kind: 'bad', about: 'five times the errors', challenger: () => ({ errors: 5 }), against: { times: 5 } },
  { name: 'hardfail', kind: 'bad', about: 'half of its requests fail', challenger: () => ({ errorRate: 0.5 }), against: { rate: 0.5 } },
  { name: 'lat30', kind: 'bad', about: '30 % slower at every quantile', challenger: () => ({ latency: 1.3 }) },
  { name: 'leak', kind: 'bad', about: 'memory grows by 0.25 points a minute', challenger: (m) => ({ memory: 0.25 * m }) },
  { name: 'noisy2x', kind: 'bad', about: 'noisy, and twice the errors', noise: ROUGH, challenger: () => ({ errors: 2 }), against: TWICE },
  { name: 'low_fail', kind: 'bad', about: 'half of its requests fail, one request a minute for both', low: true, challenger: () => ({ errorRate: 0.5 }), against: { rate: 0.5 } },
  { name: 'wander5', kind: 'stress', about: 'latency of each arm wanders, AR(1) 0.9, deviation 5 %', noise: { wander: 0.05 }, against: TWICE },
  { name: 'wander10', kind: 'stress', about: 'the same, 10 %', noise: { wander: 0.1 }, against: TWICE },
  { name: 'bursts', kind: 'stress', about: '5 % of the arms\' minutes with ten times the errors', noise: { bursts: 0.05 }, against: TWICE },
  { name: 'missing', kind: 'stress', about: '30 % of the challenger\'s minutes are never measured', missing: 0.3, against: TWICE },
  { name: 'slow4', kind: 'stress', about: 'challenger truly 4 % slower, inside the tolerance', challenger: () => ({ latency: 1.04 }), against: TWICE },
  { name: 'cache', kind: 'stress', about: 'challenger fills a cache: memory rises by 8 points and stays', challenger: (m) => ({ memory: 8 * (1 - Math.exp(-m / 10)) }), against: TWICE },
]; // prettier-ignore

export const SETS = ['named', 'random'] as const;
export type ParameterSet = (typeof SETS)[number];

/** named: the fixed figures. random: each plan another service. */
export function serviceOf(set: ParameterSet, { low }: Pick<Scenario, 'low'>, random: Random): Service {
  const phase = random.uniform();
  const horizonMinutes = low ? 360 : 60;
  if (set === 'named') {
    const requestsPerMinute = low ? 1 : 600;
    return { requestsPerMinute, swing: 0.3, phase, weight: 0.1, baseError: 0.01, medianMs: 100, sigma: 0.5, horizonMinutes }; // prettier-ignore
  }
  return {
    requestsPerMinute: logUniform(random, 1, low ? 10 : 6000),
    swing: 0.6 * random.uniform(),
    phase,
    weight: 0.05 + 0.45 * random.uniform(),
    baseError: logUniform(random, 0.001, 0.05),
    medianMs: logUniform(random, 20, 500),
    sigma: 0.3 + 0.7 * random.uniform(),
    horizonMinutes,
  };
}

function logUniform(random: Random, low: number, high: number): number {
  return low * (high / low) ** random.uniform();
}

export function noiseOf({ noise }: Scenario): Noise {
  return { ...CALM, ...noise };
}

/** The error rate that the oracle tests for, where it can. */
export function badErrorOf({ against }: Scenario, baseError: number): number | undefined {
  if (!against) return undefined;
  return 'rate' in against ? against.rate : Math.min(0.95, against.times * baseError);
}
