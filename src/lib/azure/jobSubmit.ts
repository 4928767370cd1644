import { Refused } from '../core/errors.ts';
import type { WorkspaceId } from '../ports.ts';
import type { Arm } from './arm.ts';
import { jobOf, jobPath } from './jobFacts.ts';

/** A job under a name that is ours, known by its tag `stewardId`. */
interface OurJob {
  readonly job: string;
  readonly stewardId: string;
}

/** GET before PUT: submitting twice is submitting once. `Refused('foreign')` when the name is somebody else's. */
export async function submitOnce(
  arm: Arm,
  workspace: WorkspaceId,
  job: OurJob,
  body: () => Promise<unknown>,
): Promise<void> {
  if (await isOurs(arm, workspace, job)) return;
  const definition = await body();
  try {
    const done = await arm.change(workspace, 'PUT', jobPath(job.job), definition);
    if (done === undefined) throw new Refused('notFound', 'Azure ML', `PUT job ${job.job}: 404`);
  } catch (error) {
    // Jobs cannot be changed: a no may mean that somebody (a late call of ours, too) was first under this name.
    if (error instanceof Refused && (await isOurs(arm, workspace, job))) return;
    throw error;
  }
}

async function isOurs(arm: Arm, workspace: WorkspaceId, job: OurJob): Promise<boolean> {
  const found = await jobOf(arm, workspace, job.job);
  if (found === undefined) return false;
  if (found.properties.tags?.['stewardId'] === job.stewardId) return true;
  throw new Refused('foreign', 'Azure ML', `There is a job ${job.job} already that is not ours`);
}
