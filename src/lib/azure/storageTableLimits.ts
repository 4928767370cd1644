import { Refused } from '../core/errors.ts';
import { PROVIDER } from './storageCalls.ts';
import type { Operation } from './storageTable.ts';

// What the table service refuses (learn.microsoft.com/azure/storage/tables/scalability-targets). It is refused here,
// before sending, because a row that can never be saved must be told as such, not retried; Azurite lets some of it pass.
export const MAX_OPERATIONS = 100;
/** 64 KiB of UTF-16. */
export const MAX_PROPERTY_CHARS = 32 * 1024;
const MAX_ENTITY_BYTES = 1024 * 1024;
const MAX_TRANSACTION_BYTES = 4 * 1024 * 1024;
const MAX_KEY_CHARS = 1024;
/** Headers and boundaries around one operation in the request; keys are counted by themselves. */
const OPERATION_OVERHEAD_BYTES = 1024;
// oxlint-disable-next-line no-control-regex -- control characters are what keys refuse
const NOT_IN_KEYS = /[/\\#?\u0000-\u001f\u007f-\u009f]/;

/** Throws `Refused('invalid')` with everything that the service would not take. */
export function checkTransaction(partition: string, operations: readonly Operation[]): void {
  const faults = [
    ...countFaults(operations),
    ...keyFaults('partition key', partition),
    ...operations.flatMap((operation) => entityFaults(partition, operation)),
  ];
  if (isTooLarge(partition, operations))
    faults.push(`the transaction takes ${transactionBytes(partition, operations)} bytes, at most 4 MiB are allowed`);
  if (faults.length > 0) throw new Refused('invalid', PROVIDER, faults.join('; '));
}

/** Whether these would pass as one transaction, by number and bytes. */
export function fits(partition: string, operations: readonly Operation[]): boolean {
  return operations.length <= MAX_OPERATIONS && !isTooLarge(partition, operations);
}

export function keyFaults(what: string, key: string): string[] {
  const faults: string[] = [];
  if (key.length > MAX_KEY_CHARS)
    faults.push(`${what} ${key.slice(0, 40)}... has ${key.length} characters, at most ${MAX_KEY_CHARS} are allowed`);
  if (NOT_IN_KEYS.test(key)) faults.push(`${what} ${JSON.stringify(key)} has a character that keys refuse`);
  return faults;
}

function countFaults(operations: readonly Operation[]): string[] {
  const faults: string[] = [];
  if (operations.length === 0) faults.push('the transaction is empty');
  if (operations.length > MAX_OPERATIONS)
    faults.push(`the transaction has ${operations.length} operations, at most ${MAX_OPERATIONS} are allowed`);
  const seen = new Set<string>();
  for (const { rowKey } of operations) {
    if (seen.has(rowKey)) faults.push(`row ${rowKey} occurs twice in the transaction`);
    seen.add(rowKey);
  }
  return faults;
}

function entityFaults(partition: string, operation: Operation): string[] {
  const { rowKey } = operation;
  const faults = keyFaults('row key', rowKey);
  if (operation.do === 'delete') return faults;
  for (const [name, value] of Object.entries(operation.properties)) {
    if (typeof value === 'string' && value.length > MAX_PROPERTY_CHARS)
      faults.push(
        `${rowKey}: property ${name} has ${value.length} characters, at most ${MAX_PROPERTY_CHARS} are allowed`,
      );
  }
  const bytes = entityBytes(partition, operation);
  if (bytes > MAX_ENTITY_BYTES) faults.push(`${rowKey}: the row takes ${bytes} bytes, at most 1 MiB are allowed`);
  return faults;
}

/** As it is stored: text takes two bytes a character. */
function entityBytes(partition: string, operation: Operation): number {
  let bytes = 4 + 2 * (partition.length + operation.rowKey.length);
  if (operation.do === 'delete') return bytes;
  for (const [name, value] of Object.entries(operation.properties))
    bytes += 8 + 2 * name.length + (typeof value === 'string' ? 4 + 2 * value.length : 8);
  return bytes;
}

/** Text is written out to count its bytes only where it may matter: as JSON a character takes six at most. */
function isTooLarge(partition: string, operations: readonly Operation[]): boolean {
  const most = operations.reduce((sum, operation) => sum + OPERATION_OVERHEAD_BYTES + 3 * entityBytes(partition, operation), 0);
  return most >= MAX_TRANSACTION_BYTES && transactionBytes(partition, operations) >= MAX_TRANSACTION_BYTES;
} // prettier-ignore

function transactionBytes(partition: string, operations: readonly Operation[]): number {
  return operations.reduce((sum, operation) => sum + operationBytes(partition, operation), 0);
}

/** The body is JSON in UTF-8, where quotes inside of text take two bytes; the keys are in the URL as well, escaped. */
function operationBytes(partition: string, operation: Operation): number {
  const body = operation.do === 'delete' ? 0 : Buffer.byteLength(JSON.stringify(operation.properties));
  return OPERATION_OVERHEAD_BYTES + 4 * (partition.length + operation.rowKey.length) + body;
}
