import { Hono } from 'hono';
import { requireToken } from '../../tokens.ts';
import type { World } from '../../world.ts';
import { batchDeploymentRoutes } from './batchDeployments.ts';
import { batchEndpointRoutes } from './batchEndpoints.ts';
import { codes } from './codes.ts';
import { components } from './components.ts';
import { data } from './data.ts';
import { datastoreRoutes } from './datastores.ts';
import { environments } from './environments.ts';
import { ArmError, armError, notFound, parentNotFound, unauthorized } from './errors.ts';
import { jobRoutes } from './jobs.ts';
import { locationRoutes } from './locations.ts';
import { models } from './models.ts';
import { deploymentRoutes } from './onlineDeployments.ts';
import { endpointRoutes } from './onlineEndpoints.ts';
import { operations } from './operations.ts';
import { canonicalPath } from './path.ts';
import type { ArmEnv, ArmRoutes } from './routes.ts';
import { scheduleRoutes } from './schedules.ts';
import { assetRoutes } from './assets.ts';
import { workspaceRoutes, workspaceView } from './workspaces.ts';

/** The stable line (types published for each). */
const apiVersions = [
  '2022-10-01', '2023-04-01', '2023-10-01', '2024-04-01', '2024-10-01', '2025-04-01', '2025-06-01', '2025-09-01',
  '2025-12-01', '2026-03-01', '2026-05-01',
]; // prettier-ignore

/** Azure Resource Manager and the machine learning resource provider behind it. */
export function arm(world: World): Hono {
  const running = operations(world);
  const subscription = guarded(world);
  running.routes(subscription);
  locationRoutes(world, subscription);
  subscription.get('/providers/Microsoft.MachineLearningServices/workspaces', (c) => {
    const listed = [...world.workspaces.values()].filter(
      ({ subscriptionId }) => subscriptionId === c.req.param('subscription'),
    );
    return c.json({ value: listed.map((workspace) => workspaceView(world, workspace)) });
  });

  const workspace = guarded(world);
  workspace.use((c, next) => {
    const [subscriptionId, group, name] = ['subscription', 'group', 'workspace'].map((key) => c.req.param(key) ?? '');
    const id = `/subscriptions/${subscriptionId}/resourceGroups/${group}/providers/Microsoft.MachineLearningServices/workspaces/${name}`;
    const found = world.workspaces.get(id.toLowerCase());
    const isItself = c.req.path.toLowerCase().endsWith(`/workspaces/${String(name).toLowerCase()}`);
    if (found === undefined) throw isItself ? notFound('workspaces', String(name), String(group)) : parentNotFound('workspaces', `workspaces/${String(name)}`); // prettier-ignore
    c.set('workspace', found);
    return next();
  });
  workspaceRoutes(world, workspace);
  datastoreRoutes(world, workspace);
  jobRoutes(world, workspace, running);
  for (const family of [models, data, environments, codes, components]) assetRoutes(world, workspace, family);
  scheduleRoutes(world, workspace, running);
  endpointRoutes(world, workspace, running);
  deploymentRoutes(world, workspace, running);
  batchEndpointRoutes(world, workspace, running);
  batchDeploymentRoutes(world, workspace, running);

  return new Hono({ getPath: (request) => canonicalPath(new URL(request.url).pathname) })
    .route('/subscriptions/:subscription/resourceGroups/:group/providers/Microsoft.MachineLearningServices/workspaces/:workspace', workspace as unknown as Hono)
    .route('/subscriptions/:subscription', subscription as unknown as Hono); // prettier-ignore
}

/** Routes behind what Azure Resource Manager checks before a provider sees a call. */
function guarded(world: World): ArmRoutes {
  const routes = new Hono<ArmEnv>();
  routes.onError((error, c) => {
    if (error instanceof ArmError) return armError(c, error);
    throw error;
  });
  routes.use(requireToken(world, 'https://management.azure.com', unauthorized));
  routes.use((c, next) => {
    const version = c.req.query('api-version');
    if (version === undefined) {
      throw new ArmError(400, 'MissingApiVersionParameter', 'The api-version query parameter (?api-version=) is required for all requests.'); // prettier-ignore
    }
    if (!apiVersions.includes(version)) {
      throw new ArmError(400, 'InvalidApiVersionParameter', `The api-version '${version}' is invalid. The supported versions are '${apiVersions.join(',')}'.`); // prettier-ignore
    }
    return next();
  });
  return routes;
}
