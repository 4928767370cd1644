import { createInterface } from 'node:readline';
import type { ContainerClient, StoragePipelineOptions } from '@azure/storage-blob';
import type { TokenCredential } from '@azure/identity';
import { Refused } from '../core/errors.ts';
import { countPairs, type Pairs } from '../core/gate/pairs.ts';
import type { WorkspaceId } from '../ports.ts';
import type { Arm } from './arm.ts';
import { asking } from './armErrors.ts';
import { blobDatastore } from './workspace.ts';

export interface PredictionsOptions {
  readonly credential: TokenCredential;
  /** How a datastore's container is reached: with `credential` at an address with `{account}` and `{container}`, or by a connection string. */
  readonly datastores?: { readonly address: string } | { readonly connectionString: string };
}

const publicCloud = 'https://{account}.blob.core.windows.net/{container}';
/** A file without a line end would be one line: this bounds memory whatever is in it. */
const maxBytes = 512 * 1024 * 1024;
const provider = 'the datastore';

/**
 * Reads the file that a job wrote as its output `predictions`, line by line. Without an address of its own the output
 * lies where the service puts it by default (unverified: read from documentation, not seen on a live workspace).
 */
export async function predictionPairs(
  arm: Arm,
  workspace: WorkspaceId,
  job: string,
  uri: string | undefined,
  options: PredictionsOptions,
): Promise<Pairs> {
  const place = placeOf(uri ?? `azureml://datastores/workspaceblobstore/paths/azureml/${job}/predictions`);
  if (place === undefined) return faulty(`the output "predictions" is at ${uri}, which is not in a datastore`);
  const { account, container } = await blobDatastore(arm, workspace, place.datastore);
  const client = await containerClient(account, container, options);
  return asking(provider, `predictions of job ${job}`, async () => {
    const blobs = await filesAt(client, place.path);
    const [blob] = blobs;
    if (blob === undefined)
      return faulty(`the job declares predictions, but there is no file with content at ${place.path}`);
    if (blobs.length > 1) return faulty(`predictions must be one file; ${place.path} holds ${blobs.length} or more`);
    if (blob.bytes > maxBytes) return faulty(`predictions are larger than ${maxBytes / 1024 ** 2} MiB`);
    const { readableStreamBody: content } = await client
      .getBlobClient(blob.name)
      .download(0, undefined, { maxRetryRequests: 3 });
    if (content === undefined) throw new Refused('invalid', provider, `No content at ${blob.name}`);
    return countPairs(linesOf(content));
  });
}

/** Errors of the stream reach the loop: readline alone would end as if the file did. */
async function* linesOf(content: NodeJS.ReadableStream): AsyncGenerator<string> {
  let failed: unknown;
  const lines = createInterface({ input: content, crlfDelay: Number.POSITIVE_INFINITY });
  content.once('error', (error) => {
    failed = error;
    lines.close();
  });
  yield* lines;
  if (failed !== undefined) throw failed;
}

function placeOf(uri: string): { readonly datastore: string; readonly path: string } | undefined {
  const [, datastore, path] = /^azureml:\/\/(?:.*\/)?datastores\/([^/]+)\/paths\/(.+?)\/?$/i.exec(uri) ?? [];
  return datastore === undefined || path === undefined ? undefined : { datastore, path };
}

/** The path itself, or files below it; two are enough to know that it is not one. */
async function filesAt(client: ContainerClient, path: string): Promise<readonly { name: string; bytes: number }[]> {
  const found: { name: string; bytes: number }[] = [];
  for await (const { name, properties } of client.listBlobsFlat({ prefix: path })) {
    const isOurs = name === path || name.startsWith(`${path}/`);
    // Folder markers of hierarchical accounts are empty blobs.
    if (isOurs && (properties.contentLength ?? 0) > 0) found.push({ name, bytes: properties.contentLength ?? 0 });
    if (found.length === 2) break;
  }
  return found;
}

async function containerClient(
  account: string,
  container: string,
  { credential, datastores }: PredictionsOptions,
): Promise<ContainerClient> {
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

function faulty(fault: string): Pairs {
  return { rows: 0, faults: [fault] };
}
