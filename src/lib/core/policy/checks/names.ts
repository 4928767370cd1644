import { directionOfShare } from '../../gate/shares.ts';
import type { Doubt } from './catalogue.ts';
import { nearMetric } from './metrics.ts';

export type Found = Omit<Doubt, 'section'>;

/** Teams may log percentages; of a share that the gate compares by name it is known that they do not. */
export function perhapsPercent(metric: string, most: number, value: number): boolean {
  return most === 1 && value > 1 && value <= 100 && directionOfShare(metric) === undefined;
}

export function percentDoubt(metric: string, value: number, keys: readonly PropertyKey[]): Found {
  return { check: 'percentForFraction', keys, message: `${metric} is mostly a number up to 1 (is ${value / 100} meant?): wrong unless the evaluation logs it in percent` }; // prettier-ignore
}

export function nameDoubts(metric: string, keys: readonly PropertyKey[]): Found[] {
  const near = nearMetric(metric);
  if (near === undefined) return [];
  return [{ check: 'metricMisspelt', keys, message: `a metric of the team's own (did you mean ${near}?): one that the evaluation does not log rejects every version` }]; // prettier-ignore
}
