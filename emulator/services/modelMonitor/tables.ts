import { BlobServiceClient } from '@azure/storage-blob';
import { z } from 'zod';
import { blobLocation } from '../../runtime/blobLocations.ts';
import { assetUri } from '../../runtime/jobFolder.ts';
import type { InputData } from './definition.ts';
import { runPreprocessing, tableLines, type MonitorContext, type Window } from './preprocessing.ts';

const row = z.record(z.string(), z.unknown());
export type Row = z.infer<typeof row>;

/** A line of a data collector: the payload is a row, or rows. */
const collected = z.object({ specversion: z.string(), time: z.coerce.date(), data: z.union([z.array(row), row]) });

/** Rows of what a signal reads. Throws when there are none: nothing can be said then. */
export async function readTable(context: MonitorContext, input: InputData, name: string): Promise<readonly Row[]> {
  const window = windowOf(input, context.at);
  const componentId = input.inputDataType === 'Fixed' ? undefined : (input.preprocessingComponentId ?? undefined);
  const rows =
    componentId === undefined || window === undefined
      ? rowsOf(await storedLines(context, input), window)
      : (await tableLines(await runPreprocessing(context, input, { componentId, window, name }))).map(parsedRow);
  if (rows.length > 0) return rows;
  const span = window === undefined ? '' : ` from ${window.from.toISOString()} to ${window.to.toISOString()}`;
  throw new Error(`No data is found for input '${input.uri}'${span}.`);
}

function windowOf(input: InputData, at: Date): Window | undefined {
  switch (input.inputDataType) {
    case 'Fixed':
      return undefined;
    case 'Static':
      return { from: input.windowStart, to: input.windowEnd };
    case 'Rolling': {
      const to = at.getTime() - input.windowOffset;
      return { from: new Date(to - input.windowSize), to: new Date(to) };
    }
  }
}

async function storedLines({ world, workspace }: MonitorContext, { uri }: InputData): Promise<string[]> {
  const { container, path } = blobLocation(world, workspace, assetUri(workspace, 'data', uri));
  const client = BlobServiceClient.fromConnectionString(world.storage.connectionString).getContainerClient(container);
  const lines: string[] = [];
  for await (const { name } of client.listBlobsFlat({ prefix: path })) {
    if (!/\.(jsonl|ndjson)$/.test(name)) continue;
    lines.push(...(await client.getBlobClient(name).downloadToBuffer()).toString('utf8').split('\n'));
  }
  return lines.filter((line) => line.trim() !== '');
}

/** With a window lines are of a data collector and count by their time; without one each line is a row. */
function rowsOf(lines: readonly string[], window: Window | undefined): Row[] {
  if (window === undefined) return lines.map(parsedRow);
  return lines.flatMap((line) => {
    const { time, data } = collected.parse(JSON.parse(line));
    return time >= window.from && time < window.to ? [data].flat() : [];
  });
}

function parsedRow(line: string): Row {
  return row.parse(JSON.parse(line));
}
