/**
 * First step of the training pipeline: node prepare.js --mails FILE_OR_FOLDER --prepared FOLDER. Leaves out what was
 * delivered twice, and fails when the mails could not teach anything.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { splitMail } from './classifier.mjs';
import { readMails } from './mails.js';
import { logRun } from './mlflow.js';

const LEAST_OF_A_KIND = 20;

const { mails: from, prepared: folder } = argumentsOf();
const { mails, digest } = readMails(from);
const kept = withoutDoubles(mails);
const spam = kept.filter(({ label }) => label === 'spam').length;
if (Math.min(spam, kept.length - spam) < LEAST_OF_A_KIND)
  throw new Error(`${spam} spam and ${kept.length - spam} ham: at least ${LEAST_OF_A_KIND} of each are needed`);

mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'mails.ndjson'), kept.map((mail) => `${JSON.stringify(mail)}\n`).join(''));
const metrics = { 'mails.read': mails.length, 'mails.kept': kept.length, 'mails.spam': spam };
await logRun({ metrics, tags: { 'data.digest': digest } });
console.log(`kept ${kept.length} of ${mails.length} mails (sha256 ${digest.slice(0, 12)})`, metrics);

/** Relays change the header of a mail that comes twice, not its body. The later label counts: people correct them. */
function withoutDoubles(all) {
  const byBody = new Map(all.map((mail) => [splitMail(mail.text).body.trim(), mail]));
  return [...byBody.values()];
}

function argumentsOf() {
  const names = ['mails', 'prepared'];
  const { values } = parseArgs({ options: Object.fromEntries(names.map((name) => [name, { type: 'string' }])) });
  const missing = names.filter((name) => !values[name]);
  if (missing.length > 0) throw new Error(missing.map((name) => `--${name} is missing`).join('; '));
  return values;
}
