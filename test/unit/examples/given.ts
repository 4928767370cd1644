import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export interface Mail {
  readonly id: string;
  readonly label: string;
  readonly text: string;
}

export interface Prediction {
  readonly id: string;
  readonly label: string;
  readonly champion: string;
  readonly challenger: string;
  readonly slice: Record<string, string>;
}

export const example = fileURLToPath(new URL('../../../examples/spam-filter', import.meta.url));

/** Runs a job's script the way a job does: in a folder with only the uploaded code, and a bare environment. */
export async function runScript(
  root: string,
  script: string,
  options: Record<string, string>,
  environment: Record<string, string> = {},
) {
  const code = mkdtempSync(join(root, 'job-'));
  cpSync(join(example, 'code'), code, { recursive: true });
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  return promisify(execFile)(process.execPath, [script, ...args], { cwd: code, env: environment });
}

export function linesOf<T>(path: string): T[] {
  return readFileSync(path, 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as T); // prettier-ignore
}

/** What an exact McNemar test needs, and both accuracies. */
export function outcome(predictions: readonly Prediction[]) {
  const right = (who: 'champion' | 'challenger', line: Prediction) => line[who] === line.label;
  const count = (matches: (line: Prediction) => boolean) => predictions.filter(matches).length;
  const b = count((line) => right('champion', line) && !right('challenger', line));
  const c = count((line) => !right('champion', line) && right('challenger', line));
  const both = count((line) => right('champion', line) && right('challenger', line));
  const n = predictions.length;
  return { champion: (both + b) / n, challenger: (both + c) / n, p: binomialTail(b + c, c) };
}

/** P(X >= k) for X binomial(n, 1/2), by plain summation over Pascal's row. */
function binomialTail(n: number, k: number): number {
  let row = [1];
  for (let i = 0; i < n; i++) row = [...row, 0].map((value, j) => (value + (row[j - 1] ?? 0)) / 2);
  return row.slice(k).reduce((sum, value) => sum + value, 0);
}
