import { describe, expect, test } from 'vitest';
import { newKey } from './samples.ts';
import type { TestStore } from './store.ts';

export function workQueueContract(store: () => TestStore): void {
  describe('queues', () => {
    test('a message is a JSON object that names a key, and nothing more', async () => {
      const key = newKey();
      await store().queue.look(key);
      expect(await store().received('reconcile')).toEqual(key);
      await store().queue.look(key, { look: '2026-03-01T10:00:00.000Z' });
      expect(await store().received('reconcile')).toEqual({ ...key, look: '2026-03-01T10:00:00.000Z' });
      await store().queue.notify(key, '0n|r1|team');
      expect(await store().received('notify')).toEqual({ ...key, row: '0n|r1|team' });
    });
  });
}
