import { z } from 'zod';
import { CorruptRow } from './lifecyclesRows.ts';
import type { FailedTries, OutboxRow } from '../ports.ts';
import type { Row } from './storageTable.ts';

/** What an outbox row holds besides its delivery. An empty text is none: properties cannot be taken away by a merge. */
const state = z.looseObject({
  tries: z.number().int().default(0),
  /** Those of `tries` that were refused. An older version counted them among the others only. */
  refusals: z.number().int().default(0),
  claimedUntil: z.string().default(''),
  notBefore: z.string().default(''),
});

export interface OutboxState {
  readonly failed: FailedTries;
  /** Real time at which the claim ends; absent when nobody holds one. */
  readonly claimedUntilMs?: number;
  /** Virtual time. */
  readonly notBefore?: string;
}

/** The properties that `dueFirst` reads. */
export const DUE_BY = ['notBefore'] as const;

/** Those that nobody has tried come first. Reads nothing else: a delivery that cannot be read must not stop passes. */
export function dueFirst(rows: readonly Row[]): OutboxRow[] {
  return rows
    .map(({ rowKey, properties: { notBefore } }) => ({ rowKey, ...(typeof notBefore === 'string' && notBefore !== '' && { notBefore }) }))
    .toSorted((a, b) => (a.notBefore ?? '').localeCompare(b.notBefore ?? ''));
} // prettier-ignore

export function outboxState({ rowKey, properties }: Row): OutboxState {
  const read = state.safeParse(properties);
  if (!read.success) throw new CorruptRow(rowKey, read.error.message);
  const { tries, refusals, claimedUntil, notBefore } = read.data;
  return {
    failed: { all: tries, refused: refusals },
    ...(claimedUntil !== '' && { claimedUntilMs: Date.parse(claimedUntil) }),
    ...(notBefore !== '' && { notBefore }),
  };
}
