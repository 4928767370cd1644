import type { Routing, Split } from '../core/lifecycle.ts';
import { serversFields, without } from './armBody.ts';
import type { Identity, OnlineEndpoint } from './onlineEndpointsState.ts';

/** `keys` can only be written, and is null on every read. */
const notWritable = ['provisioningState', 'scoringUri', 'swaggerUri', 'keys'];

/** The whole body of a PUT that changes live and mirrored traffic and our tags, and nothing else: there is no PATCH for traffic. */
export function bodyWithTraffic(
  endpoint: OnlineEndpoint,
  desired: Routing,
  generation: number,
): Record<string, unknown> {
  const { identity, tags, properties } = endpoint;
  const traffic = positive(desired.split);
  const mirrorTraffic = positive(desired.mirror ?? {});
  const mirrors = Object.keys(mirrorTraffic).length > 0;
  // Kinds of endpoints that cannot mirror need not hear of it; a tag of an earlier mirror must not outlive it.
  const says = mirrors || (properties.mirrorTraffic ?? undefined) !== undefined;
  return {
    ...without(endpoint, [...serversFields, 'identity']),
    ...(identity && { identity: writableIdentity(identity) }),
    tags: {
      ...without(tags ?? {}, ['stewardMirror']),
      stewardGeneration: String(generation),
      stewardSplit: JSON.stringify(traffic),
      ...(mirrors && { stewardMirror: JSON.stringify(mirrorTraffic) }),
    },
    properties: { ...without(properties, [...notWritable, 'mirrorTraffic']), traffic, ...(says && { mirrorTraffic }) },
  };
}

/** Weights of zero say nothing, and their deployment may be gone by the time of the write. */
function positive(split: Split): Split {
  return Object.fromEntries(Object.entries(split).filter(([, percent]) => percent > 0));
}

/** Without the ids that the directory gave it, which are read-only. */
export function writableIdentity(identity: Identity): Record<string, unknown> {
  const { type, userAssignedIdentities } = identity;
  const assigned = Object.keys(userAssignedIdentities ?? {});
  if (assigned.length === 0) return { type };
  return { type, userAssignedIdentities: Object.fromEntries(assigned.map((id) => [id, {}])) };
}
