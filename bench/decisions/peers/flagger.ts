import type { MeasuredArm, MeasuredMinute, Method, Plan } from '../method.ts';

/**
 * Flagger: each interval the challenger is checked against fixed thresholds. A good check moves traffic on by a step, a bad one
 * raises a counter that good checks never lower; no value is a bad check too. The code turns back on the tick after
 * the last bad check; here it does at once, as the documentation's formula says (interval * threshold).
 *
 * fluxcd/flagger: pkg/controller/scheduler.go@0016895 (FailedChecks >= GetAnalysisThreshold, FailedChecks+1),
 * pkg/controller/scheduler_metrics.go@06d3204 (thresholds, ErrNoValuesFound),
 * docs/gitbook/usage/how-it-works.md@061c179 (the example), docs/gitbook/usage/deployment-strategies.md@0e81b5f (the formulas).
 */
export interface FlaggerSpec {
  /** Failed checks until it is rolled back. */
  readonly threshold: number;
  /** Percent; their quotient is the number of good checks until it is promoted. Here the plan's weight stays as it is. */
  readonly maxWeight: number;
  readonly stepWeight: number;
  readonly minSuccessPercent: number;
  /** 99th percentile. */
  readonly maxDurationMs: number;
}

export const DOCUMENTED: FlaggerSpec = { threshold: 10, maxWeight: 50, stepWeight: 5, minSuccessPercent: 99, maxDurationMs: 500 }; // prettier-ignore

export function flagger(name: string, specOf: (plan: Plan) => FlaggerSpec): Method {
  return {
    name,
    undecided: 'promote',
    begin(plan) {
      const spec = specOf(plan);
      let [passed, failed] = [0, 0];
      return {
        look({ arms }) {
          if (passes(spec, arms.challenger)) passed += 1;
          else failed += 1;
          if (failed >= spec.threshold) return 'rollBack';
          return passed >= spec.maxWeight / spec.stepWeight ? 'promote' : 'goOn';
        },
      };
    },
  };
}

function passes(spec: FlaggerSpec, arm: MeasuredArm | undefined): boolean {
  if (!arm || arm.requests === 0 || arm.p99LatencyMs === undefined) return false;
  const successPercent = 100 * (1 - arm.errors / arm.requests);
  return successPercent >= spec.minSuccessPercent && arm.p99LatencyMs <= spec.maxDurationMs;
}

export const flaggerAsDocumented = flagger('Flagger, example', () => DOCUMENTED);

/**
 * As somebody would who knows the service: thresholds from a day of the champion, as many steps as fit into the horizon with
 * ten failures. The multiples are the best of forty settings (fewest errors over healthy, err2x and lat30 of the named
 * set, tuning seeds).
 */
export const flaggerTuned = flagger('Flagger, tuned', ({ history, horizonMinutes }) => ({
  threshold: 10,
  maxWeight: 50,
  stepWeight: 50 / (horizonMinutes - 10),
  minSuccessPercent: 100 * (1 - 3 * errorRateOf(history)),
  maxDurationMs: 1.6 * medianOf(history.flatMap(({ arms }) => arms.champion?.p99LatencyMs ?? [])),
}));

export function errorRateOf(history: readonly MeasuredMinute[]): number {
  let [errors, requests] = [0, 0];
  for (const { arms } of history) {
    errors += arms.champion?.errors ?? 0;
    requests += arms.champion?.requests ?? 0;
  }
  return requests > 0 ? errors / requests : 0;
}

function medianOf(values: readonly number[]): number {
  return Float64Array.from(values).toSorted()[values.length >> 1] ?? Infinity;
}
