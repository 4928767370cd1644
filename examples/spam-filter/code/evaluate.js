/**
 * Champion and challenger on the same mails: node evaluate.js --champion FOLDER --challenger FOLDER --data FILE
 * --predictions FILE. Writes one line of JSON a mail, {id, label, champion, challenger, slice}, and logs both models'
 * metrics and `n`.
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { readMails } from './mails.js';
import { logRun } from './mlflow.js';

const paths = argumentsOf();
const { mails, digest } = readMails(paths.data);
const answers = {
  champion: await answersOf(paths.champion, mails),
  challenger: await answersOf(paths.challenger, mails),
};

mkdirSync(dirname(paths.predictions), { recursive: true });
writeFileSync(paths.predictions, mails.map((mail, row) => `${JSON.stringify(predictionOf(mail, row))}\n`).join(''));

const metrics = { ...metricsOf('champion'), ...metricsOf('challenger'), n: mails.length };
await logRun({ metrics, tags: { 'data.digest': digest } });
console.log(`evaluated on ${mails.length} mails (sha256 ${digest.slice(0, 12)})`, metrics);

function predictionOf({ id, label, slice }, row) {
  return { id, label, champion: answers.champion[row].label, challenger: answers.challenger[row].label, slice };
}

/** Each model answers through the code in its own folder: the two may read a mail differently. */
async function answersOf(folder, mails) {
  const place = modelIn(folder);
  const model = JSON.parse(readFileSync(join(place, 'model.json'), 'utf8'));
  const { predict } = await import(pathToFileURL(join(place, 'classifier.mjs')).href);
  return mails.map((mail) => predict(model, mail.text));
}

/** A registered folder is mounted as it is or one level down, under its own name. */
function modelIn(folder) {
  const places = [folder, ...readdirSync(folder).map((name) => join(folder, name))];
  const place = places.find((candidate) => existsSync(join(candidate, 'model.json')));
  if (!place) throw new Error(`no model.json in ${folder}`);
  return place;
}

/** @param {'champion' | 'challenger'} who */
function metricsOf(who) {
  const count = { ham: 0, spam: 0, hamAsSpam: 0, spamAsHam: 0 };
  let logLoss = 0;
  for (const [row, { label }] of mails.entries()) {
    const answer = answers[who][row];
    count[label]++;
    if (answer.label !== label) count[label === 'ham' ? 'hamAsSpam' : 'spamAsHam']++;
    logLoss -= Math.log(Math.max(label === 'spam' ? answer.score : 1 - answer.score, 1e-9));
  }
  return {
    [`${who}.accuracy`]: 1 - (count.hamAsSpam + count.spamAsHam) / mails.length,
    [`${who}.falsePositiveRate`]: count.hamAsSpam / Math.max(count.ham, 1),
    [`${who}.falseNegativeRate`]: count.spamAsHam / Math.max(count.spam, 1),
    [`${who}.logLoss`]: logLoss / mails.length,
  };
}

function argumentsOf() {
  const names = ['champion', 'challenger', 'data', 'predictions'];
  const { values } = parseArgs({ options: Object.fromEntries(names.map((name) => [name, { type: 'string' }])) });
  const missing = names.filter((name) => !values[name]);
  if (missing.length > 0) throw new Error(missing.map((name) => `--${name} is missing`).join('; '));
  return values;
}
