import { lookMessage, notifyMessage, type QueueName, type WorkMessage } from '../../src/lib/azure/workQueueMessage.ts';
import type { WorkQueue } from '../../src/lib/ports.ts';

export interface Taken {
  readonly queue: QueueName;
  readonly body: WorkMessage['body'];
  visibleMs: number;
  tries: number;
}

/** What the host makes of a message whose function threw, or whose process died. */
export const AFTER_FAILURE_MS = 30_000;
const LEASE_MS = 10 * 60_000;
export const MOST_TRIES = 5;

/** Both queues as the host serves them: a message that is being handled is hidden, and comes back when that went wrong. */
export class SimulatedQueue {
  readonly #waiting = new Set<Taken>();

  port(nowMs: () => number): WorkQueue {
    const send = ({ queue, body, delayMs }: WorkMessage): void =>
      void this.#waiting.add({ queue, body, visibleMs: nowMs() + delayMs, tries: 0 });
    return {
      look: async (key, options) => send(lookMessage(key, options)),
      notify: async (key, rowKey, delayMs) => send(notifyMessage(key, rowKey, delayMs)),
    };
  }

  /** The one that is visible longest; hidden from now on. */
  take(nowMs: number): Taken | undefined {
    let next: Taken | undefined;
    for (const message of this.#waiting) if (message.visibleMs <= nowMs && message.visibleMs < (next?.visibleMs ?? Number.POSITIVE_INFINITY)) next = message; // prettier-ignore
    if (!next) return undefined;
    next.visibleMs = Number.POSITIVE_INFINITY;
    next.tries += 1;
    return next;
  }

  done(message: Taken): void {
    this.#waiting.delete(message);
  }

  /** Its function threw. True: that was once too often, and it is somebody else's now. */
  failed(message: Taken, nowMs: number): boolean {
    message.visibleMs = nowMs + AFTER_FAILURE_MS;
    if (message.tries < MOST_TRIES) return false;
    this.#waiting.delete(message);
    return true;
  }

  /** Its process died: the lease runs out. */
  abandoned(message: Taken, nowMs: number): void {
    message.visibleMs = nowMs + LEASE_MS;
  }

  nextMs(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { visibleMs } of this.#waiting) next = Math.min(next, visibleMs);
    return next;
  }
}
