import { Refused } from '../core/errors.ts';
import type { WorkspaceId } from '../ports.ts';
import type { TrainingJob, Trainings } from '../ports/training.ts';
import { openArm, type Arm, type ArmOptions } from './arm.ts';
import { componentOf } from './componentJob.ts';
import { readJob } from './jobBody.ts';
import { jobPath } from './jobFacts.ts';
import { submitOnce } from './jobSubmit.ts';
import { completedRuns } from './trainingsCompleted.ts';
import { environmentsOf, trainingBody, type JobBody } from './trainingsClone.ts';
import { componentBody } from './trainingsComponent.ts';
import { newestEnvironments } from './trainingsEnvironments.ts';
import { trainingJob } from './trainingsJob.ts';
import { planOf } from './trainingsPlan.ts';
import { registerVersion } from './trainingsRegister.ts';
import { resultOf } from './trainingsResult.ts';

/** Jobs that train: planned, cloned under a name of ours, followed, and their models registered. */
export function armTrainings(options: ArmOptions): Trainings {
  const arm = openArm(options);
  return {
    plan: (workspace, model, wanted) => planOf(arm, workspace, model, wanted),
    submit: (workspace, job) => submitOnce(arm, workspace, job, () => bodyFor(arm, workspace, job)),
    job: (workspace, name) => trainingJob(arm, workspace, name),
    completed: (workspace, template, wanted) => completedRuns(arm, workspace, template, wanted),
    result: (workspace, model, wanted) => resultOf(arm, workspace, model, wanted),
    register: (workspace, model, version) => registerVersion(arm, workspace, model, version),
  };
}

async function bodyFor(arm: Arm, workspace: WorkspaceId, job: TrainingJob): Promise<JobBody> {
  if (job.from.kind === 'component') {
    const component = await componentOf(arm, workspace, job.source);
    if (component === undefined) throw gone(job);
    return componentBody(component, job.from, `${workspace}/computes/${job.from.compute}`, job);
  }
  const source = await arm.read(workspace, { path: jobPath(job.source) }, readJob);
  if (source === undefined) throw gone(job);
  return trainingBody(source, job, await newestEnvironments(arm, workspace, environmentsOf(source)));
}

function gone({ source }: TrainingJob): Refused {
  return new Refused(
    'notFound',
    'Azure ML',
    `What the training was to be made from does not exist (any more): ${source}`,
  );
}
