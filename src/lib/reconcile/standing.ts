import { whereOf } from '../core/policy/serves.ts';
import { samePlace } from '../core/decide/movePlace.ts';
import { BadInput, Refused } from '../core/errors.ts';
import type { Key, Lifecycle, Retiring } from '../core/lifecycle.ts';
import type { Estate } from '../core/policy/estate.ts';
import type { EnvironmentPolicy } from '../core/policy/policy.ts';
import type { Log } from '../log.ts';
import type { Policies } from '../ports.ts';

/**
 * By what a lifecycle is gone by now. `inForce`: the policy that its release began under, or the published one. `ending`: what
 * is under way ends by an older one. `unpublished` and `leaving`: nothing is under way, what was kept is cleaned up by
 * the last one. `moving`: the published one speaks of another place, and nothing is left at the old one.
 */
export interface Standing {
  readonly kind: 'inForce' | 'ending' | 'unpublished' | 'leaving' | 'moving';
  /** Absent: none was ever known. */
  readonly policy?: EnvironmentPolicy;
  readonly hash?: string;
  /** Of the policy that `policy.training` is from. */
  readonly trainingHash?: string;
  /** Of the policy that is published now, where that can be read. */
  readonly publishedHash?: string;
  readonly estate: Estate;
  /** ARM id. Absent: the estate does not know it (any more). */
  readonly workspace?: string;
}

/** For the old place to be cleaned up. */
const LONGEST_LEAVING_MS = 3_600_000;

type Row = Lifecycle | undefined;
type Found = NonNullable<Awaited<ReturnType<Policies['of']>>>;

/** Undefined: something that is published cannot be read. What this version cannot obey whole is not obeyed in part; the sweep asks again, health tells. */
export async function standingOf(
  key: Key,
  row: Row,
  now: Date,
  deps: { readonly policies: Policies; readonly log: Log },
): Promise<Standing | undefined> {
  try {
    const found = await policyFor(key, row, now, deps.policies);
    const estate = await deps.policies.estate();
    const standing = { ...found, estate, ...workspaceOf(found, row, estate) };
    if (standing.workspace !== undefined || !found.policy) return standing;
    // What was remembered may be older than what allows it.
    const fresh = await deps.policies.estate({ fresh: true });
    return { ...found, estate: fresh, ...workspaceOf(found, row, fresh) };
  } catch (error) {
    if (!(error instanceof BadInput || error instanceof Refused)) throw error;
    deps.log.error('The published policy or estate cannot be read by this version', { ...key, error });
    return undefined;
  }
}

async function policyFor(
  key: Key,
  row: Row,
  now: Date,
  policies: Policies,
): Promise<Omit<Standing, 'estate' | 'workspace'>> {
  const pinned = row?.release && (await policies.of(key, row.release.policy));
  if (pinned) return { kind: 'inForce', ...(await withPresent(key, pinned, policies)) };
  const current = await published(key, policies);
  const there = current && isThere(row, current, await policies.estate());
  if (current && there) return { kind: 'inForce', ...current, trainingHash: current.hash, publishedHash: current.hash };
  const trained = row?.training && (await policies.of(key, row.training.policy));
  if (trained) return { kind: 'ending', ...trained, trainingHash: trained.hash };
  const last = row?.place && (await policies.of(key, row.place.policy));
  if (!current) return { kind: 'unpublished', ...last };
  const left = row?.retiring.some((kept) => isWorthWaiting(kept, now));
  return left && last ? { kind: 'leaving', ...last } : { kind: 'moving', ...current };
}

/** What Azure refuses to delete, or does not answer for, must not keep the new place waiting; people are told. */
function isWorthWaiting({ until, refusedAt }: Retiring, now: Date): boolean {
  return refusedAt === undefined && now.getTime() - Date.parse(until) < LONGEST_LEAVING_MS;
}

/** Whoever reads an older pointer than the one that an item was taken in by must not refuse it. */
async function published(key: Key, policies: Policies): Promise<Found | undefined> {
  const found = await policies.of(key);
  if (found) return found;
  await policies.estate({ fresh: true });
  return policies.of(key);
}

function isThere(row: Row, { policy }: Found, { workspaces }: Estate): boolean {
  const workspace = workspaces[policy.workspace]?.id;
  return !row?.place || workspace === undefined || samePlace(row.place, { workspace, ...whereOf(policy) });
}

/** What is under way, and what was kept, is where it was, whatever the estate calls by that name now. */
function workspaceOf({ kind, policy }: Pick<Standing, 'kind' | 'policy'>, row: Row, { workspaces }: Estate): { workspace?: string } {
  if (!policy) return {};
  const stays = row?.place && kind !== 'moving' && (row.release ?? row.training ?? kind !== 'inForce');
  const id = stays
    ? Object.values(workspaces).find((known) => known.id.toLowerCase() === row.place?.workspace.toLowerCase())?.id
    : workspaces[policy.workspace]?.id;
  return id === undefined ? {} : { workspace: id };
} // prettier-ignore

/** A release keeps the policy that it began under; what goes on beside it (training, hand-overs) follows the current one. */
async function withPresent(key: Key, pinned: Found, policies: Policies): Promise<Found & { trainingHash: string; publishedHash?: string }> {
  const { training: _, after: __, bring: ___, ...rest } = pinned.policy;
  try {
    const current = await policies.of(key);
    if (!current) return { ...pinned, policy: { ...rest, entry: false, handsTo: [] }, trainingHash: pinned.hash };
    const { training, after, bring, entry, handsTo } = current.policy;
    const beside = { entry, handsTo, ...(after === undefined ? {} : { after }), ...(bring === undefined ? {} : { bring }), ...(training ? { training } : {}) };
    const known = { ...pinned, policy: { ...rest, ...beside }, trainingHash: training ? current.hash : pinned.hash };
    // Nobody takes a release along to another place: it ends where, and as, it began.
    return samePlace(placeOf(pinned), placeOf(current)) ? { ...known, publishedHash: current.hash } : known;
  } catch (error) {
    if (!(error instanceof BadInput)) throw error;
    return { ...pinned, trainingHash: pinned.hash };
  }
} // prettier-ignore

function placeOf({ policy }: Found) {
  return { workspace: policy.workspace, ...whereOf(policy) };
}
