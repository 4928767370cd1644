import type { RefusedStore } from '../ports.ts';
import type { StorageAddress } from './storageAddress.ts';
import { azureBlobs, type Blobs } from './storageBlobs.ts';
import { won } from './storageRaces.ts';

export function blobRefusedStore(address: StorageAddress): RefusedStore {
  return refusedStoreOn(azureBlobs(address));
}

/** The rules of the port over any blobs. */
export function refusedStoreOn(blobs: Blobs): RefusedStore {
  return {
    async keep(name, body) {
      await won(blobs.write(`refused/${name}`, body));
    },
  };
}
