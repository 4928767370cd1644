import type { Finding } from './fault.ts';
import type { EnvironmentPolicy, Policy } from './policy.ts';
import { formatDuration } from './units.ts';

/** What is allowed and probably not meant. Each finding names the section; where it stands is for the caller to find. */
export function doubtsOf(
  policy: Policy,
  sectionPath: (environment: string, section: string) => PropertyKey[],
): Finding[] {
  const findings = Object.values(policy.environments).flatMap((environment) =>
    doubtsIn(environment).map(({ section, keys, message }): Finding => ({
      severity: 'warning',
      path: [...sectionPath(environment.environment, section), ...keys],
      message,
    })),
  );
  const unique = new Map(findings.map((finding) => [`${finding.path.join('.')} ${finding.message}`, finding]));
  return [...unique.values()];
}

interface Doubt {
  readonly section: string;
  readonly keys: readonly string[];
  readonly message: string;
}

function doubtsIn({ evaluation, gate, rollout, training }: EnvironmentPolicy): Doubt[] {
  const doubts: Doubt[] = [];
  const settle = formatDuration(rollout.canary.settleMs);
  const { stepsPercent, bakeMs, watchMs, canary } = rollout;
  if (gate === undefined)
    doubts.push({ section: 'gate', keys: [], message: 'missing: without a gate no version is ever released' });
  if (evaluation?.from.kind === 'training' && gate)
    doubts.push({
      section: 'evaluation',
      keys: ['from'],
      message: 'trainings write no predictions: min and max are judged, a comparison with a champion stays undecided',
    });
  if (training && training.deadline.startMs > training.deadline.finishMs)
    doubts.push({
      section: 'training',
      keys: ['deadline'],
      message:
        'start comes after finish: both count from the submission, so a job that never starts is not tried again',
    });
  if (training?.when.newData !== undefined && training.when.newData === evaluation?.data)
    doubts.push({
      section: 'training',
      keys: ['when', 'newData'],
      message:
        'the data that versions are judged on (evaluation.data): a model trained on it is judged by what it has seen',
    });
  if (stepsPercent.length > 1 && bakeMs <= canary.settleMs)
    doubts.push({
      section: 'rollout',
      keys: ['bake'],
      message: `a bake of ${formatDuration(bakeMs)} sees no metric: they are judged when ${settle} old (canary.settle)`,
    });
  if (watchMs <= canary.settleMs)
    doubts.push({
      section: 'rollout',
      keys: ['watch'],
      message: `a watch of ${formatDuration(watchMs)} sees no metric: they are judged when ${settle} old (canary.settle)`,
    });
  return doubts;
}
