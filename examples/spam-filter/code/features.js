/**
 * The monitor's preprocessing component: node features.js --data FILE_OR_FOLDER --from TIME --to TIME --table FOLDER.
 * Makes one row of figures of each mail, of training data (NDJSON of mails) or of what the data collector kept of served
 * requests (`.jsonl`, of which those from TIME on and before TIME count). A monitor compares figures, not texts.
 */
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { splitMail } from './classifier.mjs';

const { data, from, to, table } = argumentsOf();
const mails = filesOf(data).flatMap((file) => mailsIn(readFileSync(file, 'utf8')));
mkdirSync(table, { recursive: true });
writeFileSync(
  join(table, 'features.jsonl'),
  mails.map((mail) => `${JSON.stringify(featuresOf(mail.text))}\n`).join(''),
);
// What makes the folder a table to Azure ML.
writeFileSync(join(table, 'MLTable'), 'paths:\n  - pattern: ./*.jsonl\ntransformations:\n  - read_json_lines:\n      encoding: utf8\n'); // prettier-ignore
console.log(`${mails.length} mails from ${new Date(from).toISOString()} to ${new Date(to).toISOString()}`);

function mailsIn(content) {
  const lines = content.split('\n').filter((line) => line.trim() !== '');
  return lines
    .map((line) => JSON.parse(line))
    .flatMap((line) => (line.specversion === undefined ? line : served(line)));
}

/** Requests that were refused as malformed were collected, too. */
function served({ time, data: request }) {
  const mails = Date.parse(time) >= from && Date.parse(time) < to ? request?.mails : [];
  return Array.isArray(mails) ? mails.filter((mail) => typeof mail?.text === 'string') : [];
}

function featuresOf(text) {
  const { header, body } = splitMail(text);
  const count = (pattern) => body.match(pattern)?.length ?? 0;
  const hour = /^date:.*?\b(\d{1,2}):\d\d/im.exec(header)?.[1];
  return {
    length: body.length,
    links: count(/https?:\/\//gi),
    exclamations: count(/!/g),
    capitals: count(/[A-Z]/g) / Math.max(1, count(/[A-Za-z]/g)),
    hour: hour === undefined ? null : Number(hour),
    format: /^content-type:\s*text\/html/im.test(text) ? 'html' : 'plain',
  };
}

function filesOf(path) {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true })
    .filter((name) => /\.(ndjson|jsonl)$/.test(name))
    .toSorted()
    .map((name) => join(path, name));
}

/** Times come back in milliseconds. */
function argumentsOf() {
  const names = ['data', 'from', 'to', 'table'];
  const { values } = parseArgs({ options: Object.fromEntries(names.map((name) => [name, { type: 'string' }])) });
  const faults = names.filter((name) => !values[name]).map((name) => `--${name} is missing`);
  const [from, to] = [values.from, values.to].map((time) => Date.parse(time ?? ''));
  if (faults.length === 0 && Number.isNaN(from + to)) faults.push('--from and --to take ISO 8601 times');
  if (faults.length > 0) throw new Error(faults.join('; '));
  return { data: values.data, table: values.table, from, to };
}
