import type { Metric } from '../world.ts';

/** Of each name the one with the greatest step, then time, then value: as MLflow defines "latest". */
export function latestMetrics(metrics: readonly Metric[]): Map<string, Metric> {
  const latest = new Map<string, Metric>();
  for (const metric of metrics) {
    const known = latest.get(metric.key);
    if (known === undefined || !isLater(known, metric)) latest.set(metric.key, metric);
  }
  return latest;
}

function isLater(a: Metric, b: Metric): boolean {
  if (a.step !== b.step) return a.step > b.step;
  if (a.timestamp !== b.timestamp) return a.timestamp > b.timestamp;
  return a.value > b.value;
}
