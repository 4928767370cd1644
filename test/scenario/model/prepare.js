/** First step of the training as a pipeline: leaves out rows without a label. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';

const names = ['data', 'prepared'];
const { values } = parseArgs({ options: Object.fromEntries(names.map((name) => [name, { type: 'string' }])) });
const lines = readFileSync(values.data, 'utf8').trim().split('\n');
mkdirSync(dirname(values.prepared), { recursive: true });
writeFileSync(values.prepared, lines.filter((line) => 'label' in JSON.parse(line)).join('\n'));
