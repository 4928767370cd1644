import type { DequeuedMessageItem, QueueClient } from '@azure/storage-queue';

export interface Lease {
  /** Ends the renewals and tells the pop receipt that is valid now. */
  release(): Promise<string>;
}

/**
 * Keeps a received message invisible while it is worked on: renewed for `leaseMs` each time half of it has passed. A
 * renewal that fails is tried again at the next turn; when all fail, the message comes back by itself, as after a crash.
 */
export function holdLease(
  queue: QueueClient,
  message: DequeuedMessageItem,
  leaseMs: number,
  note: (text: string) => void,
): Lease {
  let popReceipt = message.popReceipt;
  let renewal = Promise.resolve();
  const renew = async () => {
    try {
      const renewed = await queue.updateMessage(message.messageId, popReceipt, undefined, Math.ceil(leaseMs / 1000));
      popReceipt = renewed.popReceipt ?? popReceipt;
      note(`lease of message ${message.messageId} renewed`);
    } catch (error) {
      note(`lease of message ${message.messageId} not renewed: ${String(error)}`);
    }
  };
  const timer = setInterval(() => {
    renewal = renewal.then(renew);
  }, leaseMs / 2);
  return {
    async release() {
      clearInterval(timer);
      await renewal;
      return popReceipt;
    },
  };
}
