import { randomUUID } from 'node:crypto';
import { Hono } from 'hono';
import { z } from 'zod';
import type { Job, Workspace, World } from './world.ts';

const count = z.int().min(0);

const faultSchema = z.strictObject({
  id: z.string().default(() => randomUUID()),
  service: z.enum([
    'arm',
    'mlflow',
    'runHistory',
    'monitor',
    'logs',
    'email',
    'eventGrid',
    'token',
    'scoring',
    'github',
    'batch',
  ]),
  method: z.string().exactOptional(),
  path: z.string().exactOptional(),
  kind: z.enum(['status', 'hang', 'dropAnswer', 'late', 'delay']),
  status: z.int().min(400).max(599).exactOptional(),
  body: z.unknown().exactOptional(),
  retryAfterSeconds: count.exactOptional(),
  delayMs: z.number().min(0).exactOptional(),
  skip: count.exactOptional(),
  times: count.default(1),
  seen: z.literal(0).default(0),
});

const mischiefSchema = z.strictObject({
  id: z.string().default(() => randomUUID()),
  event: z.enum(['runStatusChanged', 'runCompleted', 'modelRegistered', 'modelDeployed', 'datasetDrift']),
  kind: z.enum(['double', 'delay', 'reorder', 'lose']),
  delayMs: z.number().min(0).exactOptional(),
  skip: count.exactOptional(),
  times: count.default(1),
  seen: z.literal(0).default(0),
});

const quotaSchema = z.strictObject({ quota: count });
const memorySchema = z.union([
  z.literal('notMeasured'),
  z.strictObject({ percent: z.number().min(0).max(100).exactOptional(), perMinute: z.number().exactOptional() }),
]);
const nodesSchema = z.strictObject({ compute: z.string(), nodes: count });

/**
 * What a demo or a person at the keyboard may do to the world, from this machine only (front.ts). Nothing here sets a state or
 * a metric: those come from what really happened. But for a deployment's memory: its process has no machine of its own to fill.
 */
export function control(world: World): Hono {
  const app = new Hono();
  listed(app, '/_control/faults', world.faults, faultSchema);
  listed(app, '/_control/mischief', world.mischief, mischiefSchema);
  app.get('/_control/clock', (c) => c.json({ ...world.clock, now: world.clock.now() }));
  app.get('/_control/health', (c) => c.json({ unimplemented: world.unimplemented, crashes: world.crashes }));
  app.get('/_control/calls', (c) => {
    const service = c.req.query('service');
    return c.json(world.calls.filter((call) => service === undefined || call.service === service));
  });
  app.get('/_control/jobs/:name/log', (c) => {
    const found = jobNamed(world, c.req.param('name'));
    return found === undefined ? c.json({ error: 'no such job' }, 404) : c.text(found.job.log);
  });
  app.post('/_control/jobs/:name/preempt', (c) => {
    const found = jobNamed(world, c.req.param('name'));
    if (found === undefined) return c.json({ error: 'no such job' }, 404);
    return world.preemptJob(found.workspace, found.job) ? c.body(null, 204) : c.json({ error: 'it does not run' }, 409);
  });
  const workspace = ({ name = '' }: Names) => workspaceNamed(world, name);
  const deployment = (names: Names) =>
    workspace(names)
      ?.endpoints.get(names['endpoint'] ?? '')
      ?.deployments.get(names['deployment'] ?? '');
  told(app, '/_control/workspaces/:name/quota', quotaSchema, workspace, (found, { quota }) => (found.quota = quota));
  told(app, '/_control/workspaces/:name/nodes', nodesSchema, workspace, (found, { compute, nodes }) => found.nodes.set(compute, nodes)); // prettier-ignore
  told(app, '/_control/workspaces/:name/endpoints/:endpoint/deployments/:deployment/memory', memorySchema, deployment, (found, asked) => {
    found.memory = asked === 'notMeasured' ? asked : { ...asked, since: world.clock.now() };
  }); // prettier-ignore
  return app;
}

function workspaceNamed(world: World, wanted: string): Workspace | undefined {
  return [...world.workspaces.values()].find(({ name }) => name === wanted);
}

function jobNamed(world: World, name: string): { readonly workspace: Workspace; readonly job: Job } | undefined {
  for (const workspace of world.workspaces.values()) {
    const job = workspace.jobs.get(name);
    if (job !== undefined) return { workspace, job };
  }
  return undefined;
}

type Names = Readonly<Record<string, string>>;

/** Says one thing of what is there. */
function told<Asked, Found>(
  app: Hono,
  path: string,
  schema: z.ZodType<Asked>,
  find: (names: Names) => Found | undefined,
  say: (found: Found, asked: Asked) => void,
): void {
  app.put(path, async (c) => {
    const asked = schema.safeParse(await c.req.json());
    if (!asked.success) return c.json({ error: z.prettifyError(asked.error) }, 400);
    const found = find(c.req.param());
    if (found === undefined) return c.json({ error: `nothing at ${c.req.path}` }, 404);
    say(found, asked.data);
    return c.body(null, 204);
  });
}

/** List, add, remove one, remove all. */
function listed<Item extends { id: string }>(app: Hono, path: string, items: Item[], schema: z.ZodType<Item>): void {
  app.get(path, (c) => c.json(items));
  app.post(path, async (c) => {
    const asked = schema.safeParse(await c.req.json());
    if (!asked.success) return c.json({ error: z.prettifyError(asked.error) }, 400);
    items.push(asked.data);
    return c.json(asked.data, 201);
  });
  app.delete(path, (c) => {
    items.length = 0;
    return c.body(null, 204);
  });
  app.delete(`${path}/:id`, (c) => {
    const at = items.findIndex(({ id }) => id === c.req.param('id'));
    if (at < 0) return c.json({ error: 'no such id' }, 404);
    items.splice(at, 1);
    return c.body(null, 204);
  });
}
