import { z } from 'zod';
import type { WorkspaceId } from '../ports.ts';
import type { Arm } from './arm.ts';
import { parsed } from './armErrors.ts';
import { jobStatus, templateTag } from './jobFacts.ts';
import { ourTag } from './trainingsCompute.ts';

const listed = z.object({
  name: z.string(),
  properties: z.object({ status: jobStatus, tags: z.record(z.string(), z.string()).nullish() }),
  systemData: z.object({ createdAt: z.coerce.date() }),
});
/** Newest first, as far as the service says so: far more than carry the tag within the days that are asked about. */
const listLimit = 1000;

/** The newest completed jobs of the team's own that carry a template's name and were made after `since`, oldest first. */
export async function completedRuns(
  arm: Arm,
  workspace: WorkspaceId,
  template: string,
  { since, most }: { readonly since: Date; readonly most: number },
): Promise<readonly string[]> {
  const asked = `GET jobs tagged ${templateTag}`;
  return arm.facts(workspace, asked, async ({ client, group, workspace: at, options }) => {
    const found: z.output<typeof listed>[] = [];
    let seen = 0;
    for await (const item of client.jobs.list(group, at, { ...options, tag: templateTag })) {
      const job = parsed('Azure ML', asked, listed, item);
      const { status, tags } = job.properties;
      const isTheirs = tags?.[templateTag] === template && tags[ourTag] === undefined;
      if (isTheirs && status === 'Completed' && job.systemData.createdAt > since) found.push(job);
      if ((seen += 1) >= listLimit) break;
    }
    const byTime = found.toSorted((a, b) => a.systemData.createdAt.getTime() - b.systemData.createdAt.getTime());
    return byTime.slice(-most).map(({ name }) => name);
  });
}
