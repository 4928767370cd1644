import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { ContainerClient } from '@azure/storage-blob';
import { z } from 'zod';
import { Refused, Unavailable } from '../core/errors.ts';
import { asking } from './armErrors.ts';
import type { ModelFile } from './artifacts.ts';
import { datastoreProvider, filesAt } from './datastoreFiles.ts';

interface Way {
  readonly source: ContainerClient;
  /** The file, or the folder that the files are below. */
  readonly from: string;
  readonly target: ContainerClient;
  /** Nobody else's: what lies there and is not among the files was left by an earlier try. */
  readonly to: string;
}

/** Below the time after which the next look would ask for the same again; what is copied by then stays. */
const timeoutMs = 4 * 60_000;
const blockBytes = 8 * 1024 * 1024;
const blocksAtOnce = 2;
/** Says which writing of the source a copy is of; set when all of it is there. */
const etagMark = 'stewardsource';
const writtenMeanwhile = z.object({ statusCode: z.literal(412) });

/**
 * Through this process, in blocks: the two accounts need not know each other, and no signature is handed around. A file
 * that is there as the source has it now is left alone, so that a repeat goes on where the last one ended.
 */
export async function copyFiles(files: readonly ModelFile[], way: Way): Promise<void> {
  const abortSignal = AbortSignal.timeout(timeoutMs);
  const wanted = files.filter((file) => !isFolder(file, files));
  const strange = wanted.find(([name]) => name.split('/').some((part) => part === '.' || part === '..'));
  if (strange) throw new Refused('invalid', datastoreProvider, `A file of the version is called ${strange[0]}, which would lie somewhere else`); // prettier-ignore
  await asking(datastoreProvider, `copies at ${way.to}`, async () => {
    const before = await lying(way);
    for (const file of wanted) if (before.get(way.to + file[0]) !== mark(file)) await copy(file, way, abortSignal);
    const whole = new Map(wanted.map((file) => [way.to + file[0], mark(file)]));
    const after = await lying(way);
    for (const name of after.keys()) if (!whole.has(name)) await way.target.deleteBlob(name, { abortSignal });
    const damaged = [...whole].find(([name, marked]) => after.get(name) !== marked);
    if (damaged) throw new Unavailable('busy', datastoreProvider, `${damaged[0]} was written by somebody else`);
  });
}

/** What lies there: which writing of the source it is a copy of, and how much of it. */
async function lying({ target, to }: Way): Promise<ReadonlyMap<string, string>> {
  const known = new Map<string, string>();
  for await (const { name, metadata, properties } of filesAt(target, to, { includeMetadata: true }))
    known.set(name, `${properties.contentLength ?? 0} ${metadata?.[etagMark] ?? ''}`);
  return known;
}

/** Hierarchical accounts list folders as well, as files without content. */
function isFolder([name, bytes]: ModelFile, files: readonly ModelFile[]): boolean {
  return bytes === 0 && files.some(([other]) => other.startsWith(`${name}/`));
}

async function copy(file: ModelFile, { source, from, target, to }: Way, abortSignal: AbortSignal): Promise<void> {
  const [name, , etag, md5] = file;
  const blob = target.getBlockBlobClient(to + name);
  const sum = createHash('md5');
  const content = summed(await read(source, from + name, etag, abortSignal), sum);
  await blob.uploadStream(Readable.from(content, { objectMode: false }), blockBytes, blocksAtOnce, {
    abortSignal,
    ...(md5 !== '' && { blobHTTPHeaders: { blobContentMD5: Buffer.from(md5, 'base64') } }),
  });
  if (md5 !== '' && sum.digest('base64') !== md5)
    throw new Unavailable('serverError', datastoreProvider, `${name} did not come through as its MD5 says`);
  await blob.setMetadata({ [etagMark]: markOf(etag) }, { abortSignal });
}

async function* summed(content: AsyncIterable<Buffer>, sum: ReturnType<typeof createHash>): AsyncGenerator<Buffer> {
  for await (const part of content) {
    sum.update(part);
    yield part;
  }
}

/** As it was listed: what is written meanwhile is not mixed with what was judged. */
async function read(source: ContainerClient, name: string, etag: string, abortSignal: AbortSignal): Promise<AsyncIterable<Buffer>> {
  try {
    const { readableStreamBody } = await source.getBlobClient(name).download(0, undefined, { conditions: { ifMatch: etag }, abortSignal });
    if (readableStreamBody) return readableStreamBody as AsyncIterable<Buffer>;
  } catch (error) {
    if (!writtenMeanwhile.safeParse(error).success) throw error;
    throw new Unavailable('busy', datastoreProvider, `${name} was written while it was copied`);
  }
  throw new Error('A download in Node.js is a stream.');
} // prettier-ignore

/** As `lying` tells a whole copy. */
function mark([, bytes, etag]: ModelFile): string {
  return `${bytes} ${markOf(etag)}`;
}

function markOf(etag: string): string {
  return etag.replaceAll(/[^A-Za-z0-9]/g, '');
}
