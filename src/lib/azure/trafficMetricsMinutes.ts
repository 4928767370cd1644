import type { ArmMinute, Minute } from '../core/canary/state.ts';
import { BadInput } from '../core/errors.ts';

/** One series of a metric, as the platform returns it when asked to split by dimensions (names in lower case). */
export interface Series {
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly points: readonly { readonly at: Date; readonly average: number }[];
}

type Draft = { -readonly [Key in keyof ArmMinute]: ArmMinute[Key] } & { failures: Record<string, number> };

/**
 * Minutes in [from, to), oldest first, by deployment. A status code that nobody got has no series, and a minute that
 * nobody called in has no value: such minutes are absent, never zero.
 */
export function assembleMinutes(series: readonly Series[], from: Date, to: Date): readonly Minute[] {
  const drafts = new Map<string, Record<string, Draft>>();
  for (const { at, deployment, average, status } of pointsOf(series, 'RequestsPerMinute', from, to)) {
    if (average <= 0) continue;
    const arms = drafts.get(at) ?? {};
    drafts.set(at, arms);
    const arm = (arms[deployment] ??= { requests: 0, errors: 0, throttled: 0, failures: {} });
    count(arm, status, Math.round(average));
  }
  const add = (metric: string, put: (arm: Draft, average: number) => void) => {
    for (const { at, deployment, average } of pointsOf(series, metric, from, to)) {
      const arm = drafts.get(at)?.[deployment];
      if (arm !== undefined) put(arm, average);
    }
  };
  add('RequestLatency', (arm, average) => (arm.meanLatencyMs = average));
  add('RequestLatency_P95', (arm, average) => (arm.p95LatencyMs = average));
  add('CpuMemoryUtilizationPercentage', (arm, average) => {
    // Of all instances the fullest: it is the first that is killed, and a mean would hide it behind those that just started.
    arm.memoryPercent = Math.max(arm.memoryPercent ?? 0, average);
  });
  return [...drafts].map(([at, arms]) => ({ at, arms })).toSorted((a, b) => (a.at < b.at ? -1 : 1));
}

/** Those that were called at all. */
export function deploymentsIn(series: readonly Series[]): readonly string[] {
  const called = series.filter(({ points }) => points.some(({ average }) => average > 0));
  return [...new Set(called.flatMap(({ dimensions }) => dimensions['deployment'] ?? []))];
}

/** Failures of the model or its container are 5xx, 424 and 408; 429 is counted beside them and judged by nobody. */
function count(arm: Draft, status: string, requests: number): void {
  arm.requests += requests;
  if (status === '429') arm.throttled += requests;
  if (!/^5\d\d$/.test(status) && status !== '424' && status !== '408') return;
  arm.errors += requests;
  arm.failures[status] = (arm.failures[status] ?? 0) + requests;
}

function pointsOf(series: readonly Series[], metric: string, from: Date, to: Date) {
  return series
    .filter((one) => one.metric === metric)
    .flatMap(({ dimensions, points }) => {
      const { deployment, statuscode = '' } = dimensions;
      const isRequests = metric === 'RequestsPerMinute';
      if (deployment === undefined || (isRequests && !/^\d{3}$/.test(statuscode))) {
        const message = `expected a deployment${isRequests ? ' and a three-digit statusCode' : ''}, got ${JSON.stringify(dimensions)}`;
        throw new BadInput(`metric ${metric}`, [{ place: 'dimensions', message }]);
      }
      return points
        .filter(({ at }) => at >= from && at < to)
        .map(({ at, average }) => ({ at: at.toISOString(), deployment, status: statuscode, average }));
    });
}
