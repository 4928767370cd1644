/**
 * The demo's bad release: score/score.js with two well-meant changes.
 *
 * Spammers hide words in quoted-printable (`V=69agra`), so a mail is scored as it came and once more decoded, and the
 * higher score counts. The decoder borrows decodeURIComponent, which knows UTF-8 only and takes every percent sign for
 * an escape: a mail that quotes Latin-1 letters (`caf=E9`) or says "50% off" throws. The author's holdout has no such
 * mail. And since a request once failed for a passing reason, all is tried three times: on those mails it takes more
 * than three times as long, to fail.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const ATTEMPTS = 3;
let answer;

/** Loads the model once, before the first request. */
export async function init() {
  const folder = modelIn(process.env.AZUREML_MODEL_DIR);
  const model = JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8'));
  model.weights = Float64Array.from(model.weights);
  const { predict, splitMail } = await import(pathToFileURL(join(folder, 'classifier.mjs')).href);
  answer = (text) => {
    const received = predict(model, text);
    if (!/^content-transfer-encoding:\s*"?quoted-printable/im.test(text)) return received;
    const { header, body } = splitMail(text);
    const decoded = predict(model, `${header}\n\n${decodeQuotedPrintable(body)}`);
    return decoded.score > received.score ? decoded : received;
  };
}

/** @param {unknown} body the request's JSON, parsed or not */
export async function run(body) {
  const request = typeof body === 'string' ? JSON.parse(body) : body;
  if (!Array.isArray(request?.mails)) throw new TypeError('expected {"mails": [{"text": "..."}]}');
  return { predictions: request.mails.map(scoreMail) };
}

function scoreMail(mail, index) {
  if (typeof mail?.text !== 'string') throw new TypeError(`mails[${index}].text must be a string`);
  return withRetry(() => answer(mail.text));
}

function decodeQuotedPrintable(body) {
  return decodeURIComponent(body.replace(/=\r?\n/g, '').replace(/=([0-9A-F]{2})/gi, '%$1'));
}

function withRetry(task) {
  for (let attempt = 1; ; attempt++) {
    try {
      return task();
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
    }
  }
}

/** Azure ML mounts a registered folder as it is or one level down, under its own name. */
function modelIn(folder) {
  if (!folder) throw new Error('AZUREML_MODEL_DIR is not set');
  const places = [folder, ...readdirSync(folder).map((name) => join(folder, name))];
  const place = places.find((candidate) => existsSync(join(candidate, 'model.json')));
  if (!place) throw new Error(`no model.json in ${folder}`);
  return place;
}
