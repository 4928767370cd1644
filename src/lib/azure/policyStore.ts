import { z } from 'zod';
import { BadInput, Refused } from '../core/errors.ts';
import type { PolicyStore, Publication } from '../ports.ts';
import type { StorageAddress } from './storageAddress.ts';
import { azureBlobs, type Blobs } from './storageBlobs.ts';
import { PROVIDER } from './storageCalls.ts';
import { won } from './storageRaces.ts';

const POINTER = 'policies/current.json';

const publication = z.looseObject({
  estateHash: z.string(),
  policies: z.record(
    z.string(),
    z.looseObject({ hash: z.string(), publishedAt: z.string(), changedAt: z.string().exactOptional() }),
  ),
});

export function blobPolicyStore(address: StorageAddress): PolicyStore {
  return policyStoreOn(azureBlobs(address));
}

/** The rules of the port over any blobs. */
export function policyStoreOn(blobs: Blobs): PolicyStore {
  return {
    async current() {
      const pointer = await blobs.read(POINTER);
      return pointer && { publication: parsed(pointer.text), etag: pointer.etag };
    },
    async read(hash) {
      return (await blobs.read(blobOf(hash)))?.text;
    },
    async write(hash, text) {
      await won(blobs.write(blobOf(hash), text));
    },
    async point(next, etag) {
      await blobs.write(POINTER, JSON.stringify(next, null, 2), etag);
    },
  };
}

/** Nothing else may stand there, or a text could take the pointer's name. */
function blobOf(hash: string): string {
  if (/^[0-9a-f]{64}$/.test(hash)) return `policies/${hash}`;
  throw new Refused('invalid', PROVIDER, `${hash} is not a SHA-256 in hex`);
}

function parsed(text: string): Publication {
  const read = publication.safeParse(jsonOf(text));
  if (read.success) return read.data;
  throw new BadInput(
    POINTER,
    read.error.issues.map(({ path, message }) => ({ place: path.join('.') || '(all of it)', message })),
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new BadInput(POINTER, [{ place: '(all of it)', message: 'expected JSON' }]);
  }
}
