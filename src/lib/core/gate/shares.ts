import { metricNames, metricOf, type Direction, type Metric } from './metrics.ts';

export type { Direction };

/**
 * Metrics of which the values and the number of rows say how much is chance, without the rows: a share of them; the area under the ROC curve,
 * by the rows of each class; the root mean square error.
 */
export const shareNames: readonly string[] = metricNames.filter((name) => decidesAlone(metricOf(name)));

/** Undefined: without predictions champion and challenger cannot be compared by it. */
export function directionOfShare(metric: string): Direction | undefined {
  const known = metricOf(metric);
  return decidesAlone(known) ? known?.better : undefined;
}

function decidesAlone(metric: Metric | undefined): boolean {
  return metric !== undefined && (metric.kind === 'share' || metric.is === 'auc' || metric.is === 'rmse');
}
