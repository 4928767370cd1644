import { decide, needs } from '../core/decide.ts';
import { BadInput } from '../core/errors.ts';
import { newLifecycle, type Key, type Lifecycle } from '../core/lifecycle.ts';
import type { Estate } from '../core/policy/estate.ts';
import type { EnvironmentPolicy } from '../core/policy/policy.ts';
import type { Log } from '../log.ts';
import { observe, type ObserveDeps } from '../observe.ts';
import type { PerformDeps } from '../perform.ts';
import type { ActiveIndex, Clock, History, Lifecycles, Loaded, Models, Policies, Unread, WorkQueue } from '../ports.ts';
import type { DataAssets, Trainings } from '../ports/training.ts';

export interface ReconcileDeps
  extends
    Omit<ObserveDeps, 'lifecycles' | 'trainings' | 'dataAssets' | 'models'>,
    Omit<PerformDeps, 'lifecycles' | 'trainings' | 'dataAssets' | 'models' | 'queue'> {
  readonly lifecycles: Lifecycles;
  readonly models: Models;
  readonly trainings: Trainings;
  readonly dataAssets: DataAssets;
  readonly index: Pick<ActiveIndex, 'promise'>;
  readonly history: Pick<History, 'heldItems'>;
  readonly queue: WorkQueue;
  readonly policies: Policies;
  readonly clock: Clock;
  readonly log: Log;
  /** 0 <= x < 1; spreads repeats after lost races. */
  readonly chance: () => number;
}

/** What a pass starts from: the row as it was loaded, and the policy that holds for it. */
export interface Situation {
  readonly key: Key;
  /** The look that the message was timed for: its message is spent. */
  readonly look: string | undefined;
  readonly loaded: Loaded;
  readonly row: Lifecycle;
  readonly policy: EnvironmentPolicy;
  readonly policyHash: string;
  /** Of the policy that is published now, where that can be read. */
  readonly publishedHash: string | undefined;
  /** Of the policy that its section `training` is from. */
  readonly trainingHash: string;
  readonly estate: Estate;
  readonly workspace: string;
  readonly now: Date;
}

export async function situate(
  { key, look }: { readonly key: Key; readonly look?: string },
  loaded: Loaded,
  now: Date,
  deps: ReconcileDeps,
): Promise<Situation | undefined> {
  const found = await publishedFor(key, loaded, deps);
  const workspace = found?.policy && found.estate.workspaces[found.policy.policy.workspace]?.id;
  if (!found?.policy || workspace === undefined) return undefined;
  return {
    key,
    look,
    loaded,
    row: loaded.lifecycle ?? newLifecycle(key),
    policy: found.policy.policy,
    policyHash: found.policy.hash,
    publishedHash: found.policy.publishedHash,
    trainingHash: found.policy.trainingHash,
    estate: found.estate,
    workspace,
    now,
  };
}

/** What this version cannot obey whole is not obeyed in part; the sweep asks again, health tells. */
async function publishedFor(key: Key, { lifecycle }: Loaded, { policies, log }: ReconcileDeps) {
  try {
    const pinned = lifecycle?.release?.policy;
    const found = (await policies.of(key, pinned)) ?? (await trainedUnder(key, lifecycle, policies));
    const policy = found && (pinned === undefined ? { ...found, trainingHash: found.hash, publishedHash: found.hash } : await withPresent(key, found, policies)); // prettier-ignore
    return { policy, estate: await policies.estate() };
  } catch (error) {
    if (!(error instanceof BadInput)) throw error;
    log.error('The published policy or estate cannot be read by this version', { ...key, error });
    return undefined;
  }
}

/** A training under way is followed to its end although its model was unpublished. */
async function trainedUnder(key: Key, lifecycle: Lifecycle | undefined, policies: Pick<Policies, 'of'>) {
  const hash = lifecycle?.training?.policy;
  return hash === undefined ? undefined : policies.of(key, hash);
}

/** A release keeps the policy that it began under; what goes on beside it (training, hand-overs) follows the current one. */
async function withPresent(key: Key, pinned: Found, policies: Pick<Policies, 'of'>): Promise<FoundNow> {
  const { training: _, after: __, bring: ___, ...rest } = pinned.policy;
  try {
    const current = await policies.of(key);
    if (!current) return { ...pinned, policy: { ...rest, entry: false, handsTo: [] }, trainingHash: pinned.hash, publishedHash: undefined };
    const { training, after, bring, entry, handsTo } = current.policy;
    const beside = { entry, handsTo, ...(after === undefined ? {} : { after }), ...(bring === undefined ? {} : { bring }), ...(training ? { training } : {}) };
    return { ...pinned, policy: { ...rest, ...beside }, trainingHash: training ? current.hash : pinned.hash, publishedHash: current.hash };
  } catch (error) {
    if (!(error instanceof BadInput)) throw error;
    return { ...pinned, trainingHash: pinned.hash, publishedHash: undefined };
  }
} // prettier-ignore

type Found = NonNullable<Awaited<ReturnType<Policies['of']>>>;
type FoundNow = Found & { readonly trainingHash: string; readonly publishedHash: string | undefined };

/** Reads what the stage names and decides on it. */
export async function gather(situation: Situation, unread: readonly Unread[], deps: ReconcileDeps) {
  const { row, policy, policyHash, publishedHash, trainingHash, estate, workspace, now } = situation;
  const items = unread.map(({ item }) => item);
  const known = {
    lifecycle: row, items, policy, policyHash, trainingHash, estate, now, ...(publishedHash === undefined ? {} : { publishedHash }),
  }; // prettier-ignore
  const facts = await observe(needs(known), policy, workspace, deps);
  return { facts, decision: decide({ ...known, facts }) };
}
