import { comparedAs } from '../../gate/knownMetrics.ts';
import { metricOf } from '../../gate/metrics.ts';
import { directionOfShare, shareNames } from '../../gate/shares.ts';
import type { EnvironmentPolicy, GatePolicy } from '../policy.ts';
import type { Doubt } from './catalogue.ts';
import { nearMetric } from './metrics.ts';

interface Compared {
  readonly metric: string;
  readonly margin: number;
  readonly judge?: GatePolicy['judge'] | undefined;
  readonly keys: readonly PropertyKey[];
}

/** What is compared with a champion and never decided, or by no more than chance; min and max hold all the same. */
export function undecidedDoubts({ evaluation }: EnvironmentPolicy, gate: GatePolicy): Doubt[] {
  const compared: Compared[] = [
    { metric: gate.metric, margin: gate.margin, judge: gate.judge, keys: [] },
    ...gate.guardrails.flatMap(({ metric, comparison }, at) => (comparison ? [{ metric, margin: comparison.margin, judge: comparison.judge, keys: ['guardrails', at] }] : [])),
  ];
  const coins = compared.filter(({ metric, margin, judge }) => judge === 'fixedMargin' && margin === 0 && metricOf(metric) === undefined);
  const open = compared.filter(({ judge }) => judge !== 'fixedMargin');
  return [
    ...coins.map(({ metric, keys }): Doubt => ({ check: 'marginOfChance', section: 'gate', keys: [...keys, 'margin'], message: `nothing tells how much of a difference in ${metric} is chance: with judge: fixedMargin and no margin every second version that is no better passes` })),
    ...(evaluation?.from.kind === 'training' ? byTrainings(open) : open.flatMap(unknown)),
  ];
} // prettier-ignore

/** A name that is misspelt is told as that. */
function unknown({ metric, keys }: Compared): Doubt[] {
  if (metricOf(metric) !== undefined || nearMetric(metric) !== undefined) return [];
  const alias = comparedAs(metric);
  const hint = alias === undefined ? '' : ` (log and name it ${alias}?)`;
  return [{ check: 'comparisonUndecided', section: 'gate', keys: [...keys, 'metric'], message: `${metric} is none of the metrics that are compared with a champion${hint}: it stays undecided, which rejects` }]; // prettier-ignore
}

function byTrainings(open: readonly Compared[]): Doubt[] {
  const undecided = [...new Set(open.map(({ metric }) => metric))].filter((name) => directionOfShare(name) === undefined); // prettier-ignore
  if (undecided.length === 0) return [];
  const message = `trainings log metrics, by which only ${shareNames.join(', ')} can be compared with a champion: ${undecided.join(', ')} stays undecided, which rejects`;
  return [{ check: 'undecidedByTrainings', section: 'evaluation', keys: ['from'], message }];
}
