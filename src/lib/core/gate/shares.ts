import { metricNames, metricOf, type Direction } from './metrics.ts';

export type { Direction };

/** Metrics that are a share of all n rows: beside their values n says how much of them is chance. */
export const shareNames: readonly string[] = metricNames.filter((name) => metricOf(name)?.kind === 'share');

/** Undefined: not a share of all rows. */
export function directionOfShare(metric: string): Direction | undefined {
  const known = metricOf(metric);
  return known?.kind === 'share' ? known.better : undefined;
}
