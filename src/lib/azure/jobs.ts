import { Refused } from '../core/errors.ts';
import type { EvaluationJob, Jobs, WorkspaceId } from '../ports.ts';
import { openArm, type Arm, type ArmOptions } from './arm.ts';
import { componentOf, newestComponent } from './componentJob.ts';
import { newestData } from './dataAssets.ts';
import { readJob } from './jobBody.ts';
import { jobOf, jobPath, newestTemplate, states } from './jobFacts.ts';
import { componentEvaluation, evaluationBody } from './jobsClone.ts';
import { ourJobs } from './jobsOurs.ts';
import { submitOnce } from './jobSubmit.ts';

/** Jobs that evaluate: found, cloned from a template under a name of ours, cancelled. */
export function armJobs(options: ArmOptions): Jobs {
  const arm = openArm(options);
  return {
    async job(workspace, name) {
      const found = await jobOf(arm, workspace, name);
      return found === undefined ? 'absent' : { name, state: states[found.properties.status] };
    },
    async evaluationPlan(workspace, { template: tag, component, data }) {
      const [job, version, newest] = await Promise.all([
        tag === undefined ? undefined : newestTemplate(arm, workspace, tag),
        component === undefined ? undefined : newestComponent(arm, workspace, component),
        newestData(arm, workspace, data),
      ]);
      const template = job ?? version;
      return {
        ...(template !== undefined && { template }),
        ...(newest !== undefined && { dataVersion: newest.version }),
      };
    },
    submitEvaluation: (workspace, job) => submit(arm, workspace, job),
    cancel: (workspace, name) => cancel(arm, workspace, name),
    ours: (workspace) => ourJobs(arm, workspace),
  };
}

async function submit(arm: Arm, workspace: WorkspaceId, job: EvaluationJob): Promise<void> {
  await submitOnce(arm, workspace, job, async () => {
    const { compute } = job;
    if (compute !== undefined) {
      const component = await componentOf(arm, workspace, job.template);
      if (component === undefined) throw gone(`The component ${job.template}`);
      return componentEvaluation(component, `${workspace}/computes/${compute}`, job);
    }
    const template = await arm.read(workspace, { path: jobPath(job.template) }, readJob);
    if (template === undefined) throw gone(`The template job ${job.template}`);
    return evaluationBody(template, job);
  });
}

function gone(what: string): Refused {
  return new Refused('notFound', 'Azure ML', `${what} does not exist (any more)`);
}

async function cancel(arm: Arm, workspace: WorkspaceId, name: string): Promise<void> {
  const ended = async () => {
    const found = await jobOf(arm, workspace, name);
    return (
      found === undefined || ['Completed', 'Failed', 'Canceled', 'CancelRequested'].includes(found.properties.status)
    );
  };
  if (await ended()) return;
  try {
    await arm.change(workspace, 'POST', `${jobPath(name)}/cancel`);
  } catch (error) {
    if (error instanceof Refused && (await ended())) return;
    throw error;
  }
}
