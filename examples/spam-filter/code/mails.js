import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @typedef {{ id: string, label: 'ham' | 'spam', text: string, slice: Record<string, string> }} Mail
 */

/**
 * Reads mails from an NDJSON file, or from every NDJSON file of a folder in the order of their names.
 * @param {string} path
 * @returns {{ mails: Mail[], digest: string }} the digest tells one version of the data from another
 */
export function readMails(path) {
  const hash = createHash('sha256');
  const mails = [];
  for (const file of filesOf(path)) {
    const content = readFileSync(file, 'utf8');
    hash.update(content);
    for (const [index, line] of content.split('\n').entries()) {
      if (line.trim() !== '') mails.push(parseMail(line, `${file}:${index + 1}`));
    }
  }
  if (mails.length === 0) throw new Error(`no mails in ${path}`);
  return { mails, digest: hash.digest('hex') };
}

function filesOf(path) {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .filter((name) => name.endsWith('.ndjson'))
    .toSorted()
    .map((name) => join(path, name));
}

function parseMail(line, place) {
  const mail = JSON.parse(line);
  if (typeof mail.id !== 'string' || typeof mail.text !== 'string')
    throw new Error(`${place}: a mail needs id and text`);
  if (mail.label !== 'ham' && mail.label !== 'spam') throw new Error(`${place}: label must be ham or spam`);
  return mail;
}
