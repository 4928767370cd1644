import { z } from 'zod';
import { Unavailable } from '../core/errors.ts';
import type { Key } from '../core/lifecycle.ts';
import type { ActiveIndex } from '../ports.ts';
import { CorruptRow } from './lifecyclesRows.ts';
import { keyOf, partitionOf } from './rowKeys.ts';
import type { StorageAddress } from './storageAddress.ts';
import { PROVIDER } from './storageCalls.ts';
import { won } from './storageRaces.ts';
import type { Operation, Row, Table } from './storageTable.ts';
import { azureTable } from './storageTableClient.ts';

const PARTITION = 'active';
const MAX_RACES = 10;
/** Keys start with a letter, a digit, one of `.-_`, or `~` and a hex digit. */
const ALL = { from: '!', below: '~~' } as const;
const promised = z.looseObject({ checkBy: z.iso.datetime() });

export function tableActiveIndex(address: StorageAddress): ActiveIndex {
  return activeIndexOn(azureTable(address, 'active'));
}

/** The rules of the port over any table. */
export function activeIndexOn(table: Table): ActiveIndex {
  return {
    async promise(key, checkBy) {
      const rowKey = partitionOf(key);
      for (let race = 0; race < MAX_RACES; race++) {
        const row = await table.get(PARTITION, rowKey);
        if (await won(table.transact(PARTITION, [promise(rowKey, row, checkBy)]))) return;
      }
      throw new Unavailable('busy', PROVIDER, `The index row of ${rowKey} changed ${MAX_RACES} times while it was written`);
    },
    async overdue(now, count) {
      const where = { property: 'checkBy', is: 'le', value: now.toISOString() } as const;
      const rows = await table.range(PARTITION, { ...ALL, where }, count);
      return rows.map((row) => ({ key: keyIn(row), checkBy: checkByIn(row), etag: row.etag }));
    },
    async keys() {
      const rows = await table.range(PARTITION, { ...ALL, keysOnly: true }, Number.POSITIVE_INFINITY);
      return rows.flatMap(({ rowKey }) => keyOf(rowKey) ?? []);
    },
    settle(key, etag, checkBy) {
      const rowKey = partitionOf(key);
      return won(
        checkBy === undefined
          ? table.remove(PARTITION, rowKey, etag)
          : table.transact(PARTITION, [{ do: 'update', rowKey, properties: { checkBy: checkBy.toISOString() }, etag }]),
      );
    },
  };
} // prettier-ignore

/**
 * The earlier of both. Written even when nothing moves: the new ETag voids what a sweep read before, which may have
 * found the lifecycle quiet and be about to remove the row that this pass now counts on.
 */
function promise(rowKey: string, row: Row | undefined, checkBy: Date): Operation {
  if (row === undefined) return { do: 'create', rowKey, properties: { checkBy: checkBy.toISOString() } };
  const earlier = new Date(Math.min(checkByIn(row).getTime(), checkBy.getTime()));
  return { do: 'update', rowKey, properties: { checkBy: earlier.toISOString() }, etag: row.etag };
}

function checkByIn({ rowKey, properties }: Row): Date {
  const read = promised.safeParse(properties);
  if (!read.success) throw new CorruptRow(rowKey, `checkBy is ${JSON.stringify(properties['checkBy'])}, not a time`);
  return new Date(read.data.checkBy);
}

function keyIn({ rowKey }: Row): Key {
  const key = keyOf(rowKey);
  if (key === undefined) throw new CorruptRow(rowKey, 'its key names no lifecycle');
  return key;
}
