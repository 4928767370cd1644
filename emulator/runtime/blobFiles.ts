import { mkdir, readdir } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import type { StorageAddresses } from '../world.ts';
import { UnknownReference } from './assets.ts';
import type { BlobLocation } from './blobLocations.ts';

function containerOf(storage: StorageAddresses, name: string): ContainerClient {
  return BlobServiceClient.fromConnectionString(storage.connectionString).getContainerClient(name);
}

/** Copies what is at the location into the folder; answers the folder, or the file where it was a single blob. */
export async function download(storage: StorageAddresses, from: BlobLocation, folder: string): Promise<string> {
  const container = containerOf(storage, from.container);
  const names = await blobNames(container, from);
  for (const name of names) {
    const target = name === from.path ? join(folder, basename(name)) : inside(folder, name.slice(from.path.length));
    await mkdir(dirname(target), { recursive: true });
    await container.getBlobClient(name).downloadToFile(target);
  }
  return names[0] === from.path ? join(folder, basename(from.path)) : folder;
}

/** Copies one blob into the folder and answers the file's path; a folder with exactly one blob will do. */
export async function downloadFile(storage: StorageAddresses, from: BlobLocation, folder: string): Promise<string> {
  const container = containerOf(storage, from.container);
  const [name, ...others] = await blobNames(container, from);
  if (name === undefined || others.length > 0) {
    throw new UnknownReference(`${from.container}/${from.path} is a folder of ${others.length + 1} blobs, not a file`);
  }
  const target = join(folder, basename(name));
  await mkdir(folder, { recursive: true });
  await container.getBlobClient(name).downloadToFile(target);
  return target;
}

/** Copies a folder's files below the location and answers how many there were. A missing folder counts as empty. */
export async function uploadFolder(storage: StorageAddresses, folder: string, to: BlobLocation): Promise<number> {
  const container = containerOf(storage, to.container);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  for (const file of files) {
    const below = relative(folder, file).split(sep).join('/');
    const path = to.path === '' ? below : `${to.path}/${below}`;
    await container.getBlockBlobClient(path).uploadFile(file);
  }
  return files.length;
}

export interface StoredFile {
  /** Below the container, without a trailing slash. */
  readonly path: string;
  /** Undefined for a folder. */
  readonly bytes: number | undefined;
}

/** What lies directly below a folder, files and folders, by name. */
export async function listFolder(storage: StorageAddresses, at: BlobLocation): Promise<readonly StoredFile[]> {
  const found: StoredFile[] = [];
  for await (const item of containerOf(storage, at.container).listBlobsByHierarchy('/', { prefix: `${at.path}/` })) {
    if (item.kind === 'prefix') found.push({ path: item.name.replace(/\/$/, ''), bytes: undefined });
    else found.push({ path: item.name, bytes: item.properties.contentLength ?? 0 });
  }
  return found.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

async function blobNames(container: ContainerClient, { path }: BlobLocation): Promise<readonly string[]> {
  if (path !== '' && (await container.getBlobClient(path).exists())) return [path];
  const names: string[] = [];
  for await (const blob of container.listBlobsFlat({ prefix: path === '' ? '' : `${path}/` })) names.push(blob.name);
  if (names.length === 0) throw new UnknownReference(`nothing is stored at ${container.containerName}/${path}`);
  return names;
}

/** A blob's name is anybody's text and must not lead out of the folder (on Windows `\\` separates folders too). */
function inside(folder: string, name: string): string {
  const target = resolve(folder, `.${sep}${name}`);
  if (!target.startsWith(resolve(folder) + sep))
    throw new UnknownReference(`blob name ${name} leads out of its folder`);
  return target;
}
