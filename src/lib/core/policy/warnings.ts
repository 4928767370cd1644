import { directionOfShare, shareNames } from '../gate/shares.ts';
import type { Finding } from './fault.ts';
import type { EnvironmentPolicy, GatePolicy, Policy } from './policy.ts';
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

function doubtsIn(policy: EnvironmentPolicy): Doubt[] {
  return [...judgingDoubts(policy), ...trainingDoubts(policy), ...rolloutDoubts(policy)];
}

function judgingDoubts({ evaluation, gate }: EnvironmentPolicy): Doubt[] {
  if (gate === undefined)
    return [{ section: 'gate', keys: [], message: 'missing: without a gate no version is ever released' }];
  const undecided = evaluation?.from.kind === 'training' ? onlyBounded(gate) : [];
  if (undecided.length === 0) return [];
  const message = `trainings log metrics, by which only ${shareNames.join(', ')} can be compared with a champion: ${undecided.join(', ')} stays undecided, which rejects`;
  return [{ section: 'evaluation', keys: ['from'], message }];
}

/** What the gate compares and no metric with n can decide; min and max hold all the same. */
function onlyBounded({ metric, guardrails }: GatePolicy): string[] {
  const compared = [metric, ...guardrails.filter(({ comparison }) => comparison).map((rail) => rail.metric)];
  return [...new Set(compared)].filter((name) => directionOfShare(name) === undefined);
}

function trainingDoubts({ evaluation, training }: EnvironmentPolicy): Doubt[] {
  const doubts: Doubt[] = [];
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
  return doubts;
}

function rolloutDoubts({ rollout, serves }: EnvironmentPolicy): Doubt[] {
  if (serves === 'batch') return [];
  const doubts: Doubt[] = [];
  const settle = formatDuration(rollout.canary.settleMs);
  const { stepsPercent, bakeMs, watchMs, canary, shadow } = rollout;
  if (shadow && shadow.forMs <= canary.settleMs)
    doubts.push({
      section: 'rollout',
      keys: ['shadow', 'for'],
      message: `a shadow of ${formatDuration(shadow.forMs)} sees no metric: they are judged when ${settle} old (canary.settle)`,
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
