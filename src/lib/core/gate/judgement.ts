import type { Release } from '../release/state.ts';
import type { EnvironmentPolicy, GatePolicy } from '../policy/policy.ts';
import type { Facts, Needs } from '../step.ts';
import { judgeGate } from './judge.ts';
import { evidenceOfTrainings } from './trainings.ts';

/** What the gate judges by, from where the evaluation says that it lies. */
export function evidenceNeeds({ version, fallback, evaluation }: Release, policy: EnvironmentPolicy): Pick<Needs, 'evidence' | 'measured'> {
  if (!evaluation || !policy.gate || !policy.evaluation) return {};
  const metrics = metricsOf(policy.gate);
  const { predictions } = policy.evaluation;
  if (evaluation.job !== undefined) return { evidence: { job: evaluation.job, metrics, predictions } };
  return { measured: { challenger: version, ...(fallback && { champion: fallback.version }), metrics } };
} // prettier-ignore

/** The same evidence and policy always get the same judgement. Undefined: the evidence was not read. */
export function judgement({ evaluation, fallback }: Release, { gate }: EnvironmentPolicy, facts: Facts): ReturnType<typeof judgeGate> | undefined {
  if (!gate) return undefined;
  const measured = evaluation && facts.measured && evidenceOfTrainings(evaluation, metricsOf(gate), facts.measured);
  const evidence = facts.evidence ?? measured;
  return evidence && judgeGate(gate, evidence, fallback !== undefined);
} // prettier-ignore

function metricsOf(policy: GatePolicy): string[] {
  return [...new Set([policy.metric, ...policy.guardrails.map(({ metric }) => metric)])];
}
