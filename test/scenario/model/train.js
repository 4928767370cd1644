/**
 * The training job of the scenarios' tiny models: the highest x that is not positive becomes the model's number. It runs
 * until the file `--until` exists, so that a scenario decides how long that is; on data of one kind only it fails. What the
 * endpoint was asked counts instead of the data, as soon as there is any: it is known by then that all above 100 is positive.
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const names = ['data', 'model', 'until', 'asked'];
const { values } = parseArgs({ options: Object.fromEntries(names.map((name) => [name, { type: 'string' }])) });
const asked = values.asked === undefined ? [] : askedIn(values.asked);
const rows = asked.length > 0 ? asked : linesOf(values.data);
while (!existsSync(values.until)) await wait(50);

const negative = rows.filter(({ label }) => !label);
if (negative.length === 0 || negative.length === rows.length)
  throw new Error('all rows are of one kind: nothing to learn');
mkdirSync(values.model, { recursive: true });
writeFileSync(join(values.model, 'model.json'), JSON.stringify({ above: Math.max(...negative.map(({ x }) => x)) }));
console.log(`trained on ${rows.length} rows`);

function linesOf(path) {
  return readFileSync(path, 'utf8').trim().split('\n').map((line) => JSON.parse(line)); // prettier-ignore
}

/** `DEPLOYMENT/COLLECTION/yyyy/MM/dd/HH/*.jsonl`, as the data collector left them. */
function askedIn(folder) {
  return readdirSync(folder, { recursive: true })
    .filter((name) => /^[^/]+\/model_inputs\/.*\.jsonl$/.test(name))
    .flatMap((name) => linesOf(join(folder, name)))
    .flatMap(({ data }) => data.mails)
    .map(({ text }) => ({ x: Number(text), label: Number(text) > 100 }));
}
