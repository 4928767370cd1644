import { Refused } from '../core/errors.ts';
import type { InboxItem } from '../core/inbox.ts';
import type { Save, Unread } from '../ports.ts';
import { itemProperties, json, longJson, plain, readItem } from './lifecyclesRows.ts';
import {
  auditRow,
  factHash,
  heldRow,
  LIFECYCLE_ROW,
  outboxRow,
  releaseRow,
  seenRow,
  trainingRow,
  UNREAD,
  unreadRow,
} from './rowKeys.ts';
import { PROVIDER } from './storageCalls.ts';
import type { Operation, Row } from './storageTable.ts';
import { fits } from './storageTableLimits.ts';

/** Keeps the row well below what one property holds, so that a long release never meets that limit by surprise. */
const MAX_LIFECYCLE_CHARS = 24 * 1024;

/** A save as the operations of one transaction. The lifecycle comes first: its new ETag is in the first answer. */
export function saveOperations(save: Save): Operation[] {
  const properties = json(save.lifecycle);
  const length = String(properties['json']).length;
  if (length > MAX_LIFECYCLE_CHARS) {
    throw new Refused('invalid', PROVIDER, `the lifecycle has ${length} characters, at most ${MAX_LIFECYCLE_CHARS} are allowed`);
  }
  const row: Operation =
    save.etag === undefined
      ? { do: 'create', rowKey: LIFECYCLE_ROW, properties }
      : { do: 'update', rowKey: LIFECYCLE_ROW, properties, etag: save.etag };
  return [
    row,
    ...save.taken.map(taken),
    ...(save.held ?? []).flatMap(hold),
    ...(save.audit ? [{ do: 'create', rowKey: auditRow(save.audit.sequence), properties: longJson(save.audit) } as const] : []),
    ...(save.closed ? [{ do: 'put', rowKey: releaseRow(save.closed.number), properties: longJson(save.closed) } as const] : []),
    // Put, not created: it is written again when the release of its version has ended.
    ...(save.ledger ? [{ do: 'put', rowKey: trainingRow(save.ledger.number), properties: longJson(save.ledger) } as const] : []),
    // Put, not created: a notice that still waits under the same id must not block every later pass.
    ...save.deliveries.map((delivery) => ({ do: 'put', rowKey: outboxRow(delivery), properties: json(delivery) }) as const),
  ];
} // prettier-ignore

/** Adds the moves of held items back into the inbox, as many as fit; the others stay held for the next `resume`. */
export function withReleased(partition: string, operations: readonly Operation[], held: readonly Row[]): Operation[] {
  const all = [...operations];
  for (const row of held) {
    const moves: Operation[] = [insert(readItem(row)), { do: 'delete', rowKey: row.rowKey }];
    if (!fits(partition, [...all, ...moves])) break;
    all.push(...moves);
  }
  return all;
}

/** The two rows of a new item: that it is known, and that it waits. */
export function appendOperations(item: InboxItem): Operation[] {
  const { factKey, receivedAt } = item;
  return [
    { do: 'create', rowKey: seenRow(factKey), properties: { factKey: plain(factKey), receivedAt } },
    { ...insert(item), do: 'create' },
  ];
}

function insert(item: InboxItem): Extract<Operation, { do: 'put' }> {
  return {
    do: 'put',
    rowKey: unreadRow(item),
    properties: { factKey: plain(item.factKey), factHash: factHash(item.factKey), ...itemProperties(item) },
  };
}

function hold({ rowKey, item }: Unread): Operation[] {
  return [
    taken(rowKey),
    { do: 'put', rowKey: heldRow(item.factKey), properties: { factKey: plain(item.factKey), ...itemProperties(item) } },
  ];
}

function taken(rowKey: string): Operation {
  if (rowKey.startsWith(UNREAD.from)) return { do: 'delete', rowKey };
  throw new Refused('invalid', PROVIDER, `${rowKey} is not the row of an inbox item`);
}
