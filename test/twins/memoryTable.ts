import { Conflict } from '../../src/lib/core/errors.ts';
import type { Operation, Range, Row, Table } from '../../src/lib/azure/storageTable.ts';
import { checkTransaction } from '../../src/lib/azure/storageTableLimits.ts';

type Partition = Map<string, Row>;

/** The table service in memory: ETags, races and refusals as the service has them. */
export function memoryTable(): Table {
  const partitions = new Map<string, Partition>();
  let writes = 0;
  const rowsOf = (partition: string): Partition => partitions.get(partition) ?? new Map<string, Row>();
  const apply = (rows: Partition, operation: Operation): void => {
    const { rowKey } = operation;
    const before = rows.get(rowKey);
    meet(operation, before);
    if (operation.do === 'delete') return void rows.delete(rowKey);
    const properties = { ...before?.properties, ...operation.properties };
    rows.set(rowKey, { rowKey, etag: `W/"${++writes}"`, properties });
  };
  return {
    get: async (partition, rowKey) => rowsOf(partition).get(rowKey),
    range: async (partition, range, limit) =>
      [...rowsOf(partition).values()]
        .filter((row) => isIn(range, row))
        .toSorted((a, b) => (a.rowKey < b.rowKey ? -1 : 1))
        .slice(0, limit),
    async transact(partition, operations) {
      checkTransaction(partition, operations);
      // Applied to a copy: all or nothing.
      const rows = new Map(rowsOf(partition));
      for (const operation of operations) apply(rows, operation);
      partitions.set(partition, rows);
      return rows.get(operations[0]?.rowKey ?? '')?.etag;
    },
    async remove(partition, rowKey, etag) {
      if (rowsOf(partition).get(rowKey)?.etag !== etag) throw new Conflict('A row is gone or changed meanwhile');
      rowsOf(partition).delete(rowKey);
    },
  };
}

function meet(operation: Operation, before: Row | undefined): void {
  switch (operation.do) {
    case 'create':
      if (before) throw new Conflict('A row is there already');
      return;
    case 'update':
      if (!before) throw new Conflict('A row is gone');
      if (operation.etag !== '*' && operation.etag !== before.etag) throw new Conflict('A row is changed meanwhile');
      return;
    case 'delete':
      if (!before) throw new Conflict('A row is gone');
      return;
    case 'put':
      return;
  }
}

function isIn({ from, below, where }: Range, { rowKey, properties }: Row): boolean {
  if (rowKey < from || rowKey >= below) return false;
  if (where === undefined) return true;
  const value = properties[where.property];
  if (typeof value !== 'string') return false;
  return { eq: value === where.value, lt: value < where.value, le: value <= where.value }[where.is];
}
