import { z } from 'zod';
import { Refused } from '../core/errors.ts';
import type { JobFact } from '../core/step.ts';
import type { EvaluationJob, Jobs, WorkspaceId } from '../ports.ts';
import { openArm, type Arm, type ArmOptions } from './arm.ts';
import { parsed } from './armErrors.ts';
import { evaluationBody, templateJob } from './jobsClone.ts';

const templateTag = 'steward.template';
const statuses = [
  'NotStarted', 'Starting', 'Provisioning', 'Preparing', 'Queued', 'Running', 'Finalizing', 'CancelRequested',
  'Completed', 'Failed', 'Canceled', 'NotResponding', 'Paused', 'Unknown',
] as const; // prettier-ignore
const states: Record<(typeof statuses)[number], JobFact['state']> = {
  NotStarted: 'waiting',
  Starting: 'waiting',
  Provisioning: 'waiting',
  Preparing: 'waiting',
  Queued: 'waiting',
  Running: 'running',
  Finalizing: 'running',
  CancelRequested: 'running',
  NotResponding: 'running',
  Paused: 'running',
  Unknown: 'running',
  Completed: 'completed',
  Failed: 'failed',
  Canceled: 'canceled',
};
const jobFacts = z.object({
  name: z.string(),
  properties: z.object({ status: z.enum(statuses), tags: z.record(z.string(), z.string()).nullish() }),
  systemData: z.object({ createdAt: z.coerce.date() }),
});
type FoundJob = z.output<typeof jobFacts>;

/** Jobs that evaluate: found, cloned from a template under a name of ours, cancelled. */
export function armJobs(options: ArmOptions): Jobs {
  const arm = openArm(options);
  return {
    async job(workspace, name) {
      const found = await jobOf(arm, workspace, name);
      return found === undefined ? 'absent' : { name, state: states[found.properties.status] };
    },
    async evaluationPlan(workspace, template, data) {
      const job = await newestTemplate(arm, workspace, template);
      const dataVersion = await newestData(arm, workspace, data);
      return {
        ...(job !== undefined && { template: job }),
        ...(dataVersion !== undefined && { dataVersion }),
      };
    },
    submitEvaluation: (workspace, job) => submit(arm, workspace, job),
    cancel: (workspace, name) => cancel(arm, workspace, name),
  };
}

async function jobOf(arm: Arm, workspace: WorkspaceId, name: string): Promise<FoundJob | undefined> {
  const asked = `GET job ${name}`;
  const found = await arm.factsOrAbsent(workspace, asked, ({ client, group, workspace: at, options }) =>
    client.jobs.get(group, at, name, options),
  );
  return found && parsed('Azure ML', asked, jobFacts, found);
}

/** The list can be asked for a tag's name only, and its order is not promised: the rest is compared here. */
async function newestTemplate(arm: Arm, workspace: WorkspaceId, template: string): Promise<string | undefined> {
  const asked = `GET jobs tagged ${templateTag}`;
  return arm.facts(workspace, asked, async ({ client, group, workspace: at, options }) => {
    let newest: FoundJob | undefined;
    for await (const listed of client.jobs.list(group, at, { ...options, tag: templateTag })) {
      const job = parsed('Azure ML', asked, jobFacts, listed);
      const { status, tags } = job.properties;
      if (tags?.[templateTag] !== template || status !== 'Completed') continue;
      if (newest === undefined || job.systemData.createdAt > newest.systemData.createdAt) newest = job;
    }
    return newest?.name;
  });
}

const dataVersion = z.object({ name: z.string() });

async function newestData(arm: Arm, workspace: WorkspaceId, data: string): Promise<string | undefined> {
  const asked = `GET newest version of data ${data}`;
  const found = await arm.factsOrAbsent(workspace, asked, async ({ client, group, workspace: at, options }) => {
    const newestFirst = { ...options, orderBy: 'createdtime desc', top: 1 };
    for await (const version of client.dataVersions.list(group, at, data, newestFirst)) return version;
    return undefined;
  });
  return found && parsed('Azure ML', asked, dataVersion, found).name;
}

async function submit(arm: Arm, workspace: WorkspaceId, job: EvaluationJob): Promise<void> {
  if (await isOurs(arm, workspace, job)) return;
  const template = await arm.read(workspace, { path: jobPath(job.template) }, templateJob);
  if (template === undefined) {
    throw new Refused('notFound', 'Azure ML', `The template job ${job.template} does not exist (any more)`);
  }
  try {
    const done = await arm.change(workspace, 'PUT', jobPath(job.job), evaluationBody(template, job));
    if (done === undefined) throw new Refused('notFound', 'Azure ML', `PUT job ${job.job}: 404`);
  } catch (error) {
    // Jobs cannot be changed: a no may mean that somebody (a late call of ours, too) was first under this name.
    if (error instanceof Refused && (await isOurs(arm, workspace, job))) return;
    throw error;
  }
}

async function isOurs(arm: Arm, workspace: WorkspaceId, job: EvaluationJob): Promise<boolean> {
  const found = await jobOf(arm, workspace, job.job);
  if (found === undefined) return false;
  if (found.properties.tags?.['stewardId'] === job.stewardId) return true;
  throw new Refused('foreign', 'Azure ML', `There is a job ${job.job} already that is not ours`);
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

function jobPath(name: string): string {
  return `/jobs/${encodeURIComponent(name)}`;
}
