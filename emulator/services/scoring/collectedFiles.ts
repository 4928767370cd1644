import { randomUUID } from 'node:crypto';
import { BlobServiceClient } from '@azure/storage-blob';
import { assetVersion, UnknownReference } from '../../runtime/assets.ts';
import { blobLocation } from '../../runtime/blobLocations.ts';
import { appendNote } from '../../runtime/log.ts';
import type { Deployment, Endpoint, Resource, Workspace, World } from '../../world.ts';

export const rollingRates = ['Year', 'Month', 'Day', 'Hour', 'Minute'] as const;
export type RollingRate = (typeof rollingRates)[number];

/** Where lines of one collection of one deployment go. */
export interface Place {
  readonly workspace: Workspace;
  readonly endpoint: Endpoint;
  readonly deployment: Deployment;
  readonly collection: string;
  /** A data asset whose path is used instead of the default one. */
  readonly dataId: string | undefined;
}

/** Virtual. */
const writeEveryMs = 60_000;
/** Azure Storage takes at most 4 MiB in one appended block (older service versions; newer ones take more). */
const largestBlock = 4 * 1024 * 1024;
const documentedRoot = 'azureml://datastores/workspaceblobstore/paths/modelDataCollector';

interface Waiting {
  readonly place: Place;
  readonly folder: string;
  readonly lines: string[];
}

/** Lines wait in memory and are appended to their blobs once a virtual minute, so that no request waits for storage. */
export function collectedFiles(world: World) {
  const instanceIds = new WeakMap<Deployment, string>();
  let waiting = new Map<string, Waiting>();
  let written = Promise.resolve();
  const writeWaiting = async () => {
    const due = [...waiting.values()];
    waiting = new Map();
    for (const file of due) {
      const instanceId = instanceIds.get(file.place.deployment) ?? randomUUID();
      instanceIds.set(file.place.deployment, instanceId);
      await append(world, file, instanceId).catch((error: unknown) => told(world, file.place, error));
    }
  };
  const write = () => (written = written.then(writeWaiting));
  return {
    /** Resolves when all lines so far are stored. */
    write,
    add(place: Place, rate: RollingRate, at: Date, line: string): void {
      if (waiting.size === 0) world.clock.after(writeEveryMs, () => void write());
      const folder = rolled(at, rate);
      const key = `${place.deployment.id}|${place.collection}|${folder}`;
      const file = waiting.get(key) ?? { place, folder, lines: [] };
      file.lines.push(line);
      waiting.set(key, file);
    },
  };
}

/** `yyyy/MM/dd/HH`, or shorter or longer by the rate. */
function rolled(at: Date, rate: RollingRate): string {
  const parts = at.toISOString().split(/[-T:]/);
  return parts.slice(0, rollingRates.indexOf(rate) + 1).join('/');
}

async function append(world: World, { place, folder, lines }: Waiting, instanceId: string): Promise<void> {
  const { container, path } = blobLocation(world, place.workspace, rootOf(world, place));
  const blob = BlobServiceClient.fromConnectionString(world.storage.connectionString)
    .getContainerClient(container)
    .getAppendBlobClient(`${path}/${folder}/${instanceId}.jsonl`);
  await blob.createIfNotExists();
  for (const block of blocksOf(lines)) await blob.appendBlock(block, Buffer.byteLength(block));
}

/** Whole lines, as many as fit into a block. */
function blocksOf(lines: readonly string[]): string[] {
  const blocks: string[] = [];
  let size = Infinity;
  for (const line of lines) {
    const more = Buffer.byteLength(line) + 1;
    if (size + more > largestBlock) {
      blocks.push('');
      size = 0;
    }
    blocks[blocks.length - 1] += `${line}\n`;
    size += more;
  }
  return blocks;
}

/** The data asset's place; without one the documented path, which gets a data asset of its own. */
function rootOf(world: World, place: Place): string {
  const { workspace, endpoint, deployment, collection, dataId } = place;
  if (dataId !== undefined) return String(assetVersion(workspace, 'data', dataId).properties['dataUri']);
  const uri = `${documentedRoot}/${endpoint.name}/${deployment.name}/${collection}`;
  registerOnce(world, workspace, `${endpoint.name}-${deployment.name}-${collection}`, uri);
  return uri;
}

function registerOnce(world: World, workspace: Workspace, name: string, dataUri: string): void {
  if (workspace.data.has(name)) return;
  const dataType = 'uri_folder';
  const now = world.clock.now();
  const common = { tags: {}, createdAt: now, modifiedAt: now };
  const type = 'Microsoft.MachineLearningServices/workspaces/data';
  const id = `${workspace.id}/data/${name}`;
  const container: Resource = {
    ...common,
    id,
    name,
    type,
    properties: { isArchived: false, properties: {}, dataType },
  };
  const version: Resource = {
    ...common,
    id: `${id}/versions/1`,
    name: '1',
    type: `${type}/versions`,
    properties: { isArchived: false, isAnonymous: false, properties: {}, dataType, dataUri },
  };
  workspace.data.set(name, { container, versions: new Map([['1', version]]) });
}

/** What a team set up wrongly stands in the deployment's log; anything else is a fault of the emulator. */
function told(world: World, { deployment, collection }: Place, error: unknown): void {
  if (error instanceof UnknownReference) appendNote(deployment, `data collector, ${collection}: ${error.message}`);
  else world.crashes.push(`data collector of ${deployment.id}: ${String(error)}`);
}
