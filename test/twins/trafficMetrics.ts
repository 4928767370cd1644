import type { ArmMinute } from '../../src/lib/core/canary/state.ts';
import type { TrafficMetrics } from '../../src/lib/ports.ts';

export interface TwinRequest {
  readonly workspace: string;
  readonly endpoint: string;
  readonly deployment: string;
  readonly at: Date;
  readonly status: number;
  readonly durationMs: number;
}

export interface TrafficMetricsTwin extends TrafficMetrics {
  /** Push requests as they are answered. */
  readonly served: TwinRequest[];
  /** Percent by deployment; absent: not measured. */
  readonly memory: Map<string, number>;
}

const minuteMs = 60_000;

/** Minutes counted from requests in memory, without settling delay. */
export function trafficMetricsTwin(): TrafficMetricsTwin {
  const served: TwinRequest[] = [];
  const memory = new Map<string, number>();
  return {
    served,
    memory,
    async minutes(workspace, endpoint, from, to) {
      const own = served.filter((one) => one.workspace === workspace && one.endpoint === endpoint);
      const starts = own.map(({ at }) => Math.floor(at.getTime() / minuteMs) * minuteMs);
      return [...new Set(starts)]
        .filter((start) => start >= from.getTime() && start < to.getTime())
        .toSorted((a, b) => a - b)
        .map((start) => {
          const requests = own.filter((_, index) => starts[index] === start);
          const names = [...new Set(requests.map(({ deployment }) => deployment))];
          const arms = names.map((name) => {
            const arm = armMinute(requests.filter((one) => one.deployment === name));
            const memoryPercent = memory.get(name);
            return [name, memoryPercent === undefined ? arm : { ...arm, memoryPercent }];
          });
          return { at: new Date(start).toISOString(), arms: Object.fromEntries(arms) };
        });
    },
  };
}

function armMinute(requests: readonly TwinRequest[]): ArmMinute {
  const failures: Record<string, number> = {};
  for (const { status } of requests) {
    if (status >= 500 || status === 424 || status === 408) failures[status] = (failures[status] ?? 0) + 1;
  }
  const durations = requests.map(({ durationMs }) => durationMs).toSorted((a, b) => a - b);
  return {
    requests: requests.length,
    errors: Object.values(failures).reduce((sum, count) => sum + count, 0),
    throttled: requests.filter(({ status }) => status === 429).length,
    meanLatencyMs: durations.reduce((sum, ms) => sum + ms, 0) / durations.length,
    p95LatencyMs: durations[Math.ceil(0.95 * durations.length) - 1] ?? 0,
    failures,
  };
}
