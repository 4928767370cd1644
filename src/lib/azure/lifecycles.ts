import type { Lifecycles, Loaded } from '../ports.ts';
import { lifecycleJson, readItem, readJson } from './lifecyclesRows.ts';
import { appendOperations, saveOperations, withReleased } from './lifecyclesSave.ts';
import { DUE_BY, dueFirst } from './outboxRows.ts';
import { factHash, HELD, LIFECYCLE_ROW, OUTBOX, outboxRow, partitionOf, PASS, seenRow, UNREAD } from './rowKeys.ts';
import type { StorageAddress } from './storageAddress.ts';
import { won } from './storageRaces.ts';
import type { Row, Table } from './storageTable.ts';
import { azureTable } from './storageTableClient.ts';
import { MAX_OPERATIONS } from './storageTableLimits.ts';

const MAX_ROWS = 100;
/** Leaves room in the transaction for the row, the audit row and what goes out. */
const MAX_ITEMS = 40;

export function tableLifecycles(address: StorageAddress): Lifecycles {
  return lifecyclesOn(azureTable(address, 'lifecycles'));
}

/** The rules of the port over any table. */
export function lifecyclesOn(table: Table): Lifecycles {
  return {
    async load(key) {
      const partition = partitionOf(key);
      const rows = await table.range(partition, PASS, MAX_ROWS);
      const unread = rows.filter(({ rowKey }) => rowKey.startsWith(UNREAD.from));
      const outbox = rows.filter(({ rowKey }) => rowKey.startsWith(OUTBOX.from));
      if (rows.length < MAX_ROWS) return loaded(rows, unread, outbox);
      // A long outbox, as after a mail outage, must hide neither the inbox behind it nor its own rows: all of them are
      // looked through, for those that are due may be the last, while the first wait for their next try.
      const items = unread.length > MAX_ITEMS ? unread : await table.range(partition, UNREAD, MAX_ITEMS + 1);
      const whole = unread.length > 0 ? outbox : await table.range(partition, { ...OUTBOX, only: DUE_BY }, Number.POSITIVE_INFINITY);
      return loaded(rows, items, whole);
    },
    async save(key, save) {
      const partition = partitionOf(key);
      const held = save.released ? await table.range(partition, HELD, MAX_OPERATIONS / 2) : [];
      const etag = await table.transact(partition, withReleased(partition, saveOperations(save), held));
      if (etag === undefined) throw new Error('The answer to a save holds no ETag');
      return { etag, outbox: save.deliveries.map(outboxRow) };
    },
    async etag(key) {
      return (await table.get(partitionOf(key), LIFECYCLE_ROW))?.etag;
    },
    async append(key, item) {
      const partition = partitionOf(key);
      if (await won(table.transact(partition, appendOperations(item)))) return { known: false, unread: true };
      // Not by row key: the item that waits may have been received at another time.
      const where = { property: 'factHash', is: 'eq', value: factHash(item.factKey) } as const;
      const waiting = await table.range(partition, { ...UNREAD, where, keysOnly: true }, 1);
      return { known: true, unread: waiting.length > 0 };
    },
    async knows(key, factKey) {
      return (await table.get(partitionOf(key), seenRow(factKey))) !== undefined;
    },
  };
} // prettier-ignore

function loaded(rows: readonly Row[], unread: readonly Row[], outbox: readonly Row[]): Loaded {
  const first = rows.find(({ rowKey }) => rowKey === LIFECYCLE_ROW);
  return {
    ...(first && { lifecycle: readJson(first, lifecycleJson), etag: first.etag }),
    unread: unread.slice(0, MAX_ITEMS).map((row) => ({ rowKey: row.rowKey, item: readItem(row) })),
    more: unread.length > MAX_ITEMS,
    outbox: dueFirst(outbox).slice(0, MAX_ROWS),
  };
}
