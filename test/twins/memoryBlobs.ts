import { checkBlobName, type Blobs } from '../../src/lib/azure/storageBlobs.ts';
import { Conflict } from '../../src/lib/core/errors.ts';

/** The blob service in memory. */
export function memoryBlobs(): Blobs {
  const blobs = new Map<string, { readonly text: string; readonly etag: string }>();
  let writes = 0;
  return {
    async read(name) {
      checkBlobName(name);
      return blobs.get(name);
    },
    async write(name, text, etag) {
      checkBlobName(name);
      if (blobs.get(name)?.etag !== etag) throw new Conflict(`Blob ${name} is another by now`);
      blobs.set(name, { text, etag: `"${++writes}"` });
    },
    // A map keeps its entries in the order in which they came.
    oldest: async (count) => [...blobs.keys()].slice(0, count),
    async remove(name) {
      checkBlobName(name);
      blobs.delete(name);
    },
  };
}
