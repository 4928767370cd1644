import type { AuditRow } from '../../../src/lib/core/audit.ts';
import type { InboxItem } from '../../../src/lib/core/inbox.ts';
import { newLifecycle, type Key, type Lifecycle } from '../../../src/lib/core/lifecycle.ts';
import { type ClosedRelease } from '../../../src/lib/core/release/state.ts';
import type { Delivery } from '../../../src/lib/core/notice.ts';
import type { Save } from '../../../src/lib/ports.ts';

const START_MS = Date.parse('2026-03-01T10:00:00.000Z');
let keys = 0;

/** A lifecycle that no other test uses; its model's name holds what keys refuse. */
export function newKey(): Key {
  return { environment: 'prod', model: `spam/filter#${++keys}?|~\\ü` };
}

export function at(seconds: number): string {
  return new Date(START_MS + seconds * 1000).toISOString();
}

export function event(n: number): InboxItem {
  return {
    factKey: `model/ml-prod/spam-filter/${n}`,
    receivedAt: at(n),
    happening: { kind: 'modelRegistered', version: String(n), source: 'event' },
  };
}

export function command(n: number): InboxItem {
  const command = { name: 'pause', actor: 'ada', reason: 'looking' } as const;
  return { factKey: `command/ada/${n}`, receivedAt: at(n), happening: { kind: 'command', command } };
}

export function delivery(id: string, sentence = 'It is better.'): Delivery {
  const notice = {
    id, kind: 'released', audience: 'inform', environment: 'prod', model: 'spam-filter', at: at(0), reasons: [], sentence,
  } as const; // prettier-ignore
  return { notice, channel: 'team@example.com', createdAt: at(0) };
}

export function audit(sequence: number, patch: unknown = { sequence }): AuditRow {
  return {
    sequence, at: at(sequence), items: [], refused: {}, facts: {}, rules: ['gate.passed'], actions: [], notices: [], patch, rowDigest: 'd',
  }; // prettier-ignore
}

export function closed(number: number): ClosedRelease {
  const release = {
    number, version: String(number), startedAt: at(0), policy: 'p', phase: 'watching', phaseSince: at(1),
  } as const; // prettier-ignore
  return { number, version: String(number), end: 'released', cause: 'watched', at: at(number), sentence: 'It held.', reasons: [], release }; // prettier-ignore
}

export function lifecycle(key: Key, sequence = 1): Lifecycle {
  return { ...newLifecycle(key), sequence };
}

export function save(key: Key, more: Partial<Save> = {}): Save {
  return { lifecycle: lifecycle(key), taken: [], deliveries: [], ...more };
}

export function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
