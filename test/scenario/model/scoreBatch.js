/** Batch scoring of rows {id, x}, a line each: answers a line for each row. A model may do nothing and not say so. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const model = JSON.parse(readFileSync(join(process.env.AZUREML_MODEL_DIR, 'model.json'), 'utf8'));

export function run(files) {
  if (model.writesNothing) return [];
  const rows = files.flatMap((file) => readFileSync(file, 'utf8').trim().split('\n').map((line) => JSON.parse(line))); // prettier-ignore
  return rows.map(({ id, x }) => JSON.stringify({ id, positive: x > model.above }));
}
