import { Refused, Unavailable } from '../core/errors.ts';
import type { Outbox } from '../ports.ts';
import { deliveryJson, json, plain, readJson } from './lifecyclesRows.ts';
import { outboxState } from './outboxRows.ts';
import { lostRow, OUTBOX, partitionOf } from './rowKeys.ts';
import type { StorageAddress } from './storageAddress.ts';
import { PROVIDER } from './storageCalls.ts';
import { won } from './storageRaces.ts';
import type { Table } from './storageTable.ts';
import { azureTable } from './storageTableClient.ts';

const MAX_REASON_CHARS = 1000;
const MAX_RACES = 5;

/** `realNow`: claims end in real time (ms since 1970), whatever the pace of the local stack. */
export function tableOutbox(address: StorageAddress, realNow: () => number): Outbox {
  return outboxOn(azureTable(address, 'lifecycles'), realNow);
}

/** The rules of the port over any table. */
export function outboxOn(table: Table, realNow: () => number): Outbox {
  return {
    async claim(key, rowKey, claimMs, virtualNow) {
      const row = await table.get(partitionOf(key), checked(rowKey));
      if (row === undefined) return undefined;
      const { claimedUntilMs, notBefore } = outboxState(row);
      const now = realNow();
      if (notBefore !== undefined && notBefore > virtualNow.toISOString()) return undefined;
      if (claimedUntilMs !== undefined && claimedUntilMs > now) return undefined;
      const delivery = readJson(row, deliveryJson);
      const properties = { claimedUntil: new Date(now + claimMs).toISOString() };
      const mine = await won(table.transact(partitionOf(key), [{ do: 'update', rowKey, properties, etag: row.etag }]));
      return mine ? { ...delivery, ...(claimedUntilMs !== undefined && { maybeSent: true }) } : undefined;
    },
    async sent(key, rowKey) {
      await won(table.transact(partitionOf(key), [{ do: 'delete', rowKey: checked(rowKey) }]));
    },
    async failed(key, rowKey, { reason, refused }, next) {
      for (let race = 0; race < MAX_RACES; race++) {
        const row = await table.get(partitionOf(key), checked(rowKey));
        // Gone: somebody else has sent it.
        if (row === undefined) return undefined;
        const before = outboxState(row).failed;
        const failed = { all: before.all + 1, refused: before.refused + (refused ? 1 : 0) };
        const properties = {
          tries: failed.all, refusals: failed.refused, claimedUntil: '', notBefore: next(failed.all).toISOString(), lastError: plain(reason.slice(0, MAX_REASON_CHARS)),
        };
        if (await won(table.transact(partitionOf(key), [{ do: 'update', rowKey, properties, etag: row.etag }]))) return failed;
      }
      throw new Unavailable('busy', PROVIDER, `Row ${rowKey} changed ${MAX_RACES} times while a failed try was noted`);
    },
    async abandon(key, rowKey, reason) {
      const row = await table.get(partitionOf(key), checked(rowKey));
      if (row === undefined) return;
      const properties = { ...json(readJson(row, deliveryJson)), reason: plain(reason.slice(0, MAX_REASON_CHARS)) };
      await won(table.transact(partitionOf(key), [{ do: 'put', rowKey: lostRow(rowKey), properties }, { do: 'delete', rowKey }]));
    },
  };
} // prettier-ignore

/** The row key comes with a queue message: it must not lead to any other row of the lifecycle. */
function checked(rowKey: string): string {
  if (rowKey.startsWith(OUTBOX.from)) return rowKey;
  throw new Refused('invalid', PROVIDER, `${rowKey} is not the row of a delivery`);
}
