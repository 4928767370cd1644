import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { WorkspaceEvent } from '../../../emulator/world.ts';
import { containerOf, startTestEmulator, type TestEmulator } from '../../emulated.ts';
import { armClient, type ArmClient } from './armClient.ts';

/** The whole way without stand-ins: a job really trains a model, the model is registered, deployed and asked. */
let emulator: TestEmulator;
let arm: ArmClient;
const events: WorkspaceEvent[] = [];

const files = {
  'train/train.mjs': `import { mkdirSync, writeFileSync } from 'node:fs';
    const out = process.argv[2]; mkdirSync(out, { recursive: true }); writeFileSync(out + '/answer.json', '42');`,
  'score/score.mjs': `import { readFileSync } from 'node:fs';
    const answer = JSON.parse(readFileSync(process.env.AZUREML_MODEL_DIR + '/answer.json', 'utf8'));
    export function init() {}
    export function run() { return { answer }; }`,
};

beforeAll(async () => {
  emulator = await startTestEmulator();
  const { world, workspace } = emulator;
  world.onEvent((event) => events.push(event));
  arm = armClient(world, workspace);
  const blobs = containerOf(world, workspace);
  for (const [path, content] of Object.entries(files)) {
    await blobs.getBlockBlobClient(`code/${path}`).upload(content, content.length);
  }
  for (const name of ['train', 'score']) {
    await made(`/codes/${name}/versions/1`, { codeUri: `azureml://datastores/workspaceblobstore/paths/code/${name}/` });
  }
  await made('/environments/node/versions/1', { image: 'node:24' });
});
afterAll(() => emulator.stop());

async function made(path: string, properties: object): Promise<void> {
  expect(await arm.send('PUT', path, { properties })).toMatchObject({ status: 201 });
}

async function state(path: string, key: string): Promise<unknown> {
  return (await arm.send('GET', path)).body['properties']?.[key];
}

it('trains, registers, deploys and answers', async () => {
  await made('/jobs/train-1', {
    jobType: 'Command',
    command: 'node train.mjs ${{outputs.model}}',
    codeId: 'azureml:train:1',
    environmentId: 'azureml:node:1',
    outputs: { model: { jobOutputType: 'uri_folder' } },
  });
  await vi.waitFor(async () => expect(await state('/jobs/train-1', 'status')).toBe('Completed'), 15_000);
  await made('/models/answer/versions/1', { modelUri: 'azureml://jobs/train-1/outputs/model' });
  expect(events.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['runCompleted', 'modelRegistered']));

  const location = 'westeurope';
  await arm.send('PUT', '/onlineEndpoints/answers', { location, properties: { authMode: 'Key' } });
  await vi.waitFor(async () => expect(await state('/onlineEndpoints/answers', 'provisioningState')).toBe('Succeeded'));
  const blue = '/onlineEndpoints/answers/deployments/blue';
  await arm.send('PUT', blue, {
    location,
    properties: {
      endpointComputeType: 'Managed',
      model: 'azureml:answer:1',
      environmentId: 'azureml:node:1',
      codeConfiguration: { codeId: 'azureml:score:1', scoringScript: 'score.mjs' },
      instanceType: 'Standard_DS2_v2',
    },
  });
  await vi.waitFor(async () => expect(await state(blue, 'provisioningState')).toBe('Succeeded'), 20_000);
  await arm.send('PUT', '/onlineEndpoints/answers', {
    location,
    properties: { authMode: 'Key', traffic: { blue: 100 } },
  });
  await vi.waitFor(async () => expect(await state('/onlineEndpoints/answers', 'traffic')).toEqual({ blue: 100 }));

  const keys = (await arm.send('POST', '/onlineEndpoints/answers/listKeys')).body as unknown as { primaryKey: string };
  const scoringUri = String(await state('/onlineEndpoints/answers', 'scoringUri'));
  const answer = await fetch(scoringUri, {
    method: 'POST',
    headers: { authorization: `Bearer ${keys.primaryKey}`, 'content-type': 'application/json' },
    body: '{}',
  });
  expect([answer.status, await answer.json()]).toEqual([200, { answer: 42 }]);
});
