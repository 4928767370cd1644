import { expect, test } from 'vitest';
import { alarms, cloudwatchAlarms } from '../../../../../bench/decisions/peers/cloudwatch.ts';
import { arm, minute, watched } from '../given.ts';

/**
 * awsdocs/amazon-sagemaker-developer-guide, deployment-guardrails-configuration.md: NewEndpointConfigVersionHighModelLatencyAlarm with
 * Statistic Average, Period 300, EvaluationPeriods 2, Threshold 100 ms, GreaterThanThreshold, TreatMissingData notBreaching.
 */
const documented = alarms('documented', () => [
  { value: ({ meanLatencyMs }) => meanLatencyMs ?? 0, periodMinutes: 5, evaluationPeriods: 2, threshold: 100 },
]);
const latency = (meanLatencyMs: number) => minute(arm({ meanLatencyMs }));

test('the documented latency alarm trips after two periods of five minutes above 100 ms on average', () => {
  expect(watched(documented, () => latency(101))).toEqual({ decision: 'rollBack', after: 10 });
  expect(watched(documented, () => latency(100)).decision).toBe('goOn');
  expect(watched(documented, (i) => latency(i % 5 === 0 ? 130 : 95))).toEqual({ decision: 'rollBack', after: 10 });
});

test('both of the last two periods must breach, and silence does not', () => {
  expect(watched(documented, (i) => latency(Math.floor(i / 5) % 2 === 0 ? 150 : 50)).decision).toBe('goOn');
  expect(watched(documented, () => minute(undefined)).decision).toBe('goOn');
  expect(watched(documented, (i) => (i >= 5 && i < 10 ? minute(undefined) : latency(150)))).toEqual({ decision: 'rollBack', after: 20 }); // prettier-ignore
});

/** The same page, EndToEndDeploymentHighErrorRateAlarm: Period 600, EvaluationPeriods 2. */
test('the error alarm needs two periods of ten minutes', () => {
  expect(watched(cloudwatchAlarms, () => minute(arm({ errors: 6 })))).toEqual({ decision: 'rollBack', after: 20 });
  expect(watched(cloudwatchAlarms, () => minute(arm({ errors: 5 }))).decision).toBe('goOn');
});
