import type { Lifecycle } from '../lifecycle.ts';
import type { Evaluation, Release } from '../release/state.ts';
import type { EnvironmentPolicy, GatePolicy } from '../policy/policy.ts';
import type { Facts, Needs } from '../step.ts';
import { worst } from '../verdict.ts';
import { judgeDemands } from './demands.ts';
import type { Asked, Evidence } from './evidence.ts';
import { tryOf, type Try } from './holdouts.ts';
import { judgeGate } from './judge.ts';
import { evidenceOfTrainings } from './trainings.ts';

/** What the gate judges by, from where the evaluation says that it lies. */
export function evidenceNeeds({ version, fallback, evaluation }: Release, policy: EnvironmentPolicy): Pick<Needs, 'evidence' | 'measured' | 'lineage'> {
  if (!evaluation || !policy.gate || !policy.evaluation) return {};
  const metrics = metricsOf(policy.gate);
  const { predictions } = policy.evaluation;
  const { job } = evaluation;
  const demands = policy.gate.require;
  const lineage = demands.length === 0 ? {} : { lineage: { version, demands, ...(job !== undefined && { evaluation: job }) } };
  if (job !== undefined) return { evidence: { job, predictions, ...askedOf(policy.gate) }, ...lineage };
  return { measured: { challenger: version, ...(fallback && { champion: fallback.version }), metrics }, ...lineage };
} // prettier-ignore

/** The same evidence and policy always get the same judgement. Undefined: the evidence was not read. */
export function judgement({ champion, holdouts }: Pick<Lifecycle, 'champion' | 'holdouts'>, { evaluation, fallback, version, origin }: Release, { gate, bring }: EnvironmentPolicy, facts: Facts): ReturnType<typeof judgeGate> | undefined {
  if (!gate) return undefined;
  const measured = evaluation && facts.measured && evidenceOfTrainings(evaluation, metricsOf(gate), facts.measured);
  const evidence = facts.evidence ?? measured;
  if (!evidence) return undefined;
  const faults = evaluation ? [...otherData(evaluation, evidence), ...seenBefore(evaluation, origin, facts.lineage)] : [];
  const slices = champion && champion.version === fallback?.version ? champion.slices : undefined;
  const judged = judgeGate(gate, { ...evidence, faults: [...evidence.faults, ...faults] }, fallback !== undefined, {
    ...(evaluation && fallback && { tries: tryOf(holdouts, triedBy(evaluation, version)) }),
    ...(slices && { slices }),
  });
  if (gate.require.length === 0) return judged;
  if (!facts.lineage) return undefined;
  const demands = judgeDemands(gate.require, facts.lineage, { origin, byPipeline: bring !== undefined });
  return { ...judged, verdict: worst([judged.verdict, ...demands.map(({ verdict }) => verdict)]), reasons: [...judged.reasons, ...demands] };
} // prettier-ignore

export function triedBy(evaluation: Evaluation, version: string): Try {
  const { job } = evaluation;
  return { data: dataOf(evaluation), version, ...(job !== undefined && { job }) };
}

/** The data that the evaluation was pinned to, as people write it. */
export function dataOf({ data, dataVersion }: Pick<Evaluation, 'data' | 'dataVersion'>): string {
  return `${data}:${dataVersion}`;
}

/** The job says what it really read. */
function otherData(pinned: Evaluation, evidence: Evidence): readonly string[] {
  // What names no data at all is a fault already.
  if (evidence.data === '' || dataOf(pinned) === dataOf(evidence)) return [];
  return [`it was evaluated on ${dataOf(evidence)}, expected ${dataOf(pinned)}`];
}

/** What a model has learnt by heart says nothing of what it can do. */
function seenBefore(pinned: Evaluation, origin: Release['origin'], lineage: Facts['lineage']): readonly string[] {
  const ours = origin?.data?.map(({ data, version }) => `${data}:${version}`) ?? [];
  const told = lineage?.job?.told?.data.map(({ version }) => version) ?? [];
  return [...ours, ...told].includes(dataOf(pinned))
    ? [`it was trained on ${dataOf(pinned)}, the data that it is judged on`]
    : [];
}

function askedOf({ positive, slices, ...gate }: GatePolicy): Asked {
  const { by, metric, minRows } = slices ?? { by: [], metric: '', minRows: 0 };
  return { metrics: metricsOf(gate), ...(positive !== undefined && { positive }), ...(slices && { slices: { by, metric, minRows } }) };
} // prettier-ignore

function metricsOf(policy: Pick<GatePolicy, 'metric' | 'guardrails'>): string[] {
  return [...new Set([policy.metric, ...policy.guardrails.map(({ metric }) => metric)])];
}
