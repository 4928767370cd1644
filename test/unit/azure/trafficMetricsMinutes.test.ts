import { expect, test } from 'vitest';
import { assembleMinutes, deploymentsIn, type Series } from '../../../src/lib/azure/trafficMetricsMinutes.ts';

const from = new Date('2026-11-22T09:00:00Z');
const to = new Date('2026-11-22T09:10:00Z');
const minute = (n: number) => new Date(from.getTime() + n * 60_000);
const series = (metric: string, deployment: string, statuscode: string | undefined, values: Record<number, number>): Series => ({
  metric,
  dimensions: { deployment, ...(statuscode !== undefined && { statuscode }) },
  points: Object.entries(values).map(([n, average]) => ({ at: minute(Number(n)), average })),
}); // prettier-ignore

test('requests are added up over status codes; 5xx, 424 and 408 are errors; 429 is counted beside them', () => {
  const minutes = assembleMinutes(
    [
      series('RequestsPerMinute', 'blue', '200', { 0: 90, 1: 80 }),
      series('RequestsPerMinute', 'blue', '424', { 1: 3 }),
      series('RequestsPerMinute', 'blue', '503', { 1: 2 }),
      series('RequestsPerMinute', 'blue', '408', { 1: 1 }),
      series('RequestsPerMinute', 'blue', '400', { 1: 5 }),
      series('RequestsPerMinute', 'blue', '429', { 1: 7 }),
    ],
    from,
    to,
  );
  expect(minutes).toEqual([
    { at: minute(0).toISOString(), arms: { blue: { requests: 90, errors: 0, throttled: 0, failures: {} } } },
    {
      at: minute(1).toISOString(),
      arms: { blue: { requests: 98, errors: 6, throttled: 7, failures: { 424: 3, 503: 2, 408: 1 } } },
    },
  ]);
});

test('a minute that nobody called in is absent, whatever was filled in for it', () => {
  const minutes = assembleMinutes(
    [
      series('RequestsPerMinute', 'blue', '200', { 0: 10, 3: 0 }),
      series('RequestsPerMinute', 'green', '200', { 3: 1 }),
      series('RequestLatency', 'blue', undefined, { 0: 12.5, 3: 0, 4: 99 }),
    ],
    from,
    to,
  );
  expect(minutes.map(({ at }) => at)).toEqual([minute(0).toISOString(), minute(3).toISOString()]);
  expect(Object.keys(minutes[1]!.arms)).toEqual(['green']);
});

test('latency comes beside the counts; minutes outside of [from, to) are left out', () => {
  const minutes = assembleMinutes(
    [
      series('RequestsPerMinute', 'blue', '200', { [-1]: 4, 0: 4, 10: 4 }),
      series('RequestLatency', 'blue', undefined, { 0: 12.5 }),
    ],
    from,
    to,
  );
  expect(minutes).toEqual([
    {
      at: minute(0).toISOString(),
      arms: { blue: { requests: 4, errors: 0, throttled: 0, failures: {}, meanLatencyMs: 12.5 } },
    },
  ]);
});

test('the 95th percentile comes beside the mean, and memory is that of the fullest instance, where there were requests', () => {
  const instance = (deployment: string, instanceid: string, values: Record<number, number>): Series => {
    const one = series('CpuMemoryUtilizationPercentage', deployment, undefined, values);
    return { ...one, dimensions: { deployment, instanceid } };
  };
  const minutes = assembleMinutes(
    [
      series('RequestsPerMinute', 'blue', '200', { 0: 4, 1: 4, 3: 4 }),
      series('RequestsPerMinute', 'green', '200', { 1: 1 }),
      series('RequestLatency', 'blue', undefined, { 0: 12.5 }),
      series('RequestLatency_P95', 'blue', undefined, { 0: 40, 2: 50 }),
      instance('blue', 'b', { 0: 61, 1: 40, 2: 90 }),
      instance('blue', 'a', { 0: 50, 1: 41 }),
    ],
    from,
    to,
  );
  const counts = { requests: 4, errors: 0, throttled: 0, failures: {} };
  expect(minutes.map(({ arms }) => arms)).toEqual([
    { blue: { ...counts, meanLatencyMs: 12.5, p95LatencyMs: 40, memoryPercent: 61 } },
    { blue: { ...counts, memoryPercent: 41 }, green: { ...counts, requests: 1 } },
    { blue: counts },
  ]);
});

test('deployments that were called are each named once; one with nothing but zeros was not', () => {
  const called = [
    series('RequestsPerMinute', 'blue', '200', { 0: 0, 1: 2 }),
    series('RequestsPerMinute', 'blue', '424', { 1: 1 }),
    series('RequestsPerMinute', 'green', '200', { 0: 0 }),
  ];
  expect(deploymentsIn(called)).toEqual(['blue']);
});

test('a status code that is none is told, not guessed at', () => {
  expect(() => assembleMinutes([series('RequestsPerMinute', 'blue', 'Unknown', { 0: 4 })], from, to)).toThrow(
    'expected a deployment and a three-digit statusCode',
  );
});
