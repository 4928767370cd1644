import { Refused } from '../core/errors.ts';
import type { Key } from '../core/lifecycle.ts';
import { partitionOf } from './rowKeys.ts';
import { PROVIDER } from './storageCalls.ts';

export type QueueName = 'reconcile' | 'notify';

/** Longer waits live in the index and the sweep. */
const LONGEST_DELAY_MS = 3_600_000;

export interface WorkMessage {
  readonly queue: QueueName;
  /** A JSON object that names what to look at, never what is there. */
  readonly body: Readonly<Record<string, string>>;
  /** Virtual. */
  readonly delayMs: number;
}

export function lookMessage(
  key: Key,
  options: { readonly look?: string; readonly delayMs?: number } = {},
): WorkMessage {
  const { look, delayMs } = options;
  return message('reconcile', key, look === undefined ? {} : { look }, delayMs);
}

export function notifyMessage(key: Key, row: string, delayMs?: number): WorkMessage {
  return message('notify', key, { row }, delayMs);
}

function message(queue: QueueName, key: Key, more: Readonly<Record<string, string>>, delayMs = 0): WorkMessage {
  // Refuses keys that no lifecycle can have.
  partitionOf(key);
  if (!(delayMs >= 0 && delayMs <= LONGEST_DELAY_MS)) {
    throw new Refused('invalid', PROVIDER, `a delay of ${delayMs} ms is not within 0..${LONGEST_DELAY_MS}`);
  }
  return { queue, body: { environment: key.environment, model: key.model, ...more }, delayMs };
}
