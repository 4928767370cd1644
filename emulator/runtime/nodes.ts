import type { Job, JobStatus, Workspace } from '../world.ts';
import type { JobContext } from './jobRuns.ts';

/** Virtual: how often a job in line looks for a free node. */
const lookMs = 10_000;
/** From the moment in which a job has its node to the end. */
const onNode: readonly JobStatus[] = ['Preparing', 'Running', 'Finalizing', 'CancelRequested'];

/**
 * Waits until a node of the job's compute is free, or the job is stopped. Who gets it is not promised among those that
 * wait; a node holds one job. A compute whose nodes were never counted has one for everybody.
 */
export async function nodeFree({ world, workspace, job }: JobContext, stop: AbortSignal): Promise<void> {
  const compute = computeOf(job);
  if (compute === undefined) return;
  while (!stop.aborted && taken(workspace, compute) >= (workspace.nodes.get(compute) ?? Number.POSITIVE_INFINITY)) {
    await new Promise<void>((resolve) => {
      world.clock.after(lookMs, resolve);
      stop.addEventListener('abort', () => resolve(), { once: true });
    });
  }
}

function taken({ jobs }: Workspace, compute: string): number {
  // A pipeline runs on no node, nor does a sweep: their parts do.
  const there = [...jobs.values()].filter(
    (job) => job.properties['jobType'] === 'Command' && computeOf(job) === compute,
  );
  return there.filter(({ status }) => onNode.includes(status)).length;
}

/** By its name; undefined for a job that names none. */
function computeOf({ properties: { computeId } }: Job): string | undefined {
  return typeof computeId === 'string'
    ? computeId
        .replace(/^azureml:/, '')
        .split('/')
        .at(-1)
    : undefined;
}
