/** Answers {mails: [{text}]} with {predictions: [{label, score}]}, in the same order. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

let answer;

/** Loads the model once, before the first request. */
export async function init() {
  const folder = modelIn(process.env.AZUREML_MODEL_DIR);
  const model = JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8'));
  model.weights = Float64Array.from(model.weights);
  const { predict } = await import(pathToFileURL(join(folder, 'classifier.mjs')).href);
  answer = (text) => predict(model, text);
}

/** @param {unknown} body the request's JSON, parsed or not */
export async function run(body) {
  const request = typeof body === 'string' ? JSON.parse(body) : body;
  if (!Array.isArray(request?.mails)) throw new TypeError('expected {"mails": [{"text": "..."}]}');
  return { predictions: request.mails.map(scoreMail) };
}

function scoreMail(mail, index) {
  if (typeof mail?.text !== 'string') throw new TypeError(`mails[${index}].text must be a string`);
  return answer(mail.text);
}

/** Azure ML mounts a registered folder as it is or one level down, under its own name. */
function modelIn(folder) {
  if (!folder) throw new Error('AZUREML_MODEL_DIR is not set');
  const places = [folder, ...readdirSync(folder).map((name) => join(folder, name))];
  const place = places.find((candidate) => existsSync(join(candidate, 'model.json')));
  if (!place) throw new Error(`no model.json in ${folder}`);
  return place;
}
