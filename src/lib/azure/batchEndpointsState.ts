import { z } from 'zod';
import type { Split } from '../core/lifecycle.ts';
import type { EndpointFact } from '../core/step.ts';
import type { WorkspaceId } from '../ports.ts';
import type { Arm } from './arm.ts';
import { serversFields, without } from './armBody.ts';
import { writableIdentity } from './onlineEndpointsBody.ts';
import { busyInsteadOf, endpointState, identity, ourMarks, stateOf } from './onlineEndpointsState.ts';

/** A batch endpoint as the service tells it, all fields kept: it is written back whole. */
const batchEndpoint = z.looseObject({
  location: z.string(),
  identity: identity.nullish(),
  tags: z.record(z.string(), z.string()).nullish(),
  properties: z.looseObject({
    provisioningState: endpointState,
    scoringUri: z.string().nullish(),
    defaults: z.looseObject({ deploymentName: z.string().nullish() }).nullish(),
  }),
});
export type BatchEndpoint = z.output<typeof batchEndpoint>;

export function batchEndpointPath(endpoint: string): string {
  return `/batchEndpoints/${encodeURIComponent(endpoint)}`;
}

/** Undefined = there is no such endpoint. */
export async function batchEndpointOf(
  arm: Arm,
  workspace: WorkspaceId,
  name: string,
): Promise<BatchEndpoint | undefined> {
  return arm.read(workspace, { path: batchEndpointPath(name) }, batchEndpoint);
}

/** What is invoked without a deployment's name runs on the default one: all there is of traffic. */
export function batchEndpointFact(endpoint: BatchEndpoint): EndpointFact {
  const name = defaultOf(endpoint);
  return {
    state: stateOf(endpoint),
    traffic: name === undefined ? {} : { [name]: 100 },
    ...ourMarks(endpoint),
    serves: 'batch',
  };
}

export function defaultOf({ properties }: BatchEndpoint): string | undefined {
  return properties.defaults?.deploymentName ?? undefined;
}

/** `keys` can only be written, and is null on every read. */
const notWritable = ['provisioningState', 'scoringUri', 'swaggerUri', 'keys', 'defaults'];

/**
 * The whole body of a PUT that changes the default deployment and our tags, and nothing else: there is no PATCH for it.
 * That a body without a default takes it away is unverified; it is needed where a first version is taken back.
 */
export function bodyWithDefault(
  endpoint: BatchEndpoint,
  deployment: string | undefined,
  generation: number,
): Record<string, unknown> {
  const { identity: own, tags, properties } = endpoint;
  const split: Split = deployment === undefined ? {} : { [deployment]: 100 };
  return {
    ...without(endpoint, [...serversFields, 'identity']),
    ...(own && { identity: writableIdentity(own) }),
    tags: { ...tags, stewardGeneration: String(generation), stewardSplit: JSON.stringify(split) },
    properties: {
      ...without(properties, notWritable),
      ...(deployment !== undefined && { defaults: { ...properties.defaults, deploymentName: deployment } }),
    },
  };
}

/** A write that lost against another operation heals by itself. */
export async function batchBusyInstead(
  arm: Arm,
  workspace: WorkspaceId,
  name: string,
  error: unknown,
): Promise<unknown> {
  return busyInsteadOf(error, name, async () => {
    const endpoint = await batchEndpointOf(arm, workspace, name);
    return endpoint && stateOf(endpoint);
  });
}
