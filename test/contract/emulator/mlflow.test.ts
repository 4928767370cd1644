import { ManagedIdentityCredential } from '@azure/identity';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { addRun } from '../../../emulator/runtime/runs.ts';
import type { WorkspaceEvent } from '../../../emulator/world.ts';
import { startTestEmulator, type TestEmulator } from '../../emulated.ts';
import { addJob } from './runtimeWorld.ts';

let emulator: TestEmulator;
let token: string;

beforeAll(async () => {
  emulator = await startTestEmulator();
  token = (await new ManagedIdentityCredential().getToken('https://management.azure.com/.default')).token;
});
afterAll(() => emulator.stop());

async function call(method: 'GET' | 'POST', route: string, given: Record<string, unknown>, bearer = token) {
  const { world, workspace } = emulator;
  const query = method === 'GET' ? `?${new URLSearchParams(given as Record<string, string>).toString()}` : '';
  const response = await fetch(`${world.origin}/mlflow/v1.0${workspace.id}/api/2.0/mlflow/${route}${query}`, {
    method,
    headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
    ...(method === 'POST' && { body: JSON.stringify(given) }),
  });
  return { status: response.status, body: await response.json() };
}

async function createdRun(): Promise<string> {
  const name = `experiment-${emulator.workspace.experiments.size}`;
  const { body: experiment } = await call('POST', 'experiments/create', { name });
  const { experiment_id } = z.object({ experiment_id: z.string() }).parse(experiment);
  const { body } = await call('POST', 'runs/create', {
    experiment_id,
    run_name: 'first',
    start_time: 1_700_000_000_000,
  });
  return z.object({ run: z.object({ info: z.object({ run_id: z.string() }) }) }).parse(body).run.info.run_id;
}

function refused(code: string, status: number) {
  return { status, body: { error_code: code, message: expect.any(String) } };
}

describe('experiments', () => {
  it('are created once, and found by id, name and search', async () => {
    const { body } = await call('POST', 'experiments/create', { name: 'spam' });
    const { experiment_id } = z.object({ experiment_id: z.string() }).parse(body);
    const experiment = { experiment_id, name: 'spam', lifecycle_stage: 'active' };
    expect(await call('POST', 'experiments/create', { name: 'spam' })).toEqual(refused('RESOURCE_ALREADY_EXISTS', 400));
    expect((await call('GET', 'experiments/get', { experiment_id })).body).toMatchObject({ experiment });
    expect((await call('GET', 'experiments/get-by-name', { experiment_name: 'spam' })).body).toMatchObject({
      experiment,
    });
    expect(await call('POST', 'experiments/search', { filter: "name = 'spam'", max_results: 5 })).toMatchObject({
      body: { experiments: [experiment] },
    });
  });

  it.each([
    { route: 'experiments/get', given: { experiment_id: 'none' }, expected: refused('RESOURCE_DOES_NOT_EXIST', 404) },
    { route: 'experiments/get-by-name', given: { experiment_name: 'none' }, expected: refused('RESOURCE_DOES_NOT_EXIST', 404) }, // prettier-ignore
    { route: 'experiments/get', given: {}, expected: refused('INVALID_PARAMETER_VALUE', 400) },
    {
      route: 'experiments/search',
      given: { filter: "name ILIKE '%'" },
      expected: refused('INVALID_PARAMETER_VALUE', 400),
    },
    { route: 'runs/get', given: { run_id: 'none' }, expected: refused('RESOURCE_DOES_NOT_EXIST', 404) },
    { route: 'runs/get', given: {}, expected: refused('INVALID_PARAMETER_VALUE', 400) },
  ])('GET $route $given is refused in MLflow’s words', async ({ route, given, expected }) => {
    expect(await call('GET', route, given)).toEqual(expected);
  });
});

describe('a run', () => {
  it('holds last metrics, params and tags, and the history of each metric in pages', async () => {
    const run_id = await createdRun();
    for (const [step, value] of [0.5, 0.75, 0.625].entries()) {
      expect(
        (await call('POST', 'runs/log-metric', { run_id, key: 'loss', value, timestamp: 10 + step, step })).status,
      ).toBe(200);
    }
    await call('POST', 'runs/log-parameter', { run_id, key: 'rate', value: '0.1' });
    await call('POST', 'runs/set-tag', { run_id, key: 'team', value: 'mail' });
    await call('POST', 'runs/log-batch', {
      run_id,
      metrics: [{ key: 'n', value: 1000, timestamp: 1, step: 0 }],
      params: [{ key: 'bits', value: '18' }],
      tags: [{ key: 'team', value: 'post' }],
    });
    const { body } = await call('GET', 'runs/get', { run_id });
    expect(body).toMatchObject({
      run: {
        info: { run_id, run_name: 'first', status: 'RUNNING', start_time: 1_700_000_000_000 },
        data: {
          metrics: [
            { key: 'loss', value: 0.625, timestamp: 12, step: 2 },
            { key: 'n', value: 1000, timestamp: 1, step: 0 },
          ],
          params: [
            { key: 'rate', value: '0.1' },
            { key: 'bits', value: '18' },
          ],
          tags: expect.arrayContaining([{ key: 'team', value: 'post' }]),
        },
      },
    });

    const first = await call('GET', 'metrics/get-history', { run_id, metric_key: 'loss', max_results: '2' });
    const page = z
      .object({ metrics: z.array(z.object({ value: z.number() })), next_page_token: z.string() })
      .parse(first.body);
    expect(page.metrics.map(({ value }) => value)).toEqual([0.5, 0.75]);
    const rest = await call('GET', 'metrics/get-history', { run_id, metric_key: 'loss', max_results: '2', page_token: page.next_page_token }); // prettier-ignore
    expect(rest.body).toEqual({ metrics: [{ key: 'loss', value: 0.625, timestamp: 12, step: 2 }] });
  });

  it('takes and gives NaN and infinity as words', async () => {
    const run_id = await createdRun();
    await call('POST', 'runs/log-metric', { run_id, key: 'auc', value: 'NaN', timestamp: 1 });
    await call('POST', 'runs/log-metric', { run_id, key: 'loss', value: '-Infinity', timestamp: 1 });
    const { body } = await call('GET', 'runs/get', { run_id });
    const values = [{ key: 'auc', value: 'NaN' }, { key: 'loss', value: '-Infinity' }]; // prettier-ignore
    expect(body).toMatchObject({ run: { data: { metrics: values } } });
  });

  it('never changes a parameter, and takes nothing of a batch that would', async () => {
    const run_id = await createdRun();
    await call('POST', 'runs/log-parameter', { run_id, key: 'rate', value: '0.1' });
    expect((await call('POST', 'runs/log-parameter', { run_id, key: 'rate', value: '0.1' })).status).toBe(200);
    const batch = { run_id, params: [{ key: 'new', value: '1' }, { key: 'rate', value: '0.2' }] }; // prettier-ignore
    expect(await call('POST', 'runs/log-batch', batch)).toMatchObject(refused('INVALID_PARAMETER_VALUE', 400));
    expect([...emulator.workspace.runs.get(run_id)!.params]).toEqual([['rate', '0.1']]);
  });

  it.each([
    { case: 'a tag of 1001 characters', route: 'runs/set-tag', given: { key: 'x', value: 'x'.repeat(1_001) } },
    { case: 'a metric that is text', route: 'runs/log-metric', given: { key: 'x', value: 'high', timestamp: 1 } },
    { case: 'a parameter without value', route: 'runs/log-parameter', given: { key: 'x' } },
    {
      case: 'more than 50 metric names',
      route: 'runs/log-batch',
      given: { metrics: Array.from({ length: 51 }, (_, at) => ({ key: `m${at}`, value: 1, timestamp: 1 })) },
    },
    {
      case: 'more than 1000 metrics at once',
      route: 'runs/log-batch',
      given: { metrics: Array.from({ length: 1_001 }, (_, at) => ({ key: 'm', value: 1, timestamp: at })) },
    },
  ])('refuses $case', async ({ route, given }) => {
    const run_id = await createdRun();
    expect(await call('POST', route, { run_id, ...given })).toEqual(refused('INVALID_PARAMETER_VALUE', 400));
  });

  it('that no job owns tells its own end; the status of a job’s run is the job’s', async () => {
    const told: WorkspaceEvent[] = [];
    emulator.world.onEvent((event) => void told.push(event));
    const run_id = await createdRun();
    const { body } = await call('POST', 'runs/update', { run_id, status: 'FINISHED', end_time: 1_700_000_001_000 });
    expect(body).toMatchObject({ run_info: { status: 'FINISHED', end_time: 1_700_000_001_000 } });
    expect(told.map((event) => event.kind)).toEqual(['runStatusChanged', 'runStatusChanged', 'runCompleted']);

    addJob(emulator.workspace, 'job-1', {});
    addRun(emulator.workspace, { id: 'job-1', experimentName: 'jobs', runType: 'azureml.scriptrun', name: 'job', status: 'Running', startedAt: new Date() }); // prettier-ignore
    await call('POST', 'runs/update', { run_id: 'job-1', status: 'FINISHED' });
    expect(emulator.workspace.runs.get('job-1')?.status).toBe('Running');
  });

  it.each([
    ['NotStarted', 'SCHEDULED'],
    ['Queued', 'SCHEDULED'],
    ['Preparing', 'SCHEDULED'],
    ['Running', 'RUNNING'],
    ['Completed', 'FINISHED'],
    ['Failed', 'FAILED'],
    ['Canceled', 'KILLED'],
  ] as const)('with the status %s is %s', async (status, expected) => {
    const id = `status-${status}`;
    addRun(emulator.workspace, { id, experimentName: 'x', runType: null, name: id, status, startedAt: new Date() });
    expect((await call('GET', 'runs/get', { run_id: id })).body).toMatchObject({ run: { info: { status: expected } } });
  });

  it('is found by tag, and by nothing that the service does not search by', async () => {
    const run_id = await createdRun();
    const { experimentId } = emulator.workspace.runs.get(run_id)!;
    const search = (more: Record<string, unknown>) =>
      call('POST', 'runs/search', { experiment_ids: [experimentId], ...more });
    const found = { runs: [{ info: { run_id } }] };
    expect((await search({ filter: `tags.mlflow.rootRunId = '${run_id}' and attributes.status = 'RUNNING'` })).body).toMatchObject(found); // prettier-ignore
    expect((await search({ filter: `tags.mlflow.rootRunId = 'other'` })).body).toEqual({ runs: [] });
    expect(await search({ filter: "tags.a = '1' or tags.b = '2'" })).toEqual(refused('INVALID_PARAMETER_VALUE', 400));
    expect(await search({ order_by: ['metrics.auc DESC'] })).toEqual(refused('INVALID_PARAMETER_VALUE', 400));
  });
});

describe('the door', () => {
  it('is shut without a token for management', async () => {
    expect(await call('GET', 'runs/get', { run_id: 'x' }, 'nonsense')).toEqual(refused('UNAUTHENTICATED', 401));
    const other = emulator.world.tokens.issue('https://storage.azure.com')!.token;
    expect(await call('GET', 'runs/get', { run_id: 'x' }, other)).toEqual(refused('UNAUTHENTICATED', 401));
  });

  it('says 404 for a workspace that does not exist', async () => {
    const { world, workspace } = emulator;
    const url = `${world.origin}/mlflow/v1.0${workspace.id}-other/api/2.0/mlflow/runs/get?run_id=x`;
    const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
    expect(response.status).toBe(404);
  });

  it('is loud about what it does not do', async () => {
    expect((await call('GET', 'registered-models/get', { name: 'x' })).status).toBe(501);
    expect(emulator.world.unimplemented.splice(0)).toEqual([expect.stringContaining('registered-models/get')]);
  });
});
