import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const folder = resolve(import.meta.dirname, '../../../src/functions');

export interface Registered {
  readonly name: string;
  readonly trigger: string;
  readonly queue: string | undefined;
}

/** The functions as the source registers them: `app.storageQueue('notify', { queueName: 'notify', ...`. */
export function registered(): Registered[] {
  const source = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8')).join('\n'); // prettier-ignore
  return [...source.matchAll(/app\.(\w+)\('(\w+)', \{(?:\s+queueName: '([\w-]+)')?/g)].map(
    ([, trigger = '', name = '', queue]) => ({ name, trigger, queue }),
  );
}
