import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  auditRow,
  heldRow,
  keyOf,
  LIFECYCLE_ROW,
  OUTBOX,
  outboxRow,
  partitionOf,
  PASS,
  releaseRow,
  seenRow,
  trainingRow,
  UNREAD,
  unreadRow,
} from '../../../src/lib/azure/rowKeys.ts';
import type { InboxItem } from '../../../src/lib/core/inbox.ts';
import { command, delivery, event } from '../../contract/store/samples.ts';

/** Letters, digits and marks that neither keys nor URLs treat in any special way. */
const SAFE = /^[A-Za-z0-9._~|:-]+$/;
// Each unit may take five characters, and a key has 1,024.
const name = fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), fc.string({ maxLength: 80 }));
const key = fc.record({ environment: name, model: name });

describe('keys of lifecycles', () => {
  test('hold nothing that the service refuses, and lead back', () => {
    fc.assert(
      fc.property(key, (key) => {
        expect(partitionOf(key)).toMatch(SAFE);
        expect(keyOf(partitionOf(key))).toEqual(key);
      }),
    );
  });

  test('differ for different lifecycles', () => {
    fc.assert(
      fc.property(key, key, (a, b) => {
        const same = a.environment === b.environment && a.model === b.model;
        expect(partitionOf(a) === partitionOf(b)).toBe(same);
      }),
    );
  });

  test('read as people wrote them, where they can', () => {
    expect(partitionOf({ environment: 'prod', model: 'spam-filter_2.x' })).toBe('prod|spam-filter_2.x');
    expect(partitionOf({ environment: 'prod', model: 'a/b|c~' })).toBe('prod|a~002fb~007cc~007e');
  });

  test.each(['prod', 'a|b|c', 'a|b/c', 'a|~zzzz', 'a|~0041'])('%s is no key of ours', (partition) => {
    expect(keyOf(partition)).toBeUndefined();
  });
});

describe('keys of rows', () => {
  test('a pass reads the lifecycle, then the outbox, then commands, then events, each in order of receipt', () => {
    const inOrder = [
      LIFECYCLE_ROW, outboxRow(delivery('r1')), unreadRow(command(5)), unreadRow(command(10)), unreadRow(event(2)), unreadRow(event(11)),
    ]; // prettier-ignore
    expect(inOrder.toSorted()).toEqual(inOrder);
    for (const row of inOrder) expect(row >= PASS.from && row < PASS.below).toBe(true);
    const others = [auditRow(1), heldRow('a'), releaseRow(1), seenRow('a'), trainingRow(1)];
    for (const row of others) expect(row >= PASS.from && row < PASS.below).toBe(false);
  });

  test('audit rows sort up, releases and trainings sort down', () => {
    expect([9, 10, 100].map(auditRow).toSorted()).toEqual([9, 10, 100].map(auditRow));
    expect([9, 10, 100].map(releaseRow).toSorted()).toEqual([100, 10, 9].map(releaseRow));
    expect([9, 10, 100].map(trainingRow).toSorted()).toEqual([100, 10, 9].map(trainingRow));
  });

  test('prefixes do not reach into each other', () => {
    expect(outboxRow(delivery('r1')) < OUTBOX.below).toBe(true);
    expect(unreadRow(event(1)) >= OUTBOX.below).toBe(true);
    expect(unreadRow(event(1)) < UNREAD.below).toBe(true);
  });

  test('hold nothing that the service refuses, whatever a fact is called', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), name, (factKey, id) => {
        const item: InboxItem = { ...event(1), factKey };
        for (const row of [unreadRow(item), heldRow(factKey), seenRow(factKey), outboxRow(delivery(id))]) expect(row).toMatch(SAFE);
      }),
    );
  });
}); // prettier-ignore
