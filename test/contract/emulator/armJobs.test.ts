import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Job } from '../../../emulator/world.ts';
import { startTestEmulator, type TestEmulator } from '../../emulated.ts';
import { armClient, type ArmClient } from './armClient.ts';

let emulator: TestEmulator;
let arm: ArmClient;
let started: Job[] = [];

/** Jobs do not run here: the slot is the runtime's, and the control plane's half is what is tested. */
beforeAll(async () => {
  emulator = await startTestEmulator();
  emulator.world.runJob = (_workspace, job) => void started.push(job);
  arm = armClient(emulator.world, emulator.workspace);
  await arm.send('PUT', '/environments/node/versions/1', { properties: { image: 'node:24' } });
  await arm.send('PUT', '/data/mails/versions/1', { properties: { dataType: 'uri_folder', dataUri: 'azureml://datastores/workspaceblobstore/paths/mails/' } }); // prettier-ignore
});
beforeEach(() => {
  started = [];
});
afterAll(() => emulator.stop());

const job = (more: object = {}) => ({
  properties: {
    jobType: 'Command',
    command: 'node train.js --data ${{inputs.mails}}',
    environmentId: 'azureml:node:1',
    experimentName: 'spam',
    tags: { owner: 'me' },
    inputs: { mails: { jobInputType: 'uri_folder', mode: 'ReadOnlyMount', uri: 'azureml:mails:1' } },
    outputs: { model: { jobOutputType: 'uri_folder', mode: 'ReadWriteMount' } },
    ...more,
  },
});
const put = (name: string, body: object) => arm.send('PUT', `/jobs/${name}`, body);

describe('a command job', () => {
  it('is stored, started once and read back by the vendor client', async () => {
    const { status, body } = await put('j1', job());
    expect([status, body['properties']]).toMatchObject([201, { status: 'NotStarted', experimentName: 'spam' }]);
    expect(started.map(({ name }) => name)).toEqual(['j1']);
    const read = await arm.sdk.jobs.get('rg', 'ml-prod', 'j1');
    expect(read.properties).toMatchObject({
      jobType: 'Command',
      status: 'NotStarted',
      tags: { owner: 'me' },
      properties: { runSource: 'MFE', runType: 'HTTP' },
      inputs: { mails: { jobInputType: 'uri_folder', uri: 'azureml:mails:1' } },
    });
    started[0]!.status = 'Running';
    expect((await arm.sdk.jobs.get('rg', 'ml-prod', 'j1')).properties.status).toBe('Running');
  });

  it('from the vendor client is refused, because that drops the uri of every asset input', async () => {
    await expect(arm.sdk.jobs.createOrUpdate('rg', 'ml-prod', 'dropped', job() as never)).rejects.toMatchObject({
      statusCode: 400,
      message: expect.stringContaining('inputs.mails.uri'),
    });
    expect(started).toEqual([]);
  });

  const refused = [
    { what: 'no command', body: job({ command: undefined }), names: 'command' },
    { what: 'no environment', body: job({ environmentId: undefined }), names: 'environmentId' },
    { what: 'an environment that does not exist', body: job({ environmentId: 'azureml:node:9' }), names: 'environments node:9' },
    { what: 'data that does not exist', body: job({ inputs: { d: { jobInputType: 'uri_folder', uri: 'azureml:mails:7' } } }), names: 'inputs.d.uri' },
    { what: 'an unknown input type', body: job({ inputs: { d: { jobInputType: 'folder', uri: 'x' } } }), names: 'jobInputType' },
    { what: 'an unknown output mode', body: job({ outputs: { m: { jobOutputType: 'uri_folder', mode: 'Push' } } }), names: 'outputs.m.mode' },
    { what: 'a limit that is no duration', body: job({ limits: { jobLimitsType: 'Command', timeout: '1h' } }), names: 'limits.timeout' },
    { what: 'a property that jobs do not have', body: job({ schedule: 'daily' }), names: 'schedule' },
  ]; // prettier-ignore
  it.each(refused)('is refused with $what', async ({ body, names }) => {
    const answer = await put('refused', body);
    expect([answer.status, answer.body.error?.message]).toEqual([400, expect.stringContaining(names)]);
    expect(emulator.workspace.jobs.has('refused')).toBe(false);
  });

  it('of another kind is a loud 501', async () => {
    expect((await put('p', job({ jobType: 'AutoML' }))).status).toBe(501);
    expect(emulator.world.unimplemented.splice(0)).toHaveLength(1);
  });
});

describe('a job name that is taken', () => {
  it('keeps its definition', async () => {
    await put('taken', job());
    const { status, body } = await put('taken', job({ command: 'node other.js' }));
    expect([status, body.error]).toMatchObject([
      400,
      { code: 'UserError', message: expect.stringContaining('A job with this name already exists'), innererror: { innererror: { code: 'JobPropertyImmutable' } } }, // prettier-ignore
    ]);
    expect(started).toHaveLength(1);
  });

  it('takes the same definition again without starting, merging tags and adding properties', async () => {
    await put('again', job({ properties: { a: '1' } }));
    const { status, body } = await put('again', job({ tags: { more: 'x' }, properties: { b: '2' }, displayName: 'n' }));
    expect([status, body['properties']]).toMatchObject([
      200,
      { displayName: 'n', tags: { owner: 'me', more: 'x' }, properties: { a: '1', b: '2' } },
    ]);
    expect(started).toHaveLength(1);
    expect((await put('again', job({ properties: { a: 'changed' } }))).status).toBe(400);
  });
});

describe('finding and cancelling', () => {
  it('lists newest first, by tag, over pages', async () => {
    for (let n = 1; n <= 12; n++) await put(`listed-${n}`, job({ tags: { 'steward.template': 'evaluate', n: String(n) } })); // prettier-ignore
    const names: (string | undefined)[] = [];
    for await (const { name } of arm.sdk.jobs.list('rg', 'ml-prod', { tag: 'steward.template=evaluate', jobType: 'Command' })) names.push(name); // prettier-ignore
    expect(names).toHaveLength(12);
    expect(names.slice(0, 2)).toEqual(['listed-12', 'listed-11']);
    const first = await arm.send('GET', '/jobs?tag=steward.template');
    expect(first.body['value']).toHaveLength(10);
  });

  it('shows and finds the tags that MLflow clients set on the run', async () => {
    await put('tagged', job());
    emulator.workspace.runs.set('tagged', { tags: new Map([['from', 'mlflow']]), properties: new Map() } as never);
    const { body } = await arm.send('GET', '/jobs?tag=from=mlflow');
    expect(body['value']).toMatchObject([{ name: 'tagged', properties: { tags: { owner: 'me', from: 'mlflow' } } }]);
    emulator.workspace.runs.delete('tagged');
  });

  it('cancels as a long-running operation that ends when the job has', async () => {
    await put('long', job());
    const long = started[0]!;
    emulator.world.cancelJob = (_workspace, asked) => {
      asked.status = 'CancelRequested';
    };
    const accepted = await arm.send('POST', '/jobs/long/cancel');
    expect(accepted.status).toBe(202);
    const location = accepted.headers['location'] ?? '';
    expect((await arm.send('GET', location)).status).toBe(202);
    long.status = 'Canceled';
    expect((await arm.send('GET', location)).status).toBe(204);
    expect((await arm.send('POST', '/jobs/long/cancel')).status).toBe(200);
  });

  it('cancels through the vendor client', async () => {
    await put('sdk', job());
    emulator.world.cancelJob = (_workspace, asked) => {
      void wait(20).then(() => (asked.status = 'Canceled'));
    };
    await arm.sdk.jobs.beginCancelAndWait('rg', 'ml-prod', 'sdk', { updateIntervalInMs: 10 });
    expect((await arm.sdk.jobs.get('rg', 'ml-prod', 'sdk')).properties.status).toBe('Canceled');
  });

  it('does not know other jobs', async () => {
    await expect(arm.sdk.jobs.get('rg', 'ml-prod', 'none')).rejects.toMatchObject({ statusCode: 404 });
  });
});
