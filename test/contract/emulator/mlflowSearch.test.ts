import { ManagedIdentityCredential } from '@azure/identity';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { addRun } from '../../../emulator/runtime/runs.ts';
import type { Run } from '../../../emulator/world.ts';
import { startTestEmulator, type TestEmulator } from '../../emulated.ts';
import { addCode, addEnvironment, addJob, ended } from './runtimeWorld.ts';

let emulator: TestEmulator;
let token: string;
let root: Run;

const minute = 60_000;
const start = Date.UTC(2026, 10, 1);

/** A pipeline's tree beside a run of its own, as they are after it: what each test reads. */
beforeAll(async () => {
  emulator = await startTestEmulator();
  token = (await new ManagedIdentityCredential().getToken('https://management.azure.com/.default')).token;
  const belonging = { 'mlflow.rootRunId': 'root', 'mlflow.parentRunId': 'root', 'azureml.pipelinerunid': 'root' };
  root = add('root', 0, { runType: 'azureml.PipelineRun', tags: { 'mlflow.rootRunId': 'root', owner: 'me' } });
  add('split', 1, { runType: 'azureml.StepRun', parentId: 'root', tags: belonging });
  const train = add('train', 2, { runType: 'azureml.StepRun', parentId: 'root', tags: { ...belonging, owner: 'me' } });
  train.status = 'Running';
  delete train.endedAt;
  add('other', 3, { tags: { owner: 'you' } });
});
afterAll(() => emulator.stop());

function add(id: string, at: number, { tags, ...more }: { runType?: string; parentId?: string; tags: Record<string, string> }): Run {
  const run = addRun(emulator.workspace, {
    id,
    experimentName: 'searched',
    runType: null,
    name: `run ${id}`,
    status: 'Completed',
    startedAt: new Date(start + at * minute),
    tags,
    ...more,
  });
  run.endedAt = new Date(start + (at + 1) * minute);
  return run;
} // prettier-ignore

async function call(method: 'GET' | 'POST', route: string, given: Record<string, unknown>) {
  const { world, workspace } = emulator;
  const query = method === 'GET' ? `?${new URLSearchParams(given as Record<string, string>).toString()}` : '';
  const response = await fetch(`${world.origin}/mlflow/v1.0${workspace.id}/api/2.0/mlflow/${route}${query}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(method === 'POST' && { body: JSON.stringify(given) }),
  });
  return { status: response.status, body: await response.json() };
}

const pageSchema = z.object({
  runs: z.array(z.object({ info: z.object({ run_id: z.string() }) })),
  next_page_token: z.string().optional(),
});

async function found(more: Record<string, unknown>): Promise<{ runs: readonly string[]; next: string | undefined }> {
  const { body } = await call('POST', 'runs/search', { experiment_ids: [root.experimentId], ...more });
  const { runs, next_page_token } = pageSchema.parse(body);
  return { runs: runs.map(({ info }) => info.run_id), next: next_page_token };
}

describe('runs are searched', () => {
  it.each([
    { filter: '', runs: ['other', 'train', 'split', 'root'] },
    { filter: "tags.mlflow.parentRunId = 'root'", runs: ['train', 'split'] },
    { filter: "tags.`mlflow.rootRunId` = 'root' and tags.owner = 'me'", runs: ['train', 'root'] },
    { filter: "tags.owner != 'me'", runs: ['other'] },
    { filter: "attributes.status = 'RUNNING'", runs: ['train'] },
    { filter: "attribute.status != 'FINISHED' and tags.azureml.pipelinerunid = 'root'", runs: ['train'] },
    { filter: "attributes.run_name = 'run split'", runs: ['split'] },
    { filter: "run_id = 'other'", runs: ['other'] },
    { filter: `attributes.start_time >= ${start + 2 * minute}`, runs: ['other', 'train'] },
    { filter: `attributes.start_time > ${start} AND attributes.start_time < ${start + 3 * minute}`, runs: ['train', 'split'] },
    { filter: `attributes.end_time <= ${start + 2 * minute}`, runs: ['split', 'root'] },
    { filter: "tags.none = 'x'", runs: [] },
  ])('by $filter', async ({ filter, runs }) => {
    expect((await found({ filter })).runs).toEqual(runs);
  }); // prettier-ignore

  it.each([
    "tags.owner = 'me' or tags.owner = 'you'",
    "tags.owner LIKE 'm%'",
    "tags.owner > 'a'",
    "attributes.start_time > 'yesterday'",
    'attributes.status = 3',
    "attributes.artifact_uri = 'x'",
    'metrics.accuracy > 0',
  ])('not by %s', async (filter) => {
    expect(await call('POST', 'runs/search', { experiment_ids: [root.experimentId], filter })).toMatchObject({
      status: 400,
      body: { error_code: 'INVALID_PARAMETER_VALUE' },
    });
  });

  it('in pages, in either order', async () => {
    const first = await found({ order_by: ['attributes.start_time ASC'], max_results: 3 });
    expect(first.runs).toEqual(['root', 'split', 'train']);
    const rest = await found({ order_by: ['attributes.start_time ASC'], max_results: 3, page_token: first.next });
    expect(rest).toEqual({ runs: ['other'], next: undefined });
  });

  it('with the times at which they began and ended', async () => {
    const { body } = await call('GET', 'runs/get', { run_id: 'split' });
    expect(body).toMatchObject({ run: { info: { start_time: start + minute, end_time: start + 2 * minute } } });
    const { body: running } = await call('GET', 'runs/get', { run_id: 'train' });
    expect(running).not.toHaveProperty('run.info.end_time');
  });
});

describe('what a job left in its folder', () => {
  beforeAll(async () => {
    const { world, workspace } = emulator;
    const script = `import { mkdirSync, writeFileSync } from 'node:fs';
      mkdirSync('outputs/model', { recursive: true });
      writeFileSync('outputs/model/weights.json', '[1]');
      writeFileSync('outputs/report.txt', 'well done');
      writeFileSync('left.txt', 'not kept');`;
    const codeId = await addCode(world, workspace, 'leaving', { 'leave.mjs': script });
    const environmentId = addEnvironment(workspace);
    const end = ended(world, 'leaving');
    world.runJob(workspace, addJob(workspace, 'leaving', { command: 'node leave.mjs', codeId, environmentId }));
    await end;
  });

  it.each([
    { path: '', files: [{ path: 'outputs', is_dir: true }] },
    { path: 'outputs', files: [{ path: 'outputs/model', is_dir: true }, { path: 'outputs/report.txt', is_dir: false, file_size: 9 }] },
    { path: 'outputs/model', files: [{ path: 'outputs/model/weights.json', is_dir: false, file_size: 3 }] },
    { path: 'outputs/none', files: [] },
  ])('is listed: $path', async ({ path, files }) => {
    const { body } = await call('GET', 'artifacts/list', { run_id: 'leaving', path });
    expect(body).toEqual({ root_uri: 'azureml://artifacts/ExperimentRun/dcid.leaving', files });
  }); // prettier-ignore

  it.each([
    'azureml://jobs/leaving/outputs/artifacts/paths/outputs/model/weights.json',
    'azureml://datastores/workspaceartifactstore/paths/ExperimentRun/dcid.leaving/outputs/model/weights.json',
    'runs:/leaving/outputs/model/weights.json',
  ])('can be read by another job as %s', async (uri) => {
    const { world, workspace } = emulator;
    const end = ended(world, 'reading');
    const job = addJob(workspace, 'reading', {
      command: 'node -e "process.exit(require(\'./\' + process.argv[1])[0])" ${{inputs.weights}}',
      environmentId: addEnvironment(workspace),
      inputs: { weights: { jobInputType: 'uri_file', uri } },
    });
    world.runJob(workspace, job);
    expect([(await end).status, job.log]).toEqual(['Failed', expect.stringContaining('exit code 1')]);
  });

  it('is nothing for a run that left nothing, and unknown for no run', async () => {
    expect((await call('GET', 'artifacts/list', { run_id: 'split' })).body).toMatchObject({ files: [] });
    expect((await call('GET', 'artifacts/list', { run_id: 'none' })).status).toBe(404);
  });
});
