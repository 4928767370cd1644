import type { Key, Lifecycle } from '../core/lifecycle.ts';
import type { EnvironmentPolicy, Policy } from '../core/policy/policy.ts';
import type { Jobs, Policies } from '../ports.ts';
import type { Monitors } from '../ports/training.ts';

/** One model in one environment: where the sweep looks. */
export interface Place {
  readonly key: Key;
  readonly policy: EnvironmentPolicy;
  /** The policy of the model in all its environments. */
  readonly whole: Policy;
  readonly workspace: string;
  readonly hash: string;
  /** When the model was first published: what is older is the team's own business. */
  readonly publishedAt: string;
  /** Since when this text of the policy is in force. */
  readonly changedAt: string;
}

/** A place with its row, undefined where it has none yet. */
export interface Listed extends Place {
  readonly lifecycle: Lifecycle | undefined;
  /** Endpoints of a workspace that monitors watch: asked once for all models. */
  readonly watched: Monitors['watched'];
  /** Jobs of ours that have not ended: asked once for all models. */
  readonly ourJobs: Jobs['ours'];
}

export const LISTING_EVERY_MINUTES = 15;

/** The look that this moment belongs to: what it sees is told once. */
export function listingSlot(now: Date): string {
  return String(Math.floor(now.getTime() / (LISTING_EVERY_MINUTES * 60_000)));
}

/** Every place that a readable policy speaks of and whose workspace the estate knows. */
export async function everyPlace(policies: Pick<Policies, 'estate' | 'all'>): Promise<Place[]> {
  const { workspaces } = await policies.estate();
  const published = await policies.all();
  return published.flatMap(({ policy: whole, hash, publishedAt, changedAt }) =>
    Object.values(whole.environments).flatMap((policy) => {
      const workspace = workspaces[policy.workspace]?.id;
      const key = { environment: policy.environment, model: policy.model };
      return workspace === undefined ? [] : [{ key, policy, whole, workspace, hash, publishedAt, changedAt }];
    }),
  );
}
