import { z } from 'zod';
import type { Job, JobStatus, Run, Workspace, World } from '../world.ts';
import { addRun, changeRunStatus } from './runs.ts';

/** A job and its run: what happens to one shows on the other. */
export interface JobContext {
  readonly world: World;
  readonly workspace: Workspace;
  readonly job: Job;
  readonly run: Run;
}

const describedSchema = z.object({
  displayName: z.string().nullish(),
  experimentName: z.string().nullish(),
  tags: z.record(z.string(), z.string()).nullish(),
  properties: z.record(z.string(), z.string()).nullish(),
});

export interface JobRun {
  readonly runType: string;
  /** The run of the job that it is a part of. */
  readonly parent?: Run;
  readonly tags?: Readonly<Record<string, string>>;
  readonly properties?: Readonly<Record<string, string>>;
}

/** The run of a job that begins. A job that cannot be read gets one too, so that its failure is told like any other. */
export function startRun(
  world: World,
  workspace: Workspace,
  job: Job,
  { runType, parent, tags, properties }: JobRun,
): JobContext {
  const said = describedSchema.safeParse(job.properties).data ?? {};
  const name = said.displayName ?? job.name;
  const run = addRun(workspace, {
    id: job.name,
    experimentName: said.experimentName ?? 'Default',
    runType,
    ...(parent !== undefined && { parentId: parent.id }),
    name,
    status: 'NotStarted',
    startedAt: world.clock.now(),
    tags: {
      ...job.tags,
      ...said.tags,
      ...tags,
      'mlflow.rootRunId': parent?.id ?? job.name,
      ...(parent !== undefined && { 'mlflow.parentRunId': parent.id }),
      'mlflow.runName': name,
    },
    properties: { ...said.properties, ...properties },
  });
  const context = { world, workspace, job, run };
  move(context, 'NotStarted');
  return context;
}

/** Reason of a stop that is nobody's wish: the node is gone. */
export const preemption = 'preempted: the node was taken away';

/** How a job ends whose work came to `outcome`, or was stopped on the way. */
export function endOf({ run }: JobContext, stop: AbortSignal, outcome: JobStatus): JobStatus {
  if (!stop.aborted) return outcome;
  if (stop.reason !== preemption) return 'Canceled';
  // The code is the user's, though the fault is not; what tells it is the name in the message.
  run.error = {
    code: 'UserError',
    message: 'AzureMLCompute job failed. PreemptionError: the nodes of this job are gone.',
  };
  return 'Failed';
}

export function move({ world, workspace, job, run }: JobContext, status: JobStatus): void {
  job.status = status;
  changeRunStatus(world, workspace, run, status);
}
