import { randomUUID } from 'node:crypto';
import type { Context, Hono } from 'hono';
import { z } from 'zod';
import { listArtifacts } from '../../runtime/artifacts.ts';
import { addRun, changeRunStatus, isTerminal } from '../../runtime/runs.ts';
import type { Run, Workspace, World } from '../../world.ts';
import type { MlflowEnv } from './context.ts';
import { MlflowError, parsed } from './errors.ts';
import { experimentWithId } from './experiments.ts';
import { batchSchema, logBatch, metricSchema, paramSchema, tagSchema } from './logging.ts';
import { pageOf } from './paging.ts';
import { searchRuns, searchSchema } from './search.ts';
import { jobStatus, metricOnWire, mlflowStatuses, runInfo, runOnWire, wireInteger } from './wire.ts';

const runIdSchema = z
  .object({ run_id: z.string().optional(), run_uuid: z.string().optional() })
  .transform(({ run_id, run_uuid }) => run_id ?? run_uuid)
  .pipe(z.string({ error: 'Missing value for required parameter run_id.' }));
const createSchema = z.object({
  experiment_id: z.string(),
  run_name: z.string().optional(),
  start_time: wireInteger.optional(),
  tags: z.array(tagSchema).default([]),
});
const updateSchema = z.object({
  status: z.enum(mlflowStatuses).optional(),
  end_time: wireInteger.optional(),
  run_name: z.string().optional(),
});
const artifactsSchema = z.object({ path: z.string().default('') });
const historySchema = z.object({
  metric_key: z.string(),
  max_results: wireInteger.default(25_000),
  page_token: z.string().optional(),
});

export function runRoutes(app: Hono<MlflowEnv>, world: World): void {
  app.post('/runs/create', async (c) => {
    const asked = parsed(createSchema, await c.req.json());
    return c.json({ run: runOnWire(createRun(world, c.get('workspace'), asked)) });
  });
  app.get('/runs/get', (c) => c.json({ run: runOnWire(runOf(c, c.req.query())) }));
  app.post('/runs/update', async (c) => {
    const body: unknown = await c.req.json();
    const run = runOf(c, body);
    updateRun(world, c.get('workspace'), run, parsed(updateSchema, body));
    return c.json({ run_info: runInfo(run) });
  });
  app.post('/runs/search', async (c) => {
    const asked = parsed(searchSchema, await c.req.json());
    const found = searchRuns(c.get('workspace').runs.values(), asked);
    const { items, next } = pageOf(found, asked.max_results, asked.page_token);
    return c.json({ runs: items.map(runOnWire), ...(next && { next_page_token: next }) });
  });
  app.get('/metrics/get-history', (c) => {
    const run = runOf(c, c.req.query());
    const { metric_key, max_results, page_token } = parsed(historySchema, c.req.query());
    const history = run.metrics.filter(({ key }) => key === metric_key);
    const { items, next } = pageOf(history, max_results, page_token);
    return c.json({ metrics: items.map(metricOnWire), ...(next && { next_page_token: next }) });
  });
  artifactRoutes(app, world);
  logRoutes(app);
}

function artifactRoutes(app: Hono<MlflowEnv>, world: World): void {
  app.get('/artifacts/list', async (c) => {
    const run = runOf(c, c.req.query());
    const { path } = parsed(artifactsSchema, c.req.query());
    const found = await listArtifacts(world, c.get('workspace'), run, path);
    return c.json({
      root_uri: runInfo(run).artifact_uri,
      files: found.map(({ path, bytes }) => ({ path, is_dir: bytes === undefined, ...(bytes !== undefined && { file_size: bytes }) })), // prettier-ignore
    });
  });
}

function logRoutes(app: Hono<MlflowEnv>): void {
  app.post('/runs/set-tag', async (c) => {
    const body: unknown = await c.req.json();
    logBatch(runOf(c, body), { tags: [parsed(tagSchema, body)] });
    return c.json({});
  });
  app.post('/runs/log-metric', async (c) => {
    const body: unknown = await c.req.json();
    logBatch(runOf(c, body), { metrics: [parsed(metricSchema, body)] });
    return c.json({});
  });
  app.post('/runs/log-parameter', async (c) => {
    const body: unknown = await c.req.json();
    logBatch(runOf(c, body), { params: [parsed(paramSchema, body)] });
    return c.json({});
  });
  app.post('/runs/log-batch', async (c) => {
    const body: unknown = await c.req.json();
    logBatch(runOf(c, body), parsed(batchSchema, body));
    return c.json({});
  });
}

function runOf(c: Context<MlflowEnv>, given: unknown): Run {
  const id = parsed(runIdSchema, given);
  const found = c.get('workspace').runs.get(id);
  if (found === undefined) throw new MlflowError('RESOURCE_DOES_NOT_EXIST', `Run with id=${id} not found.`);
  return found;
}

function createRun(world: World, workspace: Workspace, asked: z.infer<typeof createSchema>): Run {
  const id = randomUUID();
  const name = asked.run_name ?? `run_${id.slice(0, 8)}`;
  const run = addRun(workspace, {
    id,
    experimentName: experimentWithId(workspace, asked.experiment_id).name,
    runType: null,
    name,
    status: 'Running',
    startedAt: asked.start_time === undefined ? world.clock.now() : new Date(asked.start_time),
    tags: { 'mlflow.rootRunId': id, 'mlflow.runName': name },
  });
  logBatch(run, { tags: asked.tags });
  changeRunStatus(world, workspace, run, 'Running');
  return run;
}

/** The status of a job's run is the job's business: what a client says of it is not taken over [unverified]. */
function updateRun(world: World, workspace: Workspace, run: Run, asked: z.infer<typeof updateSchema>): void {
  if (asked.run_name !== undefined) run.name = asked.run_name;
  if (asked.status === undefined || workspace.jobs.has(run.id)) return;
  const status = jobStatus[asked.status];
  if (asked.end_time !== undefined && isTerminal(status)) run.endedAt = new Date(asked.end_time);
  if (status !== run.status) changeRunStatus(world, workspace, run, status);
}
