import { distance } from 'fastest-levenshtein';
import { knownMetric } from '../../gate/knownMetrics.ts';

const SPELLED = ['accuracy', 'balanced_accuracy', 'errorRate', 'error_rate', 'precision', 'recall', 'sensitivity', 'specificity', 'average_precision', 'brier', 'log_loss', 'logloss', 'roc_auc', 'auc', 'f1_score', 'rmse', 'mse', 'mae', 'mape', 'ndcg', 'mcc', 'kappa']; // prettier-ignore

/** The usual name that a slip of the hand turns into this one. Short names are near to everything. */
export function nearMetric(metric: string): string | undefined {
  if (knownMetric(metric) || metric.length < 5) return undefined;
  const written = metric.toLowerCase();
  return SPELLED.filter((name) => name.length >= 5 && !isVariant(written, name.toLowerCase()))
    .map((name) => ({ name, steps: distance(written, name.toLowerCase()) }))
    .filter(({ name, steps }) => steps > 0 && steps <= (name.length >= 8 ? 2 : 1))
    .toSorted((a, b) => a.steps - b.steps)[0]?.name;
}

/** `precision@5`, `f1_score_1`: said more exactly, not misspelt. */
function isVariant(written: string, name: string): boolean {
  return written.startsWith(name) && /^[^a-z]/.test(written.slice(name.length));
}
