import { z } from 'zod';
import type { JobFact } from '../core/step.ts';
import type { WorkspaceId } from '../ports.ts';
import type { Arm } from './arm.ts';
import { parsed } from './armErrors.ts';

/** Whoever wants his job cloned tags it with the name that policies give it. */
export const templateTag = 'steward.template';
const statuses = [
  'NotStarted', 'Starting', 'Provisioning', 'Preparing', 'Queued', 'Running', 'Finalizing', 'CancelRequested',
  'Completed', 'Failed', 'Canceled', 'NotResponding', 'Paused', 'Unknown',
] as const; // prettier-ignore
export const states: Record<(typeof statuses)[number], JobFact['state']> = {
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
export const jobStatus = z.enum(statuses);
const jobFacts = z.object({
  name: z.string(),
  properties: z.object({ status: jobStatus, tags: z.record(z.string(), z.string()).nullish() }),
  systemData: z.object({ createdAt: z.coerce.date() }),
});
type FoundJob = z.output<typeof jobFacts>;

/** Undefined = there is no such job. */
export async function jobOf(arm: Arm, workspace: WorkspaceId, name: string): Promise<FoundJob | undefined> {
  const asked = `GET job ${name}`;
  const found = await arm.factsOrAbsent(workspace, asked, ({ client, group, workspace: at, options }) =>
    client.jobs.get(group, at, name, options),
  );
  return found && parsed('Azure ML', asked, jobFacts, found);
}

/**
 * The newest completed job tagged with a template's name. The list can be asked for a tag's name only, and its order is
 * not promised: the rest is compared here.
 */
export async function newestTemplate(arm: Arm, workspace: WorkspaceId, template: string): Promise<string | undefined> {
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

/** The job that carries this tag with this value; of several the first that was made. Undefined = there is none. */
export async function jobTagged(arm: Arm, workspace: WorkspaceId, tag: string, value: string): Promise<{ readonly name: string; readonly tags: Readonly<Record<string, string>> } | undefined> {
  const asked = `GET jobs tagged ${tag}`;
  return arm.facts(workspace, asked, async ({ client, group, workspace: at, options }) => {
    let first: FoundJob | undefined;
    for await (const listed of client.jobs.list(group, at, { ...options, tag })) {
      const job = parsed('Azure ML', asked, jobFacts, listed);
      if (job.properties.tags?.[tag] !== value) continue;
      if (first === undefined || job.systemData.createdAt < first.systemData.createdAt) first = job;
    }
    return first && { name: first.name, tags: first.properties.tags ?? {} };
  });
} // prettier-ignore

export function hasEnded(status: z.output<typeof jobStatus>): boolean {
  return ['completed', 'failed', 'canceled'].includes(states[status]);
}

export function jobPath(name: string): string {
  return `/jobs/${encodeURIComponent(name)}`;
}
