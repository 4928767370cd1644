import { lookMessage, notifyMessage, type QueueName, type WorkMessage } from '../../src/lib/azure/workQueueMessage.ts';
import type { WorkQueue } from '../../src/lib/ports.ts';

export interface MemoryWorkQueue extends WorkQueue {
  /** Takes the oldest message that is visible at `nowMs`; nothing brings it back. */
  take(queue: QueueName, nowMs: number): WorkMessage['body'] | undefined;
  /** When the next message of either queue becomes visible; undefined when both are empty. */
  nextAtMs(): number | undefined;
}

/** Both queues in memory, on the clock it is given (virtual or not); a simulation decides when a message is taken. */
export function memoryWorkQueue(now: () => number): MemoryWorkQueue {
  let waiting: { readonly message: WorkMessage; readonly atMs: number }[] = [];
  const send = (message: WorkMessage): void => void waiting.push({ message, atMs: now() + message.delayMs });
  return {
    look: async (key, options) => send(lookMessage(key, options)),
    notify: async (key, rowKey, delayMs) => send(notifyMessage(key, rowKey, delayMs)),
    take(queue, nowMs) {
      const [next] = waiting
        .filter(({ message, atMs }) => message.queue === queue && atMs <= nowMs)
        .toSorted((a, b) => a.atMs - b.atMs);
      waiting = waiting.filter((entry) => entry !== next);
      return next?.message.body;
    },
    nextAtMs: () => (waiting.length === 0 ? undefined : Math.min(...waiting.map(({ atMs }) => atMs))),
  };
}
