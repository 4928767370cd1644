import { whereOf } from '../core/policy/serves.ts';
import { samePlace } from '../core/decide/movePlace.ts';
import { factKey } from '../core/names.ts';
import { takeOnce, type FoundDeps } from './found.ts';
import { listingSlot, type Listed } from './place.ts';

/**
 * A policy that speaks of a model again, or of another place of it, and a workspace that is the estate's again: nobody else
 * tells it to a lifecycle that waits for nothing. True: until then its row speaks of another place than its policy.
 */
export async function findPublished({ key, policy, workspace, lifecycle, hash }: Listed, deps: FoundDeps): Promise<boolean> {
  if (!lifecycle) return false;
  const { conditions, place, release, training } = lifecycle;
  const moved = place !== undefined && !samePlace(place, { workspace, ...whereOf(policy) });
  const underWay = release !== undefined || training !== undefined;
  if (conditions.unpublished || conditions.withdrawn || (moved && !underWay))
    await takeOnce(key, factKey.published(hash, listingSlot(deps.clock.now())), { kind: 'published', policy: hash }, deps);
  return moved;
} // prettier-ignore
