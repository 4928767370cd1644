import type { Workspace, World } from '../../world.ts';
import { coresInUse, sizes } from './quota.ts';
import { closePath, type ArmRoutes } from './routes.ts';

const provider = '/providers/Microsoft.MachineLearningServices/locations/:location';

/** What a region has and how much of it is used: sizes of machines, and cores of each family by workspace. */
export function locationRoutes(world: World, routes: ArmRoutes): void {
  routes.get(`${provider}/vmSizes`, (c) => c.json({ value: sizes.map((size) => ({ ...size, gpus: 0, osVhdSizeMB: 1_047_552, maxResourceVolumeMB: size.memoryGB * 2048, lowPriorityCapable: true, premiumIO: true, supportedComputeTypes: ['AmlCompute', 'ComputeInstance'] })) })); // prettier-ignore
  closePath(world, routes, `${provider}/vmSizes`);
  routes.get(`${provider}/usages`, (c) => {
    const [subscription, location] = [c.req.param('subscription'), c.req.param('location')];
    const here = [...world.workspaces.values()].filter(
      ({ subscriptionId, region }) => subscriptionId === subscription && region === location,
    );
    return c.json({ value: here.flatMap(usagesOf) });
  });
  closePath(world, routes, `${provider}/usages`);
}

function usagesOf(workspace: Workspace): object[] {
  const { subscriptionId, region, name, quota } = workspace;
  const base = `/subscriptions/${subscriptionId}/providers/Microsoft.MachineLearningServices/locations/${region}/workspaces/${name}/usages`;
  return [...new Set(sizes.map(({ family }) => family))].map((family) => ({
    id: `${base}/${family}`,
    amlWorkspaceLocation: region,
    type: 'Microsoft.MachineLearningServices/workspaces/usages',
    unit: 'Count',
    currentValue: coresInUse(workspace, family),
    limit: quota,
    name: { value: family, localizedValue: `${family} Cluster Dedicated vCPUs` },
  }));
}
