import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestEmulator, type TestEmulator } from '../../emulated.ts';
import { armClient, type ArmClient } from './armClient.ts';
import { addEnvironment } from './runtimeWorld.ts';

let emulator: TestEmulator;
let arm: ArmClient;

beforeAll(async () => {
  emulator = await startTestEmulator();
  arm = armClient(emulator.world, emulator.workspace);
  addEnvironment(emulator.workspace);
});
afterAll(() => emulator.stop());

const train = {
  type: 'command',
  name: 'train',
  version: '1',
  display_name: 'Train',
  command: 'node train.mjs ${{inputs.mails}} ${{inputs.rate}} ${{outputs.model}}',
  environment: 'azureml:node:1',
  inputs: {
    mails: { type: 'uri_folder', mode: 'ro_mount' },
    rate: { type: 'number', default: '0.1', min: '0', optional: true },
  },
  outputs: { model: { type: 'custom_model' } },
  is_deterministic: true,
};
const retrain = {
  type: 'pipeline',
  inputs: { mails: { type: 'uri_folder' } },
  outputs: { model: { type: 'custom_model' } },
  jobs: {
    train: {
      type: 'command',
      componentId: 'azureml:listed:1',
      inputs: { mails: { job_input_type: 'literal', value: '${{parent.inputs.mails}}' } },
      outputs: { model: { type: 'literal', value: '${{parent.outputs.model}}' } },
    },
  },
};
const put = (name: string, version: string, properties: object) =>
  arm.send('PUT', `/components/${name}/versions/${version}`, { properties });

describe('components', () => {
  it('are kept as they were written, read by the vendor client, newest first', async () => {
    for (const version of ['1', '2', '3']) {
      const { status, body } = await put('listed', version, { componentSpec: train, tags: { owner: 'me' } });
      expect([status, body['properties']]).toMatchObject([
        201,
        { componentSpec: train, provisioningState: 'Succeeded' },
      ]);
    }
    const version = await arm.sdk.componentVersions.get('rg', 'ml-prod', 'listed', '2');
    expect(version).toMatchObject({
      id: `${emulator.workspace.id}/components/listed/versions/2`,
      systemData: { createdAt: expect.any(Date) },
      properties: { componentSpec: train, tags: { owner: 'me' } },
    });
    const names: (string | undefined)[] = [];
    for await (const { name } of arm.sdk.componentVersions.list('rg', 'ml-prod', 'listed', { orderBy: 'createdtime desc' })) names.push(name); // prettier-ignore
    expect(names).toEqual(['3', '2', '1']);
    const container = await arm.sdk.componentContainers.get('rg', 'ml-prod', 'listed');
    expect(container.properties).toMatchObject({ latestVersion: '3', nextVersion: '4' });
  });

  it('may be whole pipelines', async () => {
    await put('listed', '1', { componentSpec: train });
    expect((await put('retrain', '1', { componentSpec: retrain })).status).toBe(201);
  });

  it('do not change', async () => {
    await put('fixed', '1', { componentSpec: train });
    const { status, body } = await put('fixed', '1', { componentSpec: { ...train, command: 'node other.mjs' } });
    expect([status, body.error?.message]).toEqual([400, expect.stringContaining('componentSpec cannot be changed')]);
    expect((await put('fixed', '1', { componentSpec: train, tags: { a: '1' } })).status).toBe(200);
  });

  const refused = [
    { what: 'no spec', properties: {}, names: 'componentSpec is required' },
    { what: 'no command', properties: { componentSpec: { ...train, command: '' } }, names: 'command' },
    { what: 'an environment that does not exist', properties: { componentSpec: { ...train, environment: 'azureml:node:9' } }, names: 'componentSpec.environment' },
    { what: 'code that does not exist', properties: { componentSpec: { ...train, code: 'azureml:none:1' } }, names: 'componentSpec.code' },
    { what: 'an input of no known type', properties: { componentSpec: { ...train, inputs: { mails: { type: 'folder' } } } }, names: 'inputs.mails.type' },
    { what: 'a node of a component that does not exist', properties: { componentSpec: { ...retrain, jobs: { train: { ...retrain.jobs.train, componentId: 'azureml:none:1' } } } }, names: 'jobs.train.componentId' },
    { what: 'a binding to nothing', properties: { componentSpec: { ...retrain, inputs: {} } }, names: 'jobs.train.inputs.mails' },
    { what: 'a spec that is a property', properties: { ...train }, names: 'command' },
  ]; // prettier-ignore
  it.each(refused)('are refused with $what', async ({ properties, names }) => {
    const answer = await put('refused', '1', properties);
    expect([answer.status, answer.body.error?.message]).toEqual([400, expect.stringContaining(names)]);
    expect(emulator.workspace.components.has('refused')).toBe(false);
  });

  it('of another kind are a loud 501', async () => {
    expect((await put('refused', '1', { componentSpec: { ...train, type: 'spark' } })).status).toBe(501);
    expect(emulator.world.unimplemented.splice(0)).toHaveLength(1);
  });
});

it.each(['data', 'models', 'environments', 'codes', 'components'] as const)('%s say which version is the latest and which comes next', async (kind) => {
  const uri = 'azureml://datastores/workspaceblobstore/paths/x/';
  const properties = {
    data: { dataType: 'uri_folder', dataUri: uri },
    models: { modelUri: uri },
    environments: { image: 'node:24' },
    codes: { codeUri: uri },
    components: { componentSpec: train },
  }[kind];
  for (const version of ['9', '10']) await arm.send('PUT', `/${kind}/counted/versions/${version}`, { properties });
  const { body } = await arm.send('GET', `/${kind}/counted`);
  expect(body['properties']).toMatchObject({ latestVersion: '10', nextVersion: '11' });
}); // prettier-ignore
