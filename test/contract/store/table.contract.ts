import { describe, expect, test } from 'vitest';
import { Conflict } from '../../../src/lib/core/errors.ts';
import type { Operation } from '../../../src/lib/azure/storageTable.ts';
import { upTo } from './samples.ts';
import type { TestStore } from './store.ts';

export function tableContract(store: () => TestStore): void {
  describe('table', () => {
    test('a range follows continuations over more than one page, in order of the keys', async () => {
      const partition = 'many';
      for (const block of upTo(12)) {
        const rows = upTo(100).map((n): Operation => {
          const rowKey = `r${String(block * 100 + n).padStart(5, '0')}`;
          return { do: 'put', rowKey, properties: { n: block * 100 + n } };
        });
        await store().table.transact(partition, rows.toReversed());
      }
      const all = await store().table.range(partition, { from: 'r', below: 's' }, Number.POSITIVE_INFINITY);
      expect(all.map(({ properties }) => properties['n'])).toEqual(upTo(1200));
      expect(await store().table.range(partition, { from: 'r', below: 's' }, 1100)).toHaveLength(1100);
      expect(await store().table.range(partition, { from: 'r00001', below: 'r00003' }, 10)).toHaveLength(2);
    });

    test('a range reads only the properties that are asked for, where a row has them', async () => {
      const partition = 'partly';
      const rows: Operation[] = [
        { do: 'create', rowKey: 'a', properties: { due: 'now', long: 'x' } },
        { do: 'create', rowKey: 'b', properties: { long: 'x' } },
      ];
      await store().table.transact(partition, rows);
      const read = await store().table.range(partition, { from: 'a', below: 'c', only: ['due'] }, 10);
      expect(read.map(({ rowKey, properties }) => [rowKey, properties['due'] ?? 'none', properties['long']])).toEqual([
        ['a', 'now', undefined],
        ['b', 'none', undefined],
      ]);
    });

    test('a transaction is all or nothing', async () => {
      const partition = 'atomic';
      await store().table.transact(partition, [{ do: 'create', rowKey: 'b', properties: { n: 1 } }]);
      const both = store().table.transact(partition, [
        { do: 'create', rowKey: 'a', properties: { n: 2 } },
        { do: 'create', rowKey: 'b', properties: { n: 2 } },
      ]);
      await expect(both).rejects.toThrow(Conflict);
      expect(await store().table.get(partition, 'a')).toBeUndefined();
    });

    test('put and update keep what they do not name', async () => {
      const partition = 'merge';
      const etag = await store().table.transact(partition, [
        { do: 'put', rowKey: 'a', properties: { x: 1, y: 'old' } },
      ]);
      await store().table.transact(partition, [
        { do: 'update', rowKey: 'a', properties: { y: 'new' }, etag: etag ?? '' },
      ]);
      await store().table.transact(partition, [{ do: 'put', rowKey: 'a', properties: { z: 3 } }]);
      expect((await store().table.get(partition, 'a'))?.properties).toMatchObject({ x: 1, y: 'new', z: 3 });
    });

    test('any ETag but the newest conflicts, also for a delete; `*` means any row that is there', async () => {
      const partition = 'etags';
      const first = (await store().table.transact(partition, [{ do: 'put', rowKey: 'a', properties: { x: 1 } }])) ?? '';
      const again = await store().table.transact(partition, [
        { do: 'update', rowKey: 'a', properties: { x: 1 }, etag: first },
      ]);
      expect(again).not.toBe(first);
      const stale = [{ do: 'update', rowKey: 'a', properties: { x: 2 }, etag: first }] as const;
      await expect(store().table.transact(partition, stale)).rejects.toThrow(Conflict);
      await expect(store().table.remove(partition, 'a', first)).rejects.toThrow(Conflict);
      await store().table.transact(partition, [{ do: 'update', rowKey: 'a', properties: { x: 3 }, etag: '*' }]);
      const now = await store().table.get(partition, 'a');
      expect(now?.properties).toMatchObject({ x: 3 });
      await store().table.remove(partition, 'a', now?.etag ?? '');
      const any = [{ do: 'update', rowKey: 'a', properties: { x: 4 }, etag: '*' }] as const;
      await expect(store().table.transact(partition, any)).rejects.toThrow(Conflict);
    });

    test('text comes back as it was, whatever it holds', async () => {
      const text = `'quoted' "twice" \\ / # ? % & <x> {y}\r\n--changesetresponse_ ü 漢 😀`;
      await store().table.transact('text', [{ do: 'put', rowKey: 'a', properties: { text } }]);
      expect((await store().table.get('text', 'a'))?.properties['text']).toBe(text);
      const where = { property: 'text', is: 'eq', value: text } as const;
      expect(await store().table.range('text', { from: 'a', below: 'b', where }, 5)).toHaveLength(1);
    });
  });
}
