import type { ContainerClient } from '@azure/storage-blob';
import type { TestOutputFact } from '../core/step.ts';
import type { WorkspaceId } from '../ports.ts';
import type { BatchRuns } from '../ports/batch.ts';
import type { Arm } from './arm.ts';
import { asking } from './armErrors.ts';
import { contentOf } from './blobContent.ts';
import { dataVersionOf } from './dataAssets.ts';
import { datastoreProvider, defaultOutput, filesAt, openDatastore, placeOf, type DatastoreOptions } from './datastoreFiles.ts'; // prettier-ignore
import { readJob } from './jobBody.ts';
import { jobPath } from './jobFacts.ts';
import { linesOf } from './predictions.ts';

/** What test data may reasonably be; more is not counted, which is not a pass. */
const maxBytes = 1024 ** 3;
const maxFiles = 1000;
const countable = /\.(csv|tsv|txt|jsonl|ndjson)$|(^|\/)[^./]+$/i;
const withHeader = /\.(csv|tsv)$/i;

type Wanted = Parameters<BatchRuns['output']>[1];

export async function testOutput(
  arm: Arm,
  workspace: WorkspaceId,
  wanted: Wanted,
  options: DatastoreOptions,
): Promise<TestOutputFact> {
  const { data } = wanted;
  const [left, inputRows] = await Promise.all([
    outputOf(arm, workspace, wanted, options),
    data === undefined ? undefined : rowsOfData(arm, workspace, data, options),
  ]);
  return { ...left, ...(inputRows !== undefined && { inputRows }) };
}

/** Where it was told to write, else where the job says that it did, else where the service puts what nobody placed. */
async function outputOf(
  arm: Arm,
  workspace: WorkspaceId,
  { job, output, place, rows }: Wanted,
  options: DatastoreOptions,
): Promise<TestOutputFact> {
  const told = place ?? (await arm.read(workspace, { path: jobPath(job) }, readJob))?.properties.outputs?.[output]?.uri;
  const uri = told ?? defaultOutput(job, output);
  const at = placeOf(uri);
  if (at === undefined) return { files: 0, fault: `its output "${output}" is at ${uri}, which is not in a datastore` };
  const client = await openDatastore(arm, workspace, at.datastore, options);
  return asking(datastoreProvider, `output of job ${job}`, async () => {
    const files = await contentAt(client, at.path);
    const counted = rows ? await rowsIn(client, files, 'all') : undefined;
    return { files: files.length, ...(counted !== undefined && { rows: counted }) };
  });
}

async function rowsOfData(
  arm: Arm,
  workspace: WorkspaceId,
  data: string,
  options: DatastoreOptions,
): Promise<number | undefined> {
  const [name = '', version = ''] = data.split(':');
  const at = placeOf((await dataVersionOf(arm, workspace, name, version))?.dataUri ?? '');
  if (at === undefined) return undefined;
  const client = await openDatastore(arm, workspace, at.datastore, options);
  return asking(datastoreProvider, `rows of data ${data}`, async () =>
    rowsIn(client, await contentAt(client, at.path), 'belowHeader'),
  );
}

interface File {
  readonly name: string;
  readonly bytes: number;
}

/** Folder markers of hierarchical accounts are empty blobs, and so is what a job opened and never wrote to. */
async function contentAt(client: ContainerClient, path: string): Promise<readonly File[]> {
  const files: File[] = [];
  for await (const { name, properties } of filesAt(client, path)) {
    const bytes = properties.contentLength ?? 0;
    if (bytes > 0) files.push({ name, bytes });
    if (files.length > maxFiles) break;
  }
  return files;
}

/**
 * Lines with content. `append_row` outputs have no header, files that people make have one: by their name, `.csv` and `.tsv`
 * (`belowHeader`). Undefined where a file is not text by its name, or there is too much to count.
 */
async function rowsIn(
  client: ContainerClient,
  files: readonly File[],
  count: 'all' | 'belowHeader',
): Promise<number | undefined> {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  if (files.length > maxFiles || bytes > maxBytes || !files.every(({ name }) => countable.test(name))) return undefined;
  let rows = 0;
  for (const file of files) {
    let lines = 0;
    for await (const line of linesOf(contentOf(client.getBlobClient(file.name), file.bytes)))
      if (line.trim() !== '') lines += 1;
    rows += count === 'belowHeader' && withHeader.test(file.name) ? Math.max(0, lines - 1) : lines;
  }
  return rows;
}
