import { isOrphanedDeployment, isOrphanedJob } from '../core/orphans.ts';
import { ofKind } from '../core/policy/serves.ts';
import { factKey } from '../core/names.ts';
import type { Endpoints } from '../ports.ts';
import { takeUntold, type FoundDeps } from './found.ts';
import { listingSlot, type Listed } from './place.ts';

export interface OrphanListingDeps extends FoundDeps {
  readonly endpoints: Pick<Endpoints, 'deployments'>;
  readonly batchEndpoints: Pick<Endpoints, 'deployments'>;
}

/** Of one kind; the next listing finds the others. */
const NAMES_TOLD = 20;
/** Of a deployment that names no version. */
const UNKNOWN = 'unknown';

/**
 * Jobs and deployments of ours that the row does not want: a late creation, a cancellation that got lost. The row was read
 * before they are listed and is saved before anything is made, so what it does not name here may be wanted by now: the
 * pass that takes the item asks again.
 */
export async function findOrphans({ key, policy, workspace, lifecycle, ourJobs }: Listed, deps: OrphanListingDeps): Promise<void> {
  // What is stopped takes nothing away; it would only say so each time.
  if (!lifecycle || lifecycle.conditions.paused || lifecycle.conditions.held) return;
  const jobs = (await ourJobs(workspace)).filter((job) => isOrphanedJob(lifecycle, job)).map(({ name }) => name);
  const endpoints = ofKind(policy, { online: deps.endpoints, batch: deps.batchEndpoints });
  const there = lifecycle.traffic ? await endpoints.deployments(workspace, policy.endpoint) : [];
  const left = there.filter((one) => one.state !== 'deleting' && isOrphanedDeployment(lifecycle, one));
  if (jobs.length === 0 && left.length === 0) return;
  const seen = {
    jobs: jobs.slice(0, NAMES_TOLD),
    deployments: left.slice(0, NAMES_TOLD).map(({ name, version = UNKNOWN }) => ({ name, version })),
  };
  await takeUntold(key, factKey.orphansSeen(listingSlot(deps.clock.now())), { kind: 'orphansSeen', ...seen }, deps);
} // prettier-ignore
