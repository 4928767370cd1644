/**
 * The training job of the scenarios' tiny models: the highest x that is not positive becomes the model's number. It runs
 * until the file `--until` exists, so that a scenario decides how long that is; on data of one kind only it fails.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const names = ['data', 'model', 'until'];
const { values } = parseArgs({ options: Object.fromEntries(names.map((name) => [name, { type: 'string' }])) });
const rows = readFileSync(values.data, 'utf8').trim().split('\n').map((line) => JSON.parse(line)); // prettier-ignore
while (!existsSync(values.until)) await wait(50);

const negative = rows.filter(({ label }) => !label);
if (negative.length === 0 || negative.length === rows.length)
  throw new Error('all rows are of one kind: nothing to learn');
mkdirSync(values.model, { recursive: true });
writeFileSync(join(values.model, 'model.json'), JSON.stringify({ above: Math.max(...negative.map(({ x }) => x)) }));
console.log(`trained on ${rows.length} rows`);
