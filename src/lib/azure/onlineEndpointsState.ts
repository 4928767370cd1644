import { z } from 'zod';
import { Refused, Unavailable } from '../core/errors.ts';
import type { Routing } from '../core/lifecycle.ts';
import type { EndpointFact } from '../core/step.ts';
import type { WorkspaceId } from '../ports.ts';
import type { Arm } from './arm.ts';

const split = z.record(z.string(), z.number());

export const identity = z.looseObject({
  type: z.string(),
  userAssignedIdentities: z.record(z.string(), z.unknown()).nullish(),
});
export type Identity = z.output<typeof identity>;

export const endpointState = z.enum(['Creating', 'Deleting', 'Succeeded', 'Failed', 'Updating', 'Canceled']);

/** An online endpoint as the service tells it, all fields kept: it is written back whole. */
const onlineEndpoint = z.looseObject({
  location: z.string(),
  identity: identity.nullish(),
  tags: z.record(z.string(), z.string()).nullish(),
  properties: z.looseObject({
    authMode: z.enum(['Key', 'AMLToken', 'AADToken']),
    provisioningState: endpointState,
    scoringUri: z.string().nullish(),
    traffic: split.nullish(),
    mirrorTraffic: split.nullish(),
  }),
});
export type OnlineEndpoint = z.output<typeof onlineEndpoint>;

export function endpointPath(endpoint: string): string {
  return `/onlineEndpoints/${encodeURIComponent(endpoint)}`;
}

/** Undefined = there is no such endpoint. */
export async function endpointOf(arm: Arm, workspace: WorkspaceId, name: string): Promise<OnlineEndpoint | undefined> {
  return arm.read(workspace, { path: endpointPath(name) }, onlineEndpoint);
}

export function endpointFact(endpoint: OnlineEndpoint): EndpointFact {
  const mirror = endpoint.properties.mirrorTraffic ?? {};
  return {
    state: stateOf(endpoint),
    traffic: endpoint.properties.traffic ?? {},
    ...(Object.values(mirror).some((percent) => percent > 0) && { mirror }),
    ...ourMarks(endpoint),
  };
}

/** Our tags, as a fact of either kind of endpoint tells them. */
export function ourMarks(endpoint: Pick<OnlineEndpoint, 'tags'>): Pick<EndpointFact, 'stewardGeneration' | 'stewardSplit' | 'stewardMirror'> {
  const marks = marksOf(endpoint);
  return {
    ...(marks.generation !== undefined && { stewardGeneration: marks.generation }),
    ...(marks.split !== undefined && { stewardSplit: marks.split }),
    ...(marks.mirror !== undefined && { stewardMirror: marks.mirror }),
  };
} // prettier-ignore

const states: Record<OnlineEndpoint['properties']['provisioningState'], EndpointFact['state']> = {
  Creating: 'busy',
  Updating: 'busy',
  Deleting: 'busy',
  Succeeded: 'ready',
  Failed: 'failed',
  Canceled: 'failed',
};

export function stateOf({
  properties,
}: {
  readonly properties: Pick<OnlineEndpoint['properties'], 'provisioningState'>;
}): EndpointFact['state'] {
  return states[properties.provisioningState];
}

/** What we wrote with the last split of ours. Tags that a person spoilt count as none: then the split decides alone. */
function marksOf({ tags }: Pick<OnlineEndpoint, 'tags'>): Partial<Routing> & { readonly generation?: number } {
  const { stewardSplit = '', stewardMirror = '' } = tags ?? {};
  const generation = generationIn(tags);
  const written = split.safeParse(json(stewardSplit));
  const mirrored = split.safeParse(json(stewardMirror));
  return {
    ...(generation !== undefined && { generation }),
    ...(written.success && { split: written.data }),
    ...(mirrored.success && { mirror: mirrored.data }),
  };
}

/** What no counter of ours gets to is no generation: one more than that could not be told from it. */
export function generationIn(tags: Readonly<Record<string, string>> | null | undefined): number | undefined {
  const { stewardGeneration = '' } = tags ?? {};
  return /^\d{1,15}$/.test(stewardGeneration) ? Number(stewardGeneration) : undefined;
}

export function busy(endpoint: string, cause?: unknown): Unavailable {
  return new Unavailable('busy', 'Azure ML', `Endpoint ${endpoint} is being changed by another operation`, { cause });
}

/**
 * A write that lost against another operation on the endpoint heals by itself. Whether the service then answers 409 or
 * 400 is unverified: a conflict is taken at its word, and for a 400 the endpoint's own state tells it from a bad body.
 */
export async function busyInsteadOf(
  error: unknown,
  endpoint: string,
  state: () => Promise<EndpointFact['state'] | undefined>,
): Promise<unknown> {
  if (!(error instanceof Refused)) return error;
  if (error.code === 'conflict') return busy(endpoint, error);
  if (error.code !== 'invalid') return error;
  return (await state()) === 'busy' ? busy(endpoint, error) : error;
}

export async function busyInstead(arm: Arm, workspace: WorkspaceId, name: string, error: unknown): Promise<unknown> {
  return busyInsteadOf(error, name, async () => {
    const endpoint = await endpointOf(arm, workspace, name);
    return endpoint && stateOf(endpoint);
  });
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
