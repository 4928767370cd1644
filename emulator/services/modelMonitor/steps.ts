import { randomBytes, randomUUID } from 'node:crypto';
import { addRun, changeRunStatus } from '../../runtime/runs.ts';
import type { Run } from '../../world.ts';
import type { MonitorContext } from './preprocessing.ts';

/** Set on the step that failed; on which run the service sets it is unverified. */
const errorTag = 'azureml.modelmonitor.error';

/** Runs one step of a monitor's pipeline: a run of its own under the root, with the events of all its changes. */
export async function inStep<Answer>(
  context: MonitorContext,
  name: string,
  work: (run: Run) => Answer | Promise<Answer>,
): Promise<Answer> {
  const { world, workspace } = context;
  const run = addStep(context, name);
  for (const status of ['NotStarted', 'Queued', 'Running'] as const) changeRunStatus(world, workspace, run, status);
  try {
    const answer = await work(run);
    for (const status of ['Finalizing', 'Completed'] as const) changeRunStatus(world, workspace, run, status);
    return answer;
  } catch (error) {
    run.tags.set(errorTag, error instanceof Error ? error.message : String(error));
    changeRunStatus(world, workspace, run, 'Failed');
    throw error;
  }
}

function addStep({ world, workspace, job }: MonitorContext, name: string): Run {
  const nodeId = randomBytes(4).toString('hex');
  return addRun(workspace, {
    id: randomUUID(),
    experimentName: String(job.properties['experimentName']),
    runType: 'azureml.StepRun',
    parentId: job.name,
    name,
    status: 'NotStarted',
    startedAt: world.clock.now(),
    tags: {
      'azureml.pipeline': job.name,
      'azureml.pipelinerunid': job.name,
      'azureml.nodeid': nodeId,
      'mlflow.rootRunId': job.name,
      'mlflow.parentRunId': job.name,
      'mlflow.runName': name,
    },
    properties: { 'azureml.runsource': 'azureml.StepRun', 'azureml.nodeid': nodeId, stepType: 'SparkStep' },
  });
}
