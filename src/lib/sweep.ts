import { compareVersions } from './core/decide/items.ts';
import { BadInput, Refused, Unavailable } from './core/errors.ts';
import type { InboxItem } from './core/inbox.ts';
import { isQuiet, isVerified, sameSplit, type Key, type Lifecycle } from './core/lifecycle.ts';
import { factKey } from './core/names.ts';
import type { EnvironmentPolicy } from './core/policy/policy.ts';
import type { Log } from './log.ts';
import type { ActiveIndex, Clock, Endpoints, History, Lifecycles, Models, Policies, WorkQueue } from './ports.ts';

export interface SweepDeps {
  readonly index: ActiveIndex;
  readonly lifecycles: Pick<Lifecycles, 'load' | 'append'>;
  readonly history: Pick<History, 'purgeSeen'>;
  readonly queue: Pick<WorkQueue, 'look'>;
  readonly policies: Policies;
  readonly models: Models;
  readonly endpoints: Endpoints;
  readonly clock: Clock;
  readonly log: Log;
}

const MINUTE_MS = 60_000;
const LISTING_EVERY_MINUTES = 15;
/** Given to a pass that was asked for before it is asked for again. */
const GRACE_MS = 2 * MINUTE_MS;
const SEEN_KEPT_MS = 30 * 24 * 60 * MINUTE_MS;
const BATCH = 100;
/** As many as a minute's run can ask for; the next run goes on. */
const MAX_BATCHES = 10;

/** The net under lost messages, events and hands in the portal. Runs each minute; twice at once does no harm. */
export async function sweep(deps: SweepDeps): Promise<void> {
  await askOverdue(deps);
  if (deps.clock.now().getUTCMinutes() % LISTING_EVERY_MINUTES === 0) await listWorld(deps);
}

/** Asks for a pass over what the index says is late. Each that was looked at is late no more, so the next batch holds others. */
async function askOverdue(deps: SweepDeps): Promise<void> {
  const { index, clock, log } = deps;
  const now = clock.now();
  for (let batch = 0; batch < MAX_BATCHES; batch += 1) {
    const late = await index.overdue(now, BATCH);
    for (const { key, checkBy, etag } of late) {
      await index.settle(key, etag, await askOne(key, checkBy, now, deps));
    }
    if (late.length < BATCH) return;
  }
  log.warn('More is overdue than one sweep asks for', { asked: MAX_BATCHES * BATCH });
}

/** When to check this one again; undefined forgets what has become quiet. One that cannot be read must not hide the others. */
async function askOne(key: Key, checkBy: Date, now: Date, deps: SweepDeps): Promise<Date | undefined> {
  try {
    return await askUnlessQuiet(key, checkBy, now, deps);
  } catch (error) {
    if (error instanceof Unavailable) throw error;
    deps.log.error('An overdue lifecycle cannot be checked', { ...key, error });
    return new Date(now.getTime() + GRACE_MS);
  }
}

async function askUnlessQuiet(
  key: Key,
  checkBy: Date,
  now: Date,
  { lifecycles, queue, log }: SweepDeps,
): Promise<Date | undefined> {
  const { lifecycle, unread, outbox } = await lifecycles.load(key);
  if (unread.length === 0 && outbox.length === 0 && (lifecycle === undefined || isQuiet(lifecycle))) return undefined;
  // Without a next look it waits for a person: there is nothing that a pass could do.
  const nextLook = lifecycle?.nextLook === undefined ? Number.NaN : Date.parse(lifecycle.nextLook);
  const unsent = outbox.some(({ notBefore = '' }) => notBefore <= now.toISOString());
  if (unread.length > 0 || unsent || nextLook <= now.getTime()) {
    log.warn('Overdue, asking again', { ...key, checkBy: checkBy.toISOString() });
    await queue.look(key);
  }
  return new Date(Math.max(nextLook || 0, now.getTime()) + GRACE_MS);
}

/** Finds what no event told: a version whose event got lost, traffic that somebody moved. */
async function listWorld(deps: SweepDeps): Promise<void> {
  const { workspaces } = await deps.policies.estate();
  const bugs: unknown[] = [];
  for (const { policy, publishedAt } of await deps.policies.all()) {
    for (const here of Object.values(policy.environments)) {
      const workspace = workspaces[here.workspace]?.id;
      if (workspace === undefined) continue;
      try {
        await listOne(here, workspace, publishedAt, deps);
      } catch (error) {
        const known = error instanceof Unavailable || error instanceof Refused || error instanceof BadInput;
        deps.log[error instanceof Unavailable ? 'warn' : 'error']('Listing skipped', { environment: here.environment, model: here.model, error }); // prettier-ignore
        if (!known) bugs.push(error);
      }
    }
  }
  if (bugs.length > 0) throw bugs[0];
}

async function listOne(
  policy: EnvironmentPolicy,
  workspace: string,
  publishedAt: string,
  deps: SweepDeps,
): Promise<void> {
  const { models, endpoints, lifecycles, history, clock } = deps;
  const key = { environment: policy.environment, model: policy.model };
  const { lifecycle } = await lifecycles.load(key);
  const newest = policy.entry ? await models.newest(workspace, policy.model) : undefined;
  if (newest && isNews(newest, publishedAt, lifecycle)) {
    await put(key, { factKey: factKey.modelRegistered(workspace, policy.model, newest.version), receivedAt: clock.now().toISOString(), happening: { kind: 'modelRegistered', version: newest.version, source: 'listing' } }, deps); // prettier-ignore
  }
  if (lifecycle?.traffic && isVerified(lifecycle.traffic) && !lifecycle.conditions.held) {
    const endpoint = await endpoints.endpoint(workspace, policy.endpoint);
    if (
      endpoint !== 'absent' &&
      endpoint.state === 'ready' &&
      !sameSplit(endpoint.traffic, lifecycle.traffic.desired)
    ) {
      const slot = Math.floor(clock.now().getTime() / (LISTING_EVERY_MINUTES * MINUTE_MS));
      await put(key, { factKey: factKey.endpointDiffers(lifecycle.generation, endpoint.traffic, String(slot)), receivedAt: clock.now().toISOString(), happening: { kind: 'endpointDiffers', live: endpoint.traffic } }, deps); // prettier-ignore
    }
  }
  await history.purgeSeen(key, new Date(clock.now().getTime() - SEEN_KEPT_MS), BATCH);
}

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

async function put(key: Key, item: InboxItem, { lifecycles, index, queue, clock, log }: SweepDeps): Promise<void> {
  await index.promise(key, new Date(clock.now().getTime() + GRACE_MS));
  const { known, unread } = await lifecycles.append(key, item);
  if (!known) log.warn('Found what no event told', { ...key, factKey: item.factKey });
  if (!known || unread) await queue.look(key);
}
