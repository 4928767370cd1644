import { describe, expect, test } from 'vitest';
import { partitionOf } from '../../../src/lib/azure/rowKeys.ts';
import type { Properties } from '../../../src/lib/azure/storageTable.ts';
import type { Key } from '../../../src/lib/core/lifecycle.ts';
import { at, newKey, upTo } from './samples.ts';
import type { TestStore } from './store.ts';

const time = (seconds: number) => new Date(at(seconds));

export function activeIndexContract(store: () => TestStore): void {
  const found = async (key: Key) => {
    const overdue = await store().index.overdue(time(1_000_000), Number.POSITIVE_INFINITY);
    return overdue.find((entry) => entry.key.environment === key.environment && entry.key.model === key.model);
  };

  /** A row with these properties, and what the index says then. */
  const broken = async (properties: Properties) => {
    const key = newKey();
    await store().indexTable.transact('active', [{ do: 'put', rowKey: partitionOf(key), properties }]);
    const told: string[] = [];
    const late = await store().index.overdue(time(60), Number.POSITIVE_INFINITY, ({ message }) => told.push(message));
    return { key, told, late };
  };

  describe('index', () => {
    test('a promise only ever moves earlier', async () => {
      const key = newKey();
      for (const [promised, kept] of [[50, 50], [60, 50], [40, 40], [45, 40]] as const) {
        await store().index.promise(key, time(promised));
        expect((await found(key))?.checkBy).toEqual(time(kept));
      }
    });

    test('of promises made at once the earliest stays', async () => {
      const key = newKey();
      await Promise.all(upTo(8).map((n) => store().index.promise(key, time(100 - n))));
      expect((await found(key))?.checkBy).toEqual(time(93));
    });

    test('only what is due by now is overdue, and at most so many', async () => {
      const [due, later] = [newKey(), newKey()];
      await store().index.promise(due, time(-1000));
      await store().index.promise(later, time(-999));
      const now = (await store().index.overdue(time(-1000), 50)).map(({ key }) => key);
      expect(now).toContainEqual(due);
      expect(now).not.toContainEqual(later);
      expect(await store().index.overdue(time(-999), 1)).toHaveLength(1);
    });

    test('every lifecycle that waits is known by its key, due or not', async () => {
      const [due, later] = [newKey(), newKey()];
      await store().index.promise(due, time(-1000));
      await store().index.promise(later, time(9_000_000));
      const keys = await store().index.keys();
      expect(keys).toContainEqual(due);
      expect(keys).toContainEqual(later);
    });

    test('the sweep moves a promise later, then removes it', async () => {
      const key = newKey();
      await store().index.promise(key, time(1));
      expect(await store().index.settle(key, (await found(key))!.etag, time(500))).toBe(true);
      expect((await found(key))?.checkBy).toEqual(time(500));
      expect(await store().index.settle(key, (await found(key))!.etag, undefined)).toBe(true);
      expect(await found(key)).toBeUndefined();
    });

    test.each([
      ['earlier', 1],
      ['later, so that nothing moves', 99],
    ])('a sweep that found a lifecycle quiet loses to a pass that promised meanwhile (%s)', async (_, promised) => {
      const key = newKey();
      await store().index.promise(key, time(50));
      const seenBySweep = (await found(key))!;
      await store().index.promise(key, time(promised));
      expect(await store().index.settle(key, seenBySweep.etag, undefined)).toBe(false);
      expect(await store().index.settle(key, seenBySweep.etag, time(900))).toBe(false);
      expect((await found(key))?.checkBy).toEqual(time(Math.min(50, promised)));
    });

    test('the longest overdue come first, whatever their keys', async () => {
      const keys = upTo(3).map(() => newKey());
      for (const [n, key] of keys.entries()) await store().index.promise(key, time(-2000 - n));
      const first = await store().index.overdue(time(-2000), 2);
      expect(first.map(({ key }) => key)).toEqual([keys[2], keys[1]]);
    });

    test.each(['', '-', '2026', '2026-02-31T10:00:00.000Z'])('what is no time (%j) is told, due, and hides no other', async (checkBy) => {
      const other = newKey();
      await store().index.promise(other, time(1));
      const { key, told, late } = await broken({ checkBy });
      expect(late).toContainEqual(expect.objectContaining({ key: other }));
      expect(late).toContainEqual(expect.objectContaining({ key, checkBy: time(60) }));
      expect(told).toEqual([expect.stringContaining(JSON.stringify(checkBy))]);
      const { etag } = late.find((each) => each.key.model === key.model)!;
      expect(await store().index.settle(key, etag, time(500))).toBe(true);
      expect((await found(key))?.checkBy).toEqual(time(500));
    });

    test.each([{ checkBy: 'soon' }, { note: 'no time at all' }])('what the service does not find as due (%j), the next promise replaces', async (properties) => {
      const { key, told } = await broken(properties);
      expect([await found(key), told]).toEqual([undefined, []]);
      await store().index.promise(key, time(70));
      expect((await found(key))?.checkBy).toEqual(time(70));
    });

    test('a row whose key names no lifecycle is told, stays, and hides no other', async () => {
      const other = newKey();
      await store().index.promise(other, time(1));
      const properties = { checkBy: at(0) };
      await store().indexTable.transact('active', [{ do: 'put', rowKey: 'by hand', properties }]);
      const told: string[] = [];
      const late = await store().index.overdue(time(60), Number.POSITIVE_INFINITY, ({ message }) => told.push(message));
      expect(late).toContainEqual(expect.objectContaining({ key: other }));
      expect(told).toEqual(['Row by hand cannot be read: its key names no lifecycle']);
      expect(await store().indexTable.get('active', 'by hand')).toMatchObject({ properties });
      await store().indexTable.transact('active', [{ do: 'delete', rowKey: 'by hand' }]);
    });

    test('settling what is gone already is false', async () => {
      const key = newKey();
      await store().index.promise(key, time(1));
      const { etag } = (await found(key))!;
      await store().index.settle(key, etag, undefined);
      expect(await store().index.settle(key, etag, undefined)).toBe(false);
      expect(await store().index.settle(key, etag, time(5))).toBe(false);
    });
  });
} // prettier-ignore
