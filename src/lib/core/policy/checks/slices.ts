import { LEAST_ROWS } from '../../gate/compare.ts';
import { knownMetric } from '../../gate/knownMetrics.ts';
import { metricOf } from '../../gate/metrics.ts';
import type { SlicesPolicy } from '../policy.ts';
import { nameDoubts, percentDoubt, perhapsPercent, type Found } from './names.ts';

/** As many rows of predictions are read at most. */
const MOST_ROWS = 2_000_000;

export function slicesDoubts({ metric, minRows, maxGap }: SlicesPolicy, byTrainings: boolean): Found[] {
  const known = knownMetric(metric);
  const percent = known !== undefined && perhapsPercent(metric, known.most, maxGap);
  const range = known === undefined || percent ? Infinity : known.most - known.least;
  const kind = metricOf(metric)?.kind ?? 'share';
  const least = kind === 'share' ? 0 : kind === 'numbers' ? LEAST_ROWS : 2 * LEAST_ROWS;
  return [
    ...(byTrainings ? [{ check: 'slicesNeedRows', keys: ['slices'], message: 'trainings log metrics and no predictions, so there are no slices to look at: every version is an error' } as const] : []),
    ...(maxGap === 0 ? [{ check: 'gapOfNothing', keys: ['slices', 'maxGap'], message: 'no two slices are exactly alike: hardly any version passes' } as const] : []),
    ...(minRows < least ? [{ check: 'slicesTooSmall', keys: ['slices', 'minRows'], message: `by ${metric} no slice of less than ${least} rows can be judged: it stays undecided, which rejects` } as const] : []),
    ...(minRows > MOST_ROWS ? [{ check: 'slicesNeverJudged', keys: ['slices', 'minRows'], message: `an evaluation has at most ${MOST_ROWS.toLocaleString('en-US')} rows: no slice is ever judged` } as const] : []),
    ...(maxGap >= range ? [{ check: 'gapCannotFail', keys: ['slices', 'maxGap'], message: `${metric} spans ${range}: no two slices differ by more` } as const] : []),
    ...(percent ? [percentDoubt(metric, maxGap, ['slices', 'maxGap'])] : []),
    ...nameDoubts(metric, ['slices', 'metric']),
  ];
} // prettier-ignore
