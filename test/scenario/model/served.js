/** The monitor's preprocessing: a row for each number that was asked in the window, null for what is not a number. */
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const names = ['data', 'from', 'to', 'table'];
const { values } = parseArgs({ options: Object.fromEntries(names.map((name) => [name, { type: 'string' }])) });
const files = readdirSync(values.data, { recursive: true }).filter((name) => name.endsWith('.jsonl'));
const lines = files.flatMap((name) => readFileSync(join(values.data, name), 'utf8').trim().split('\n'));
const rows = lines
  .map((line) => JSON.parse(line))
  .filter(({ time }) => Date.parse(time) >= Date.parse(values.from) && Date.parse(time) < Date.parse(values.to))
  .flatMap(({ data }) => data.mails)
  .map(({ text }) => ({ x: text.trim() === '' || Number.isNaN(Number(text)) ? null : Number(text) }));
mkdirSync(values.table, { recursive: true });
writeFileSync(join(values.table, 'rows.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'));
