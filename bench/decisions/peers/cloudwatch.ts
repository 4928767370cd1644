import type { MeasuredArm, Method, Plan } from '../method.ts';
import { errorRateOf } from './flagger.ts';

/**
 * Alarms as in SageMaker's deployment guardrails: any alarm in the baking period takes all traffic back. An alarm trips when
 * each of its last `evaluationPeriods` averages is above the threshold; a period without data is not breaching.
 *
 * awsdocs/amazon-sagemaker-developer-guide doc_source/deployment-guardrails-configuration.md: error rate Average, Period 600,
 * EvaluationPeriods 2; ModelLatency Average of the new fleet, Period 300, EvaluationPeriods 2, TreatMissingData notBreaching. Its
 * thresholds (1; 100 ms) mean nothing for another service: here 5 % of the new fleet's requests, and 1.25 times the latency of
 * the day before.
 */
export interface Alarm {
  readonly value: (arm: MeasuredArm) => number;
  readonly periodMinutes: number;
  readonly evaluationPeriods: number;
  readonly threshold: number;
}

export function alarms(name: string, alarmsOf: (plan: Plan) => readonly Alarm[]): Method {
  return {
    name,
    undecided: 'promote',
    begin(plan) {
      const watched = alarmsOf(plan).map((alarm) => tripped(alarm));
      return {
        look: ({ arms }) => (watched.map((look) => look(arms.challenger)).includes(true) ? 'rollBack' : 'goOn'),
      };
    },
  };
}

function tripped({ value, periodMinutes, evaluationPeriods, threshold }: Alarm) {
  let [minutes, sum, requests, breaching] = [0, 0, 0, 0];
  return (arm: MeasuredArm | undefined): boolean => {
    minutes += 1;
    if (arm) {
      sum += value(arm) * arm.requests;
      requests += arm.requests;
    }
    if (minutes < periodMinutes) return false;
    breaching = requests > 0 && sum / requests > threshold ? breaching + 1 : 0;
    [minutes, sum, requests] = [0, 0, 0];
    return breaching >= evaluationPeriods;
  };
}

const errors = ({ errors, requests }: MeasuredArm) => errors / requests;
const latency = ({ meanLatencyMs }: MeasuredArm) => meanLatencyMs ?? 0;

export const cloudwatchAlarms = alarms('CloudWatch alarms', ({ history }) => [
  { value: errors, periodMinutes: 10, evaluationPeriods: 2, threshold: 0.05 },
  { value: latency, periodMinutes: 5, evaluationPeriods: 2, threshold: 1.25 * meanLatencyOf(history) },
]);

/** The best of thirty settings, as for Flagger. */
export const cloudwatchTuned = alarms('CloudWatch alarms, tuned', ({ history }) => [
  { value: errors, periodMinutes: 10, evaluationPeriods: 2, threshold: 1.6 * errorRateOf(history) },
  { value: latency, periodMinutes: 5, evaluationPeriods: 2, threshold: 1.2 * meanLatencyOf(history) },
]);

function meanLatencyOf(history: Plan['history']): number {
  let [sum, requests] = [0, 0];
  for (const { champion } of history.map(({ arms }) => arms)) {
    if (champion?.meanLatencyMs === undefined) continue;
    sum += champion.meanLatencyMs * champion.requests;
    requests += champion.requests;
  }
  return requests > 0 ? sum / requests : Infinity;
}
