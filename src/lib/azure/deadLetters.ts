import type { DeadLetters } from '../ports.ts';
import type { StorageAddress } from './storageAddress.ts';
import { azureBlobs, type Blobs } from './storageBlobs.ts';
import { won } from './storageRaces.ts';

/** The container of the app's own storage account that event subscriptions name as their dead-letter destination. */
export function blobDeadLetters(address: StorageAddress, container: string): DeadLetters {
  return deadLettersOn(azureBlobs(address, container), azureBlobs(address));
}

const noteOf = (name: string) => `deadLetters/${name}`;

/** The rules of the port over any blobs. Notes lie elsewhere: in the container, each file is a letter. */
export function deadLettersOn(blobs: Blobs, notes: Blobs): DeadLetters {
  return {
    oldest: (count) => blobs.oldest(count),
    read: async (name) => (await blobs.read(name))?.text,
    async failing(name, now) {
      if (await won(notes.write(noteOf(name), now.toISOString()))) return now;
      const since = new Date((await notes.read(noteOf(name)))?.text ?? '');
      return Number.isNaN(since.getTime()) ? now : since;
    },
    async remove(name) {
      // A note that outlived its letter would be another letter's of that name.
      await notes.remove(noteOf(name));
      await blobs.remove(name);
    },
  };
}
