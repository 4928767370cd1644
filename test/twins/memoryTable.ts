import { Conflict } from '../../src/lib/core/errors.ts';
import type { Operation, Range, Row, Table } from '../../src/lib/azure/storageTable.ts';
import { checkTransaction } from '../../src/lib/azure/storageTableLimits.ts';

/** Rows in the order of their keys, as the service has them: a range is found, not filtered. */
class Partition {
  readonly #rows = new Map<string, Row>();
  readonly #keys: string[] = [];

  get(rowKey: string): Row | undefined {
    return this.#rows.get(rowKey);
  }

  set(row: Row): void {
    if (!this.#rows.has(row.rowKey)) this.#keys.splice(this.#placeOf(row.rowKey), 0, row.rowKey);
    this.#rows.set(row.rowKey, row);
  }

  delete(rowKey: string): void {
    if (this.#rows.delete(rowKey)) this.#keys.splice(this.#placeOf(rowKey), 1);
  }

  range(range: Range, limit: number): Row[] {
    const found: Row[] = [];
    for (let at = this.#placeOf(range.from); at < this.#keys.length && found.length < limit; at += 1) {
      const row = this.#rows.get(this.#keys[at] ?? '');
      if (!row || row.rowKey >= range.below) break;
      if (isIn(range, row)) found.push(asAsked(range, row));
    }
    return found;
  }

  /** Of the first key that is not below it. */
  #placeOf(rowKey: string): number {
    let [low, high] = [0, this.#keys.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#keys[middle] ?? '') < rowKey) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The table service in memory: ETags, races and refusals as the service has them. */
export function memoryTable(): Table {
  const partitions = new Map<string, Partition>();
  let writes = 0;
  const partitionOf = (name: string): Partition => {
    const known = partitions.get(name) ?? new Partition();
    partitions.set(name, known);
    return known;
  };
  return {
    get: async (partition, rowKey) => partitionOf(partition).get(rowKey),
    range: async (partition, range, limit) => partitionOf(partition).range(range, limit),
    async transact(partition, operations) {
      checkTransaction(partition, operations);
      const rows = partitionOf(partition);
      // All or nothing: a transaction holds each row once, so none is met by what another does.
      for (const operation of operations) meet(operation, rows.get(operation.rowKey));
      for (const operation of operations) {
        const { rowKey } = operation;
        if (operation.do === 'delete') rows.delete(rowKey);
        else rows.set({ rowKey, etag: `W/"${++writes}"`, properties: { ...rows.get(rowKey)?.properties, ...operation.properties } });
      }
      return rows.get(operations[0]?.rowKey ?? '')?.etag;
    },
    async remove(partition, rowKey, etag) {
      if (partitionOf(partition).get(rowKey)?.etag !== etag) throw new Conflict('A row is gone or changed meanwhile');
      partitionOf(partition).delete(rowKey);
    },
  };
} // prettier-ignore

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

function asAsked({ only }: Range, row: Row): Row {
  if (!only) return row;
  return { ...row, properties: Object.fromEntries(Object.entries(row.properties).filter(([name]) => only.includes(name))) };
} // prettier-ignore

function isIn({ where }: Range, { properties }: Row): boolean {
  if (where === undefined) return true;
  const value = properties[where.property];
  if (typeof value !== 'string') return false;
  return { eq: value === where.value, lt: value < where.value, le: value <= where.value }[where.is];
}
