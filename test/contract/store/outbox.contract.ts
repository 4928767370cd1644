import { describe, expect, test } from 'vitest';
import type { Key } from '../../../src/lib/core/lifecycle.ts';
import { delivery, newKey, save, upTo } from './samples.ts';
import type { TestStore } from './store.ts';

const CLAIM_MS = 90_000;

export function outboxContract(store: () => TestStore): void {
  const waiting = async (): Promise<{ key: Key; rowKey: string }> => {
    const key = newKey();
    await store().lifecycles.save(key, save(key, { deliveries: [delivery('r1-released')] }));
    return { key, rowKey: (await store().lifecycles.load(key)).outbox[0]!.rowKey };
  };

  describe('outbox', () => {
    test('of 20 workers exactly one claims a delivery', async () => {
      const { key, rowKey } = await waiting();
      const claims = await Promise.all(upTo(20).map(() => store().outbox.claim(key, rowKey, CLAIM_MS)));
      expect(claims.filter((claim) => claim !== undefined)).toEqual([delivery('r1-released')]);
    });

    test('a claim ends in real time, and the next one is told that it may have been sent', async () => {
      const { key, rowKey } = await waiting();
      await store().outbox.claim(key, rowKey, CLAIM_MS);
      store().real.nowMs += CLAIM_MS - 1;
      expect(await store().outbox.claim(key, rowKey, CLAIM_MS)).toBeUndefined();
      store().real.nowMs += 1;
      expect(await store().outbox.claim(key, rowKey, CLAIM_MS)).toEqual({ ...delivery('r1-released'), maybeSent: true });
    });

    test('a failed try is counted and gives the claim up', async () => {
      const { key, rowKey } = await waiting();
      for (const tries of [1, 2]) {
        expect(await store().outbox.claim(key, rowKey, CLAIM_MS)).toEqual(delivery('r1-released'));
        expect(await store().outbox.failed(key, rowKey, 'mail is down')).toBe(tries);
      }
      expect((await store().lifecycles.load(key)).outbox).toHaveLength(1);
    });

    test('what is sent is gone; all of it may be repeated', async () => {
      const { key, rowKey } = await waiting();
      for (const _ of [1, 2]) await store().outbox.sent(key, rowKey);
      expect(await store().outbox.claim(key, rowKey, CLAIM_MS)).toBeUndefined();
      expect(await store().outbox.failed(key, rowKey, 'late')).toBe(0);
      await store().outbox.abandon(key, rowKey, 'late');
      expect((await store().lifecycles.load(key)).outbox).toEqual([]);
    });

    test('what is given up stays to be seen and is never claimed again', async () => {
      const { key, rowKey } = await waiting();
      await store().outbox.claim(key, rowKey, CLAIM_MS);
      for (const _ of [1, 2]) await store().outbox.abandon(key, rowKey, 'refused five times');
      store().real.nowMs += 2 * CLAIM_MS;
      expect(await store().outbox.claim(key, rowKey, CLAIM_MS)).toBeUndefined();
      const { outbox } = await store().lifecycles.load(key);
      expect(outbox).toEqual([{ rowKey, delivery: delivery('r1-released'), abandoned: 'refused five times' }]);
    });

    test('a notice written again under its id keeps claim and count', async () => {
      const { key, rowKey } = await waiting();
      await store().outbox.failed(key, rowKey, 'mail is down');
      await store().outbox.claim(key, rowKey, CLAIM_MS);
      const { etag } = await store().lifecycles.load(key);
      await store().lifecycles.save(key, save(key, { etag: etag!, deliveries: [delivery('r1-released', 'Said again.')] }));
      expect(await store().outbox.claim(key, rowKey, CLAIM_MS)).toBeUndefined();
      expect(await store().outbox.failed(key, rowKey, 'mail is down')).toBe(2);
    });
  });
} // prettier-ignore
