import { Hono } from 'hono';
import { notImplemented } from '../../front.ts';
import { requireToken } from '../../tokens.ts';
import type { Run, World } from '../../world.ts';

const base =
  '/history/v1.0/subscriptions/:subscription/:resourceGroups/:group/providers/Microsoft.MachineLearningServices/workspaces/:workspace';

/** What neither ARM nor MLflow tells of a run: why it failed. */
export function runHistory(world: World): Hono {
  const routes = new Hono();
  routes.use(requireToken(world, 'https://management.azure.com', (c, fault) => c.json(problem('UserError', `The bearer token is refused: ${fault}.`), 401))); // prettier-ignore
  routes.get(`${base}/experimentids/:experiment/runs/:run/details`, (c) => {
    const [, id = ''] = /^\/history\/v1\.0(\/.*)\/experimentids\//.exec(c.req.path) ?? [];
    const run = world.workspaces.get(id.toLowerCase())?.runs.get(c.req.param('run'));
    if (run === undefined || run.experimentId !== c.req.param('experiment')) {
      return c.json(problem('UserError', `Run ${c.req.param('run')} was not found.`), 404);
    }
    return c.json(details(run));
  });
  routes.all('*', (c) => notImplemented(world, c.req.method, c.req.path));
  return routes;
}

function details(run: Run): object {
  return {
    runId: run.id,
    status: run.status,
    startTimeUtc: run.startedAt.toISOString(),
    ...(run.endedAt && { endTimeUtc: run.endedAt.toISOString() }),
    properties: Object.fromEntries(run.properties),
    ...(run.error && problem(run.error.code, run.error.message)),
  };
}

/** An error inside of an error: so the service writes it, in details and in answers alike. */
function problem(code: string, message: string): { readonly error: { readonly error: object } } {
  return { error: { error: { code, message } } };
}
