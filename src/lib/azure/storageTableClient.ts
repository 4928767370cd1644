import type { TableClient, TransactionAction } from '@azure/data-tables';
import { z } from 'zod';
import { Conflict, Unavailable } from '../core/errors.ts';
import { openTable, type StorageAddress } from './storageAddress.ts';
import { place, PROVIDER } from './storageCalls.ts';
import type { Operation, Range, Row, Table } from './storageTable.ts';
import { checkTransaction } from './storageTableLimits.ts';

const MAX_PAGE = 1000;
const entity = z.looseObject({ rowKey: z.string(), etag: z.string() });

export function azureTable(address: StorageAddress, name: string): Table {
  const table = place(
    () => openTable(address, name),
    (client) => client.createTable(),
  );
  return {
    get: (partition, rowKey) =>
      table
        .call(`read ${rowKey}`, async (client, abortSignal) => toRow(await client.getEntity(partition, rowKey, { abortSignal })), lost)
        .catch(gone),
    range: (partition, range, limit) =>
      table.call(`read ${range.from}..${range.below}`, (client, abortSignal) => read(client, partition, range, limit, abortSignal)),
    async transact(partition, operations) {
      checkTransaction(partition, operations);
      const actions = operations.map((operation) => toAction(partition, operation));
      const { subResponses } = await table.call('a transaction', (client, abortSignal) => client.submitTransaction(actions, { abortSignal }), lost);
      const failed = subResponses.find(({ status }) => status >= 300);
      if (failed) throw new Unavailable('serverError', PROVIDER, `A transaction was accepted, but one part answered ${failed.status}`);
      return subResponses[0]?.etag;
    },
    async remove(partition, rowKey, etag) {
      await table.call(`delete ${rowKey}`, (client, abortSignal) => client.deleteEntity(partition, rowKey, { etag, abortSignal }), lost);
    },
  };
} // prettier-ignore

const RACES: Readonly<Record<number, string>> = { 404: 'gone', 409: 'there already', 412: 'changed meanwhile' };

function lost(status: number): Conflict | undefined {
  const why = RACES[status];
  return why === undefined ? undefined : new Conflict(`A row is ${why}`);
}

function gone(error: unknown): undefined {
  if (!(error instanceof Conflict)) throw error;
}

async function read(client: TableClient, partition: string, range: Range, limit: number, abortSignal: AbortSignal): Promise<Row[]> {
  const { odata } = await import('@azure/data-tables');
  const keys = odata`PartitionKey eq ${partition} and RowKey ge ${range.from} and RowKey lt ${range.below}`;
  // odata`` quotes a value only where text goes before it.
  const { where } = range;
  const filter = where ? `${keys} and ${where.property} ${where.is}${odata` ${where.value}`}` : keys;
  const only = range.keysOnly ? [] : range.only;
  const queryOptions = { filter, ...(only && { select: ['PartitionKey', 'RowKey', ...only] }) };
  const rows: Row[] = [];
  const pages = client.listEntities({ queryOptions, abortSignal }).byPage({ maxPageSize: Math.min(limit, MAX_PAGE) });
  for await (const page of pages) {
    rows.push(...page.map(toRow));
    if (rows.length >= limit) break;
  }
  return rows.slice(0, limit);
} // prettier-ignore

function toRow(found: unknown): Row {
  const { rowKey, etag, ...properties } = entity.parse(found);
  return { rowKey, etag, properties };
}

function toAction(partitionKey: string, operation: Operation): TransactionAction {
  const { rowKey } = operation;
  if (operation.do === 'delete') return ['delete', { partitionKey, rowKey }];
  const entity = { partitionKey, rowKey, ...operation.properties };
  if (operation.do === 'create') return ['create', entity];
  if (operation.do === 'put') return ['upsert', entity, 'Merge'];
  return ['update', entity, 'Merge', { etag: operation.etag }];
}
