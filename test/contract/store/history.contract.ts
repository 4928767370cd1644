import { describe, expect, test } from 'vitest';
import { audit, at, closed, event, newKey, save, upTo } from './samples.ts';
import { waitingItems, type TestStore } from './store.ts';

export function historyContract(store: () => TestStore): void {
  describe('history', () => {
    test('audit rows come in order from where they are asked for', async () => {
      const key = newKey();
      let etag: string | undefined;
      for (const sequence of [9, 10, 11, 100])
        ({ etag } = await store().lifecycles.save(key, save(key, { ...(etag && { etag }), audit: audit(sequence) })));
      expect(await store().history.audit(key, 10, 2)).toEqual([audit(10), audit(11)]);
      expect(await store().history.audit(key, 0, 10)).toHaveLength(4);
    });

    test('ended releases come newest first', async () => {
      const key = newKey();
      let etag: string | undefined;
      for (const number of [2, 9, 10])
        ({ etag } = await store().lifecycles.save(key, save(key, { ...(etag && { etag }), closed: closed(number) })));
      expect(await store().history.releases(key, 2)).toEqual([closed(10), closed(9)]);
    });

    test('a long one comes back whole', async () => {
      const key = newKey();
      const long = { ...closed(1), sentence: '漢"'.repeat(40_000) };
      await store().lifecycles.save(key, save(key, { closed: long }));
      expect(await store().history.releases(key, 1)).toEqual([long]);
    });

    test('what was seen long ago is forgotten, in bites, and nothing else', async () => {
      const key = newKey();
      for (const n of upTo(120)) await store().lifecycles.append(key, event(n));
      expect(await store().history.purgeSeen(key, new Date(at(110)), 105)).toBe(105);
      expect(await store().history.purgeSeen(key, new Date(at(110)), 105)).toBe(5);
      expect(await store().history.purgeSeen(key, new Date(at(110)), 105)).toBe(0);
      expect(await store().lifecycles.append(key, event(110))).toMatchObject({ known: true });
      expect(await waitingItems(store(), key)).toBe(120);
    });
  });
}
