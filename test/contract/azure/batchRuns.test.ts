import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { BatchEndpoint, Job, Workspace, World } from '../../../emulator/world.ts';
import { armBatchEndpoints } from '../../../src/lib/azure/batchEndpoints.ts';
import { batchJobs } from '../../../src/lib/azure/batchRuns.ts';
import { appCredential } from '../../../src/lib/azure/credential.ts';
import type { Endpoints } from '../../../src/lib/ports.ts';
import type { BatchRuns, TestJob } from '../../../src/lib/ports/batch.ts';
import { startTestEmulator, type TestEmulator } from '../../emulated.ts';
import { addCode, upload } from '../emulator/runtimeWorld.ts';
import { outcome } from './outcome.ts';
import { seedAsset, seedBatchDeployment, seedBatchEndpoint } from './seeds.ts';

/** A row for each line below the header, unless the model says how many. */
const script = `import { readFileSync } from 'node:fs';
export const run = (files) => files.flatMap((file) => {
  const lines = readFileSync(file, 'utf8').trim().split('\\n').slice(1);
  return lines.slice(0, Number(process.env.ROWS ?? lines.length));
});`;

let emulator: TestEmulator;
let world: World;
let workspace: Workspace;
let endpoint: BatchEndpoint;
let runs: BatchRuns;
let endpoints: Endpoints;

const at = (place: string) => `azureml://datastores/workspaceblobstore/paths/${place}`;

beforeAll(async () => {
  emulator = await startTestEmulator();
  ({ world, workspace } = emulator);
  const options = { credential: appCredential({ managed: true }), endpoint: world.origin, retryDelayMs: 5 };
  runs = batchJobs({ ...options, datastores: { connectionString: world.storage.connectionString } });
  endpoints = armBatchEndpoints(options);
  await upload(world, workspace, {
    'in/a.csv': 'text\none\ntwo\n', 'in/b.csv': 'text\nthree\n\n', 'other/x.bin': '\u0000', 'model/word.txt': 'spam',
  }); // prettier-ignore
  const data = (name: string, version: string, dataUri: string, dataType = 'uri_folder') =>
    seedAsset(workspace, 'data', name, version, { properties: { dataType, dataUri }, createdAt: new Date(Date.UTC(2026, 10, 22, Number(version))) }); // prettier-ignore
  data('mails', '1', at('other/'));
  data('mails', '2', at('in/'));
  data('binary', '1', at('other/'));
  data('table', '1', at('in/'), 'mltable');
  seedAsset(workspace, 'models', 'spam', '1', { properties: { modelUri: at('model/') } });
  seedAsset(workspace, 'environments', 'node', '1', { properties: { image: 'node:24' } });
  await addCode(world, workspace, 'score', { 'score.mjs': script });
  endpoint = seedBatchEndpoint(workspace, 'nightly', { serving: 'old' });
  for (const [name, ROWS] of [['new', undefined], ['short', '0'], ['one', '1']] as const) {
    const deployment = seedBatchDeployment(workspace, endpoint, name, { version: '1' });
    const codeConfiguration = { codeId: `${workspace.id}/codes/score/versions/1`, scoringScript: 'score.mjs' };
    deployment.properties = { ...deployment.properties, codeConfiguration, environmentVariables: ROWS === undefined ? {} : { ROWS } };
  } // prettier-ignore
});
afterAll(() => emulator.stop());

let tests = 0;
const testJob = (change: Partial<TestJob> = {}): TestJob => ({
  deployment: 'new', attempt: 1, input: 'mails', as: 'data', output: 'score', testId: `test-${(tests += 1)}`, ...change,
}); // prettier-ignore
const start = (job: TestJob) => runs.start(workspace.id, 'nightly', job);
const jobs = () => [...workspace.jobs.values()];

async function completed(name: string): Promise<Job> {
  await vi.waitFor(() => expect(workspace.jobs.get(name)?.status).toBe('Completed'), 20_000);
  return workspace.jobs.get(name)!;
}

describe('a test job', () => {
  test('runs the deployment that is named on the newest version of the data, and what it leaves is counted', async () => {
    const asked = testJob();
    const { job, data, place } = await start(asked);
    expect({ data, place }).toEqual({
      data: 'mails:2',
      place: `azureml://datastores/workspaceblobstore/paths/steward/tests/${asked.testId}-1/score`,
    });
    const { properties } = await completed(job);
    expect(properties['properties']).toMatchObject({ 'azureml.deploymentname': 'new' });
    const wanted = { job, output: 'score', ...(place !== undefined && { place }) };
    expect(await runs.output(workspace.id, wanted)).toEqual({ files: 1 });
    expect(await runs.output(workspace.id, { ...wanted, rows: true })).toEqual({ files: 1, rows: 3 });
    expect(await runs.output(workspace.id, { ...wanted, rows: true, data })).toEqual({ files: 1, rows: 3, inputRows: 3 }); // prettier-ignore
    // Where the row of an older version does not say it, the job does.
    expect(await runs.output(workspace.id, { job, output: 'score', rows: true })).toEqual({ files: 1, rows: 3 });
  });

  test('that leaves nothing is told to have left nothing', async () => {
    const { job, data, place } = await start(testJob({ deployment: 'short' }));
    await completed(job);
    const wanted = { job, output: 'score', rows: true as const, data, ...(place !== undefined && { place }) };
    expect(await runs.output(workspace.id, wanted)).toEqual({ files: 0, rows: 0, inputRows: 3 });
    // A file that was opened and never written to is nothing, either.
    await upload(world, workspace, { [`${place?.replace(/^.*\/paths\//, '')}/predictions.csv`]: '' });
    expect(await runs.output(workspace.id, wanted)).toEqual({ files: 0, rows: 0, inputRows: 3 });
  });

  test('on data that is no text is run, and its rows are not counted', async () => {
    const { job, data } = await start(testJob({ input: 'azureml:binary:1' }));
    expect(data).toBe('binary:1');
    await completed(job);
    const found = await runs.output(workspace.id, { job, output: 'score', rows: true, data });
    expect(found).not.toHaveProperty('inputRows');
  });

  test('is found again, whatever became of the answer', async () => {
    const asked = testJob();
    const before = jobs().length;
    world.faults.push({ id: 'lost', service: 'batch', kind: 'dropAnswer', times: 1, seen: 0 });
    expect(await outcome(start(asked))).toMatch(/^Unavailable/);
    const again = await start({ ...asked, attempt: 2 });
    expect(jobs()).toHaveLength(before + 1);
    expect(again.job).toBe(jobs().at(-1)?.name);
    expect(again).toMatchObject({ data: 'mails:2', place: expect.stringContaining(`${asked.testId}-1`) });
  });

  test('writes to a place of its own at each attempt, where the service forgets tags', async () => {
    const asked = testJob();
    const first = await start(asked);
    await completed(first.job);
    workspace.jobs.get(first.job)!.tags = {};
    for (const tag of ['steward.test', 'steward.testData', 'steward.testPlace']) workspace.runs.get(first.job)?.tags.delete(tag); // prettier-ignore
    const second = await start({ ...asked, attempt: 2 });
    expect(second.job).not.toBe(first.job);
    await completed(second.job);
  });

  test.each([
    ['data that is not there', { input: 'nothing' }, 'Refused(notFound)'],
    ['a version that is not there', { input: 'azureml:mails:9' }, 'Refused(notFound)'],
    ['a table', { input: 'table' }, 'Refused(invalid)'],
    ['a deployment that is not there', { deployment: 'nobody' }, 'Refused(notFound)'],
  ])('of %s is refused, and nothing runs', async (_, change, met) => {
    const before = jobs().length;
    expect(await outcome(start(testJob(change)))).toBe(met);
    expect(jobs()).toHaveLength(before);
  });

  test('of an endpoint that asks to come later is not started', async () => {
    world.faults.push({ id: 'slow', service: 'batch', kind: 'status', status: 429, retryAfterSeconds: 7, times: 1, seen: 0 }); // prettier-ignore
    await expect(start(testJob())).rejects.toMatchObject({ code: 'throttled', retryAfterMs: 7000 });
  });

  test('of a role that is not there yet is refused', async () => {
    world.faults.push({ id: 'role', service: 'batch', kind: 'status', status: 403, times: 1, seen: 0 });
    expect(await outcome(start(testJob()))).toBe('Refused(forbidden)');
  });
});

describe('a deployment of a pipeline component', () => {
  test('is copied with the component of the version, served by its tag, and its job says where the output is', async () => {
    const code = `azureml:${workspace.id}/codes/score/versions/1`;
    const say = 'node -e "fs.writeFileSync(process.argv[1], process.argv[2])" ${{outputs.out}}/rows.txt "one two"';
    const step = { type: 'command', code, environment: 'azureml:node:1', command: say, inputs: { mails: { type: 'uri_folder' } }, outputs: { out: { type: 'uri_folder' } } }; // prettier-ignore
    seedAsset(workspace, 'components', 'step', '1', { properties: { componentSpec: step } });
    const node = {
      type: 'command', componentId: 'azureml:step:1',
      inputs: { mails: { job_input_type: 'literal', value: '${{parent.inputs.mails}}' } },
      outputs: { out: { type: 'literal', value: '${{parent.outputs.labels}}' } },
    }; // prettier-ignore
    const whole = { type: 'pipeline', inputs: { mails: { type: 'uri_folder' } }, outputs: { labels: { type: 'uri_folder' } }, jobs: { step: node } }; // prettier-ignore
    for (const version of ['1', '2']) seedAsset(workspace, 'components', 'label', version, { properties: { componentSpec: whole } }); // prettier-ignore
    seedAsset(workspace, 'models', 'labels', '1');
    seedAsset(workspace, 'models', 'labels', '2', { properties: { tags: { 'steward.component': 'label:2' } }, tags: { 'steward.component': 'label:2' } }); // prettier-ignore
    const pipes = seedBatchEndpoint(workspace, 'pipes', { serving: 'first' });
    const first = seedBatchDeployment(workspace, pipes, 'first', { version: '1' });
    const componentId = { referenceType: 'Id', assetId: `${workspace.id}/components/label/versions/1` };
    first.tags = { 'steward.model': 'labels:1' };
    first.properties = {
      deploymentConfiguration: { deploymentConfigurationType: 'PipelineComponent', componentId, settings: { default_compute: 'cpu' } },
    }; // prettier-ignore

    const plan = { deployment: 'second', model: 'labels', version: '2', like: 'first', plan: {}, stewardId: 'ours' };
    await endpoints.createDeployment(workspace.id, 'pipes', plan);
    await vi.waitFor(() => expect(pipes.deployments.get('second')?.state).toBe('Succeeded'), 10_000);
    const model = (version: string) => ({ model: `${workspace.id}/models/labels/versions/${version}`, version });
    expect((await endpoints.deployments(workspace.id, 'pipes')).toSorted((a, b) => a.name.localeCompare(b.name))).toEqual([
      { name: 'first', state: 'ready', ...model('1') },
      { name: 'second', state: 'ready', ...model('2'), stewardId: 'ours' },
    ]); // prettier-ignore

    const started = await runs.start(workspace.id, 'pipes', testJob({ deployment: 'second', as: 'mails', output: 'labels' }));
    expect(started).not.toHaveProperty('place');
    const job = await completed(started.job);
    expect(job.properties['componentId']).toMatch(/label\/versions\/2$/);
    expect(await runs.output(workspace.id, { job: started.job, output: 'labels', rows: true })).toEqual({ files: 1, rows: 1 });
  }); // prettier-ignore
});
