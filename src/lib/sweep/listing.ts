import { isVerified, sameRouting, wanted, type Lifecycle } from '../core/lifecycle.ts';
import { factKey } from '../core/names.ts';
import { routingOf } from '../core/step.ts';
import { takesIn } from '../core/training/takesIn.ts';
import { compareVersions } from '../core/versions.ts';
import type { Endpoints, History, Models } from '../ports.ts';
import type { DataAssets, Monitors } from '../ports/training.ts';
import { takeOnce, takeUntold, type FoundDeps } from './found.ts';
import type { Place } from './place.ts';

export interface ListingDeps extends FoundDeps {
  readonly models: Pick<Models, 'newest'>;
  readonly endpoints: Pick<Endpoints, 'endpoint'>;
  readonly dataAssets: DataAssets;
  readonly monitors: Monitors;
  readonly history: Pick<History, 'purgeSeen'>;
}

/** A place with its row, undefined where it has none yet. */
export type Listed = Place & { readonly lifecycle: Lifecycle | undefined };

export const LISTING_EVERY_MINUTES = 15;
const LISTING_MS = LISTING_EVERY_MINUTES * 60_000;
const SEEN_KEPT_MS = 30 * 24 * 60 * 60_000;
const PURGED_AT_ONCE = 100;

/** What is looked for in each place, in this order: what serves comes before what trains. */
export const LISTINGS: readonly ((listed: Listed, deps: ListingDeps) => Promise<void>)[] = [
  forgetSeen,
  findVersion,
  findTraffic,
  findData,
  findMonitorRun,
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
  const endpoint = await deps.endpoints.endpoint(workspace, policy.endpoint);
  if (endpoint === 'absent' || endpoint.state !== 'ready' || sameRouting(routingOf(endpoint), wanted(lifecycle.traffic))) return;
  const slot = String(Math.floor(deps.clock.now().getTime() / LISTING_MS));
  const live = endpoint.traffic;
  await takeUntold(key, factKey.endpointDiffers(lifecycle.generation, live, slot), { kind: 'endpointDiffers', live }, deps);
} // prettier-ignore

/** A version of the data that the policy trains on; one that was there before the policy is no news. */
async function findData({ key, policy, whole, workspace, publishedAt, lifecycle }: Listed, deps: ListingDeps): Promise<void> {
  const data = policy.training?.when.newData;
  if (data === undefined || !takesIn(whole, policy, 'newData')) return;
  const newest = await deps.dataAssets.newest(workspace, data);
  if (!newest || Date.parse(newest.createdAt) <= Date.parse(publishedAt)) return;
  const { version } = newest;
  if (version === lifecycle?.trained?.dataVersion) return;
  await takeOnce(key, factKey.newData(workspace, data, version), { kind: 'newData', data, version }, deps);
} // prettier-ignore

/**
 * The monitor's newest run, once it has ended and when it was not judged yet. A run that found something is told by an
 * event, which may get lost; one that found nothing is told by none, and ends what broken data holds up.
 */
async function findMonitorRun({ key, policy, workspace, publishedAt, lifecycle }: Listed, deps: ListingDeps): Promise<void> {
  const drift = policy.training?.when.drift;
  if (!drift) return;
  const name = drift.monitor === undefined ? {} : { name: drift.monitor };
  const monitor = await deps.monitors.monitor(workspace, policy.endpoint, { ...name, hints: [], runs: 1 });
  const newest = monitor.found === 'one' ? monitor.runs[0] : undefined;
  const judged = lifecycle?.trained?.judgedRun;
  if (!newest?.ended || Date.parse(newest.at) <= Date.parse(judged?.at ?? publishedAt)) return;
  await takeOnce(key, factKey.monitorRan(workspace, newest.run), { kind: 'monitorRan', run: newest.run }, deps);
} // prettier-ignore

async function forgetSeen({ key }: Listed, { history, clock }: ListingDeps): Promise<void> {
  await history.purgeSeen(key, new Date(clock.now().getTime() - SEEN_KEPT_MS), PURGED_AT_ONCE);
}
