import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assetVersion, UnknownReference } from '../../../emulator/runtime/assets.ts';
import { blobLocation } from '../../../emulator/runtime/blobLocations.ts';
import { fillCommand } from '../../../emulator/runtime/commandJob.ts';
import { containerOf, startTestEmulator, type TestEmulator } from '../../emulated.ts';
import { addJob, addVersion } from './runtimeWorld.ts';

let emulator: TestEmulator;
let container: string;

beforeAll(async () => {
  emulator = await startTestEmulator({ workspaces: [{ name: 'ml-prod' }, { name: 'ml-dev' }] });
  const { workspace } = emulator;
  container = containerOf(emulator.world, workspace).containerName;
  addJob(workspace, 'train-1', { outputs: { model: { jobOutputType: 'custom_model' } } });
  const uri = 'azureml://datastores/workspaceblobstore/paths/mine';
  addJob(workspace, 'train-2', { outputs: { model: { jobOutputType: 'custom_model', uri } } });
  addVersion(workspace, 'data', 'mails', { dataUri: 'first' });
  addVersion(workspace, 'data', 'mails', { dataUri: 'second' });
});
afterAll(() => emulator.stop());

describe('a place', () => {
  const long = '/subscriptions/00000000-0000-0000-0000-000000000001/resourcegroups/RG/workspaces/ml-prod';

  it.each([
    { uri: 'azureml://datastores/workspaceblobstore/paths/a/b.txt', path: 'a/b.txt' },
    { uri: 'azureml://datastores/workspaceblobstore/paths/a//b/', path: 'a/b' },
    { uri: `azureml:/${long}/datastores/workspaceblobstore/paths/a`, path: 'a' },
    { uri: 'azureml://jobs/train-1/outputs/model', path: 'azureml/train-1/model' },
    { uri: 'azureml://jobs/train-1/outputs/model/paths/x/y', path: 'azureml/train-1/model/x/y' },
    { uri: 'azureml://jobs/train-2/outputs/model/paths/', path: 'mine' },
  ])('$uri is found', ({ uri, path }) => {
    expect(blobLocation(emulator.world, emulator.workspace, uri)).toEqual({ container, path });
  });

  it('at the storage account is found by its real and its local address', () => {
    const { world, workspace } = emulator;
    for (const account of [world.storage.blob, `https://${world.storage.account}.blob.core.windows.net`]) {
      expect(blobLocation(world, workspace, `${account}/code/a%20b/c`)).toEqual({ container: 'code', path: 'a b/c' });
    }
  });

  it('of another workspace is in that workspace’s own container', () => {
    const uri = `azureml:/${long.replace('ml-prod', 'ml-dev')}/datastores/workspaceblobstore/paths/a`;
    expect(blobLocation(emulator.world, emulator.workspace, uri).container).not.toBe(container);
  });

  it.each([
    'azureml://datastores/elsewhere/paths/a',
    'azureml://jobs/nobody/outputs/model',
    `azureml:/${long.replace('ml-prod', 'ml-none')}/datastores/workspaceblobstore/paths/a`,
    'https://other.blob.core.windows.net/container/a',
    'runs:/train-1/model',
    '/etc/passwd',
  ])('%s is refused', (uri) => {
    expect(() => blobLocation(emulator.world, emulator.workspace, uri)).toThrow(UnknownReference);
  });
});

describe('an asset', () => {
  it.each([
    { reference: () => 'azureml:mails:1', uri: 'first' },
    { reference: () => 'azureml:mails@latest', uri: 'second' },
    { reference: () => `${emulator.workspace.id}/data/mails/versions/2`, uri: 'second' },
    { reference: () => `azureml:${emulator.workspace.id}/data/mails/versions/1`, uri: 'first' },
  ])('$uri is found', ({ reference, uri }) => {
    expect(assetVersion(emulator.workspace, 'data', reference()).properties['dataUri']).toBe(uri);
  });

  it.each([
    () => 'azureml:mails:3',
    () => 'azureml:mails',
    () => `${emulator.workspace.id}/models/mails/versions/1`,
    () => `${emulator.workspace.id.replace('ml-prod', 'ml-dev')}/data/mails/versions/1`,
  ])('case %# is refused', (reference) => {
    expect(() => assetVersion(emulator.workspace, 'data', reference())).toThrow(UnknownReference);
  });
});

it('a command’s placeholders are all filled, or all that cannot be are named', () => {
  const values = { inputs: new Map([['a', '1']]), outputs: new Map([['b', '../outputs/b']]) };
  expect(fillCommand('x ${{inputs.a}} ${{ outputs.b }}', values)).toBe('x 1 ../outputs/b');
  expect(() => fillCommand('${{inputs.b}} ${{outputs.a}} ${{search_space.a}}', values)).toThrow(
    '${{inputs.b}}, ${{outputs.a}}, ${{search_space.a}}',
  );
});
