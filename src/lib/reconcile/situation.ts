import { whereOf } from '../core/policy/serves.ts';
import { decide, needs, type Decision } from '../core/decide.ts';
import { movePlace } from '../core/decide/movePlace.ts';
import { conditioned, windDown, windDownNeeds } from '../core/decide/windDown.ts';
import { newLifecycle, type Key, type Lifecycle } from '../core/lifecycle.ts';
import type { EnvironmentPolicy } from '../core/policy/policy.ts';
import type { Facts, Needs, Unreachable } from '../core/step.ts';
import type { Log } from '../log.ts';
import { observe, type ObserveDeps } from '../observe.ts';
import type { PerformDeps } from '../perform.ts';
import type { ActiveIndex, Clock, History, Lifecycles, Loaded, Models, Policies, Unread, WorkQueue } from '../ports.ts';
import type { BatchRuns } from '../ports/batch.ts';
import type { DataAssets, Trainings } from '../ports/training.ts';
import { standingOf, type Standing } from './standing.ts';

export interface ReconcileDeps
  extends
    Omit<ObserveDeps, 'lifecycles' | 'trainings' | 'dataAssets' | 'models' | 'batchRuns'>,
    Omit<PerformDeps, 'lifecycles' | 'trainings' | 'dataAssets' | 'models' | 'batchRuns' | 'queue'> {
  readonly lifecycles: Lifecycles;
  readonly models: Models;
  readonly trainings: Trainings;
  readonly dataAssets: DataAssets;
  readonly batchRuns: BatchRuns;
  readonly index: Pick<ActiveIndex, 'promise'>;
  readonly history: Pick<History, 'heldItems'>;
  readonly queue: WorkQueue;
  readonly policies: Policies;
  readonly clock: Clock;
  readonly log: Log;
  /** 0 <= x < 1; spreads repeats after lost races. */
  readonly chance: () => number;
}

/** What a pass starts from: the row as it was loaded, and what holds for it. */
export interface Situation {
  readonly key: Key;
  /** The look that the message was timed for: its message is spent. */
  readonly look: string | undefined;
  readonly loaded: Loaded;
  readonly row: Lifecycle;
  readonly standing: Standing;
  readonly now: Date;
}

export async function situate(
  { key, look }: { readonly key: Key; readonly look?: string },
  loaded: Loaded,
  now: Date,
  deps: ReconcileDeps,
): Promise<Situation | undefined> {
  const standing = await standingOf(key, loaded.lifecycle, now, deps);
  return standing && { key, look, loaded, row: loaded.lifecycle ?? newLifecycle(key), standing, now };
}

export interface Gathered {
  readonly facts: Facts | { readonly unreachable: Unreachable };
  readonly decision: Decision;
  /** What the decision took. */
  readonly taken: readonly Unread[];
}

/** Reads what the stage names and decides on it. */
export async function gather(situation: Situation, unread: readonly Unread[], deps: ReconcileDeps): Promise<Gathered> {
  const { row: lifecycle, standing, now } = situation;
  const { kind, policy, hash, workspace } = standing;
  // A place that is left takes what it was asked; everything else is for the new one.
  const taken = kind === 'leaving' ? unread.filter(({ item }) => item.happening.kind === 'outcome') : unread;
  const items = taken.map(({ item }) => item);
  if (kind === 'moving' && policy && hash !== undefined && workspace !== undefined) {
    const to = { workspace, ...whereOf(policy), policy: hash };
    return { facts: {}, decision: movePlace(lifecycle, to, now), taken: [] };
  }
  if (kind === 'unpublished' || kind === 'leaving' || !policy || hash === undefined) {
    const known = { lifecycle, items, now, why: kind === 'leaving' ? kind : 'unpublished' } as const;
    const facts = policy ? await look(windDownNeeds({ ...known, lifecycle: conditioned(known) }), standing, policy, deps) : {};
    return { facts, decision: windDown({ ...known, facts }), taken };
  }
  const { estate, trainingHash = hash, publishedHash } = standing;
  const known = {
    lifecycle, items, policy, policyHash: hash, trainingHash, estate, now,
    ...(publishedHash === undefined ? {} : { publishedHash }), ...(kind === 'ending' ? { ending: true as const } : {}),
  };
  const facts = await look(needs(known), standing, policy, deps);
  return { facts, decision: decide({ ...known, facts }), taken };
} // prettier-ignore

/** Nothing is read in a workspace that the estate does not allow. */
async function look(wanted: Needs, { workspace }: Standing, policy: EnvironmentPolicy, deps: ReconcileDeps) {
  if (workspace !== undefined) return observe(wanted, policy, workspace, deps);
  const reason = `The estate does not know the workspace ${policy.workspace} (any more)`;
  return { unreachable: { provider: `workspace ${policy.workspace}`, reason, gone: 'estate' as const } };
}
