import { randomUUID } from 'node:crypto';
import { Hono } from 'hono';
import { z } from 'zod';
import type { Workspace, World } from '../../world.ts';
import { isMonitor } from './definition.ts';
import type { ModelMonitors } from './monitors.ts';

const time = z.union([z.iso.datetime(), z.literal('null'), z.null()]).default(null);
const driftSchema = z.strictObject({
  workspace: z.string(),
  driftId: z.string().default(() => randomUUID()),
  driftName: z.string(),
  runId: z.string().default(() => randomUUID()),
  baseDatasetId: z.string().default(() => randomUUID()),
  targetDatasetId: z.string().default(() => randomUUID()),
  coefficient: z.number(),
  startTime: time,
  endTime: time,
});

/** Control routes: a run of a monitor on demand, and the drift event of the first generation, which nothing here computes. */
export function modelMonitor(world: World, monitors: ModelMonitors): Hono {
  const app = new Hono();
  app.post('/_control/monitors/:workspace/:schedule/run', (c) => {
    const workspace = workspaceNamed(world, c.req.param('workspace'));
    const schedule = workspace?.schedules.get(c.req.param('schedule'));
    if (workspace === undefined || schedule === undefined || !isMonitor(schedule)) {
      return c.json({ error: 'no such monitor' }, 404);
    }
    return c.json({ run: monitors.runNow(workspace, schedule).id }, 202);
  });
  app.post('/_control/datasetDrift', async (c) => {
    const asked = driftSchema.safeParse(await c.req.json());
    if (!asked.success) return c.json({ error: z.prettifyError(asked.error) }, 400);
    const { workspace: name, ...drift } = asked.data;
    const workspace = workspaceNamed(world, name);
    if (workspace === undefined) return c.json({ error: 'no such workspace' }, 404);
    world.raise({ kind: 'datasetDrift', workspace: workspace.id, drift });
    return c.json(drift, 202);
  });
  return app;
}

function workspaceNamed(world: World, name: string): Workspace | undefined {
  return [...world.workspaces.values()].find((workspace) => workspace.name === name);
}
