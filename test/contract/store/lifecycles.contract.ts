import { describe, expect, test } from 'vitest';
import { CorruptRow } from '../../../src/lib/azure/lifecyclesRows.ts';
import { partitionOf } from '../../../src/lib/azure/rowKeys.ts';
import { Conflict } from '../../../src/lib/core/errors.ts';
import type { InboxItem } from '../../../src/lib/core/inbox.ts';
import { at, audit, command, delivery, event, lifecycle, newKey, save, upTo } from './samples.ts';
import { waitingItems, type TestStore } from './store.ts';

export function lifecyclesContract(store: () => TestStore): void {
  describe('lifecycles', () => {
    test('nothing is there before the first item', async () => {
      const key = newKey();
      expect(await store().lifecycles.load(key)).toEqual({ unread: [], more: false, outbox: [] });
      expect(await store().lifecycles.etag(key)).toBeUndefined();
    });

    test('a save is read back whole, with fields that this version does not know', async () => {
      const key = newKey();
      const row = { ...lifecycle(key), addedLater: { nested: [1] } };
      const { etag, outbox } = await store().lifecycles.save(key, save(key, { lifecycle: row, deliveries: [delivery('r1')] }));
      const loaded = await store().lifecycles.load(key);
      expect(loaded).toMatchObject({ lifecycle: row, etag, outbox: [{ rowKey: outbox[0] }] });
      expect(await store().outbox.claim(key, outbox[0]!, 1, new Date(at(0)))).toEqual(delivery('r1'));
      expect(await store().lifecycles.etag(key)).toBe(etag);
    });

    test('the first save conflicts when a row exists, a later one when its ETag is old', async () => {
      const key = newKey();
      const { etag: first } = await store().lifecycles.save(key, save(key));
      await expect(store().lifecycles.save(key, save(key))).rejects.toThrow(Conflict);
      const { etag: second } = await store().lifecycles.save(key, save(key, { etag: first, lifecycle: lifecycle(key, 2) }));
      expect(second).not.toBe(first);
      await expect(store().lifecycles.save(key, save(key, { etag: first }))).rejects.toThrow(Conflict);
    });

    test('of 20 saves under one ETag exactly one wins', async () => {
      const key = newKey();
      const { etag } = await store().lifecycles.save(key, save(key));
      const results = await Promise.allSettled(
        upTo(20).map((n) => store().lifecycles.save(key, save(key, { etag, lifecycle: lifecycle(key, 100 + n), audit: audit(100 + n) }))),
      );
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      const lost = results.filter((result) => result.status === 'rejected').map(({ reason }): unknown => reason);
      expect(lost.every((reason) => reason instanceof Conflict)).toBe(true);
      const audits = await store().history.audit(key, 0, 50);
      expect(audits.map(({ sequence }) => sequence)).toEqual([(await store().lifecycles.load(key)).lifecycle?.sequence]);
    });

    test('a fact told 20 times at once is one item', async () => {
      const key = newKey();
      const told = await Promise.all(upTo(20).map((n) => store().lifecycles.append(key, { ...event(1), receivedAt: at(n) })));
      expect(told.filter(({ known }) => !known)).toHaveLength(1);
      expect((await store().lifecycles.load(key)).unread).toHaveLength(1);
    });

    test('a known fact is told apart by whether it still waits', async () => {
      const key = newKey();
      expect(await store().lifecycles.append(key, event(1))).toEqual({ known: false, unread: true });
      await store().lifecycles.append(key, event(2));
      expect(await store().lifecycles.append(key, { ...event(1), receivedAt: at(9) })).toEqual({ known: true, unread: true });
      const { unread } = await store().lifecycles.load(key);
      await store().lifecycles.save(key, save(key, { taken: [unread[0]!.rowKey] }));
      expect(await store().lifecycles.append(key, event(1))).toEqual({ known: true, unread: false });
      expect((await store().lifecycles.load(key)).unread.map(({ item }) => item)).toEqual([event(2)]);
    });

    test('a save whose item another pass has taken conflicts and writes nothing', async () => {
      const key = newKey();
      await store().lifecycles.append(key, event(1));
      const taken = (await store().lifecycles.load(key)).unread.map(({ rowKey }) => rowKey);
      const { etag } = await store().lifecycles.save(key, save(key, { taken, audit: audit(1) }));
      const late = save(key, { etag, taken, lifecycle: lifecycle(key, 2), audit: audit(2), deliveries: [delivery('r1')] });
      await expect(store().lifecycles.save(key, late)).rejects.toThrow(Conflict);
      expect(await store().lifecycles.load(key)).toMatchObject({ etag, lifecycle: { sequence: 1 }, outbox: [] });
      expect(await store().history.audit(key, 0, 10)).toHaveLength(1);
    });

    test('more than 100 rows: commands first, each kind in order of receipt, 40 a load, until none is left', async () => {
      const key = newKey();
      for (const n of [7, 3, 5]) await store().lifecycles.append(key, command(n));
      for (const n of upTo(110).toReversed()) await store().lifecycles.append(key, event(n));
      const expected = [...[3, 5, 7].map(command), ...upTo(110).map(event)];
      let { etag } = await store().lifecycles.save(key, save(key));
      for (const start of [0, 40, 80]) {
        const { unread, more } = await store().lifecycles.load(key);
        expect(unread.map(({ item }) => item)).toEqual(expected.slice(start, start + 40));
        expect(more).toBe(start < 80);
        ({ etag } = await store().lifecycles.save(key, save(key, { etag, taken: unread.map(({ rowKey }) => rowKey) })));
      }
      expect(await store().lifecycles.load(key)).toMatchObject({ unread: [], more: false });
    });

    test('a long outbox hides no items', async () => {
      const key = newKey();
      let etag: string | undefined;
      for (const half of ['a', 'b']) {
        const deliveries = upTo(90).map((n) => delivery(`${half}${n}`));
        ({ etag } = await store().lifecycles.save(key, save(key, { ...(etag && { etag }), deliveries })));
      }
      for (const n of [1, 2]) await store().lifecycles.append(key, event(n));
      const loaded = await store().lifecycles.load(key);
      expect(loaded.unread.map(({ item }) => item)).toEqual([event(1), event(2)]);
      expect(loaded.more).toBe(false);
      expect(loaded.outbox).toHaveLength(100);
    });

    test('of a long outbox those come first that are due first', async () => {
      const key = newKey();
      const saved = await store().lifecycles.save(key, save(key, { deliveries: upTo(90).map((n) => delivery(`a${n}`)) }));
      const more = upTo(20).map((n) => delivery(`b${n}`));
      const { outbox } = await store().lifecycles.save(key, save(key, { etag: saved.etag, deliveries: more }));
      for (const [n, rowKey] of saved.outbox.entries()) await store().outbox.failed(key, rowKey, { reason: 'mail is down', refused: false }, () => new Date(at(100 - n)));
      const loaded = (await store().lifecycles.load(key)).outbox;
      expect(loaded).toHaveLength(100);
      expect(loaded.slice(0, 20).map(({ rowKey }) => rowKey)).toEqual(outbox.toSorted());
      expect(loaded.slice(20, 22)).toEqual([89, 88].map((n) => ({ rowKey: saved.outbox[n], notBefore: at(100 - n) })));
    });

    test('a delivery that cannot be read stops no pass', async () => {
      const key = newKey();
      const { outbox: [rowKey] } = await store().lifecycles.save(key, save(key, { deliveries: [delivery('r1')] }));
      await store().table.transact(partitionOf(key), [{ do: 'put', rowKey: rowKey!, properties: { json: '{' } }]);
      expect((await store().lifecycles.load(key)).outbox).toEqual([{ rowKey }]);
    });

    test('what was told is known, also when it was read', async () => {
      const key = newKey();
      expect(await store().lifecycles.knows(key, event(1).factKey)).toBe(false);
      await store().lifecycles.append(key, event(1));
      const { unread } = await store().lifecycles.load(key);
      await store().lifecycles.save(key, save(key, { taken: unread.map(({ rowKey }) => rowKey) }));
      expect(await store().lifecycles.knows(key, event(1).factKey)).toBe(true);
      expect(await store().lifecycles.knows(key, event(2).factKey)).toBe(false);
    });

    test('text of people comes back as they wrote it', async () => {
      const key = newKey();
      const odd = `a\u2028b\u2029c \r\n "ü" 😀 --changesetresponse_`;
      const item: InboxItem = { factKey: odd, receivedAt: at(1), happening: { kind: 'modelDeployed', endpoint: odd } };
      await store().lifecycles.append(key, item);
      const { etag } = await store().lifecycles.save(key, save(key, { audit: audit(1, { odd }), deliveries: [delivery(odd, odd)] }));
      const { unread, outbox } = await store().lifecycles.load(key);
      expect(unread[0]?.item).toEqual(item);
      expect(await store().outbox.claim(key, outbox[0]!.rowKey, 1, new Date(at(1)))).toEqual(delivery(odd, odd));
      expect(await store().history.audit(key, 1, 1)).toEqual([audit(1, { odd })]);
      await store().outbox.failed(key, outbox[0]!.rowKey, { reason: odd, refused: false }, () => new Date(at(1)));
      await store().lifecycles.save(key, save(key, { etag, held: unread }));
      expect(await store().history.heldItems(key)).toEqual([item]);
    });

    test('held items are out of the way and come back to their place', async () => {
      const key = newKey();
      for (const n of [1, 2]) await store().lifecycles.append(key, event(n));
      const { unread } = await store().lifecycles.load(key);
      const { etag } = await store().lifecycles.save(key, save(key, { held: [unread[0]!] }));
      expect((await store().lifecycles.load(key)).unread).toEqual([unread[1]]);
      expect(await store().history.heldItems(key)).toEqual([event(1)]);
      expect(await store().lifecycles.append(key, event(1))).toEqual({ known: true, unread: false });
      await store().lifecycles.save(key, save(key, { etag, released: true }));
      expect((await store().lifecycles.load(key)).unread).toEqual(unread);
      expect(await store().history.heldItems(key)).toEqual([]);
    });

    test('more held items than one transaction takes come back in parts', async () => {
      const key = newKey();
      let { etag } = await store().lifecycles.save(key, save(key));
      for (const n of upTo(60)) await store().lifecycles.append(key, event(n));
      for (const _ of [1, 2]) {
        const held = (await store().lifecycles.load(key)).unread.slice(0, 30);
        ({ etag } = await store().lifecycles.save(key, save(key, { etag, held })));
      }
      ({ etag } = await store().lifecycles.save(key, save(key, { etag, released: true, audit: audit(1) })));
      expect(await waitingItems(store(), key)).toBe(49);
      await store().lifecycles.save(key, save(key, { etag, released: true, audit: audit(2) }));
      expect(await waitingItems(store(), key)).toBe(60);
    });

    test('keys that look alike are different lifecycles', async () => {
      const model = newKey().model;
      const alike = [{ environment: 'prod', model }, { environment: 'Prod', model }, { environment: 'prod|', model }, { environment: 'prod', model: `|${model}` }];
      for (const key of alike) await store().lifecycles.save(key, save(key));
      for (const key of alike) expect((await store().lifecycles.load(key)).lifecycle).toMatchObject(key);
    });

    test.each([
      ['no JSON', '{'],
      ['an unknown phase', JSON.stringify({ ...lifecycle(newKey()), release: { number: 1, version: '1', startedAt: '', policy: '', phase: 'dreaming', phaseSince: '' } })],
      ['no counters', JSON.stringify({ ...lifecycle(newKey()), counters: undefined })],
    ])('a row with %s is told as corrupt', async (_, json) => {
      const key = newKey();
      await store().table.transact(partitionOf(key), [{ do: 'put', rowKey: '0a', properties: { json } }]);
      await expect(store().lifecycles.load(key)).rejects.toThrow(CorruptRow);
    });
  });
} // prettier-ignore
