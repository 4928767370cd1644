import type { BlobItem, ContainerClient, StoragePipelineOptions } from '@azure/storage-blob';
import type { TokenCredential } from '@azure/identity';
import type { WorkspaceId } from '../ports.ts';
import type { Arm } from './arm.ts';
import { blobDatastore } from './workspace.ts';

export interface DatastoreOptions {
  readonly credential: TokenCredential;
  /** How a datastore's container is reached: with `credential` at an address with `{account}` and `{container}`, or by a connection string. */
  readonly datastores?: { readonly address: string } | { readonly connectionString: string };
}

/** Who is meant where a container does not answer or says no. */
export const datastoreProvider = 'the datastore';
const publicCloud = 'https://{account}.blob.core.windows.net/{container}';

/** A file, or a folder of files, of a datastore of the workspace. */
export interface Place {
  readonly datastore: string;
  readonly path: string;
}

/** Undefined: the address is not in a datastore. */
export function placeOf(uri: string): Place | undefined {
  const [, datastore, path] = /^azureml:\/\/(?:.*\/)?datastores\/([^/]+)\/paths\/(.+?)\/?$/i.exec(uri) ?? [];
  return datastore === undefined || path === undefined ? undefined : { datastore, path };
}

/** Where the service puts an output of a job that names no address (unverified: read from documentation, not seen on a live workspace). */
export function defaultOutput(job: string, output: string): string {
  return `azureml://datastores/workspaceblobstore/paths/azureml/${job}/${output}`;
}

export async function openDatastore(
  arm: Arm,
  workspace: WorkspaceId,
  datastore: string,
  { credential, datastores }: DatastoreOptions,
): Promise<ContainerClient> {
  const { account, container } = await blobDatastore(arm, workspace, datastore);
  const { BlobServiceClient, ContainerClient } = await import('@azure/storage-blob');
  const options: StoragePipelineOptions = {
    retryOptions: { maxTries: 3, retryDelayInMs: 500, tryTimeoutInMs: 30_000 },
  };
  if (datastores !== undefined && 'connectionString' in datastores) {
    return BlobServiceClient.fromConnectionString(datastores.connectionString, options).getContainerClient(container);
  }
  const address = (datastores?.address ?? publicCloud).replace('{account}', account).replace('{container}', container);
  return new ContainerClient(address, credential, options);
}

/** The file of that name, then those below it, in the order of their names; not its neighbours of similar names. */
export async function* filesAt(
  client: ContainerClient,
  path: string,
  { includeMetadata = false }: { readonly includeMetadata?: boolean } = {},
): AsyncGenerator<BlobItem> {
  // Names are listed in order, so that nothing can stand before the file itself.
  for await (const page of client.listBlobsFlat({ prefix: path, includeMetadata }).byPage({ maxPageSize: 1 })) {
    const [first] = page.segment.blobItems;
    if (first?.name === path) yield first;
    break;
  }
  yield* client.listBlobsFlat({ prefix: `${path}/`, includeMetadata });
}
