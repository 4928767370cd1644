import type { DeadLetters } from '../ports.ts';
import type { StorageAddress } from './storageAddress.ts';
import { azureBlobs, type Blobs } from './storageBlobs.ts';

/** The container of the app's own storage account that event subscriptions name as their dead-letter destination. */
export function blobDeadLetters(address: StorageAddress, container: string): DeadLetters {
  return deadLettersOn(azureBlobs(address, container));
}

/** The rules of the port over any blobs. */
export function deadLettersOn(blobs: Blobs): DeadLetters {
  return {
    oldest: (count) => blobs.oldest(count),
    read: async (name) => (await blobs.read(name))?.text,
    remove: (name) => blobs.remove(name),
  };
}
