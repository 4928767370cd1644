/**
 * Trains a spam filter: node train.js --data FILE_OR_FOLDER --model FOLDER [--seed 1] [--epochs 8] [--rate 0.2]
 * [--bits 16] [--max-characters 8000]. Writes model.json and the classifier's code into the model folder.
 */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { predict } from './classifier.mjs';
import { DEFAULTS, fit } from './fit.js';
import { readMails } from './mails.js';
import { logRun } from './mlflow.js';

const { data, model: folder, ...numbers } = argumentsOf();
const options = { ...DEFAULTS, ...numbers };
const startedAt = performance.now();
const { mails, digest } = readMails(data);
const model = fit(mails, options);
const right = mails.filter((mail) => predict(model, mail.text).label === mail.label).length;

mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'model.json'), JSON.stringify(model));
copyFileSync(new URL('classifier.mjs', import.meta.url), join(folder, 'classifier.mjs'));

const metrics = {
  'train.accuracy': right / mails.length,
  'train.rows': mails.length,
  'train.spam': mails.filter((mail) => mail.label === 'spam').length,
  'train.seconds': (performance.now() - startedAt) / 1000,
};
await logRun({ params: options, metrics, tags: { 'data.digest': digest } });
console.log(`trained on ${mails.length} mails (sha256 ${digest.slice(0, 12)})`, metrics);

function argumentsOf() {
  const names = { seed: 'seed', epochs: 'epochs', rate: 'rate', bits: 'bits', 'max-characters': 'maxCharacters' };
  const numeric = Object.fromEntries(Object.keys(names).map((name) => [name, { type: 'string' }]));
  const { values } = parseArgs({ options: { data: { type: 'string' }, model: { type: 'string' }, ...numeric } });
  const faults = ['data', 'model'].filter((name) => !values[name]).map((name) => `--${name} is missing`);
  const parsed = {};
  for (const [name, key] of Object.entries(names)) {
    if (values[name] === undefined) continue;
    parsed[key] = Number(values[name]);
    if (!(parsed[key] > 0)) faults.push(`--${name} must be a number above 0, not ${values[name]}`);
  }
  if (faults.length > 0) throw new Error(faults.join('; '));
  return { data: values.data, model: values.model, ...parsed };
}
