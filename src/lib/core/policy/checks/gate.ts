import { TAG } from '../../gate/lineage.ts';
import type { Better, Comparison, EnvironmentPolicy, GatePolicy, Guardrail } from '../policy.ts';
import type { Doubt } from './catalogue.ts';
import { knownMetric, type KnownMetric } from '../../gate/knownMetrics.ts';
import { nameDoubts, percentDoubt, perhapsPercent, type Found } from './names.ts';
import { slicesDoubts } from './slices.ts';
import { undecidedDoubts } from './undecided.ts';

/** Of what can be gained or lost at all: beyond this no two models differ that anybody would compare. */
const HALF = 0.5;
const TENTH = 0.1;
const SUREST = 0.999;
const LEAST_SURE = 0.8;

/** A gate that cannot fail, cannot pass or cannot decide. */
export function gateDoubts(policy: EnvironmentPolicy): Doubt[] {
  const { gate } = policy;
  if (gate === undefined)
    return [{ check: 'gateMissing', section: 'gate', keys: [], message: 'missing: without a gate no version is ever released' }]; // prettier-ignore
  const found: Found[] = [
    ...boundDoubts(gate, gate.metric, []),
    ...goodSideDoubts(gate),
    ...comparisonDoubts(gate.metric, gate, []),
    ...nameDoubts(gate.metric, ['metric']),
    ...gate.guardrails.flatMap((rail, at) => guardrailDoubts(gate, rail, at)),
    ...confidenceDoubts(gate.confidence),
    ...(gate.slices === undefined ? [] : slicesDoubts(gate.slices, policy.evaluation?.from.kind === 'training')),
  ];
  return [...found.map((doubt) => ({ section: 'gate', ...doubt })), ...undecidedDoubts(policy, gate), ...demandDoubts(policy, gate)]; // prettier-ignore
}

interface Bounds {
  readonly min?: number;
  readonly max?: number;
}

function boundDoubts({ min, max }: Bounds, metric: string, at: readonly PropertyKey[]): Found[] {
  const known = knownMetric(metric);
  if (known === undefined) return [];
  return [
    ...(min === undefined ? [] : boundDoubt('min', min, metric, known, at)),
    ...(max === undefined ? [] : boundDoubt('max', max, metric, known, at)),
  ];
}

function boundDoubt(
  key: 'min' | 'max',
  bound: number,
  metric: string,
  known: KnownMetric,
  at: readonly PropertyKey[],
): Found[] {
  const { least, most, better, chance } = known;
  const keys = [...at, key];
  if (perhapsPercent(metric, known.most, bound)) return [percentDoubt(metric, bound, keys)];
  const [none, all] = key === 'min' ? [least, most] : [most, least];
  const meant = most === 1 && bound > 1 && bound <= 100 ? ` (is ${bound / 100} meant? Metrics are plain numbers in their own unit)` : ''; // prettier-ignore
  const vacuous = key === 'min' ? bound <= none : bound >= none;
  if (vacuous)
    return [{ check: 'boundCannotFail', keys, message: `${metric} is never ${key === 'min' ? `below ${least}` : `above ${most}`}: every version passes${meant}` }]; // prettier-ignore
  const impossible = key === 'min' ? bound > all : bound < all;
  if (impossible)
    return [{ check: 'boundCannotPass', keys, message: `${metric} is never ${key === 'min' ? `above ${most}` : `below ${least}`}: no version ever passes${meant}` }]; // prettier-ignore
  if (chance !== undefined && key === 'min' && better === 'higher' && bound <= chance)
    return [{ check: 'boundOfChance', keys, message: `guessing reaches ${chance} in ${metric}: this keeps out nothing but what is worse than guessing` }]; // prettier-ignore
  return [];
}

/** What is bounded on the side that is good alone says nothing of how good a first version must be. */
function goodSideDoubts({ metric, better, min, max }: GatePolicy): Found[] {
  const [good, wanted] = better === 'higher' ? (['max', 'min'] as const) : (['min', 'max'] as const);
  if ({ min, max }[good] === undefined || { min, max }[wanted] !== undefined) return [];
  return [{ check: 'boundOnGoodSide', keys: [good], message: `${better} is better, so this does not say how good ${metric} must be at least (${wanted} does): a person decides about the first version` }]; // prettier-ignore
}

interface Compared {
  readonly better: Better;
  readonly compare: Comparison;
  readonly margin: number;
}

function comparisonDoubts(metric: string, { better, compare, margin }: Compared, at: readonly PropertyKey[]): Found[] {
  const known = knownMetric(metric);
  if (known === undefined) return [];
  if (known.better !== better)
    return [{ check: 'wrongDirection', keys: [...at, 'better'], message: `of ${metric} ${known.better} is better: as it stands the worse version wins` }]; // prettier-ignore
  return Number.isFinite(known.most - known.least) ? marginDoubts(metric, compare, margin, known.most - known.least, [...at, 'margin']) : []; // prettier-ignore
}

function marginDoubts(
  metric: string,
  compare: Comparison,
  margin: number,
  range: number,
  keys: readonly PropertyKey[],
): Found[] {
  if (perhapsPercent(metric, 1, margin)) return [percentDoubt(metric, margin, keys)];
  const hint = margin >= 1 ? ` (is ${margin / 100} meant? One point is 0.01)` : '';
  if (compare === 'superior') {
    if (margin < HALF * range) return [];
    return [{ check: 'marginCannotPass', keys, message: `a challenger would have to win ${margin} of the ${range} that ${metric} spans: none that anybody trains does${hint}` }]; // prettier-ignore
  }
  if (margin >= HALF * range)
    return [{ check: 'marginCannotFail', keys, message: `a challenger may lose ${margin} of the ${range} that ${metric} spans: none that anybody trains fails${hint}` }]; // prettier-ignore
  if (margin >= TENTH * range)
    return [{ check: 'marginWide', keys, message: `a challenger may lose ${margin} in ${metric}, each time anew: ten releases later nothing of it may be left` }]; // prettier-ignore
  return [];
}

function guardrailDoubts(gate: GatePolicy, rail: Guardrail, at: number): Found[] {
  const path = ['guardrails', at];
  const keys = [...path, 'metric'];
  const { metric, comparison } = rail;
  const before = gate.guardrails.slice(0, at).find((other) => other.metric === metric && sameKind(other, rail));
  return [
    ...boundDoubts(rail, metric, path),
    ...(comparison === undefined ? [] : comparisonDoubts(metric, comparison, path)),
    ...nameDoubts(metric, keys),
    ...(metric === gate.metric && repeats(gate, rail) ? [{ check: 'guardrailRepeatsPrimary', keys, message: `${metric} is what the gate decides by: this asks for the same again` } as const] : []),
    ...(before === undefined ? [] : [{ check: 'guardrailTwice', keys, message: `${metric} has a guardrail of this kind already: the stricter one decides` } as const]),
  ];
} // prettier-ignore

function sameKind(a: Guardrail, b: Guardrail): boolean {
  return (['comparison', 'min', 'max'] as const).some((kind) => a[kind] !== undefined && b[kind] !== undefined);
}

/** A bound on the primary metric in a guardrail is another way of writing it, as long as the gate has none of its own. */
function repeats(gate: GatePolicy, { comparison, min, max }: Guardrail): boolean {
  return comparison !== undefined || (min !== undefined && gate.min !== undefined) || (max !== undefined && gate.max !== undefined); // prettier-ignore
}

function confidenceDoubts(confidence: number): Found[] {
  const keys = ['confidence'];
  const chance = Math.round(1 / (1 - confidence));
  if (confidence > SUREST)
    return [{ check: 'confidenceTooHigh', keys, message: `a version that is no better would pass once in ${chance.toLocaleString('en-US')} times: few evaluations have the rows for that, and without them nothing is ever decided` }]; // prettier-ignore
  if (confidence < LEAST_SURE)
    return [{ check: 'confidenceLow', keys, message: `one in ${chance} versions that are no better passes by chance` }];
  return [];
}

function demandDoubts(
  { bring, training, after, entry, environment }: EnvironmentPolicy,
  { require }: GatePolicy,
): Doubt[] {
  const doubts: Doubt[] = [];
  const about = (check: 'demandNeverMet' | 'trainingsNeverMeet', demand: string, message: string) =>
    doubts.push({ check, section: 'gate', keys: ['require', require.indexOf(demand)], message });
  for (const demand of require) {
    if (bring !== undefined && !entry && !demand.startsWith(TAG))
      about('demandNeverMet', demand, `a pipeline brings versions from ${after ?? ''} to ${environment}, and of those nothing but tags is believed: none ever passes`); // prettier-ignore
    if (training?.from.kind === 'component' && ['gitCommit', 'cleanTree'].includes(demand))
      about('trainingsNeverMeet', demand, 'trainings are made from a component (training.from), which has no git commit: what they make is rejected'); // prettier-ignore
  }
  return doubts;
}
