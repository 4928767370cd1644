import { z } from 'zod';
import { BadInput, Refused } from '../core/errors.ts';
import type { TrainingJobFact } from '../core/step.ts';
import type { WorkspaceId } from '../ports.ts';
import type { Arm } from './arm.ts';
import type { MlflowRun } from './mlflowRuns.ts';
import { mlflowAddress } from './workspace.ts';

type Failure = NonNullable<TrainingJobFact['failure']>;

const runError = z.object({ code: z.string().nullish(), message: z.string().nullish() });
const details = z.object({ error: z.object({ error: runError }).nullish() });

/** The service's own words for what is not the code's fault; a preempted node is told under the code UserError. */
const platformCodes = ['ServiceError', 'SystemError'];
const preemption = /\bPreemptionError\b/;
const messageLength = 500;

/**
 * Why a job failed: what the first of its steps to fail says, for the root only says that a step did. Unverified, and
 * nowhere else relied on: neither ARM nor MLflow tells the error of a run, so it is read from the run history, which the
 * vendor's own clients read at this place beside MLflow. Undefined = it is not told there.
 */
export async function failureOf(
  arm: Arm,
  workspace: WorkspaceId,
  root: MlflowRun,
  tree: readonly MlflowRun[],
): Promise<Failure | undefined> {
  const failed = tree.filter(({ failed: isFailed, id }) => isFailed && id !== root.id);
  const [first = root] = failed.toSorted((a, b) => endOf(a) - endOf(b));
  return failureIn(await detailsOf(arm, workspace, first));
}

/** What an error of the run history means. */
export function failureIn(error: z.output<typeof runError> | undefined): Failure | undefined {
  const { code, message } = error ?? {};
  const said = [code, message].filter(Boolean).join(': ');
  if (said === '') return undefined;
  const platform = platformCodes.includes(code ?? '') || preemption.test(message ?? '');
  return { platform, message: said.slice(0, messageLength) };
}

async function detailsOf(arm: Arm, workspace: WorkspaceId, { id, experiment }: MlflowRun) {
  const [host] = (await mlflowAddress(arm, workspace)).split('/mlflow/');
  const path = `${host}/history/v1.0${workspace}/experimentids/${experiment}/runs/${encodeURIComponent(id)}/details`;
  try {
    return (await arm.read(workspace, { path }, details))?.error?.error;
  } catch (error) {
    // An interface that is not there, or answers in other words, must not keep a training from ending.
    if (error instanceof Refused || error instanceof BadInput) return undefined;
    throw error;
  }
}

function endOf({ endedAt }: MlflowRun): number {
  return endedAt?.getTime() ?? Number.POSITIVE_INFINITY;
}
