import { z } from 'zod';
import { BadInput, Refused } from '../core/errors.ts';
import type { RoomFact } from '../core/step.ts';
import type { Capacity, WorkspaceId } from '../ports.ts';
import { openArm, type Arm, type ArmOptions } from './arm.ts';
import { parsed } from './armErrors.ts';
import { endpointOf, endpointPath } from './onlineEndpointsState.ts';

const located = z.object({ location: z.string() });
const deployed = z.object({
  sku: z.object({ capacity: z.int() }).nullish(),
  /** Absent: on Kubernetes, which chooses by itself. */
  properties: z.object({ instanceType: z.string().nullish() }),
});
const sizes = z.object({ value: z.array(z.object({ name: z.string(), family: z.string(), vCPUs: z.int() })) });
const usage = z.object({
  id: z.string().nullish(),
  currentValue: z.number(),
  limit: z.number(),
  name: z.object({ value: z.string() }),
});

/**
 * What a deployment would need of the cores that the subscription (and the workspace, where it has a share of its own)
 * has left for its family of sizes. That usages name families as sizes do is unverified; where they do not, or may not
 * be read (it takes a right on the subscription), or are told otherwise than known here, nothing is known, and Azure's own
 * answer to the creation counts.
 */
export function armCapacity(options: ArmOptions): Capacity {
  const arm = openArm(options);
  return {
    async room(workspace, endpoint, { like, plan }) {
      const model = like === undefined ? undefined : await arm.read(workspace, { path: `${endpointPath(endpoint)}/deployments/${encodeURIComponent(like)}` }, deployed); // prettier-ignore
      const instanceType = plan.instanceType ?? model?.properties.instanceType ?? undefined;
      if (instanceType === undefined) return 'unknown';
      const instances = plan.instances ?? model?.sku?.capacity ?? 1;
      const location = (await endpointOf(arm, workspace, endpoint))?.location ?? (await arm.read(workspace, { path: '' }, located))?.location; // prettier-ignore
      if (location === undefined) return 'unknown';
      try {
        return await roomFor(arm, workspace, location, { instanceType, instances });
      } catch (error) {
        if (error instanceof Refused || error instanceof BadInput) return 'unknown';
        throw error;
      }
    },
  };
}

async function roomFor(
  arm: Arm,
  workspace: WorkspaceId,
  location: string,
  { instanceType, instances }: { readonly instanceType: string; readonly instances: number },
): Promise<RoomFact> {
  const asked = `GET sizes of ${location}`;
  const answer = await arm.facts(workspace, asked, ({ client, options }) => client.virtualMachineSizes.list(location, options)); // prettier-ignore
  const { value } = parsed('Azure ML', asked, sizes, answer);
  const size = value.find(({ name }) => name.toLowerCase() === instanceType.toLowerCase());
  if (!size) return 'unknown';
  const left = await freeCores(arm, workspace, location, size.family);
  if (left.length === 0) return 'unknown';
  return { instanceType, family: size.family, neededCores: size.vCPUs * instances, freeCores: Math.min(...left) };
}

async function freeCores(arm: Arm, workspace: WorkspaceId, location: string, family: string): Promise<number[]> {
  const asked = `GET usages of ${location}`;
  return arm.facts(workspace, asked, async ({ client, options }) => {
    const left: number[] = [];
    for await (const listed of client.usages.list(location, options)) {
      const { id, currentValue, limit, name } = parsed('Azure ML', asked, usage, listed);
      const of = /\/workspaces\/([^/]+)/i.exec(id ?? '')?.[1];
      const ours = of === undefined || workspace.toLowerCase().endsWith(`/workspaces/${of.toLowerCase()}`);
      // A negative limit is none.
      if (ours && limit >= 0 && name.value.toLowerCase() === family.toLowerCase()) left.push(limit - currentValue);
    }
    return left;
  });
}
