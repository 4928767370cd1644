import { hash } from 'node:crypto';
import { Refused } from '../core/errors.ts';
import type { InboxItem } from '../core/inbox.ts';
import type { Key } from '../core/lifecycle.ts';
import type { Delivery } from '../core/notice.ts';
import { PROVIDER } from './storageCalls.ts';
import { keyFaults } from './storageTableLimits.ts';

/**
 * Keys of the tables. A lifecycle is one partition, and all that a pass must read lies in `0 <= RowKey < 1`: the row
 * itself, then the outbox, then unread items, commands before events, each in order of receipt.
 */
export const LIFECYCLE_ROW = '0a';
export const PASS = { from: '0', below: '1' } as const;
export const UNREAD = prefixed('0p|');
export const OUTBOX = prefixed('0n|');
export const AUDIT = prefixed('audit|');
/** Deliveries that were given up: out of the range that a pass reads. */
export const LOST = prefixed('lost|');
export const HELD = prefixed('held|');
export const RELEASES = prefixed('release|');
export const TRAININGS = prefixed('training|');
export const SEEN = prefixed('seen|');

const NUMBER_WIDTH = 12;
const LAST_NUMBER = 10 ** NUMBER_WIDTH - 1;

function prefixed(prefix: `${string}|`): { readonly from: string; readonly below: string } {
  // `}` follows `|`.
  return { from: prefix, below: `${prefix.slice(0, -1)}}` };
}

/** `<environment>|<model>`: the partition of a lifecycle, and its row in the index. */
export function partitionOf(key: Key): string {
  const partition = `${escaped(key.environment)}|${escaped(key.model)}`;
  const [fault] = keyFaults('the key', partition);
  if (fault !== undefined) throw new Refused('invalid', PROVIDER, fault);
  return partition;
}

/** The way back; undefined for what `partitionOf` cannot have written. */
export function keyOf(partition: string): Key | undefined {
  const [environment, model, ...more] = partition.split('|');
  if (environment === undefined || model === undefined || more.length > 0) return undefined;
  const key = { environment: unescaped(environment), model: unescaped(model) };
  return partitionOf(key) === partition ? key : undefined;
}

export function unreadRow({ factKey, receivedAt, happening }: InboxItem): string {
  return `${UNREAD.from}${happening.kind === 'command' ? 0 : 1}|${receivedAt}|${factHash(factKey)}`;
}

export function outboxRow({ notice, channel }: Delivery): string {
  return `${OUTBOX.from}${escaped(notice.id)}|${escaped(channel)}`;
}

/** The place of a delivery that was given up. */
export function lostRow(outboxRowKey: string): string {
  return LOST.from + outboxRowKey.slice(OUTBOX.from.length);
}

export function auditRow(sequence: number): string {
  return AUDIT.from + padded(sequence);
}

/** Counts down, so that the newest come first; so do trainings. */
export function releaseRow(number: number): string {
  return RELEASES.from + padded(LAST_NUMBER - number);
}

export function trainingRow(number: number): string {
  return TRAININGS.from + padded(LAST_NUMBER - number);
}

export function heldRow(factKey: string): string {
  return HELD.from + factHash(factKey);
}

export function seenRow(factKey: string): string {
  return SEEN.from + factHash(factKey);
}

/** Fact keys hold what row keys refuse (`/`, `#`); the plain text is a property. */
export function factHash(factKey: string): string {
  return hash('sha256', factKey).slice(0, 32);
}

function padded(number: number): string {
  return String(number).padStart(NUMBER_WIDTH, '0');
}

/** `~` and four hex digits for each UTF-16 unit that is no letter, digit, `.`, `_` or `-`: reversible, and safe in URLs. */
function escaped(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9._-]/g, (unit) => `~${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function unescaped(text: string): string {
  return text.replaceAll(/~([0-9a-f]{4})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
