import { createHash } from 'node:crypto';
import { describe, expect, test, vi } from 'vitest';
import { Conflict } from '../../../src/lib/core/errors.ts';
import type { Publication } from '../../../src/lib/ports.ts';
import { at, upTo } from './samples.ts';
import type { TestStore } from './store.ts';

const text = 'model: spam-filter # ü 😀\n';
const hash = createHash('sha256').update(text).digest('hex');
const publication = (n: number): Publication => ({
  estateHash: String(n),
  policies: { 'spam/filter': { hash, publishedAt: at(n) } },
});

export function blobsContract(store: () => TestStore): void {
  describe('policies', () => {
    test('a text is immutable under its hash', async () => {
      expect(await store().policies.read(hash)).toBeUndefined();
      await store().policies.write(hash, text);
      await store().policies.write(hash, 'something else');
      expect(await store().policies.read(hash)).toBe(text);
    });

    test('the pointer is moved under its ETag only', async () => {
      expect(await store().policies.current()).toBeUndefined();
      await expect(store().policies.point(publication(0), '"0x8D0"')).rejects.toThrow(Conflict);
      await store().policies.point(publication(1));
      await expect(store().policies.point(publication(2))).rejects.toThrow(Conflict);
      const first = (await store().policies.current())!;
      expect(first.publication).toEqual(publication(1));
      const moves = await Promise.allSettled(upTo(10).map((n) => store().policies.point(publication(10 + n), first.etag)));
      expect(moves.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      await expect(store().policies.point(publication(3), first.etag)).rejects.toThrow(Conflict);
    });
  });

  test('dead letters are listed, the oldest first, read, and removed for good', async () => {
    const { deadLetters } = store();
    const [older, newer] = ['SUB/2026/z b#c%.json', 'SUB/2026/a.json'];
    expect(await deadLetters.oldest(10)).toEqual([]);
    expect(await deadLetters.read(older)).toBeUndefined();
    await store().deadLetter(older, 'first');
    // The service tells ages in whole seconds.
    const second = Math.floor(Date.now() / 1000);
    await vi.waitUntil(() => Math.floor(Date.now() / 1000) > second, { timeout: 5000 });
    await store().deadLetter(newer, 'second');
    expect(await deadLetters.oldest(10)).toEqual([older, newer]);
    expect(await deadLetters.oldest(1)).toEqual([older]);
    expect(await deadLetters.read(older)).toBe('first');
    await deadLetters.remove(older);
    await deadLetters.remove(older);
    expect(await deadLetters.oldest(10)).toEqual([newer]);
  });

  test('since when a dead letter cannot be taken in is known until it is removed', async () => {
    const { deadLetters } = store();
    const name = 'SUB/2026/03/01/10/fails.json';
    expect(await deadLetters.failing(name, new Date(at(1)))).toEqual(new Date(at(1)));
    expect(await deadLetters.failing(name, new Date(at(60)))).toEqual(new Date(at(1)));
    expect(await deadLetters.oldest(1000)).not.toContain(name);
    await deadLetters.remove(name);
    expect(await deadLetters.failing(name, new Date(at(90)))).toEqual(new Date(at(90)));
  });

  test('what is refused is kept once under its name', async () => {
    const name = '2026-03-01/10:00:00 a?b#c%.json';
    await store().refused.keep(name, 'first');
    await store().refused.keep(name, 'second');
    expect(await store().kept(name)).toBe('first');
  });
} // prettier-ignore
