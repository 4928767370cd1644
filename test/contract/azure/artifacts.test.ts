import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ContainerClient } from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Workspace } from '../../../emulator/world.ts';
import { armArtifacts, artifactOf } from '../../../src/lib/azure/artifacts.ts';
import { appCredential } from '../../../src/lib/azure/credential.ts';
import type { Artifacts } from '../../../src/lib/ports.ts';
import { containerOf, startTestEmulator, type TestEmulator } from '../../emulated.ts';
import { outcome } from './outcome.ts';
import { seedAsset, seedJob } from './seeds.ts';

let emulator: TestEmulator;
let workspace: Workspace;
let blobs: ContainerClient;
let stumbling: Server;

beforeAll(async () => {
  emulator = await startTestEmulator();
  ({ workspace } = emulator);
  blobs = containerOf(emulator.world, workspace);
  stumbling = createServer((_, response) => response.writeHead(503).end()).listen(0, '127.0.0.1');
});
afterAll(async () => {
  stumbling.close();
  await emulator.stop();
});

/** The adapter, with the connection string changed. */
function artifacts(change: (connectionString: string) => string = (same) => same): Artifacts {
  const datastores = { connectionString: change(emulator.world.storage.connectionString) };
  return armArtifacts({
    credential: appCredential({ managed: true }),
    endpoint: emulator.world.origin,
    retryDelayMs: 5,
    datastores,
  });
}

async function write(path: string, content = '{}'): Promise<void> {
  await blobs.getBlockBlobClient(path).upload(content, Buffer.byteLength(content));
}

let versions = 0;
const identityOf = (modelUri: string | undefined, from = artifacts()) => {
  const version = String((versions += 1));
  const properties = { modelType: 'custom_model', ...(modelUri !== undefined && { modelUri }) };
  seedAsset(workspace, 'models', 'spam', version, { properties });
  return from.identity(workspace.id, 'spam', version);
};
const store = 'azureml://datastores/workspaceblobstore/paths';

describe('the files of a version lie', () => {
  test('in a folder, alone: not with its neighbours', async () => {
    await write('models/spam/model.json');
    await write('models/spam/deep/down/score.js');
    await write('models/spam-2/model.json');
    await write('models/spam.json');
    expect(await identityOf(`${store}/models/spam/`)).toMatchObject({ files: 2, verifiable: true });
    expect(await identityOf(`${store}/models/spam`)).toMatchObject({ files: 2 });
  });

  test('in one file', async () => {
    await write('single/model.pkl');
    await write('single/model.pkl.txt');
    expect(await identityOf(`${store}/single/model.pkl`)).toMatchObject({ files: 1, verifiable: true });
  });

  test('where the workspace says in the long form', async () => {
    await write('long/model.json');
    const form = (group: string) =>
      `azureml://subscriptions/${workspace.subscriptionId}/resourcegroups/${group}/workspaces/ML-PROD/datastores/workspaceblobstore/paths/long`;
    expect(await identityOf(form(workspace.resourceGroup.toUpperCase()))).toMatchObject({ files: 1, verifiable: true });
    // A namesake in another group is another workspace.
    expect(await identityOf(form('other'))).toMatchObject({ files: 0, verifiable: false });
  });

  test('in the output of a job, where the job says or by default', async () => {
    await write('chosen/model.json');
    await write('azureml/train-2/model/model.json');
    await write('azureml/train-2/model/sub/weights.bin');
    const outputs = { model: { jobOutputType: 'custom_model', uri: `${store}/chosen/` } };
    seedJob(workspace, 'train-1', 'Completed', { properties: { jobType: 'Command', outputs } });
    seedJob(workspace, 'train-2', 'Completed', { properties: { jobType: 'Command', outputs: { model: { jobOutputType: 'custom_model' } } } }); // prettier-ignore
    expect(await identityOf('azureml://jobs/train-1/outputs/model/paths/')).toMatchObject({ files: 1 });
    expect(await identityOf('azureml://jobs/train-2/outputs/model')).toMatchObject({ files: 2 });
    expect(await identityOf('azureml://jobs/train-2/outputs/model/paths/sub/')).toMatchObject({ files: 1 });
  });

  test('in the output of a step, which is no job of its own', async () => {
    await write('azureml/step-1/model/model.json');
    expect(await identityOf('azureml://jobs/step-1/outputs/model/paths/')).toMatchObject({ files: 1 });
  });
});

test('a file that is written anew with the same content is another', async () => {
  await write('again/model.json');
  const before = await identityOf(`${store}/again`);
  const version = String(versions);
  await write('again/model.json');
  const after = await artifacts().identity(workspace.id, 'spam', version);
  expect([before.verifiable, after.verifiable, after.digest === before.digest]).toEqual([true, true, false]);
});

const of = (...file: [string, number, string, string]) => artifactOf({ id: 'v' }, [file]).digest;

test('each fact of a file counts', () => {
  const one = of('a', 1, 'etag', 'md5');
  const others = [of('b', 1, 'etag', 'md5'), of('a', 2, 'etag', 'md5'), of('a', 1, 'other', 'md5'), of('a', 1, 'etag', 'other')]; // prettier-ignore
  expect(new Set([one, ...others, artifactOf({ id: 'w' }, [['a', 1, 'etag', 'md5']]).digest]).size).toBe(6);
});

describe('what cannot be verified says why', () => {
  test.each<[string, string | undefined, string]>([
    ['no address', undefined, 'the version does not say where it lies'],
    ['the web', 'https://example.com/m', 'it lies at https://example.com/m, which is not in a datastore of its workspace'],
    ['a registry', 'azureml://registries/shared/models/spam/versions/1', 'it lies at azureml://registries/shared/models/spam/versions/1, which is not in a datastore of its workspace'],
    ['another workspace', 'azureml://subscriptions/s/resourcegroups/rg/workspaces/ml-dev/datastores/workspaceblobstore/paths/long', 'which is not in a datastore of its workspace'],
    ['nothing there', `${store}/nowhere`, 'there is no file at nowhere of datastore workspaceblobstore'],
    ['no such datastore', 'azureml://datastores/lost/paths/x', 'The workspace has no datastore "lost"'],
    ['artifacts of a run', 'azureml://jobs/train-1/outputs/artifacts/paths/model/', 'there is no file at ExperimentRun/dcid.train-1/model of datastore workspaceartifactstore'],
    ['artifacts of a run, as MLflow names them', 'runs:/train-1/model', 'there is no file at ExperimentRun/dcid.train-1/model of datastore workspaceartifactstore'],
  ])('%s', async (_, uri, why) => {
    expect(await identityOf(uri)).toMatchObject({ files: 0, verifiable: false, why: expect.stringContaining(why) });
  }); // prettier-ignore

  test('a datastore that says no, or that nobody reaches', async () => {
    const wrongKey = artifacts((text) => text.replace(/AccountKey=[^;]+/, `AccountKey=${Buffer.from('other').toString('base64')}`)); // prettier-ignore
    expect(await identityOf(`${store}/models/spam`, wrongKey)).toMatchObject({ verifiable: false, why: expect.stringContaining('403') }); // prettier-ignore
    const nobody = artifacts((text) => text.replace(/BlobEndpoint=[^;]+/, 'BlobEndpoint=http://127.0.0.1:9/a'));
    expect(await identityOf(`${store}/models/spam`, nobody)).toMatchObject({ verifiable: false, why: expect.stringContaining('could not be reached') }); // prettier-ignore
  });
});

test('a datastore that stumbles is no answer: it is asked again later', async () => {
  const { port } = stumbling.address() as AddressInfo;
  const away = artifacts((text) => text.replace(/BlobEndpoint=[^;]+/, `BlobEndpoint=http://127.0.0.1:${port}/a`));
  expect(await outcome(identityOf(`${store}/models/spam`, away))).toBe('Unavailable(serverError)');
});
