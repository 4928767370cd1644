/**
 * The batch deployment's scoring script: reads files of mails, a line `{"id", "text"}` each, and answers a line
 * `{"id", "label", "score"}` for each mail, in the same order. So `expect: {rows: same}` of the policy finds a lost one.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

let answer;

/** Loads the model once, before the first mini-batch. */
export async function init() {
  const folder = modelIn(process.env.AZUREML_MODEL_DIR);
  const model = JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8'));
  model.weights = Float64Array.from(model.weights);
  const { predict } = await import(pathToFileURL(join(folder, 'classifier.mjs')).href);
  answer = (text) => predict(model, text);
}

/** @param {readonly string[]} files a mini-batch */
export async function run(files) {
  return files.flatMap(mailsOf).map(({ id, text }) => ({ id, ...answer(text) }));
}

function mailsOf(file) {
  const lines = readFileSync(file, 'utf8').split('\n').filter((line) => line.trim() !== ''); // prettier-ignore
  return lines.map((line, index) => {
    const mail = JSON.parse(line);
    if (typeof mail.id !== 'string' || typeof mail.text !== 'string')
      throw new TypeError(`${file}:${index + 1}: expected {"id": "...", "text": "..."}`);
    return mail;
  });
}

/** Azure ML mounts a registered folder as it is or one level down, under its own name. */
function modelIn(folder) {
  if (!folder) throw new Error('AZUREML_MODEL_DIR is not set');
  const places = [folder, ...readdirSync(folder).map((name) => join(folder, name))];
  const place = places.find((candidate) => existsSync(join(candidate, 'model.json')));
  if (!place) throw new Error(`no model.json in ${folder}`);
  return place;
}
