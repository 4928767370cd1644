import type { History } from '../ports.ts';
import { auditJson, closedJson, deliveryJson, endedTrainingJson, readItem, readJson } from './lifecyclesRows.ts';
import { AUDIT, auditRow, HELD, LOST, partitionOf, RELEASES, SEEN, TRAININGS } from './rowKeys.ts';
import type { StorageAddress } from './storageAddress.ts';
import { won } from './storageRaces.ts';
import type { Operation, Table } from './storageTable.ts';
import { azureTable } from './storageTableClient.ts';
import { MAX_OPERATIONS } from './storageTableLimits.ts';

export function tableHistory(address: StorageAddress): History {
  return historyOn(azureTable(address, 'lifecycles'));
}

/** The rules of the port over any table. */
export function historyOn(table: Table): History {
  return {
    async audit(key, from, count) {
      const rows = await table.range(partitionOf(key), { ...AUDIT, from: auditRow(from) }, count);
      return rows.map((row) => readJson(row, auditJson));
    },
    async releases(key, count) {
      const rows = await table.range(partitionOf(key), RELEASES, count);
      return rows.map((row) => readJson(row, closedJson));
    },
    async trainings(key, count) {
      const rows = await table.range(partitionOf(key), TRAININGS, count);
      return rows.map((row) => readJson(row, endedTrainingJson));
    },
    async heldItems(key) {
      const rows = await table.range(partitionOf(key), HELD, Number.POSITIVE_INFINITY);
      return rows.map(readItem);
    },
    async undelivered(key, count) {
      const rows = await table.range(partitionOf(key), LOST, Number.POSITIVE_INFINITY);
      return rows
        .map((row) => ({ delivery: readJson(row, deliveryJson), reason: String(row.properties['reason']) }))
        .toSorted((a, b) => (a.delivery.createdAt < b.delivery.createdAt ? 1 : -1))
        .slice(0, count);
    },
    async purgeSeen(key, before, count) {
      const where = { property: 'receivedAt', is: 'lt', value: before.toISOString() } as const;
      const rows = await table.range(partitionOf(key), { ...SEEN, where, keysOnly: true }, count);
      let purged = 0;
      for (let from = 0; from < rows.length; from += MAX_OPERATIONS) {
        const some = rows.slice(from, from + MAX_OPERATIONS);
        const deletes = some.map(({ rowKey }): Operation => ({ do: 'delete', rowKey }));
        // Another sweep was faster with one of them; the next one takes the rest.
        if (!(await won(table.transact(partitionOf(key), deletes)))) break;
        purged += some.length;
      }
      return purged;
    },
  };
} // prettier-ignore
