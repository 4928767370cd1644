export type Direction = 'higher' | 'lower';

/**
 * What a metric is made of. share: right or wrong of each row, over all rows. positives: of classes, by how often the positive
 * one was met. ranks: scores, by how well they put the positive rows before the others. probabilities: scores, each held against what
 * happened. numbers: how far off each was.
 */
export type MetricKind = 'share' | 'positives' | 'ranks' | 'probabilities' | 'numbers';

export interface Metric {
  /** The one name that code goes by. */
  readonly is: MetricName;
  readonly kind: MetricKind;
  readonly better: Direction;
  /** No value lies outside. */
  readonly least: number;
  readonly most: number;
}

export type MetricName = 'accuracy' | 'errorRate' | 'precision' | 'recall' | 'f1' | 'auc' | 'brier' | 'logLoss' | 'rmse' | 'mse' | 'mae'; // prettier-ignore

const share = (is: MetricName, kind: MetricKind, better: Direction = 'higher', most = 1): Metric => ({
  is,
  kind,
  better,
  least: 0,
  most,
});
const off = (is: MetricName, kind: MetricKind): Metric => share(is, kind, 'lower', Number.POSITIVE_INFINITY);
// prettier-ignore

/** A name that is not here is not taken for a metric because its values look like one. */
const METRICS: ReadonlyMap<string, Metric> = new Map([
  ['accuracy', share('accuracy', 'share')],
  ['errorRate', share('errorRate', 'share', 'lower')],
  ['error_rate', share('errorRate', 'share', 'lower')],
  ['precision', share('precision', 'positives')],
  ['recall', share('recall', 'positives')],
  ['f1', share('f1', 'positives')],
  ['auc', share('auc', 'ranks')],
  ['roc_auc', share('auc', 'ranks')],
  // Over all classes, as Brier had it, it goes to 2.
  ['brier', share('brier', 'probabilities', 'lower', 2)],
  ['logLoss', off('logLoss', 'probabilities')],
  ['log_loss', off('logLoss', 'probabilities')],
  ['rmse', off('rmse', 'numbers')],
  ['mse', off('mse', 'numbers')],
  ['mae', off('mae', 'numbers')],
]);

export const metricNames: readonly string[] = [...METRICS.keys()];

export function metricOf(name: string): Metric | undefined {
  return METRICS.get(name);
}
