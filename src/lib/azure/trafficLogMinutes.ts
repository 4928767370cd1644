import type { ArmMinute, Minute } from '../core/canary/state.ts';

/** What one deployment answered in one minute with one code. Durations are null where no request has one. */
export interface LogRow {
  /** Start of the minute. */
  readonly minute: Date;
  readonly deployment: string;
  readonly code: number;
  readonly requests: number;
  /** Those of them that have a duration, and its sum. */
  readonly timed: number;
  readonly totalMs: number | null;
  /** Of all that the deployment answered in the minute, whatever the code. */
  readonly p95Ms: number | null;
}

/** Minutes, oldest first. What nobody asked has no row: such minutes and deployments are absent, never zero. */
export function minutesOfLog(rows: readonly LogRow[]): readonly Minute[] {
  const minutes = grouped(rows, ({ minute }) => minute.toISOString());
  return [...minutes]
    .map(([at, ofMinute]) => {
      const arms = grouped(ofMinute, ({ deployment }) => deployment);
      return { at, arms: Object.fromEntries([...arms].map(([name, codes]) => [name, armOf(codes)])) };
    })
    .toSorted((a, b) => (a.at < b.at ? -1 : 1));
}

function armOf(codes: readonly LogRow[]): ArmMinute {
  const failed = codes.filter(({ code }) => isFailure(code));
  const timed = sum(codes.map((row) => row.timed));
  const p95LatencyMs = codes[0]?.p95Ms ?? undefined;
  return {
    requests: sum(codes.map(({ requests }) => requests)),
    errors: sum(failed.map(({ requests }) => requests)),
    throttled: sum(codes.map(({ code, requests }) => (code === 429 ? requests : 0))),
    failures: Object.fromEntries(failed.map(({ code, requests }) => [code, requests])),
    ...(timed > 0 && { meanLatencyMs: sum(codes.map(({ totalMs }) => totalMs ?? 0)) / timed }),
    ...(p95LatencyMs !== undefined && { p95LatencyMs }),
  };
}

/** Of the model or its container; 429 is counted beside them and judged by nobody. */
function isFailure(code: number): boolean {
  return code >= 500 || code === 424 || code === 408;
}

/** `Map.groupBy`, which the oldest supported Node lacks. */
function grouped(rows: readonly LogRow[], nameOf: (row: LogRow) => string): ReadonlyMap<string, readonly LogRow[]> {
  const groups = new Map<string, LogRow[]>();
  for (const row of rows) {
    const group = groups.get(nameOf(row)) ?? [];
    groups.set(nameOf(row), group);
    group.push(row);
  }
  return groups;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
