import { z } from 'zod';
import type { WorkspaceId } from '../ports.ts';
import type { Arm } from './arm.ts';
import { parsed } from './armErrors.ts';
import { hasEnded, jobStatus } from './jobFacts.ts';

const named = z.string().nullish();
/** A pipeline names its compute as the default of its nodes, or each node its own. */
const onSomething = z.object({
  computeId: named,
  settings: z.object({ default_compute: named }).nullish(),
  jobs: z.record(z.string(), z.object({ computeId: named })).nullish(),
});
const listed = z.object({ properties: onSomething.extend({ status: jobStatus }) });

/** All jobs of ours carry it. */
export const ourTag = 'stewardId';
/** Newest first, as far as the service says so: among these are all that have not ended. */
const listLimit = 1000;

/** The name of the compute that a job runs on; the first of several. Undefined for serverless jobs. */
export function computeOf(properties: unknown): string | undefined {
  const { computeId, settings, jobs } = onSomething.parse(properties);
  const [first] = Object.values(jobs ?? {}).flatMap((node) => node.computeId ?? []);
  const id = computeId ?? settings?.default_compute ?? first;
  return id
    ?.replace(/^azureml:/, '')
    .split('/')
    .at(-1);
}

/** Jobs of ours that wait for this compute or run on it. */
export async function onCompute(arm: Arm, workspace: WorkspaceId, compute: string): Promise<number> {
  const asked = `GET jobs tagged ${ourTag}`;
  return arm.facts(workspace, asked, async ({ client, group, workspace: at, options }) => {
    let [seen, count] = [0, 0];
    for await (const job of client.jobs.list(group, at, { ...options, tag: ourTag })) {
      const { properties } = parsed('Azure ML', asked, listed, job);
      const isThere = computeOf(properties)?.toLowerCase() === compute.toLowerCase();
      if (isThere && !hasEnded(properties.status)) count += 1;
      if ((seen += 1) >= listLimit) break;
    }
    return count;
  });
}
