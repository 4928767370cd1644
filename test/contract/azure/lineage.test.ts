import type { ContainerClient } from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Workspace } from '../../../emulator/world.ts';
import { appCredential } from '../../../src/lib/azure/credential.ts';
import { armModels } from '../../../src/lib/azure/models.ts';
import type { JobTold } from '../../../src/lib/core/gate/lineage.ts';
import type { Models } from '../../../src/lib/ports.ts';
import { containerOf, startTestEmulator, type TestEmulator } from '../../emulated.ts';
import { lineageContract } from './lineage.contract.ts';
import { seedAsset, seedJob, seedRun } from './seeds.ts';

let emulator: TestEmulator;
let workspace: Workspace;
let blobs: ContainerClient;
let models: Models;

beforeAll(async () => {
  emulator = await startTestEmulator();
  ({ workspace } = emulator);
  const { connectionString } = emulator.world.storage;
  blobs = containerOf(emulator.world, workspace);
  const credential = appCredential({ managed: true });
  models = armModels({
    credential,
    endpoint: emulator.world.origin,
    retryDelayMs: 5,
    datastores: { connectionString },
  });
  seedAsset(workspace, 'data', 'mails', '14', { tags: { 'steward.validated': 'passed' }, properties: DATA });
  seedAsset(workspace, 'data', 'mails', '15', { properties: DATA });
});
afterAll(() => emulator.stop());

const DATA = { dataType: 'uri_file', dataUri: 'azureml://datastores/workspaceblobstore/paths/mails' };

/** `properties` of a job, and its run. */
function job(name: string, properties: Record<string, unknown>): void {
  seedRun(workspace, name, {});
  seedJob(workspace, name, 'Completed', { properties: { jobType: 'Command', ...properties } });
}

function register(version: string, jobName: string, model = 'lined'): void {
  seedAsset(workspace, 'models', model, version, { properties: { modelType: 'custom_model', jobName } });
}

async function upload(name: string, text = 'x'): Promise<void> {
  await blobs.getBlockBlobClient(name).upload(text, Buffer.byteLength(text));
}

lineageContract('adapter', async () => ({
  models,
  workspace: workspace.id,
  close: async () => workspace.models.clear(),
  register: (model, version, { tags = {}, jobName }) =>
    seedAsset(workspace, 'models', model, version, { tags, properties: { modelType: 'custom_model', ...(jobName !== undefined && { jobName }) } }),
  trained(name, { commit = '', tree, data, environments }) {
    const dirty = tree && { 'azureml.git.dirty': tree === 'dirty' ? 'True' : 'False' };
    job(name, {
      properties: { 'mlflow.source.git.commit': commit, ...dirty },
      environmentId: `azureml:${environments[0]?.version}`,
      inputs: Object.fromEntries(data.map(({ input, uri }) => [input, { jobInputType: 'uri_file', uri }])),
    });
  },
  async left(name, output, files) {
    for (const file of files) await upload(`azureml/${name}/${output}/${file}`);
  },
})); // prettier-ignore

const EVERYTHING = ['gitCommit', 'cleanTree', 'dataVersions', 'dataValidation', 'pinnedEnvironment'];
const lineage = (version: string, demands: readonly string[] = EVERYTHING) =>
  models.lineage(workspace.id, 'lined', { version, demands });
const told = async (version: string): Promise<JobTold | undefined> => (await lineage(version)).job?.told;

describe('the state of the work tree', () => {
  test.each([
    ['True', 'dirty'],
    ['true', 'dirty'],
    ['False', 'clean'],
    ['', undefined],
    ['0', undefined],
  ])('%s is %s', async (dirty, tree) => {
    job(`tree-${dirty}`, { properties: { 'azureml.git.dirty': dirty } });
    register('20', `tree-${dirty}`);
    expect((await told('20'))?.tree).toBe(tree);
  });

  test('is what the tag of a clone says, where the service keeps no property', async () => {
    job('clone', {});
    workspace.jobs.get('clone')!.tags = { 'steward.tree': 'clean', 'steward.commit': '9c1e2b7' };
    register('21', 'clone');
    expect(await told('21')).toMatchObject({ tree: 'clean', commit: '9c1e2b7' });
  });
});

const data = (uri: string) => ({ jobInputType: 'uri_file', uri });
const step = (componentId: string) => ({ type: 'command', componentId: componentId.replace('ID', workspace.id) });
const component = (name: string, environment: unknown) =>
  seedAsset(workspace, 'components', name, '1', { properties: { componentSpec: { type: 'command', environment } } });
const environmentsOf = async (version: string, properties: Record<string, unknown>) => {
  job(`env-${version}`, properties);
  register(version, `env-${version}`);
  return (await told(version))?.environments;
};

describe('data', () => {
  test('has a version only where it is a concrete one', async () => {
    job('data', {
      inputs: {
        short: data('azureml:mails:14'), id: data(`${workspace.id}/data/mails/versions/15`), gone: data('azureml:mails:99'),
        registry: data('azureml://registries/shared/data/words/versions/2'),
        label: data('azureml:mails@latest'), labelId: data(`${workspace.id}/data/mails/labels/latest`), called: data('azureml:mails:latest'), bare: data('azureml:mails'),
        registryLabel: data('azureml://registries/shared/data/words/labels/latest'),
        path: data('azureml://datastores/d/paths/mails'), rate: { jobInputType: 'literal', value: '0.1' },
      },
    });
    register('30', 'data');
    const found = (await told('30'))?.data.map(({ input, version, validated }) => [input, version, validated]);
    expect(found).toEqual([
      ['short', 'mails:14', 'passed'], ['id', 'mails:15', ''], ['gone', 'mails:99', undefined], ['registry', 'shared/words:2', undefined],
      ['label', undefined, undefined], ['labelId', undefined, undefined], ['called', undefined, undefined], ['bare', undefined, undefined],
      ['registryLabel', undefined, undefined], ['path', undefined, undefined],
    ]);
  }); // prettier-ignore
});

describe('the environment', () => {
  test.each([
    ['40', 'azureml:node:3', 'node:3'],
    ['41', `ID/environments/node/versions/3`, 'node:3'],
    ['42', 'azureml://registries/azureml/environments/sklearn/versions/5', 'azureml/sklearn:5'],
    ['43', 'azureml:node@latest', undefined],
    ['44', 'ID/environments/node/labels/latest', undefined],
    ['45', 'azureml://registries/azureml/environments/sklearn/labels/latest', undefined],
  ])('%s: %s', async (version, environmentId, pinned) => {
    const named = environmentId.replace('ID', workspace.id);
    const expected = pinned === undefined ? { why: `it names ${named}, no version` } : { version: pinned };
    expect(await environmentsOf(version, { environmentId: named })).toEqual([expected]);
  });

  test('of a sweep is that of its trial, and without one nothing is told', async () => {
    expect(await environmentsOf('46', { jobType: 'Sweep', trial: { environmentId: 'azureml:node:3' } })).toEqual([{ version: 'node:3' }]); // prettier-ignore
    expect(await environmentsOf('47', { jobType: 'AutoML' })).toEqual([]);
    expect(await environmentsOf('48', { environmentId: { odd: true } })).toEqual([]);
  });

  test('of a pipeline is that of each step', async () => {
    component('pinned', 'azureml:node:3');
    component('label', 'azureml:node@latest');
    component('odd', { image: 'node' });
    const jobs = {
      a: step('ID/components/pinned/versions/1'), b: step('azureml:label:1'), c: step('ID/components/odd/versions/1'), d: step('ID/components/gone/versions/1'),
      e: step('azureml://registries/shared/components/x/versions/1'), f: { type: 'command', environmentId: 'azureml:node:4' }, g: { type: 'pipeline' },
    };
    expect(await environmentsOf('49', { jobType: 'Pipeline', jobs })).toEqual([
      { step: 'a', version: 'node:3' }, { step: 'b', why: 'it names azureml:node@latest, no version' },
      { step: 'c', why: 'its component odd:1 tells no environment' }, { step: 'd', why: 'its component gone:1 tells no environment' },
      { step: 'e', why: 'it runs no component of this workspace with a version' }, { step: 'f', version: 'node:4' },
      { step: 'g', why: 'it runs no component of this workspace with a version' },
    ]);
  }); // prettier-ignore
});

test('a version that names a step came from the pipeline of that step', async () => {
  job('root', { jobType: 'Pipeline', properties: { 'mlflow.source.git.commit': '9c1e2b7' } });
  seedRun(workspace, 'root-train', {}, { tags: new Map([['mlflow.rootRunId', 'root'], ['mlflow.parentRunId', 'root']]), parentId: 'root' }); // prettier-ignore
  register('50', 'root-train');
  expect((await lineage('50')).job).toMatchObject({ name: 'root', told: { commit: '9c1e2b7' } });
});

test('a version whose files another job left says so, and a step, a trial or a folder is no other job', async () => {
  job('honest', { properties: { 'mlflow.source.git.commit': '9c1e2b7' } });
  job('dirty', { properties: { 'azureml.git.dirty': 'True' } });
  seedRun(workspace, 'honest-step', {}, { tags: new Map([['mlflow.rootRunId', 'honest']]) });
  const made = async (version: string, modelUri: string) => {
    seedAsset(workspace, 'models', 'lined', version, { properties: { modelType: 'custom_model', jobName: 'honest', modelUri } });
    return (await lineage(version)).job;
  };
  expect(await made('51', 'azureml://jobs/dirty/outputs/model/paths/')).toMatchObject({ name: 'honest', leftBy: 'dirty' });
  expect(await made('52', 'azureml://jobs/honest-step/outputs/model/paths/')).not.toHaveProperty('leftBy');
  expect(await made('53', 'runs:/honest/model')).not.toHaveProperty('leftBy');
  expect(await made('54', 'azureml://datastores/workspaceblobstore/paths/models/54')).not.toHaveProperty('leftBy');
}); // prettier-ignore

test('a report that is empty, or lies outside of a datastore, is none', async () => {
  await upload('azureml/train-r/empty/index.html', '');
  job('train-r', { outputs: { away: { jobOutputType: 'uri_folder', uri: 'https://example.com/x' } } });
  register('60', 'train-r');
  expect((await lineage('60', ['report:empty', 'report:away'])).reports).toEqual({
    empty: { files: 0 },
    away: { files: 0, fault: expect.stringContaining('not in a datastore') },
  });
});
