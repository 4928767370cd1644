import { isVerified, sameRouting, wanted, type Lifecycle } from '../core/lifecycle.ts';
import { factKey } from '../core/names.ts';
import { ofKind } from '../core/policy/serves.ts';
import { routingOf } from '../core/step.ts';
import { compareVersions } from '../core/versions.ts';
import type { Endpoints, History, Jobs, Models } from '../ports.ts';
import { takeUntold } from './found.ts';
import { findOrphans, type OrphanListingDeps } from './orphanListing.ts';
import { listingSlot, type Listed } from './place.ts';
import { findData, findMonitorRuns, findOutsideRuns, type TrainingListingDeps } from './trainingListing.ts';

export interface ListingDeps extends TrainingListingDeps, OrphanListingDeps {
  readonly jobs: Pick<Jobs, 'ours'>;
  readonly models: Pick<Models, 'newest'>;
  readonly endpoints: Pick<Endpoints, 'endpoint' | 'deployments'>;
  readonly batchEndpoints: Pick<Endpoints, 'endpoint' | 'deployments'>;
  readonly history: Pick<History, 'purgeSeen'>;
}

/**
 * What asks no workspace: all that is done where it does not answer, or while the row speaks of another place, with which
 * what is seen here cannot be compared.
 */
export const LISTINGS_OF_STORAGE = [forgetSeen] as const;

const SEEN_KEPT_MS = 30 * 24 * 60 * 60_000;
const PURGED_AT_ONCE = 100;

/** What is looked for in each place, in this order: what serves comes before what trains. */
export const LISTINGS: readonly ((listed: Listed, deps: ListingDeps) => Promise<void>)[] = [
  forgetSeen,
  findVersion,
  findTraffic,
  findOrphans,
  findData,
  findMonitorRuns,
  findOutsideRuns,
];

/** A version whose event got lost. */
async function findVersion({ key, policy, workspace, publishedAt, lifecycle }: Listed, deps: ListingDeps): Promise<void> {
  const newest = policy.entry ? await deps.models.newest(workspace, policy.model) : undefined;
  if (!newest || !isNews(newest, publishedAt, lifecycle)) return;
  const { version } = newest;
  await takeUntold(key, factKey.modelRegistered(workspace, policy.model, version), { kind: 'modelRegistered', version, source: 'listing' }, deps);
} // prettier-ignore

/**
 * Versions older than the policy were there before Steward: they are the team's business. What is newer than one that was
 * taken in is news whenever the policy was published last.
 */
function isNews(
  { version, registeredAt }: { readonly version: string; readonly registeredAt: string },
  publishedAt: string,
  lifecycle: Lifecycle | undefined,
): boolean {
  const known = lifecycle?.newestVersion;
  if (known === version || lifecycle?.champion?.version === version) return false;
  if (known !== undefined) return compareVersions(version, known) > 0;
  return Date.parse(registeredAt) > Date.parse(publishedAt);
}

/** Traffic that somebody moved. */
async function findTraffic({ key, policy, workspace, lifecycle }: Listed, deps: ListingDeps): Promise<void> {
  if (!lifecycle?.traffic || !isVerified(lifecycle.traffic) || lifecycle.conditions.held) return;
  const endpoints = ofKind(policy, { online: deps.endpoints, batch: deps.batchEndpoints });
  const endpoint = await endpoints.endpoint(workspace, policy.endpoint);
  if (endpoint === 'absent' || endpoint.state !== 'ready' || sameRouting(routingOf(endpoint), wanted(lifecycle.traffic))) return;
  const slot = listingSlot(deps.clock.now());
  const live = endpoint.traffic;
  await takeUntold(key, factKey.endpointDiffers(lifecycle.generation, live, slot), { kind: 'endpointDiffers', live }, deps);
} // prettier-ignore

async function forgetSeen({ key }: Listed, { history, clock }: ListingDeps): Promise<void> {
  await history.purgeSeen(key, new Date(clock.now().getTime() - SEEN_KEPT_MS), PURGED_AT_ONCE);
}
