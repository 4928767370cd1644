import { expect, test } from 'vitest';
import { activeIndexOn } from '../../../src/lib/azure/activeIndex.ts';
import { lifecyclesOn } from '../../../src/lib/azure/lifecycles.ts';
import type { Table } from '../../../src/lib/azure/storageTable.ts';
import { audit, delivery, event, newKey, save } from '../../contract/store/samples.ts';
import { memoryTable } from '../../twins/memoryTable.ts';

/** A table that notes each call, which is one storage transaction. */
function counted(): { table: Table; calls: string[] } {
  const calls: string[] = [];
  const table = memoryTable();
  const noted: Table = {
    get: async (...asked) => (calls.push('get'), table.get(...asked)),
    range: async (...asked) => (calls.push('range'), table.range(...asked)),
    transact: async (...asked) => (calls.push('transact'), table.transact(...asked)),
    remove: async (...asked) => (calls.push('remove'), table.remove(...asked)),
  };
  return { table: noted, calls };
}

test('an event and its pass cost as few storage transactions as they can', async () => {
  const { table, calls } = counted();
  const lifecycles = lifecyclesOn(table);
  const key = newKey();
  const spent = async (ask: () => Promise<unknown>) => {
    calls.length = 0;
    await ask();
    return [...calls];
  };
  expect(await spent(() => lifecycles.append(key, event(1)))).toEqual(['transact']);
  expect(await spent(() => lifecycles.append(key, event(1)))).toEqual(['transact', 'range']);
  expect(await spent(() => lifecycles.load(key))).toEqual(['range']);
  const { unread } = await lifecycles.load(key);
  const whole = save(key, { taken: [unread[0]!.rowKey], audit: audit(1), deliveries: [delivery('r1')] });
  expect(await spent(() => lifecycles.save(key, whole))).toEqual(['transact']);
  expect(await spent(() => lifecycles.etag(key))).toEqual(['get']);
  expect(await spent(() => activeIndexOn(table).promise(key, new Date()))).toEqual(['get', 'transact']);
});
