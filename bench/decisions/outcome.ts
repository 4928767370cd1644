import type { Method, Plan, Truth } from './method.ts';
import { expectedRequests } from './peers/wald.ts';
import { randomOf } from './random.ts';
import {
  SCENARIOS,
  SETS,
  badErrorOf,
  noiseOf,
  serviceOf,
  type ParameterSet,
  type Scenario,
  type Service,
} from './scenarios.ts';
import { STARTED_AT, historyOf, releaseOf, type Traffic } from './traffic.ts';

export const ALPHA = 0.02;
const LIMITS = { errors: 2, latencyPercent: 30 };

export type End = 'rolledBack' | 'promoted' | 'held' | 'refused' | 'notJudged';

export interface Outcome {
  readonly end: End;
  /** Minutes from the challenger's first request to the decision, or to the horizon. */
  readonly minutes: number;
  /** Requests that met the challenger until it was rolled back, else to the horizon, and how many of them failed. */
  readonly exposed: number;
  readonly failed: number;
}

/** One release: what it was, and what became of it under each method. */
export interface Trial {
  readonly requestsPerMinute: number;
  /** What Wald's oracle needs on average for the limit of the policy (twice the errors), in minutes of this plan. */
  readonly wald: { readonly bad: number; readonly good: number };
  readonly horizonMinutes: number;
  readonly outcomes: readonly Outcome[];
}

export type Purpose = 'tuning' | 'judging';

/** A purpose and a set have a range of seeds each, and in it a part for services with their history and one for each scenario. */
export function seedOf(purpose: Purpose, set: ParameterSet, index: number, scenario?: Scenario): number {
  const range = (purpose === 'tuning' ? 1_000_000_000 : 2_000_000_000) + SETS.indexOf(set) * 500_000_000;
  return range + (scenario ? SCENARIOS.indexOf(scenario) + 1 : 0) * 10_000_000 + index;
}

export interface Draw {
  readonly purpose: Purpose;
  readonly set: ParameterSet;
  readonly index: number;
}

/** The index-th service of a set, released once in each scenario; scenarios with the same noise share its history. */
export function trialsOf(draw: Draw, scenarios: readonly Scenario[], methods: readonly Method[]): Trial[] {
  const known = new Map<string, Before>();
  return scenarios.map((scenario) => {
    const key = JSON.stringify([scenario.low, noiseOf(scenario)]);
    const before = known.get(key) ?? beforeOf(draw, scenario);
    known.set(key, before);
    return trial(draw, scenario, before, methods);
  });
}

interface Before {
  readonly service: Service;
  readonly history: Plan['history'];
}

function beforeOf({ purpose, set, index }: Draw, scenario: Scenario): Before {
  const random = randomOf(seedOf(purpose, set, index));
  const service = serviceOf(set, scenario, random);
  return { service, history: historyOf(random, service, noiseOf(scenario)) };
}

function trial(
  { purpose, set, index }: Draw,
  scenario: Scenario,
  { service, history }: Before,
  methods: readonly Method[],
): Trial {
  const traffic = releaseOf(randomOf(seedOf(purpose, set, index, scenario)), service, scenario);
  const { weight, horizonMinutes, baseError, requestsPerMinute } = service;
  const plan: Plan = { history, weight, limits: LIMITS, alpha: ALPHA, horizonMinutes, startedAt: STARTED_AT };
  const badError = badErrorOf(scenario, baseError);
  const truth: Truth = { baseError, ...(badError !== undefined && { badError }) };
  return {
    requestsPerMinute,
    wald: waldMinutes(service),
    horizonMinutes,
    outcomes: methods.map((method) => decide(method, plan, truth, traffic)),
  };
}

function waldMinutes({ baseError, requestsPerMinute, weight }: Service): Trial['wald'] {
  const { bad, good } = expectedRequests(baseError, LIMITS.errors * baseError, ALPHA);
  const perMinute = requestsPerMinute * weight;
  return { bad: bad / perMinute, good: good / perMinute };
}

export function decide(method: Method, plan: Plan, truth: Truth, { minutes, exposed }: Traffic): Outcome {
  const nothing = { minutes: 0, exposed: 0, failed: 0 };
  if (method.judges && !method.judges(truth)) return { end: 'notJudged', ...nothing };
  const asked = method.preflight?.(plan) ?? 'accepted';
  if (asked !== 'accepted') return { end: 'refused', ...nothing };
  const watch = method.begin(plan, truth);
  for (const [index, minute] of minutes.entries()) {
    const decision = watch.look(minute);
    if (decision === 'rollBack') return { end: 'rolledBack', minutes: index + 1, ...met(exposed.slice(0, index + 1)) };
    if (decision === 'promote') return { end: 'promoted', minutes: index + 1, ...met(exposed) };
  }
  return { end: method.undecided === 'promote' ? 'promoted' : 'held', minutes: minutes.length, ...met(exposed) };
}

function met(exposed: Traffic['exposed']): { exposed: number; failed: number } {
  return {
    exposed: exposed.reduce((sum, { requests }) => sum + requests, 0),
    failed: exposed.reduce((sum, { errors }) => sum + errors, 0),
  };
}
