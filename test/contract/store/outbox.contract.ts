import { describe, expect, test } from 'vitest';
import { partitionOf } from '../../../src/lib/azure/rowKeys.ts';
import type { Key } from '../../../src/lib/core/lifecycle.ts';
import { at, delivery, newKey, save, upTo } from './samples.ts';
import type { TestStore } from './store.ts';

const CLAIM_MS = 90_000;
const NOW = new Date(at(0));
const soon = () => NOW;
const DOWN = { reason: 'mail is down', refused: false };
const NO = { reason: 'no role', refused: true };

export function outboxContract(store: () => TestStore): void {
  const waiting = async (): Promise<{ key: Key; rowKey: string }> => {
    const key = newKey();
    await store().lifecycles.save(key, save(key, { deliveries: [delivery('r1-released')] }));
    return { key, rowKey: (await store().lifecycles.load(key)).outbox[0]!.rowKey };
  };

  describe('outbox', () => {
    test('of 20 workers exactly one claims a delivery', async () => {
      const { key, rowKey } = await waiting();
      const claims = await Promise.all(upTo(20).map(() => store().outbox.claim(key, rowKey, CLAIM_MS, NOW)));
      expect(claims.filter((claim) => claim !== undefined)).toEqual([delivery('r1-released')]);
    });

    test('a claim ends in real time, and the next one is told that it may have been sent', async () => {
      const { key, rowKey } = await waiting();
      await store().outbox.claim(key, rowKey, CLAIM_MS, NOW);
      store().real.nowMs += CLAIM_MS - 1;
      expect(await store().outbox.claim(key, rowKey, CLAIM_MS, NOW)).toBeUndefined();
      store().real.nowMs += 1;
      expect(await store().outbox.claim(key, rowKey, CLAIM_MS, NOW)).toEqual({ ...delivery('r1-released'), maybeSent: true });
    });

    test('a failed try is counted and gives the claim up', async () => {
      const { key, rowKey } = await waiting();
      for (const tries of [1, 2]) {
        expect(await store().outbox.claim(key, rowKey, CLAIM_MS, NOW)).toEqual(delivery('r1-released'));
        expect(await store().outbox.failed(key, rowKey, DOWN, soon)).toEqual({ all: tries, refused: 0 });
      }
      expect((await store().lifecycles.load(key)).outbox).toHaveLength(1);
    });

    test('refusals are counted apart from outages, and from what an older version counted', async () => {
      const { key, rowKey } = await waiting();
      await store().table.transact(partitionOf(key), [{ do: 'put', rowKey, properties: { tries: 4 } }]);
      expect(await store().outbox.failed(key, rowKey, DOWN, soon)).toEqual({ all: 5, refused: 0 });
      expect(await store().outbox.failed(key, rowKey, NO, soon)).toEqual({ all: 6, refused: 1 });
      expect(await store().outbox.failed(key, rowKey, DOWN, soon)).toEqual({ all: 7, refused: 1 });
    });

    test('what is sent is gone; all of it may be repeated', async () => {
      const { key, rowKey } = await waiting();
      for (const _ of [1, 2]) await store().outbox.sent(key, rowKey);
      expect(await store().outbox.claim(key, rowKey, CLAIM_MS, NOW)).toBeUndefined();
      expect(await store().outbox.failed(key, rowKey, DOWN, soon)).toBeUndefined();
      await store().outbox.abandon(key, rowKey, 'late');
      expect((await store().lifecycles.load(key)).outbox).toEqual([]);
    });

    test('what failed is not claimed before its time', async () => {
      const { key, rowKey } = await waiting();
      await store().outbox.failed(key, rowKey, DOWN, (tries) => new Date(at(60 * tries)));
      expect((await store().lifecycles.load(key)).outbox).toEqual([{ rowKey, notBefore: at(60) }]);
      expect(await store().outbox.claim(key, rowKey, CLAIM_MS, new Date(at(59)))).toBeUndefined();
      expect(await store().outbox.claim(key, rowKey, CLAIM_MS, new Date(at(60)))).toEqual(delivery('r1-released'));
    });

    test('what is given up stays to be seen, out of the way, and is never claimed again', async () => {
      const { key, rowKey } = await waiting();
      await store().outbox.claim(key, rowKey, CLAIM_MS, NOW);
      for (const _ of [1, 2]) await store().outbox.abandon(key, rowKey, 'refused five times');
      store().real.nowMs += 2 * CLAIM_MS;
      expect(await store().outbox.claim(key, rowKey, CLAIM_MS, NOW)).toBeUndefined();
      expect((await store().lifecycles.load(key)).outbox).toEqual([]);
      expect(await store().history.undelivered(key, 5)).toEqual([{ delivery: delivery('r1-released'), reason: 'refused five times' }]);
    });

    test('a notice written again under its id keeps claim and count', async () => {
      const { key, rowKey } = await waiting();
      await store().outbox.failed(key, rowKey, DOWN, soon);
      await store().outbox.claim(key, rowKey, CLAIM_MS, NOW);
      const { etag } = await store().lifecycles.load(key);
      await store().lifecycles.save(key, save(key, { etag: etag!, deliveries: [delivery('r1-released', 'Said again.')] }));
      expect(await store().outbox.claim(key, rowKey, CLAIM_MS, NOW)).toBeUndefined();
      expect(await store().outbox.failed(key, rowKey, DOWN, soon)).toEqual({ all: 2, refused: 0 });
    });
  });
} // prettier-ignore
