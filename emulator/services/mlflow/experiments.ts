import type { Hono } from 'hono';
import { z } from 'zod';
import { experimentNamed } from '../../runtime/runs.ts';
import type { Workspace } from '../../world.ts';
import { MlflowError, parsed } from './errors.ts';
import { pageOf } from './paging.ts';
import type { MlflowEnv } from './context.ts';
import { experimentOnWire, wireInteger } from './wire.ts';

const createSchema = z.object({ name: z.string().min(1) });
const getSchema = z.object({ experiment_id: z.string() });
const byNameSchema = z.object({ experiment_name: z.string() });
const searchSchema = z.object({
  max_results: wireInteger.default(1_000),
  page_token: z.string().optional(),
  filter: z.string().optional(),
  view_type: z.enum(['ACTIVE_ONLY', 'ALL', 'DELETED_ONLY']).default('ACTIVE_ONLY'),
});

export function experimentRoutes(app: Hono<MlflowEnv>): void {
  app.post('/experiments/create', async (c) => {
    const { name } = parsed(createSchema, await c.req.json());
    const workspace = c.get('workspace');
    if (workspace.experiments.has(name)) {
      throw new MlflowError('RESOURCE_ALREADY_EXISTS', `Experiment '${name}' already exists.`);
    }
    return c.json({ experiment_id: experimentNamed(workspace, name).id });
  });
  app.get('/experiments/get', (c) => {
    const { experiment_id: id } = parsed(getSchema, c.req.query());
    return c.json({ experiment: experimentOnWire(experimentWithId(c.get('workspace'), id)) });
  });
  app.get('/experiments/get-by-name', (c) => {
    const { experiment_name: name } = parsed(byNameSchema, c.req.query());
    const found = c.get('workspace').experiments.get(name);
    if (found === undefined) throw new MlflowError('RESOURCE_DOES_NOT_EXIST', `Could not find experiment '${name}'.`);
    return c.json({ experiment: experimentOnWire(found) });
  });
  app.on(['GET', 'POST'], '/experiments/search', async (c) => {
    const asked = parsed(searchSchema, c.req.method === 'GET' ? c.req.query() : await c.req.json());
    const { items, next } = pageOf(searched(c.get('workspace'), asked), asked.max_results, asked.page_token);
    return c.json({ experiments: items.map(experimentOnWire), ...(next && { next_page_token: next }) });
  });
}

export function experimentWithId(workspace: Workspace, id: string): { id: string; name: string } {
  const found = [...workspace.experiments.values()].find((experiment) => experiment.id === id);
  if (found === undefined) throw new MlflowError('RESOURCE_DOES_NOT_EXIST', `No Experiment with id=${id} exists.`);
  return found;
}

/** Of the filter language only `name = '...'` is understood. */
function searched(workspace: Workspace, { filter, view_type }: z.infer<typeof searchSchema>) {
  const all = view_type === 'DELETED_ONLY' ? [] : [...workspace.experiments.values()];
  if (filter === undefined || filter.trim() === '') return all;
  const name = /^\s*name\s*=\s*'([^']*)'\s*$/.exec(filter)?.[1];
  if (name === undefined) throw new MlflowError('INVALID_PARAMETER_VALUE', `Filter not understood: ${filter}`);
  return all.filter((experiment) => experiment.name === name);
}
