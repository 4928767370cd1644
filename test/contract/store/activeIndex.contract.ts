import { describe, expect, test } from 'vitest';
import type { Key } from '../../../src/lib/core/lifecycle.ts';
import { at, newKey, upTo } from './samples.ts';
import type { TestStore } from './store.ts';

const time = (seconds: number) => new Date(at(seconds));

export function activeIndexContract(store: () => TestStore): void {
  const found = async (key: Key) => {
    const overdue = await store().index.overdue(time(1_000_000), Number.POSITIVE_INFINITY);
    return overdue.find((entry) => entry.key.environment === key.environment && entry.key.model === key.model);
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
