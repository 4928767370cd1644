import { z } from 'zod';
import type { WorkspaceId } from '../ports.ts';
import type { Arm } from './arm.ts';
import { parsed } from './armErrors.ts';
import { hasEnded, jobStatus } from './jobFacts.ts';
import { ourTag } from './trainingsCompute.ts';

const listed = z.object({
  name: z.string(),
  properties: z.object({ status: jobStatus, tags: z.record(z.string(), z.string()).nullish() }),
});
/** Newest first, as far as the service says so: among these are all that have not ended. */
const listLimit = 1000;

/** Jobs tagged as ours that go on. The list can be asked for a tag's name only. */
export async function ourJobs(
  arm: Arm,
  workspace: WorkspaceId,
): Promise<readonly { name: string; stewardId: string }[]> {
  const asked = `GET jobs tagged ${ourTag}`;
  return arm.facts(workspace, asked, async ({ client, group, workspace: at, options }) => {
    const found: { name: string; stewardId: string }[] = [];
    let seen = 0;
    for await (const item of client.jobs.list(group, at, { ...options, tag: ourTag })) {
      const { name, properties } = parsed('Azure ML', asked, listed, item);
      const { status, tags } = properties;
      const stewardId = tags?.[ourTag];
      if (stewardId !== undefined && !hasEnded(status) && status !== 'CancelRequested') found.push({ name, stewardId });
      if ((seen += 1) >= listLimit) break;
    }
    return found;
  });
}
