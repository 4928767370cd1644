/**
 * The program of a batch job. It is copied into the job's folder and started there, so it imports nothing but Node. The
 * scoring script is an ES module that exports `init()` (optional) and `run(files)`, which gets the paths of a mini-batch and
 * answers a list of rows; with the output action AppendRow they become lines of the output file.
 */
import { appendFile, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const { input, output, script, miniBatchSize, retries, errorThreshold, outputFile } = JSON.parse(process.env['BATCH_JOB'] ?? '{}'); // prettier-ignore

const module = await import(pathToFileURL(resolve(script)).href);
if (typeof module.run !== 'function') throw new Error('the scoring script does not export a function run(files)');
await module.init?.();

const entries = await readdir(input, { recursive: true, withFileTypes: true });
const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)).toSorted(); // prettier-ignore
let failed = 0;
for (let from = 0; from < files.length; from += miniBatchSize) {
  const some = files.slice(from, from + miniBatchSize);
  const rows = await tried(some);
  if (rows === undefined) failed += some.length;
  else if (outputFile !== undefined && rows.length > 0) await appendFile(join(output, outputFile), `${rows.map(lineOf).join('\n')}\n`); // prettier-ignore
  if (errorThreshold >= 0 && failed > errorThreshold) {
    console.error(`${failed} files failed, allowed are ${errorThreshold}`);
    process.exit(1);
  }
}
console.log(`${files.length} files, ${failed} of them failed`);

async function tried(some: readonly string[]): Promise<readonly unknown[] | undefined> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      const rows: unknown = await module.run([...some]);
      if (!Array.isArray(rows)) throw new Error('run(files) must answer a list');
      return rows;
    } catch (error) {
      console.error(error);
      if (attempt >= retries) return undefined;
    }
  }
}

function lineOf(row: unknown): string {
  if (Array.isArray(row)) return row.join(' ');
  return typeof row === 'string' ? row : JSON.stringify(row);
}
