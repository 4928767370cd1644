import type { Split } from '../core/lifecycle.ts';
import { serversFields, without } from './armBody.ts';
import type { Identity, OnlineEndpoint } from './onlineEndpointsState.ts';

/** `keys` can only be written, and is null on every read. */
const notWritable = ['provisioningState', 'scoringUri', 'swaggerUri', 'keys'];

/** The whole body of a PUT that changes the traffic and our two tags, and nothing else: there is no PATCH for traffic. */
export function bodyWithTraffic(endpoint: OnlineEndpoint, desired: Split, generation: number): Record<string, unknown> {
  const { identity, tags, properties } = endpoint;
  // Weights of zero say nothing, and their deployment may be gone by the time of the write.
  const traffic = Object.fromEntries(Object.entries(desired).filter(([, percent]) => percent > 0));
  return {
    ...without(endpoint, [...serversFields, 'identity']),
    ...(identity && { identity: writableIdentity(identity) }),
    tags: { ...tags, stewardGeneration: String(generation), stewardSplit: JSON.stringify(traffic) },
    properties: { ...without(properties, notWritable), traffic },
  };
}

/** Without the ids that the directory gave it, which are read-only. */
export function writableIdentity(identity: Identity): Record<string, unknown> {
  const { type, userAssignedIdentities } = identity;
  const assigned = Object.keys(userAssignedIdentities ?? {});
  if (assigned.length === 0) return { type };
  return { type, userAssignedIdentities: Object.fromEntries(assigned.map((id) => [id, {}])) };
}
