import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ContainerClient } from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { collectedFiles } from '../../../emulator/services/scoring/collectedFiles.ts';
import type { Workspace } from '../../../emulator/world.ts';
import { appCredential } from '../../../src/lib/azure/credential.ts';
import { armDataAssets } from '../../../src/lib/azure/dataAssets.ts';
import type { DataAssets } from '../../../src/lib/ports/training.ts';
import { containerOf, startTestEmulator, type TestEmulator } from '../../emulated.ts';
import { outcome } from './outcome.ts';
import { seedDeployment, seedEndpoint } from './seeds.ts';

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

function assets(connectionString = emulator.world.storage.connectionString): DataAssets {
  const { origin } = emulator.world;
  return armDataAssets({ credential: appCredential({ managed: true }), endpoint: origin, retryDelayMs: 5, datastores: { connectionString } }); // prettier-ignore
}

const window = { data: 'asked', collections: ['model_inputs'], from: '2026-10-30T09:00:00.000Z', to: '2026-11-02T10:00:00.000Z' }; // prettier-ignore
const folderOf = (endpoint: string) => `modelDataCollector/${endpoint}/blue/model_inputs`;

async function write(path: string, content: string): Promise<void> {
  const blob = blobs.getAppendBlobClient(path);
  await blob.createIfNotExists();
  if (content !== '') await blob.appendBlock(content, content.length);
}

const contentOf = async (path: string) => (await blobs.getBlobClient(path).downloadToBuffer()).toString();

/** The storage, where `meanwhile` happens just before the first copy. */
async function inFront(meanwhile: () => Promise<void>) {
  const { connectionString, blob } = emulator.world.storage;
  let happened: Promise<void> | undefined;
  const proxy = createServer((from, to) => {
    if (from.headers['x-ms-copy-source'] === undefined) return forward(from, to);
    happened ??= meanwhile();
    void happened.then(() => forward(from, to));
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return { connectionString: through(connectionString, proxy), stop: () => proxy.close() };

  function forward(from: IncomingMessage, to: ServerResponse): void {
    const { hostname, port } = new URL(blob);
    const onward = request({ hostname, port, method: from.method, path: from.url, headers: from.headers }, (answer) => {
      to.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(to);
    });
    from.pipe(onward);
  }
}

function through(connectionString: string, server: Server): string {
  const address = `BlobEndpoint=http://127.0.0.1:${(server.address() as AddressInfo).port}/devstoreaccount1`;
  return connectionString.replace(/BlobEndpoint=[^;]+/, address);
}

test.each([
  ['an hour in the window', '2026/10/30/09/a.jsonl', 1],
  ['an hour before it', '2026/10/30/08/a.jsonl', 0],
  ['its last hour', '2026/11/02/09/a.jsonl', 1],
  ['the hour after it', '2026/11/02/10/a.jsonl', 0],
  ['a minute', '2026/11/02/09/59/a.jsonl', 1],
  ['a minute after it', '2026/11/02/10/00/a.jsonl', 0],
  ['a day', '2026/11/01/a.jsonl', 1],
  ['a day that is not over', '2026/11/02/a.jsonl', 0],
  ['a month', '2026/10/a.jsonl', 1],
  ['a month that is not over', '2026/11/a.jsonl', 0],
  ['what is no time', '2026/11/02/09/59/30/a.jsonl', 0],
  ['a marker of a folder', '2026/11/01/12/empty', 0],
])('by the rolling rate: %s', async (name, path, files) => {
  const endpoint = `rate-${path.replaceAll(/\W/g, '-')}`;
  await write(`${folderOf(endpoint)}/${path}`, name.includes('marker') ? '' : 'x');
  expect(await assets().collected(workspace.id, endpoint, window)).toMatchObject({ files });
});

describe('a version whose making was broken off', () => {
  const version = { ...window, version: '7', stewardId: 'ours' };
  const copy = `steward/collected/asked/7/blue/model_inputs/2026/11/01`;
  const source = `${folderOf('broken')}/2026/11/01`;

  test('keeps the copies that there are, and gets the others', async () => {
    for (const hour of ['08', '09']) await write(`${source}/${hour}/a.jsonl`, 'first');
    const poller = await blobs.getBlobClient(`${copy}/08/a.jsonl`).beginCopyFromURL(blobs.getBlobClient(`${source}/08/a.jsonl`).url); // prettier-ignore
    await poller.pollUntilDone();
    await write(`${source}/08/a.jsonl`, ' more');
    const down = through(emulator.world.storage.connectionString, stumbling);
    expect(await outcome(assets(down).collect(workspace.id, 'broken', version))).toBe('Unavailable(serverError)');
    expect(workspace.data.get('asked')?.versions.has('7') ?? false).toBe(false);
    await assets().collect(workspace.id, 'broken', version);
    expect([await contentOf(`${copy}/08/a.jsonl`), await contentOf(`${copy}/09/a.jsonl`)]).toEqual(['first', 'first']);
    expect(workspace.data.get('asked')?.versions.get('7')).toMatchObject({
      properties: { dataType: 'uri_folder', dataUri: expect.stringMatching(/\/datastores\/workspaceblobstore\/paths\/steward\/collected\/asked\/7\/$/) },
      tags: { stewardId: 'ours', 'steward.endpoint': 'broken', 'steward.from': window.from, 'steward.to': window.to },
    });
  }, 30_000); // prettier-ignore

  test('leaves a copy that somebody made meanwhile, and waits for it', async () => {
    await write(`${folderOf('raced')}/2026/11/01/08/a.jsonl`, 'first');
    const target = 'steward/collected/asked/9/blue/model_inputs/2026/11/01/08/a.jsonl';
    const faster = await inFront(async () => {
      await blobs.getBlobClient(target).beginCopyFromURL(blobs.getBlobClient(`${folderOf('raced')}/2026/11/01/08/a.jsonl`).url); // prettier-ignore
      await write(`${folderOf('raced')}/2026/11/01/08/a.jsonl`, ' more');
    });
    const wanted = { ...version, version: '9' };
    expect(await outcome(assets(faster.connectionString).collect(workspace.id, 'raced', wanted))).toBe('Unavailable(timeout)'); // prettier-ignore
    faster.stop();
    expect(await outcome(assets().collect(workspace.id, 'raced', wanted))).toBe('done');
    expect(await contentOf(target)).toBe('first');
  });

  test('made twice at a time is one', async () => {
    await write(`${folderOf('twice')}/2026/11/01/08/a.jsonl`, 'first');
    const both = [1, 2].map(() => outcome(assets().collect(workspace.id, 'twice', { ...version, version: '8' })));
    const ends = await Promise.all(both);
    expect(ends).toContain('done');
    expect(ends.every((end) => end === 'done' || end === 'Unavailable(timeout)')).toBe(true);
    expect(workspace.data.get('asked')?.versions.has('8')).toBe(true);
  });
});

test('what a data collector writes by itself is what is taken in', async () => {
  const endpoint = seedEndpoint(workspace, 'collecting');
  const deployment = seedDeployment(workspace, endpoint, 'blue', { version: '1' });
  const files = collectedFiles(emulator.world);
  const add = (collection: string, at: string) =>
    files.add({ workspace, endpoint, deployment, collection, dataId: undefined }, 'Hour', new Date(at), '{}');
  add('model_inputs', '2026-11-02T08:59:59.000Z');
  add('model_inputs', '2026-11-02T09:00:00.000Z');
  add('model_inputs', '2026-11-02T10:00:00.000Z');
  add('request', '2026-11-02T09:00:00.000Z');
  await files.write();
  expect(await assets().collected(workspace.id, 'collecting', window)).toMatchObject({ files: 2, bytes: 6, newFiles: 2 }); // prettier-ignore
  await assets().collect(workspace.id, 'collecting', { ...window, version: '20', stewardId: 'ours' });
  expect(await assets().collected(workspace.id, 'collecting', window)).toMatchObject({
    newFiles: 0,
    nextVersion: '21',
  });
});
