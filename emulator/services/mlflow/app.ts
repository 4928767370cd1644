import { Hono } from 'hono';
import { notImplemented } from '../../front.ts';
import { requireToken } from '../../tokens.ts';
import type { World } from '../../world.ts';
import type { MlflowEnv } from './context.ts';
import { MlflowError, mlflowError } from './errors.ts';
import { experimentRoutes } from './experiments.ts';
import { runRoutes } from './runs.ts';

const base =
  '/mlflow/v1.0/subscriptions/:subscription/:resourceGroups/:group/providers/Microsoft.MachineLearningServices/workspaces/:workspace';

/** The tracking API of every workspace, below the address that the workspace resource names as its tracking URI. */
export function mlflow(world: World): Hono {
  const routes = new Hono<MlflowEnv>();
  routes.onError((error, c) => {
    if (error instanceof MlflowError) return mlflowError(c, error.code, error.message);
    if (error instanceof SyntaxError) return mlflowError(c, 'INVALID_PARAMETER_VALUE', 'The body is not valid JSON.');
    throw error;
  });
  routes.use(requireToken(world, 'https://management.azure.com', (c, fault) => mlflowError(c, 'UNAUTHENTICATED', `The bearer token is refused: ${fault}.`))); // prettier-ignore
  routes.use(async (c, next) => {
    const id = c.req.path.replace(/^\/mlflow\/v1\.0/, '').replace(/\/api\/2\.0\/mlflow\/.*$/, '');
    const workspace = world.workspaces.get(id.toLowerCase());
    if (workspace === undefined) return mlflowError(c, 'RESOURCE_DOES_NOT_EXIST', `Workspace ${id} not found.`);
    c.set('workspace', workspace);
    return next();
  });
  experimentRoutes(routes);
  runRoutes(routes, world);
  routes.all('*', (c) => notImplemented(world, c.req.method, c.req.path));
  return new Hono().route(`${base}/api/2.0/mlflow`, routes);
}
