import type { Workspace, World } from '../../world.ts';
import { closePath, type ArmRoutes } from './routes.ts';

/** The workspace itself: read-only here, as it is infrastructure. */
export function workspaceRoutes(world: World, routes: ArmRoutes): void {
  routes.get('/', (c) => c.json(workspaceView(world, c.get('workspace'))));
  closePath(world, routes, '/', ['PUT', 'PATCH', 'DELETE']);
}

export function workspaceView(world: World, workspace: Workspace): object {
  const { id, name, region, guid, tags, subscriptionId, resourceGroup } = workspace;
  const group = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers`;
  const { host } = new URL(world.origin);
  return {
    id,
    name,
    type: 'Microsoft.MachineLearningServices/workspaces',
    location: region,
    tags,
    identity: { type: 'SystemAssigned', principalId: guid, tenantId: '00000000-0000-0000-0000-00000000000a' },
    sku: { name: 'Basic', tier: 'Basic' },
    properties: {
      workspaceId: guid,
      friendlyName: name,
      storageAccount: `${group}/Microsoft.Storage/storageAccounts/${world.storage.account}`,
      provisioningState: 'Succeeded',
      publicNetworkAccess: 'Enabled',
      mlFlowTrackingUri: `azureml://${host}/mlflow/v1.0${id}`,
      v1LegacyMode: false,
    },
  };
}
