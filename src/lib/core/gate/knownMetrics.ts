import { metricNames, type Direction } from './metrics.ts';

/** What a name says of a metric, whoever computed it. */
export interface KnownMetric {
  readonly better: Direction;
  readonly least: number;
  readonly most: number;
  /** What guessing reaches. */
  readonly chance?: number;
}

const share = (better: Direction, chance?: number): KnownMetric => ({ better, least: 0, most: 1, ...(chance !== undefined && { chance }) }); // prettier-ignore
const loss: KnownMetric = { better: 'lower', least: 0, most: Infinity };
const correlation: KnownMetric = { better: 'higher', least: -1, most: 1, chance: 0 };

/** By their usual names; `plain` takes off what libraries put around them. */
const KNOWN: Readonly<Record<string, KnownMetric>> = {
  accuracy: share('higher'), acc: share('higher'), balancedaccuracy: share('higher'), topkaccuracy: share('higher'),
  errorrate: share('lower'), misclassificationrate: share('lower'), falsepositiverate: share('lower'), falsenegativerate: share('lower'),
  auc: share('higher', 0.5), rocauc: share('higher', 0.5), auroc: share('higher', 0.5), prauc: share('higher'), auprc: share('higher'), aucpr: share('higher'), averageprecision: share('higher'),
  f1: share('higher'), precision: share('higher'), recall: share('higher'), sensitivity: share('higher'), specificity: share('higher'), jaccard: share('higher'), iou: share('higher'), ndcg: share('higher'),
  mcc: correlation, matthewscorrelation: correlation, matthewscorrcoef: correlation, kappa: correlation, cohenkappa: correlation, spearmancorrelation: correlation,
  r2: { better: 'higher', least: -Infinity, most: 1, chance: 0 },
  // Summed over classes it reaches 2.
  brier: { better: 'lower', least: 0, most: 2 }, logloss: loss, crossentropy: loss,
  rmse: loss, mse: loss, mae: loss, mape: loss, smape: loss, rmsle: loss,
  meansquarederror: loss, rootmeansquarederror: loss, meanabsoluteerror: loss, meanabsolutepercentageerror: loss, normalizedrootmeansquarederror: loss, normalizedmeanabsoluteerror: loss,
}; // prettier-ignore

function wordsOf(metric: string): readonly string[] {
  return metric
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/);
}

/** `val_F1_score_weighted` -> `f1`. */
function plain(metric: string): string {
  const words = wordsOf(metric);
  const around = new Set(['val', 'valid', 'validation', 'test', 'eval', 'holdout', 'score', 'weighted', 'macro', 'micro', 'binary', 'ovr', 'ovo']); // prettier-ignore
  return words.length === 1 ? (words[0] ?? '') : words.filter((word) => !around.has(word)).join('');
}

/** Undefined: nobody but the team knows what it is. */
export function knownMetric(metric: string): KnownMetric | undefined {
  const name = plain(metric);
  return Object.hasOwn(KNOWN, name) ? KNOWN[name] : undefined;
}

/** The name by which the gate compares what is meant: `test_roc_auc_score` is `auc`. An average over classes is another metric. */
export function comparedAs(metric: string): string | undefined {
  const averaged = new Set(['weighted', 'macro', 'micro', 'ovr', 'ovo']);
  if (wordsOf(metric).some((word) => averaged.has(word))) return undefined;
  return metricNames.find((name) => plain(name) === plain(metric));
}
