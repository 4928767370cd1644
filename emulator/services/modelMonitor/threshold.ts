import type { SignalMetric } from './metrics.ts';

/** Breached when below their threshold; all others when above it. The vendor's own list, of those computed here. */
const lowerIsWorse = ['TwoSampleKolmogorovSmirnovTest', 'PearsonsChiSquaredTest', 'Accuracy', 'Precision', 'Recall'];

export const breachTag = 'azureml_modelmonitor_threshold_breached';
/** Longest value of a run's tag (documented limit). */
const longestTag = 1000;

export function breachesOf(metrics: readonly SignalMetric[]): SignalMetric[] {
  return metrics.filter(({ name, value, threshold }) => {
    if (threshold === undefined) return false;
    return lowerIsWorse.includes(name) ? value < threshold : value > threshold;
  });
}

/** The vendor's component puts its rows, JSON texts, into the message as Python shows a list of strings. */
export function breachMessage(signal: string, breaches: readonly SignalMetric[]): string {
  const rows = breaches.map(({ group, value, name, threshold }) =>
    pythonText(JSON.stringify({ group, metric_value: value, metric_name: name, threshold_value: threshold })),
  );
  return [
    `The signal '${signal}' has failed due to one or more features violating metric thresholds.\n`,
    'The feature names and their corresponding computed metric values violating the threshold are \n',
    `[${rows.join(', ')}]\n`,
  ].join('');
}

/** Whether a longer value is cut or refused by the service is unverified: here it is cut. */
export function asTag(message: string): string {
  return message.slice(0, longestTag);
}

function pythonText(json: string): string {
  const escaped = json.replaceAll('\\', '\\\\');
  return `'${escaped.replaceAll("'", "\\'")}'`;
}
