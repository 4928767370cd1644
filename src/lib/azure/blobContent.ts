import type { BlobClient } from '@azure/storage-blob';
import { Refused } from '../core/errors.ts';
import { datastoreProvider } from './datastoreFiles.ts';

/** Asked for at a time: each question has its own time-out, however long the file is. */
const partBytes = 32 * 1024 ** 2;
const partTimeoutMs = 60_000;

/**
 * In parts, each of which is the same file as the first (else the service refuses it). `grows`: what is appended meanwhile
 * does not change what is read.
 */
export async function* contentOf(
  blob: BlobClient,
  bytes: number,
  { grows = false }: { readonly grows?: boolean } = {},
): AsyncGenerator<Uint8Array> {
  let etag: string | undefined;
  for (let from = 0; from < bytes; from += partBytes) {
    const part = await blob.download(from, Math.min(partBytes, bytes - from), {
      maxRetryRequests: 3,
      abortSignal: AbortSignal.timeout(partTimeoutMs),
      ...(etag !== undefined && !grows && { conditions: { ifMatch: etag } }),
    });
    etag = part.etag;
    if (part.readableStreamBody === undefined)
      throw new Refused('invalid', datastoreProvider, `No content at ${blob.name}`);
    for await (const chunk of part.readableStreamBody) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
  }
}
