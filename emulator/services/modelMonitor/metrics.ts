import type { FeatureSignal, MetricThreshold, PerformanceSignal, Signal } from './definition.ts';
import { binned, byValue, jensenShannon, normalizedWasserstein, populationStability } from './distances.ts';
import { featuresOf, isMissing, numbersIn, present, type Feature } from './features.ts';
import { kolmogorovSmirnovP } from './kolmogorovSmirnov.ts';
import { NotDone } from './notDone.ts';
import { performanceOf } from './performance.ts';
import type { Row } from './tables.ts';

/** One computed metric as the evaluation step gets it; without a threshold it is never breached. */
export interface SignalMetric {
  /** The feature, where the metric is of one. */
  readonly group?: string;
  readonly value: number;
  readonly name: string;
  readonly threshold?: number;
}

export interface Tables {
  readonly reference: readonly Row[];
  readonly production: readonly Row[];
}

export function signalMetrics(signal: Signal, tables: Tables): SignalMetric[] {
  switch (signal.signalType) {
    case 'ModelPerformance':
      return [performanceMetric(signal, tables)];
    case 'DataQuality':
      return perFeature(signal, tables, qualityOf);
    case 'DataDrift':
    case 'PredictionDrift':
      return perFeature(signal, tables, driftOf);
  }
}

function performanceMetric(signal: PerformanceSignal, { reference, production }: Tables): SignalMetric {
  const { metric: name, threshold } = signal.metricThreshold;
  const [predictions] = signal.productionData;
  const value = performanceOf(name, {
    served: { rows: production, columns: predictions?.columns ?? {} },
    labelled: { rows: reference, columns: signal.referenceData.columns ?? {} },
  });
  return { name, value, ...limit(threshold?.value) };
}

type Measure = (feature: Feature, wanted: MetricThreshold) => { readonly value: number; readonly baseline?: number };

function perFeature(signal: FeatureSignal, { reference, production }: Tables, measure: Measure): SignalMetric[] {
  return featuresOf(signal, reference, production).flatMap((feature) =>
    signal.metricThresholds
      .filter(({ dataType }) => dataType === feature.dataType)
      .map((wanted) => {
        const { value, baseline = 0 } = measure(feature, wanted);
        const asked = wanted.threshold?.value ?? undefined;
        return {
          group: feature.name,
          name: wanted.metric,
          value,
          ...limit(asked === undefined ? undefined : baseline + asked),
        };
      }),
  );
}

function limit(threshold: number | null | undefined): { threshold?: number } {
  return typeof threshold === 'number' ? { threshold } : {};
}

/** Rows without a value are left out, as the service's component does before it compares. */
function driftOf(feature: Feature, { metric, dataType }: MetricThreshold): { value: number } {
  if (dataType === 'Categorical') {
    const histograms = byValue(present(feature.reference), present(feature.production));
    if (metric === 'JensenShannonDistance') return { value: jensenShannon(histograms) };
    if (metric === 'PopulationStabilityIndex') return { value: populationStability(histograms) };
    throw new NotDone(`the metric ${metric}`);
  }
  const [reference, production] = [numbersIn(feature.reference), numbersIn(feature.production)];
  if (production.length * reference.length === 0) throw new Error(`${feature.name} has no number on one side`);
  if (metric === 'TwoSampleKolmogorovSmirnovTest') return { value: kolmogorovSmirnovP(reference, production) };
  if (metric === 'NormalizedWassersteinDistance') return { value: normalizedWasserstein(reference, production) };
  if (metric === 'JensenShannonDistance') return { value: jensenShannon(binned(reference, production)) };
  if (metric === 'PopulationStabilityIndex') return { value: populationStability(binned(reference, production)) };
  throw new NotDone(`the metric ${metric}`);
}

/** Rates of rows that violate; a threshold is on top of the rate that the reference itself has. */
function qualityOf(feature: Feature, { metric }: MetricThreshold): { value: number; baseline: number } {
  const violates = violationOf(feature, metric);
  const rate = (values: readonly unknown[]) => rounded(values.filter(violates).length / values.length);
  return { value: rate(feature.production), baseline: rate(feature.reference) };
}

function violationOf({ dataType, reference }: Feature, metric: string): (value: unknown) => boolean {
  if (metric === 'NullValueRate') return isMissing;
  if (metric === 'DataTypeErrorRate') {
    const types = new Set(present(reference).map((value) => typeof value));
    return (value) => !isMissing(value) && !types.has(typeof value);
  }
  if (metric !== 'OutOfBoundsRate') throw new NotDone(`the metric ${metric}`);
  if (dataType === 'Categorical') {
    const known = new Set(present(reference).map(String));
    return (value) => !isMissing(value) && !known.has(String(value));
  }
  const known = numbersIn(reference);
  const lowest = known.reduce((a, b) => Math.min(a, b), Infinity);
  const highest = known.reduce((a, b) => Math.max(a, b), -Infinity);
  return (value) => typeof value === 'number' && (value < lowest || value > highest);
}

/** To five decimals, as the service does. */
function rounded(rate: number): number {
  return Math.round(rate * 1e5) / 1e5;
}
