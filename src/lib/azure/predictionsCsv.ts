import { pipeline } from 'node:stream/promises';
import { clamped } from '../core/gate/clamped.ts';
import type { Asked } from '../core/gate/evidence.ts';
import { countRecords, maxLineChars, type Pairs } from '../core/gate/pairs.ts';

const COLUMNS = ['id', 'label', 'champion', 'challenger'];
/** What is told of a broken file must fit into rows and mails. */
const maxChars = 200;

/** Compares over a CSV file with a header row; columns beside the four are slices. */
export async function csvPairs(content: AsyncIterable<Uint8Array>, asked: Asked): Promise<Pairs> {
  // Most files are lines of JSON, and most passes read none.
  const { CsvError, parse } = await import('csv-parse');
  let fault: string | undefined;
  const columns = (header: string[]): string[] => {
    const missing = COLUMNS.filter((name) => !header.includes(name));
    const twice = header.find((name, index) => header.indexOf(name) !== index);
    if (missing.length > 0) fault = `expected lines of JSON, or a CSV header with ${COLUMNS.join(', ')}; ${missing.join(', ')} is missing`; // prettier-ignore
    else if (twice !== undefined) fault = `the CSV header names ${clamped(twice, maxChars)} twice`;
    return header;
  };
  // A byte order mark is trimmed like a blank.
  const parser = parse({ trim: true, skip_empty_lines: true, info: true, max_record_size: maxLineChars, columns }); // prettier-ignore
  async function* records(rows: AsyncIterable<{ record: Record<string, string>; info: { lines: number } }>) {
    for await (const { record, info } of rows) {
      if (fault !== undefined) return;
      yield { line: info.lines, record };
    }
  }
  let pairs: Pairs | undefined;
  try {
    await pipeline(content, parser, async (rows) => {
      pairs = await countRecords(records(rows), asked);
    });
  } catch (error) {
    // Who stops reading early tears down the rest, which the pipeline takes for a failure.
    if (error instanceof CsvError) fault ??= error.message;
    else if (pairs === undefined) throw error;
  }
  return fault === undefined && pairs ? pairs : { rows: 0, faults: [`predictions: ${clamped(fault ?? '', maxChars)}`] };
} // prettier-ignore
