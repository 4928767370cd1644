import { describe, expect, test } from 'vitest';
import { Refused } from '../../../src/lib/core/errors.ts';
import type { Key } from '../../../src/lib/core/lifecycle.ts';
import type { Save } from '../../../src/lib/ports.ts';
import { audit, closed, delivery, event, lifecycle, newKey, save, upTo } from './samples.ts';
import type { TestStore } from './store.ts';

const KI = 1024;

/** What the service refuses, or would, were it the real one: every store refuses it before anything is sent. */
const SAVES: Readonly<Record<string, (key: Key) => Partial<Save>>> = {
  '101 operations': () => ({ deliveries: upTo(100).map((n) => delivery(`n${n}`)) }),
  'a property above 32 Ki characters': () => ({ deliveries: [delivery('long', 'x'.repeat(32 * KI))] }),
  'an entity above 1 MiB': () => ({ audit: audit(1, { long: 'x'.repeat(512 * KI) }) }),
  'a transaction above 4 MiB': () => ({ deliveries: upTo(90).map((n) => delivery(`n${n}`, '漢'.repeat(16 * KI))) }),
  'a lifecycle above 24 Ki characters': (key) => ({ lifecycle: { ...lifecycle(key), newestVersion: 'x'.repeat(24 * KI) } }),
  'one row twice': () => ({ deliveries: [delivery('same'), delivery('same')] }),
  'taking what is no item': () => ({ taken: ['0a'] }),
  'a row key with a slash': () => ({ taken: ['0p|1|a/b'] }),
}; // prettier-ignore

/** The same, one step below: these pass. */
const ALLOWED: Readonly<Record<string, (key: Key) => Partial<Save>>> = {
  '100 operations': () => ({ deliveries: upTo(99).map((n) => delivery(`n${n}`)) }),
  'an audit row of many properties': () => ({ audit: audit(1, { long: '😀"'.repeat(120 * KI) }) }),
  'a closed release above 32 Ki characters': () => ({ closed: { ...closed(1), sentence: 'x'.repeat(40 * KI) } }),
  'nearly 4 MiB': () => ({ deliveries: upTo(70).map((n) => delivery(`n${n}`, '漢'.repeat(16 * KI))) }),
};

const APPENDS = {
  'an item above 32 Ki characters': { ...event(1), factKey: 'x'.repeat(32 * KI) },
  'a time that no row key can hold': { ...event(1), receivedAt: '1/2/2026' },
};

export function refusalsContract(store: () => TestStore): void {
  describe('refuses as invalid, and writes nothing', () => {
    test.each(Object.entries(SAVES))('a save with %s', async (_, more) => {
      const key = newKey();
      await expect(store().lifecycles.save(key, save(key, more(key)))).rejects.toThrow(invalid());
      expect(await store().lifecycles.etag(key)).toBeUndefined();
    });

    test.each(Object.entries(APPENDS))('%s', async (_, item) => {
      const key = newKey();
      await expect(store().lifecycles.append(key, item)).rejects.toThrow(invalid());
      expect(await store().lifecycles.load(key)).toMatchObject({ unread: [] });
    });

    test('a key longer than keys may be, everywhere', async () => {
      const key = { environment: 'prod', model: '/'.repeat(250) };
      const { lifecycles, index, queue } = store();
      for (const ask of [() => lifecycles.load(key), () => lifecycles.append(key, event(1)), () => index.promise(key, new Date()), () => queue.look(key)])
        await expect(ask()).rejects.toThrow(invalid());
    });

    test('rows of others under the name of a delivery', async () => {
      const key = newKey();
      const { etag } = await store().lifecycles.save(key, save(key));
      for (const ask of [() => store().outbox.sent(key, '0a'), () => store().outbox.claim(key, '0a', 1, new Date()), () => store().outbox.abandon(key, '0a', '')])
        await expect(ask()).rejects.toThrow(invalid());
      expect(await store().lifecycles.etag(key)).toBe(etag);
    });

    test.each([-1, Number.NaN, 3_600_001])('a delay of %d ms', async (delayMs) => {
      await expect(store().queue.look(newKey(), { delayMs })).rejects.toThrow(invalid());
    });

    test.each(['current.json', '', 'ABC'])('a policy hash "%s"', async (hash) => {
      await expect(store().policies.write(hash, 'x')).rejects.toThrow(invalid());
      await expect(store().policies.read(hash)).rejects.toThrow(invalid());
    });

    test.each(['../policies/current.json', 'a//b', 'a/./b', '', 'x'.repeat(1020)])('the blob name "%s"', async (name) => {
      await expect(store().refused.keep(name, 'x')).rejects.toThrow(invalid());
    });
  });

  test.each(Object.entries(ALLOWED))('allows %s', async (_, more) => {
    const key = newKey();
    const wanted = save(key, more(key));
    await store().lifecycles.save(key, wanted);
    expect(await store().history.audit(key, 0, 1)).toEqual(wanted.audit ? [wanted.audit] : []);
    expect((await store().lifecycles.load(key)).outbox).toHaveLength(wanted.deliveries.length);
  });
} // prettier-ignore

function invalid(): unknown {
  return expect.toSatisfy((error: unknown) => error instanceof Refused && error.code === 'invalid');
}
