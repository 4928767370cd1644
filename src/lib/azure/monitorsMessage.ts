import { z } from 'zod';
import type { BreachedFeature, SignalKind } from '../core/training/state.ts';

/** What a monitor's step writes about one signal. */
export interface BreachMessage {
  readonly signal: string;
  /** In the monitor's order. */
  readonly features: readonly BreachedFeature[];
  /** Features that the message had no room for, as far as can be seen: 1 where it was cut. */
  readonly cut: number;
}

const row = z.object({
  metric_name: z.string().optional().catch(undefined),
  metric_value: z.number().optional().catch(undefined),
  threshold_value: z.number().optional().catch(undefined),
  feature_name: z.string().optional().catch(undefined),
  group: z.string().optional().catch(undefined),
});

/**
 * Reads the value of the tag that a breached threshold leaves: a first line that names the signal, and at the end a list
 * of JSON rows, each a feature. The rows may stand in quotes of their own, and a tag
 * holds 1000 characters, so they are taken as far as they can be made out. Undefined where the first line says something else.
 */
export function breachMessage(tag: string): BreachMessage | undefined {
  const [first = '', ...others] = tag.split('\n');
  const signal = /^The signal '(.+)' has failed/.exec(first)?.[1];
  if (signal === undefined) return undefined;
  const { rows, cut } = rowsIn(unquoted(others.join('\n')));
  return { signal, features: rows.flatMap(featureOf), cut };
}

/** What a signal of a type that the definition names is about; one of another type, or of none, is judged by its metrics. */
export function signalKind(type: string | undefined, features: readonly BreachedFeature[]): SignalKind {
  switch (type) {
    case 'DataQuality':
      return 'quality';
    case 'ModelPerformance':
      return 'performance';
    case 'DataDrift':
    case 'PredictionDrift':
    case 'FeatureAttributionDrift':
      return 'drift';
    default:
      return kindByMetrics(features.map(({ metric = '' }) => metric.toLowerCase()));
  }
}

const qualityMetrics = ['nullvaluerate', 'datatypeerrorrate', 'outofboundsrate'];
const performanceMetrics = [
  'accuracy', 'precision', 'recall', 'f1score', 'auc',
  'meanabsoluteerror', 'meansquarederror', 'rootmeansquarederror', 'mae', 'mse', 'rmse',
]; // prettier-ignore

function kindByMetrics(metrics: readonly string[]): SignalKind {
  if (metrics.some((metric) => qualityMetrics.includes(metric))) return 'quality';
  return metrics.some((metric) => performanceMetrics.includes(metric)) ? 'performance' : 'drift';
}

/** The group is the feature, but where a row names a feature too; the signal of a whole model has neither. */
function featureOf(value: unknown): readonly BreachedFeature[] {
  const { success, data } = row.safeParse(value);
  if (!success) return [];
  const { feature_name: name, group, metric_name: metric, metric_value: measured, threshold_value: threshold } = data;
  const feature = name ?? group ?? metric;
  if (feature === undefined) return [];
  return [
    {
      feature,
      ...(metric !== undefined && { metric }),
      ...(measured !== undefined && { value: measured }),
      ...(threshold !== undefined && { threshold }),
      ...(name !== undefined && group !== undefined && { group }),
    },
  ];
}

/** Every `{...}` that can be read as JSON; braces inside of texts do not count. */
function rowsIn(tail: string): { readonly rows: readonly unknown[]; readonly cut: number } {
  const rows: unknown[] = [];
  for (let from = tail.indexOf('{'); from >= 0; from = tail.indexOf('{', from + 1)) {
    const text = /^\{(?:[^{}"]|"(?:[^"\\]|\\.)*")*\}/.exec(tail.slice(from))?.[0];
    if (text === undefined) return { rows, cut: 1 };
    const value = json(text);
    if (value !== undefined) rows.push(value);
    from += text.length - 1;
  }
  return { rows, cut: /\]\s*$/.test(tail) ? 0 : 1 };
}

/** Where the rows are quoted texts, each backslash and each quote of that kind inside has one backslash more. */
function unquoted(tail: string): string {
  return /\['\{/.test(tail) ? tail.replaceAll(/\\(['\\])/g, '$1') : tail;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
