import type { Asked } from '../core/gate/evidence.ts';
import { countPairs, maxLineChars, type Pairs } from '../core/gate/pairs.ts';
import type { WorkspaceId } from '../ports.ts';
import type { Arm } from './arm.ts';
import { asking } from './armErrors.ts';
import { contentOf } from './blobContent.ts';
import { csvPairs } from './predictionsCsv.ts';
import { datastoreProvider, defaultOutput, filesAt, openDatastore, placeOf, type DatastoreOptions } from './datastoreFiles.ts'; // prettier-ignore

/** Two million rows of 500 bytes. What is in memory of them does not depend on it: see bench/predictions.ts. */
const maxBytes = 1024 ** 3;

/** Reads the file that a job wrote as one of its outputs, line by line: lines of JSON, or CSV. */
export async function predictionPairs(
  arm: Arm,
  workspace: WorkspaceId,
  job: string,
  { name, uri }: { readonly name: string; readonly uri: string | undefined },
  asked: Asked,
  options: DatastoreOptions,
): Promise<Pairs> {
  const place = placeOf(uri ?? defaultOutput(job, name));
  if (place === undefined) return faulty(`the output "${name}" is at ${uri}, which is not in a datastore`);
  const client = await openDatastore(arm, workspace, place.datastore, options);
  return asking(datastoreProvider, `predictions of job ${job}`, async () => {
    const found: { readonly name: string; readonly bytes: number }[] = [];
    for await (const file of filesAt(client, place.path)) {
      const bytes = file.properties.contentLength ?? 0;
      // Folder markers of hierarchical accounts are empty blobs; two files are enough to know that it is not one.
      if (bytes > 0) found.push({ name: file.name, bytes });
      if (found.length === 2) break;
    }
    const [blob] = found;
    if (blob === undefined)
      return faulty(`the job declares predictions, but there is no file with content at ${place.path}`);
    if (found.length > 1) return faulty(`predictions must be one file; ${place.path} holds ${found.length} or more`);
    if (blob.bytes > maxBytes) return faulty(`predictions are larger than ${maxBytes / 1024 ** 2} MiB`);
    const content = contentOf(client.getBlobClient(blob.name), blob.bytes);
    const { csv, all } = await kindOf(blob.name, content);
    const text = utf8(all);
    try {
      return await (csv ? csvPairs(text, asked) : countPairs(linesOf(text), asked));
    } catch (error) {
      if (error instanceof NotUtf8) return faulty('predictions are not text in UTF-8');
      throw error;
    }
  });
}

/** By the end of its name; a file without one that says it is JSON where it begins with a brace. */
async function kindOf(name: string, content: AsyncGenerator<Uint8Array>) {
  const first = await content.next();
  async function* all(): AsyncGenerator<Uint8Array> {
    if (first.done !== true) yield first.value;
    yield* content;
  }
  const begins = first.done === true ? '' : new TextDecoder().decode(first.value.subarray(0, 1024)).trimStart();
  const csv = /\.csv$/i.test(name) || (!/\.(?:nd)?jsonl?$/i.test(name) && !/^[{[]/.test(begins));
  return { csv, all: all() };
}

class NotUtf8 extends Error {}

/** Bytes that are no UTF-8 would all be read as one and the same character, and the classes that they name as one. */
export async function* utf8(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const check = (chunk?: Uint8Array) => {
    try {
      decoder.decode(chunk, { stream: chunk !== undefined });
    } catch {
      throw new NotUtf8('not UTF-8');
    }
  };
  for await (const chunk of content) {
    check(chunk);
    yield chunk;
  }
  check();
}

/** Lines end with \n or \r\n. Of a line that is too long only so much is kept that whoever counts sees it. */
export async function* linesOf(content: AsyncIterable<Uint8Array>, longest = maxLineChars): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let open = '';
  for await (const chunk of content) {
    const [first = '', ...others] = decoder.decode(chunk, { stream: true }).split('\n');
    open += first;
    for (const line of others) {
      yield open.replace(/\r$/, '');
      open = line;
    }
    open = open.slice(0, longest + 1);
  }
  open += decoder.decode();
  if (open !== '') yield open.replace(/\r$/, '');
}

function faulty(fault: string): Pairs {
  return { rows: 0, faults: [fault] };
}
