import { Refused } from '../core/errors.ts';
import { sameRouting, type Routing } from '../core/lifecycle.ts';
import { routingOf, type EndpointFact, type TrafficChange } from '../core/step.ts';
import { busy } from './onlineEndpointsState.ts';

/** Both sides of a change, what is mirrored with what is live. */
export function sidesOf(change: TrafficChange): { readonly expected: Required<Routing>; readonly desired: Required<Routing> } {
  return {
    expected: { split: change.expected, mirror: change.mirror?.expected ?? {} },
    desired: { split: change.desired, mirror: change.mirror?.desired ?? {} },
  };
} // prettier-ignore

/**
 * The fence of record 0004, the same for each kind of endpoint: may this change be written over what a GET has just shown?
 * False: it is there already, under this generation. Throws what `setTraffic` of the port says.
 */
export function mayWrite(name: string, found: EndpointFact, change: TrafficChange): boolean {
  const { generation } = change;
  const { expected, desired } = sidesOf(change);
  const { stewardGeneration, stewardSplit, stewardMirror } = found;
  if (stewardGeneration !== undefined && stewardGeneration > generation) {
    const message = `Endpoint ${name} carries generation ${stewardGeneration}, newer than ${generation}`;
    throw new Refused('stale', 'Azure ML', message);
  }
  if (found.state === 'busy') throw busy(name);
  const live = routingOf(found);
  const written = stewardSplit && { split: stewardSplit, ...(stewardMirror && { mirror: stewardMirror }) };
  const isOurs = stewardGeneration === generation && written !== undefined && sameRouting(written, desired);
  if (isOurs && sameRouting(live, desired)) return false;
  if (!sameRouting(live, expected)) {
    const message = `Endpoint ${name} has traffic ${told(live)}, not ${told(expected)} as expected`;
    throw new Refused('foreign', 'Azure ML', message);
  }
  return true;
}

function told({ split, mirror = {} }: Routing): string {
  const copied = Object.values(mirror).some((percent) => percent > 0);
  return `${JSON.stringify(split)}${copied ? ` mirrored to ${JSON.stringify(mirror)}` : ''}`;
}
