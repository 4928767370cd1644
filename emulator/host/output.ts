import { z } from 'zod';
import type { Output } from './app.ts';
import type { TypedData } from './core.ts';
import type { OpenQueue } from './storage.ts';

export type SendOutput = (binding: Extract<Output, { type: 'queue' }>, value: TypedData) => Promise<void>;

/** Message texts of an output value: an array becomes one message an element, objects become JSON. */
function messagesOf(value: TypedData): string[] {
  if (value.string !== undefined) return [value.string];
  if (value.bytes !== undefined) return [Buffer.from(value.bytes).toString('utf8')];
  if (value.int !== undefined || value.double !== undefined) return [String(value.int ?? value.double)];
  const json: unknown = JSON.parse(value.json ?? 'null');
  const elements = z.array(z.unknown()).safeParse(json);
  if (!elements.success) return [value.json ?? 'null'];
  return elements.data.map((element) => (typeof element === 'string' ? element : JSON.stringify(element)));
}

/** Sends queue outputs; the queue is made when it is not there, as the binding does. */
export function queueOutput(openQueue: OpenQueue, encoding: 'base64' | 'none'): SendOutput {
  return async (binding, value) => {
    const queue = openQueue(binding.connection, binding.queueName);
    await queue.createIfNotExists();
    for (const text of messagesOf(value)) {
      await queue.sendMessage(encoding === 'base64' ? Buffer.from(text, 'utf8').toString('base64') : text);
    }
  };
}
