import type { DequeuedMessageItem, QueueClient } from '@azure/storage-queue';
import type { HostedFunction, Trigger } from './app.ts';
import type { Invoke } from './invoke.ts';
import { type Log, textOf } from './log.ts';
import { holdLease } from './lease.ts';
import type { QueueSettings } from './settings.ts';
import type { OpenQueue } from './storage.ts';

export type QueueFunction = HostedFunction<Extract<Trigger, { type: 'queueTrigger' }>>;

export interface Listener {
  /** Takes no new message; resolves when the running ones have ended. */
  stop(): Promise<void>;
}

interface Listening {
  readonly called: QueueFunction;
  readonly queue: QueueClient;
  readonly poison: QueueClient;
  readonly settings: QueueSettings;
  /** How long a message stays invisible while it is worked on; renewed at half of it. */
  readonly leaseMs: number;
  readonly invoke: Invoke;
  readonly log: Log;
}

const firstPollMs = 100;

/** The message's text, or undefined where it is not in the configured encoding. */
function decode(message: DequeuedMessageItem, encoding: QueueSettings['messageEncoding']): string | undefined {
  if (encoding === 'none') return message.messageText;
  const bytes = Buffer.from(message.messageText, 'base64');
  return bytes.toString('base64') === message.messageText ? bytes.toString('utf8') : undefined;
}

async function toPoison(at: Listening, message: DequeuedMessageItem, popReceipt: string, why: string): Promise<void> {
  await at.poison.createIfNotExists();
  await at.poison.sendMessage(message.messageText);
  await at.queue.deleteMessage(message.messageId, popReceipt);
  at.log('warning', `message ${message.messageId} moved to ${at.poison.name}: ${why}`, { function: at.called.name });
}

function metadataOf(message: DequeuedMessageItem, text: string) {
  return {
    QueueTrigger: { string: text },
    Id: { string: message.messageId },
    PopReceipt: { string: message.popReceipt },
    DequeueCount: { json: String(message.dequeueCount) },
    InsertionTime: { json: JSON.stringify(message.insertedOn) },
    ExpirationTime: { json: JSON.stringify(message.expiresOn) },
    NextVisibleTime: { json: JSON.stringify(message.nextVisibleOn) },
  };
}

/** One try: done = deleted; failed = visible again after `visibilityTimeout`; failed too often = poison. */
async function handle(at: Listening, message: DequeuedMessageItem): Promise<void> {
  const { maxDequeueCount, visibilityTimeoutMs, messageEncoding } = at.settings;
  const text = decode(message, messageEncoding);
  if (text === undefined) return toPoison(at, message, message.popReceipt, `it is not ${messageEncoding}`);
  if (message.dequeueCount > maxDequeueCount) {
    return toPoison(at, message, message.popReceipt, `it was taken ${message.dequeueCount} times without an end`);
  }
  const lease = holdLease(at.queue, message, at.leaseMs, (note) => at.log('debug', note, { function: at.called.name }));
  let failed = false;
  try {
    await at.invoke(at.called, { data: { string: text }, metadata: metadataOf(message, text) });
  } catch {
    failed = true;
  }
  const popReceipt = await lease.release();
  if (!failed) await at.queue.deleteMessage(message.messageId, popReceipt);
  else if (message.dequeueCount >= maxDequeueCount) {
    await toPoison(at, message, popReceipt, `it failed ${message.dequeueCount} times`);
  } else {
    await at.queue.updateMessage(message.messageId, popReceipt, undefined, Math.ceil(visibilityTimeoutMs / 1000));
  }
}

/** An absent queue has no messages; the trigger does not make it. */
async function receive(at: Listening): Promise<DequeuedMessageItem[]> {
  try {
    const { receivedMessageItems } = await at.queue.receiveMessages({
      numberOfMessages: at.settings.batchSize,
      visibilityTimeout: Math.ceil(at.leaseMs / 1000),
    });
    return receivedMessageItems;
  } catch (error) {
    const absent = error instanceof Error && 'statusCode' in error && error.statusCode === 404;
    if (!absent) at.log('warning', `polling ${at.queue.name} failed: ${textOf(error)}`, { function: at.called.name });
    return [];
  }
}

/** Polls until stopped. After an empty poll the wait doubles, up to `maxPollingInterval`. */
async function poll(at: Listening, running: Set<Promise<void>>, stopping: AbortSignal): Promise<void> {
  let waitMs = firstPollMs;
  while (!stopping.aborted) {
    while (running.size > at.settings.newBatchThreshold) await Promise.race(running);
    const messages = await receive(at);
    for (const message of messages) {
      const work = handle(at, message)
        .catch((error: unknown) =>
          at.log('warning', `message ${message.messageId}: ${textOf(error)}`, { function: at.called.name }),
        )
        .finally(() => running.delete(work));
      running.add(work);
    }
    waitMs = messages.length > 0 ? firstPollMs : Math.min(waitMs * 2, at.settings.maxPollingIntervalMs);
    if (messages.length === 0) await pause(waitMs, stopping);
  }
  await Promise.all(running);
}

/** Real milliseconds, cut short when stopping. */
function pause(delayMs: number, stopping: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (stopping.aborted) return resolve();
    const timer = setTimeout(done, delayMs);
    function done() {
      clearTimeout(timer);
      stopping.removeEventListener('abort', done);
      resolve();
    }
    stopping.addEventListener('abort', done);
  });
}

/** Every queue function has its own listener, as in the cloud. */
export function listenToQueue(
  called: QueueFunction,
  openQueue: OpenQueue,
  rest: Pick<Listening, 'settings' | 'leaseMs' | 'invoke' | 'log'>,
): Listener {
  const { queueName, connection } = called.trigger;
  const queue = openQueue(connection, queueName);
  const stopping = new AbortController();
  const at: Listening = { ...rest, called, queue, poison: openQueue(connection, `${queueName}-poison`) };
  const ended = poll(at, new Set(), stopping.signal);
  return {
    stop() {
      stopping.abort();
      return ended;
    },
  };
}
