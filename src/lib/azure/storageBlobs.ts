import { text } from 'node:stream/consumers';
import type { ContainerClient, ContainerListBlobFlatSegmentResponse } from '@azure/storage-blob';
import { Conflict, Refused } from '../core/errors.ts';
import { openContainer, type StorageAddress } from './storageAddress.ts';
import { answerOf, place, PROVIDER } from './storageCalls.ts';

/** What Steward needs of a container: small texts, each written once or under its ETag. */
export interface Blobs {
  read(name: string): Promise<{ readonly text: string; readonly etag: string } | undefined>;
  /** `etag` absent: only when there is none. Throws `Conflict`. */
  write(name: string, text: string, etag?: string): Promise<void>;
  /** Names, the oldest first, at most `count`; of more than a listing's page, the oldest of that page. */
  oldest(count: number): Promise<readonly string[]>;
  /** Gone already is fine. */
  remove(name: string): Promise<void>;
}

export const CONTAINER = 'steward';
const MAX_NAME_CHARS = 1024;
const LISTED_AT_ONCE = 1000;

/** Throws for a name that is no blob's, or that a client would turn into another one (`a/../b` is `b` in a URL). */
export function checkBlobName(name: string): void {
  const odd = name.split('/').some((segment) => segment === '' || segment.endsWith('.'));
  // oxlint-disable-next-line no-control-regex -- control characters are what is refused
  if (odd || name.length > MAX_NAME_CHARS || /[\\\u0000-\u001f\u007f]/.test(name)) {
    throw new Refused('invalid', PROVIDER, `${JSON.stringify(name.slice(0, 80))} is not a name for a blob`);
  }
}

export function azureBlobs(address: StorageAddress, name = CONTAINER): Blobs {
  const container = place(
    () => openContainer(address, name),
    (client) => client.createIfNotExists(),
  );
  return {
    async read(name) {
      checkBlobName(name);
      return container.call(`read blob ${name}`, async (client, abortSignal) => {
        try {
          const { readableStreamBody, etag } = await client.getBlockBlobClient(name).download(0, undefined, { abortSignal });
          if (readableStreamBody === undefined || etag === undefined) throw new Error(`Blob ${name} came without a body or an ETag`);
          return { text: await text(readableStreamBody), etag };
        } catch (error) {
          if (answerOf(error).code === 'BlobNotFound') return undefined;
          throw error;
        }
      });
    },
    async write(name, body, etag) {
      checkBlobName(name);
      const conditions = etag === undefined ? { ifNoneMatch: '*' } : { ifMatch: etag };
      const expected = (status: number) => (status === 409 || status === 412 ? new Conflict(`Blob ${name} is another by now`) : undefined);
      await container.call(
        `write blob ${name}`,
        (client, abortSignal) => client.getBlockBlobClient(name).upload(body, Buffer.byteLength(body), { conditions, abortSignal }),
        expected,
      );
    },
    async oldest(count) {
      const listed = await container.call('list blobs', firstPage);
      return listed.slice(0, count);
    },
    async remove(name) {
      checkBlobName(name);
      await container.call(`delete blob ${name}`, (client, abortSignal) => client.getBlockBlobClient(name).deleteIfExists({ abortSignal }));
    },
  };
} // prettier-ignore

/** Names, sorted by age. */
async function firstPage(client: ContainerClient, abortSignal: AbortSignal): Promise<readonly string[]> {
  const pages = client.listBlobsFlat({ abortSignal }).byPage({ maxPageSize: LISTED_AT_ONCE });
  const page: IteratorResult<ContainerListBlobFlatSegmentResponse, undefined> = await pages.next();
  const blobs = (page.value?.segment.blobItems ?? []).map(({ name, properties: { lastModified } }) => ({ name, at: lastModified.getTime() })); // prettier-ignore
  return blobs.toSorted((a, b) => a.at - b.at).map(({ name }) => name);
}
