import { z } from 'zod';
import { Unavailable } from '../core/errors.ts';
import type { ActiveIndex, Due } from '../ports.ts';
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
    async overdue(now, count, unreadable) {
      // As texts, which sort as their times do: of what is no time, this finds what sorts before now.
      const where = { property: 'checkBy', is: 'le', value: now.toISOString() } as const;
      // All of them: the service sorts by key alone, and of a part the end of the alphabet would never be in.
      const rows = await table.range(PARTITION, { ...ALL, where }, Number.POSITIVE_INFINITY);
      return rows
        .toSorted((a, b) => Number(textIn(a) > textIn(b)) - Number(textIn(a) < textIn(b)))
        .flatMap((row) => dueIn(row, now, unreadable))
        .slice(0, count);
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
 * found the lifecycle quiet and be about to remove the row that this pass now counts on. What is no time is replaced: the
 * lifecycle would have no pass any more, and it may sort after every time, where nothing else finds it.
 */
function promise(rowKey: string, row: Row | undefined, checkBy: Date): Operation {
  if (row === undefined) return { do: 'create', rowKey, properties: { checkBy: checkBy.toISOString() } };
  const earlier = new Date(Math.min(checkByIn(row)?.getTime() ?? Infinity, checkBy.getTime()));
  return { do: 'update', rowKey, properties: { checkBy: earlier.toISOString() }, etag: row.etag };
}

/** One that cannot be read must not hide the others. Whose time is none is due: being settled gives it one. */
function dueIn(row: Row, now: Date, unreadable: (fault: Error) => void = () => {}): Due[] {
  const { rowKey, etag } = row;
  const key = keyOf(rowKey);
  const checkBy = checkByIn(row);
  if (key === undefined) unreadable(new CorruptRow(rowKey, 'its key names no lifecycle'));
  else if (checkBy === undefined) unreadable(new CorruptRow(rowKey, `checkBy is ${JSON.stringify(textIn(row))}, not a time`));
  return key === undefined ? [] : [{ key, checkBy: checkBy ?? now, etag }];
} // prettier-ignore

function textIn({ properties }: Row): string {
  return String(properties['checkBy']);
}

function checkByIn({ properties }: Row): Date | undefined {
  const read = promised.safeParse(properties);
  return read.success ? new Date(read.data.checkBy) : undefined;
}
