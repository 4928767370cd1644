import type { Endpoint, ServedRequest, Workspace, World } from '../../world.ts';
import type { Condition } from './filter.ts';
import { dimensionValue, type RequestMetric } from './metrics.ts';
import { arrived, minuteMs } from './settling.ts';
import type { Timespan } from './timespan.ts';

export interface Series {
  /** In the order of the filter; empty without one. */
  readonly values: readonly { readonly dimension: string; readonly value: string }[];
  /** By start of the minute (epoch ms); a minute without a value is missing. */
  readonly averages: ReadonlyMap<number, number>;
}

/** Starts (epoch ms) of the minutes that a time span touches: its start rounded down to the grain. */
export function minutesOf({ from, to }: Timespan): readonly number[] {
  const first = Math.floor(from.getTime() / minuteMs) * minuteMs;
  const count = Math.max(0, Math.ceil((to.getTime() - first) / minuteMs));
  return Array.from({ length: count }, (_, at) => first + at * minuteMs);
}

/** The requests of an endpoint that monitoring knows of by now, by minute. */
export function knownRequests(
  {
    world,
    workspace,
    endpoint,
    settleMs,
  }: { world: World; workspace: Workspace; endpoint: Endpoint; settleMs: number },
  minutes: readonly number[],
): ReadonlyMap<number, readonly ServedRequest[]> {
  const [first] = minutes;
  const known = new Map<number, ServedRequest[]>(minutes.map((minute) => [minute, []]));
  if (first === undefined) return known;
  const states = new Map(
    minutes.map((minute) => [minute, arrived({ world, endpoint: endpoint.name, settleMs }, new Date(minute))]),
  );
  for (let at = firstIndex(world.served, first); at < world.served.length; at += 1) {
    const request = world.served[at];
    if (request?.endpoint !== endpoint.name || request.workspace !== workspace.id) continue;
    const minute = Math.floor(request.at.getTime() / minuteMs) * minuteMs;
    const state = states.get(minute) ?? 'nothing';
    const isIn = state === 'all' || (state === 'firstHalf' && request.at.getTime() - minute < minuteMs / 2);
    if (isIn) known.get(minute)?.push(request);
  }
  return known;
}

/** One series per combination of values that occurs; none for a combination that nobody met. */
export function seriesOf(
  metric: RequestMetric,
  conditions: readonly Condition[],
  requestsByMinute: ReadonlyMap<number, readonly ServedRequest[]>,
): readonly Series[] {
  const groups = new Map<string, { values: string[]; minutes: Map<number, ServedRequest[]> }>();
  for (const [minute, requests] of requestsByMinute) {
    for (const request of requests) {
      const values = conditions.map(({ dimension }) => dimensionValue(dimension, request));
      if (!values.every((value, at) => accepts(conditions[at], value))) continue;
      const key = values.join('\n').toLowerCase();
      const group = groups.get(key) ?? { values, minutes: new Map<number, ServedRequest[]>() };
      groups.set(key, group);
      const met = group.minutes.get(minute);
      if (met === undefined) group.minutes.set(minute, [request]);
      else met.push(request);
    }
  }
  return [...groups.values()].map(({ values, minutes }) => ({
    values: conditions.map(({ dimension }, at) => ({ dimension, value: values[at] ?? '' })),
    averages: new Map([...minutes].map(([minute, requests]) => [minute, metric.measure(requests)])),
  }));
}

export function accepts(condition: Condition | undefined, value: string): boolean {
  if (condition === undefined) return false;
  return condition.values === '*' || condition.values.some((wanted) => wanted.toLowerCase() === value.toLowerCase());
}

/** `served` grows in order of time: the first request at or after the instant, by halving. */
function firstIndex(served: readonly ServedRequest[], fromMs: number): number {
  let low = 0;
  let high = served.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((served[middle]?.at.getTime() ?? Infinity) < fromMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
