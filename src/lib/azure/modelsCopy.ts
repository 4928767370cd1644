import type { ContainerClient } from '@azure/storage-blob';
import { Readable } from 'node:stream';
import { z } from 'zod';
import { Unavailable } from '../core/errors.ts';
import { asking } from './armErrors.ts';
import type { ModelFile } from './artifacts.ts';
import { datastoreProvider, filesAt } from './datastoreFiles.ts';

interface Way {
  readonly source: ContainerClient;
  /** The file, or the folder that the files are below. */
  readonly from: string;
  readonly target: ContainerClient;
  readonly to: string;
}

/** Below the time after which the next look would ask for the same again; what is copied by then stays. */
const timeoutMs = 4 * 60_000;
const blockBytes = 8 * 1024 * 1024;
const blocksAtOnce = 2;
/** Says which writing of the source a copy is of. */
const etagMark = 'stewardsource';
const writtenMeanwhile = z.object({ statusCode: z.literal(412) });

/**
 * Through this process, in blocks: the two accounts need not know each other, and no signature is handed around. A file
 * that is there as the source has it now is left alone, so that a repeat goes on where the last one ended.
 */
export async function copyFiles(files: readonly ModelFile[], way: Way): Promise<void> {
  const abortSignal = AbortSignal.timeout(timeoutMs);
  await asking(datastoreProvider, `copies at ${way.to}`, async () => {
    const there = await copied(way);
    for (const file of files)
      if (!isFolder(file, files) && there.get(way.to + file[0]) !== mark(file)) await copy(file, way, abortSignal);
  });
}

/** Hierarchical accounts list folders as well, as files without content. */
function isFolder([name, bytes]: ModelFile, files: readonly ModelFile[]): boolean {
  return bytes === 0 && files.some(([other]) => other.startsWith(`${name}/`));
}

async function copied({ target, to }: Way): Promise<ReadonlyMap<string, string | undefined>> {
  const known = new Map<string, string | undefined>();
  for await (const { name, metadata } of filesAt(target, to, { includeMetadata: true }))
    known.set(name, metadata?.[etagMark]);
  return known;
}

async function copy(file: ModelFile, { source, from, target, to }: Way, abortSignal: AbortSignal): Promise<void> {
  const [name, , etag, md5] = file;
  await target.getBlockBlobClient(to + name).uploadStream(await read(source, from + name, etag, abortSignal), blockBytes, blocksAtOnce, {
    abortSignal,
    metadata: { [etagMark]: mark(file) },
    ...(md5 !== '' && { blobHTTPHeaders: { blobContentMD5: Buffer.from(md5, 'base64') } }),
  });
} // prettier-ignore

/** As it was listed: what is written meanwhile is not mixed with what was judged. */
async function read(source: ContainerClient, name: string, etag: string, abortSignal: AbortSignal): Promise<Readable> {
  try {
    const { readableStreamBody } = await source.getBlobClient(name).download(0, undefined, { conditions: { ifMatch: etag }, abortSignal });
    if (readableStreamBody instanceof Readable) return readableStreamBody;
  } catch (error) {
    if (!writtenMeanwhile.safeParse(error).success) throw error;
    throw new Unavailable('busy', datastoreProvider, `${name} was written while it was copied`);
  }
  throw new Error('A download in Node.js is a stream.');
} // prettier-ignore

function mark([, bytes, etag]: ModelFile): string {
  return `${bytes}-${etag.replaceAll(/[^A-Za-z0-9]/g, '')}`;
}
