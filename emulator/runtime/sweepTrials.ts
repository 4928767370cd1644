import type { Job, Run } from '../world.ts';
import type { JobContext } from './jobRuns.ts';
import { latestMetrics } from './metrics.ts';
import { pinned } from './pipelineSteps.ts';
import type { Values } from './searchSpace.ts';
import { commandWith, type Sweep } from './sweepJob.ts';

/** The command job that a trial is. */
export function trialJob(
  { world, workspace, job, run }: JobContext,
  sweep: Sweep,
  number: number,
  values: Values,
): Job {
  const { command, ...trial } = sweep.trial;
  const name = `${job.name}_${number}`;
  const now = world.clock.now();
  const inputs = Object.entries(sweep.inputs).map(([key, input]) => [key, input.jobInputType === 'literal' ? input : pinned(workspace, input)]); // prettier-ignore
  return {
    id: `${workspace.id}/jobs/${name}`,
    name,
    type: job.type,
    tags: {},
    properties: {
      jobType: 'Command',
      displayName: name,
      experimentName: run.experimentName,
      ...trial,
      command: commandWith(command, values),
      inputs: Object.fromEntries(inputs),
      outputs: sweep.outputs,
      ...(sweep.compute !== undefined && { computeId: sweep.compute }),
      ...(sweep.trialTimeout !== undefined && { limits: { jobLimitsType: 'Command', timeout: sweep.trialTimeout } }),
      properties: {},
    },
    createdAt: now,
    modifiedAt: now,
    status: 'NotStarted',
    log: '',
    part: { of: job.name },
  };
}

export interface Best {
  readonly trial: string;
  readonly score: number;
}

/** Of the trials that completed and logged the metric as a number; of two that are equal the earlier one. */
export function bestOf(trials: readonly Run[], { objective: { primaryMetric, goal } }: Sweep): Best | undefined {
  const scored = trials.flatMap(({ id, status, metrics }) => {
    const score = latestMetrics(metrics).get(primaryMetric)?.value ?? Number.NaN;
    return status === 'Completed' && Number.isFinite(score) ? [{ trial: id, score }] : [];
  });
  const [best] = scored.toSorted((a, b) => (goal === 'Minimize' ? a.score - b.score : b.score - a.score));
  return best;
}
