import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Workspace } from '../../../emulator/world.ts';
import { armArtifacts } from '../../../src/lib/azure/artifacts.ts';
import { appCredential } from '../../../src/lib/azure/credential.ts';
import { armModels } from '../../../src/lib/azure/models.ts';
import { containerOf, startTestEmulator, type TestEmulator } from '../../emulated.ts';
import { broughtVersionsContract } from './broughtVersions.contract.ts';
import { outcome } from './outcome.ts';
import { seedAsset } from './seeds.ts';

let emulator: TestEmulator;
let dev: Workspace;
let prod: Workspace;

beforeAll(async () => {
  emulator = await startTestEmulator({ workspaces: [{ name: 'ml-dev' }, { name: 'ml-prod' }] });
  [dev, prod] = [...emulator.world.workspaces.values()] as [Workspace, Workspace];
});
afterAll(() => emulator.stop());

const optionsAt = (connectionString = emulator.world.storage.connectionString) => ({
  credential: appCredential({ managed: true }),
  endpoint: emulator.world.origin,
  retryDelayMs: 5,
  datastores: { connectionString },
});
const blobsOf = (workspace: Workspace) => containerOf(emulator.world, workspace);

async function write(workspace: Workspace, path: string, content: string): Promise<void> {
  await blobsOf(workspace).getBlockBlobClient(path).upload(content, Buffer.byteLength(content));
}

/** Everything below `steward/` of a workspace, by name. */
async function broughtTo(workspace: Workspace, model: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const { name } of blobsOf(workspace).listBlobsFlat({ prefix: `steward/models/${model}/` }))
    found[name] = (await blobsOf(workspace).getBlobClient(name).downloadToBuffer()).toString();
  return found;
}

async function sumOf(workspace: Workspace, path: string): Promise<Uint8Array | undefined> {
  return (await blobsOf(workspace).getBlobClient(path).getProperties()).contentMD5;
}

function seed(workspace: Workspace, model: string, version: string, path: string, more: object = {}): void {
  const properties = { modelType: 'custom_model', modelUri: `azureml://datastores/workspaceblobstore/paths/${path}` };
  seedAsset(workspace, 'models', model, version, { properties: { ...properties, ...more } });
}

broughtVersionsContract('adapter', async () => ({
  models: armModels(optionsAt()),
  artifacts: armArtifacts(optionsAt()),
  source: dev.id,
  target: prod.id,
  close: async () => void [dev, prod].map(({ models }) => models.clear()),
  async register(where, model, version, { tags = {} } = {}) {
    const workspace = where === dev.id ? dev : prod;
    await write(workspace, `made/${model}/${version}/model.json`, '{}');
    const modelUri = `azureml://datastores/workspaceblobstore/paths/made/${model}/${version}/`;
    seedAsset(workspace, 'models', model, version, { tags, properties: { modelType: 'custom_model', modelUri } });
  },
  write: (model, version, file, content) => write(dev, `made/${model}/${version}/${file}`, content),
}));

const bring = (model: string, version: string, connectionString?: string) =>
  outcome(
    armModels(optionsAt(connectionString)).bring(prod.id, model, {
      from: 'dev',
      workspace: dev.id,
      version,
      as: version,
      stewardId: `ours-${version}`,
    }),
  );
const registered = (model: string, version: string) => prod.models.get(model)?.versions.get(version)?.properties;

describe('what is brought', () => {
  test('is every file below the folder, not its neighbours, and what the service must know of it', async () => {
    for (const [path, content] of [['mlflow/1/MLmodel', 'flavors: {}'], ['mlflow/1/data/model.pkl', 'weights'], ['mlflow/10/MLmodel', 'no']]) await write(dev, path!, content!); // prettier-ignore
    seed(dev, 'mlflow', '1', 'mlflow/1/', { modelType: 'mlflow_model', flavors: { python_function: { data: { env: 'conda.yaml' } } }, description: 'Good at mails' }); // prettier-ignore
    expect(await bring('mlflow', '1')).toBe('done');
    expect(await broughtTo(prod, 'mlflow')).toEqual({
      'steward/models/mlflow/1/ours-1/1/MLmodel': 'flavors: {}',
      'steward/models/mlflow/1/ours-1/1/data/model.pkl': 'weights',
    });
    const sum = await sumOf(dev, 'mlflow/1/MLmodel');
    expect(sum?.length).toBe(16);
    expect(await sumOf(prod, 'steward/models/mlflow/1/ours-1/1/MLmodel')).toEqual(sum);
    expect(registered('mlflow', '1')).toMatchObject({
      modelType: 'mlflow_model',
      modelUri: `azureml://subscriptions/${prod.subscriptionId}/resourcegroups/${prod.resourceGroup}/workspaces/ml-prod/datastores/workspaceblobstore/paths/steward/models/mlflow/1/ours-1/1`,
      flavors: { python_function: { data: { env: 'conda.yaml' } } },
      description: 'Good at mails',
    });
  });

  test('may be one file, or an empty one among others', async () => {
    await write(dev, 'single/model.pkl', 'weights');
    seed(dev, 'single', '1', 'single/model.pkl');
    expect(await bring('single', '1')).toBe('done');
    expect(await broughtTo(prod, 'single')).toEqual({ 'steward/models/single/1/ours-1/model.pkl': 'weights' });
    await write(dev, 'empty/a/__init__.py', '');
    await write(dev, 'empty/a/model.py', 'run');
    seed(dev, 'empty', '1', 'empty/a');
    expect(await bring('empty', '1')).toBe('done');
    expect(Object.values(await broughtTo(prod, 'empty'))).toEqual(['', 'run']);
  });

  test('leaves out the markers of folders that some accounts list', async () => {
    await write(dev, 'marked/data', '');
    await write(dev, 'marked/data/model.pkl', 'weights');
    seed(dev, 'marked', '1', 'marked');
    expect(await bring('marked', '1')).toBe('done');
    expect(Object.keys(await broughtTo(prod, 'marked'))).toEqual(['steward/models/marked/1/ours-1/marked/data/model.pkl']); // prettier-ignore
  });

  test('is more than one block', async () => {
    const large = 'x'.repeat(9 * 1024 * 1024);
    await write(dev, 'large/model.bin', large);
    seed(dev, 'large', '1', 'large');
    expect(await bring('large', '1')).toBe('done');
    const [copied] = Object.values(await broughtTo(prod, 'large'));
    expect(copied === large).toBe(true);
  });

  test('is nothing where it is archived, or a file would lie somewhere else', async () => {
    await write(dev, 'archived/a.bin', 'a');
    seed(dev, 'archived', '1', 'archived', { isArchived: true });
    expect(await bring('archived', '1')).toBe('Refused(gone)');
    await write(dev, 'strange/a/../../b.bin', 'a');
    seed(dev, 'strange', '1', 'strange');
    expect(await bring('strange', '1')).not.toBe('done');
    expect([registered('archived', '1'), registered('strange', '1')]).toEqual([undefined, undefined]);
  });

  test('is nothing else than what there is: neither what lay there before nor a part of it', async () => {
    await write(dev, 'exact/model.bin', 'all of it');
    seed(dev, 'exact', '1', 'exact');
    const folder = 'steward/models/exact/1/ours-1/exact';
    await write(prod, `${folder}/left-over.py`, 'old');
    const { etag } = await blobsOf(dev).getBlobClient('exact/model.bin').getProperties();
    await blobsOf(prod).getBlockBlobClient(`${folder}/model.bin`).upload('all', 3, { metadata: { stewardsource: etag!.replaceAll(/[^A-Za-z0-9]/g, '') } }); // prettier-ignore
    expect(await bring('exact', '1')).toBe('done');
    expect(await broughtTo(prod, 'exact')).toEqual({ [`${folder}/model.bin`]: 'all of it' });
  });

  test('is tried again where the container is missing here', async () => {
    await write(dev, 'homeless/a.bin', 'a');
    seed(dev, 'homeless', '1', 'homeless');
    const store = prod.datastores.get('workspaceblobstore')!;
    const { containerName } = store.properties;
    Object.assign(store.properties, { containerName: 'not-there' });
    expect(await bring('homeless', '1')).toBe('Refused(notFound)');
    Object.assign(store.properties, { containerName });
    expect(await bring('homeless', '1')).toBe('done');
  });

  test('is nothing where its files cannot be listed', async () => {
    seed(dev, 'hidden', '1', 'nowhere/at/all');
    expect(await bring('hidden', '1')).toBe('Refused(invalid)');
    expect(registered('hidden', '1')).toBeUndefined();
  });
});

function forward(from: IncomingMessage, to: ServerResponse): void {
  const { hostname, port } = new URL(emulator.world.storage.blob);
  const onward = request({ hostname, port, method: from.method, path: from.url, headers: from.headers }, (answer) => {
    to.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(to);
  });
  from.pipe(onward);
}

describe('bringing that was broken off', () => {
  let failing: Server;
  let uploads: string[] = [];
  let allowed = 0;
  let beforeReading: (() => Promise<void>) | undefined;

  /** The storage; of the files that are written to it, only so many go through. */
  beforeAll(async () => {
    failing = createServer((from, to) => {
      const reads = from.method === 'GET' && from.url?.includes('.bin');
      const written = from.method === 'PUT' ? from.url : undefined;
      if (written !== undefined) uploads.push(decodeURIComponent(written));
      if (written !== undefined && uploads.length > allowed) return void to.writeHead(503).end();
      void Promise.resolve(reads ? beforeReading?.() : undefined).then(() => forward(from, to));
    }).listen(0, '127.0.0.1');
    await once(failing, 'listening');
  });
  const through = () => {
    const address = `BlobEndpoint=http://127.0.0.1:${(failing.address() as AddressInfo).port}/devstoreaccount1`;
    return emulator.world.storage.connectionString.replace(/BlobEndpoint=[^;]+/, address);
  };
  afterAll(() => failing.close());

  test('registers nothing, and goes on with the files that are missing', async () => {
    for (const file of ['a', 'b', 'c']) await write(dev, `broken/${file}.bin`, file);
    seed(dev, 'broken', '1', 'broken');
    // A block, the list of blocks and the mark for each file.
    allowed = 6;
    expect(await bring('broken', '1', through())).toBe('Unavailable(serverError)');
    expect(Object.values(await broughtTo(prod, 'broken'))).toEqual(['a', 'b']);
    expect(registered('broken', '1')).toBeUndefined();
    uploads = [];
    allowed = Number.POSITIVE_INFINITY;
    expect(await bring('broken', '1', through())).toBe('done');
    expect(uploads.every((path) => path.includes('/c.bin'))).toBe(true);
    expect(Object.values(await broughtTo(prod, 'broken'))).toEqual(['a', 'b', 'c']);
  });

  test('reads no file that is written between listing and reading', async () => {
    await write(dev, 'hasty/a.bin', 'judged');
    seed(dev, 'hasty', '1', 'hasty');
    beforeReading = () => write(dev, 'hasty/a.bin', 'another');
    expect(await bring('hasty', '1', through())).toBe('Unavailable(busy)');
    expect(await broughtTo(prod, 'hasty')).toEqual({});
    beforeReading = undefined;
    expect(await bring('hasty', '1', through())).toBe('done');
  });

  test('is over once it is registered, also where the source is gone since', async () => {
    await write(dev, 'gone/a.bin', 'a');
    seed(dev, 'gone', '1', 'gone');
    expect(await bring('gone', '1')).toBe('done');
    dev.models.delete('gone');
    expect(await bring('gone', '1')).toBe('done');
  });

  test('brings anew what was written again meanwhile', async () => {
    await write(dev, 'again/a.bin', 'old');
    seed(dev, 'again', '1', 'again');
    seed(dev, 'again', '2', 'again');
    await write(prod, 'steward/models/again/2/ours-2/again/a.bin', 'half of');
    expect(await bring('again', '2')).toBe('done');
    expect(Object.values(await broughtTo(prod, 'again'))).toEqual(['old']);
  });
});
