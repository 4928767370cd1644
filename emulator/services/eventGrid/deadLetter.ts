import { randomUUID } from 'node:crypto';
import { ContainerClient } from '@azure/storage-blob';
import type { Clock } from '../../world.ts';
import { envelope, type Schema } from './envelope.ts';
import type { EventRecord } from './ledger.ts';
import type { Subscription } from './subscription.ts';

export type Outcome =
  | 'TimedOut' | 'BadRequest' | 'Unauthorized' | 'Forbidden' | 'NotFound' | 'PayloadTooLarge' | 'Busy' | 'GenericError'; // prettier-ignore

export interface DeadLetter {
  readonly reason: 'Undeliverable' | 'MaxDeliveryAttemptsExceeded' | 'TimeToLiveExceeded';
  readonly attempts: number;
  readonly outcome: Outcome;
  readonly publishedAt: Date;
  readonly lastAt: Date;
}

const minuteMs = 60_000;
const writtenAfterMs = 5 * minuteMs;
const givenUpAfterMs = 240 * minuteMs;

/** The five fields that say why, spelled in lower case for CloudEvents, whose attributes know nothing else. */
function fields(letter: DeadLetter, schema: Schema): Record<string, unknown> {
  const all = {
    deadLetterReason: letter.reason,
    deliveryAttempts: letter.attempts,
    lastDeliveryOutcome: letter.outcome,
    publishTime: letter.publishedAt.toISOString(),
    lastDeliveryAttemptTime: letter.lastAt.toISOString(),
  };
  if (schema === 'EventGridSchema') return all;
  return Object.fromEntries(Object.entries(all).map(([name, value]) => [name.toLowerCase(), value]));
}

function blobName(subscription: string, at: Date): string {
  const hour = at.toISOString().slice(0, 13).replaceAll(/[-T]/g, '/');
  return `${subscription.toUpperCase()}/${hour}/${randomUUID()}.json`;
}

/**
 * Writes the event into the container five virtual minutes after its last try. A container that cannot be written is
 * tried again every five minutes, and the event dropped after four hours.
 */
export function writeDeadLetter(
  subscription: Subscription,
  container: string,
  record: EventRecord,
  letter: DeadLetter,
  clock: Clock,
  storage: string,
): void {
  const { schema, name } = subscription;
  const text = JSON.stringify([{ ...envelope(record.event, schema), ...fields(letter, schema) }]);
  const client = new ContainerClient(storage, container, { retryOptions: { maxTries: 1 } });
  const write = async () => {
    const now = clock.now();
    try {
      await client.getBlockBlobClient(blobName(name, now)).upload(text, Buffer.byteLength(text), {
        blobHTTPHeaders: { blobContentType: 'application/json' },
      });
      record.deadLettered += 1;
    } catch {
      if (now.getTime() - letter.lastAt.getTime() >= givenUpAfterMs) record.dropped += 1;
      else clock.after(writtenAfterMs, () => void write());
    }
  };
  clock.after(writtenAfterMs, () => void write());
}
