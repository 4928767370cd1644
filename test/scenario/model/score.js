/** Answers {mails: [{text}]}, where each text is a number. What a model does wrong stands in its own model.json. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const model = JSON.parse(readFileSync(join(process.env.AZUREML_MODEL_DIR, 'model.json'), 'utf8'));

export function init() {
  if (model.neverStarts) throw new Error('this model cannot be loaded');
}

export function run({ mails }) {
  return {
    predictions: mails.map(({ text }) => {
      const x = Number(text);
      if (x >= model.failsFrom) throw new Error(`${x} was never seen in training`);
      return { label: String(x > model.above !== x >= model.turnsFrom) };
    }),
  };
}
