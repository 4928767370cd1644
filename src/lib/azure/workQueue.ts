import type { WorkQueue } from '../ports.ts';
import { openQueue, type StorageAddress } from './storageAddress.ts';
import { place } from './storageCalls.ts';
import { lookMessage, notifyMessage, type QueueName, type WorkMessage } from './workQueueMessage.ts';

/** A key that nobody could work on for that long is found again by the sweep. */
const MESSAGE_LIVES_S = 7 * 24 * 3600;

/** `realDelayMs` turns virtual into real time; the queue's visibility time-out runs on the wall clock, in whole seconds. */
export function storageWorkQueue(
  address: StorageAddress,
  { realDelayMs }: { readonly realDelayMs: (virtualMs: number) => number },
): WorkQueue {
  const queues = { reconcile: queue(address, 'reconcile'), notify: queue(address, 'notify') };
  const send = async ({ queue, body, delayMs }: WorkMessage): Promise<void> => {
    // Base64 is what the Functions host expects of a queue message.
    const text = Buffer.from(JSON.stringify(body)).toString('base64');
    const visibilityTimeout = Math.ceil(realDelayMs(delayMs) / 1000);
    await queues[queue].call(`enqueue on ${queue}`, (client, abortSignal) =>
      client.sendMessage(text, { visibilityTimeout, messageTimeToLive: MESSAGE_LIVES_S, abortSignal }),
    );
  };
  return {
    look: async (key, options) => send(lookMessage(key, options)),
    notify: async (key, rowKey, delayMs) => send(notifyMessage(key, rowKey, delayMs)),
  };
}

function queue(address: StorageAddress, name: QueueName) {
  return place(
    () => openQueue(address, name),
    (client) => client.createIfNotExists(),
  );
}
