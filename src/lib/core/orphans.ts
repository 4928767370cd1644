import type { Taken } from './command.ts';
import type { Happening } from './inbox.ts';
import type { Lifecycle } from './lifecycle.ts';
import { isJobOf, stewardId } from './names.ts';
import { keep } from './release/transitions.ts';

/** What a listing shows of a thing that carries our tag. */
export interface Marked {
  readonly name: string;
  readonly stewardId?: string;
}

/** We made it for this lifecycle under this name: the tag is the one that we write, not only one of that name. */
export function isOurs(lifecycle: Lifecycle, { name, stewardId: tag }: Marked): boolean {
  return tag === stewardId(lifecycle, name);
}

export function isOrphanedJob(lifecycle: Lifecycle, job: Marked): boolean {
  return isJobOf(lifecycle, job.name) && isOurs(lifecycle, job) && !isNamed(lifecycle, job.name);
}

/** Of an endpoint that was never met nothing is known, so nothing is too much. */
export function isOrphanedDeployment(lifecycle: Lifecycle, deployment: Marked): boolean {
  return lifecycle.traffic !== undefined && isOurs(lifecycle, deployment) && !isNamed(lifecycle, deployment.name);
}

/**
 * Does the name stand anywhere in the row, but for what is over? Wherever it is: a newer version of the app may want
 * it by a field that this one does not know.
 */
function isNamed(lifecycle: Lifecycle, name: string): boolean {
  const { ended: _, trained: __, ...row } = lifecycle;
  return JSON.stringify(row).includes(JSON.stringify(name));
}

/**
 * Jobs and deployments of ours that the row did not want when they were listed, and does not want now: jobs are cancelled,
 * deployments go the way of every kept one, which asks again whether they have traffic, twice.
 */
export function takeOrphans(
  lifecycle: Lifecycle,
  { jobs, deployments }: Extract<Happening, { kind: 'orphansSeen' }>,
  now: Date,
): Taken {
  const { paused, held } = lifecycle.conditions;
  if (paused || held) return { lifecycle, refused: 'nothing is taken away while it is paused or held', rules: ['orphans.refused'] }; // prettier-ignore
  // The listing has compared the tags.
  const tagged = (name: string) => ({ name, stewardId: stewardId(lifecycle, name) });
  const lost = jobs.filter((name) => isOrphanedJob(lifecycle, tagged(name)));
  const left = deployments.filter(({ name }) => isOrphanedDeployment(lifecycle, tagged(name)));
  const until = now.toISOString();
  return {
    lifecycle: left.reduce((row, { name, version }) => keep(row, { version, deployment: name, until }), lifecycle),
    actions: lost.map((job) => ({ do: 'cancelJob', job })),
    rules: [...lost.map((job) => `orphan.cancel ${job}`), ...left.map(({ name }) => `orphan.retire ${name}`)],
  };
}
