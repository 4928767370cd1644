import { z } from 'zod';
import { Refused } from '../core/errors.ts';
import type { DeploymentPlan } from '../core/policy/policy.ts';
import type { WorkspaceId } from '../ports.ts';
import type { Arm } from './arm.ts';
import { endpointOf, endpointPath } from './onlineEndpointsState.ts';

const workspaceFacts = z.object({
  location: z.string(),
  properties: z.object({ publicNetworkAccess: z.enum(['Enabled', 'Disabled']).nullish() }),
});
const authModes = { key: 'Key', amlToken: 'AMLToken', aadToken: 'AADToken' } as const;

/** In the workspace's region, as open to the network as that, with an identity of its own and no traffic. */
export async function createEndpoint(
  arm: Arm,
  workspace: WorkspaceId,
  name: string,
  letsIn: NonNullable<DeploymentPlan['createEndpoint']>,
): Promise<void> {
  const found = await arm.read(workspace, { path: '' }, workspaceFacts);
  if (found === undefined) throw new Refused('notFound', 'Azure ML', 'There is no such workspace');
  const { publicNetworkAccess } = found.properties;
  // Last of all before the write, which would take away all traffic of one that was made meanwhile.
  if ((await endpointOf(arm, workspace, name)) !== undefined) return;
  await arm.change(workspace, 'PUT', endpointPath(name), {
    location: found.location,
    identity: { type: 'SystemAssigned' },
    tags: {},
    properties: { authMode: authModes[letsIn], ...(publicNetworkAccess && { publicNetworkAccess }), traffic: {} },
  });
}
