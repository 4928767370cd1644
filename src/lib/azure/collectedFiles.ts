import type { ContainerClient } from '@azure/storage-blob';
import type { CollectedWindow } from '../core/training/state.ts';

/** The datastore and folder that the data collector writes to where nobody names another; below it `endpoint/deployment/collection/yyyy/MM/dd/HH/*.jsonl`. */
export const collectedDatastore = 'workspaceblobstore';
const root = 'modelDataCollector';

export interface CollectedFile {
  readonly name: string;
  /** Below the endpoint's folder. */
  readonly path: string;
  readonly bytes: number;
  /** ISO time at which the stretch of time that it holds is over. */
  readonly until: string;
}

/** Files that hold what is over by the window's end, and was not before its begin; deployments that are gone included. */
export async function* collectedFiles(
  client: ContainerClient,
  endpoint: string,
  window: CollectedWindow,
): AsyncGenerator<CollectedFile> {
  const folder = `${root}/${endpoint}/`;
  for await (const found of client.listBlobsByHierarchy('/', { prefix: folder })) {
    if (found.kind !== 'prefix') continue;
    for (const collection of window.collections)
      for (const month of monthsOf(window)) yield* filesOf(client, { folder, below: `${found.name}${collection}/`, month }, window);
  }
} // prettier-ignore

/** One collection of one deployment. */
export interface Collection {
  readonly endpoint: string;
  readonly deployment: string;
  readonly collection: string;
}

/** Files that may hold what was written in that time, one that is still being written included; oldest first. */
export async function* collectionFiles(
  client: ContainerClient,
  { endpoint, deployment, collection }: Collection,
  time: { readonly from: string; readonly to: string },
): AsyncGenerator<{ readonly name: string; readonly bytes: number }> {
  const below = `${root}/${endpoint}/${deployment}/${collection}/`;
  for (const month of monthsOf(time))
    for await (const { name, properties } of client.listBlobsFlat({ prefix: `${below}${month}/` })) {
      const stretch = stretchOf(name.slice(below.length));
      const bytes = properties.contentLength ?? 0;
      if (bytes > 0 && stretch && stretch.until > time.from && stretch.from < time.to) yield { name, bytes };
    }
}

async function* filesOf(
  client: ContainerClient,
  { folder, below, month }: { readonly folder: string; readonly below: string; readonly month: string },
  { from, to }: CollectedWindow,
): AsyncGenerator<CollectedFile> {
  for await (const { name, properties } of client.listBlobsFlat({ prefix: `${below}${month}/` })) {
    const until = stretchOf(name.slice(below.length))?.until;
    const bytes = properties.contentLength ?? 0;
    // Folder markers of hierarchical accounts are empty blobs.
    if (bytes > 0 && until !== undefined && until > from && until <= to)
      yield { name, path: name.slice(folder.length), bytes, until };
  }
}

/** `yyyy/MM` of each month that the window touches. */
function monthsOf({ from, to }: Pick<CollectedWindow, 'from' | 'to'>): readonly string[] {
  const months: string[] = [];
  for (let at = new Date(`${from.slice(0, 7)}-01T00:00:00.000Z`); at.toISOString() <= to; at.setUTCMonth(at.getUTCMonth() + 1))
    months.push(at.toISOString().slice(0, 7).replace('-', '/'));
  return months;
} // prettier-ignore

function time(...parts: readonly [number, number, number, number, number]): string {
  return new Date(Date.UTC(...parts)).toISOString();
}

/** A folder is a month, a day, an hour or a minute, as the collector's rolling rate has it. ISO times; undefined: it is none. */
function stretchOf(path: string): { readonly from: string; readonly until: string } | undefined {
  const [, year, month, day, hour, minute] = /^(\d{4})\/(\d\d)(?:\/(\d\d)(?:\/(\d\d)(?:\/(\d\d))?)?)?\/[^/]+$/.exec(path) ?? []; // prettier-ignore
  if (year === undefined || month === undefined) return undefined;
  const [y, m, d, h, min] = [Number(year), Number(month) - 1, Number(day ?? 1), Number(hour ?? 0), Number(minute ?? 0)];
  const from = time(y, m, d, h, min);
  if (day === undefined) return { from, until: time(y, m + 1, 1, 0, 0) };
  if (hour === undefined) return { from, until: time(y, m, d + 1, 0, 0) };
  return { from, until: minute === undefined ? time(y, m, d, h + 1, 0) : time(y, m, d, h, min + 1) };
}
