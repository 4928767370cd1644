import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  CAUSES_KEPT,
  coalesce,
  COUNTED_KEPT,
  hasExpired,
  unanswered,
} from '../../../../src/lib/core/training/causes.ts';
import type { Cause, TrainingRequest } from '../../../../src/lib/core/training/state.ts';
import { after, DAY_MS, iso } from '../given.ts';
import { cause, found, requested } from './given.ts';

const anyCause = fc.integer({ min: 0, max: 99 }).map((n) => {
  if (n % 7 === 0) return cause('command', n);
  return n % 2 === 0 ? cause('schedule', n) : found(`root-${n}`, n);
});

function all(batches: readonly (readonly Cause[])[]): TrainingRequest | undefined {
  return batches.reduce<TrainingRequest | undefined>((request, batch) => coalesce(request, batch, iso()), undefined);
}

const storm = fc
  .uniqueArray(anyCause, { selector: ({ id }) => id, minLength: 1, maxLength: CAUSES_KEPT + COUNTED_KEPT })
  .chain((causes) =>
    fc.tuple(
      fc.constant(causes),
      fc.shuffledSubarray([...causes, ...causes], { minLength: causes.length }),
      fc.nat(99),
    ),
  );

test('a storm in any order, however often told and in whatever portions, is one request', () => {
  fc.assert(
    fc.property(storm, ([causes, told, cut]) => {
      const request = all([told.slice(0, cut), told.slice(cut), causes]);
      expect(request).toEqual(all([causes]));
      const named = Math.min(CAUSES_KEPT, causes.length);
      expect([request?.causes.length, request?.more]).toEqual([named, causes.length - named]);
    }),
    { interruptAfterTimeLimit: 5000, markInterruptAsFailure: true },
  );
}); // prettier-ignore

test('keeps the earliest causes and counts the others', () => {
  const causes = Array.from({ length: CAUSES_KEPT + 3 }, (_, index) => cause('schedule', index));
  const request = coalesce(undefined, causes.toReversed(), iso(), 2);
  expect(request?.causes).toEqual(causes.slice(0, CAUSES_KEPT));
  expect(request?.more).toBe(5);
});

test('counts on from what it has counted, once for each cause that is told', () => {
  const causes = Array.from({ length: CAUSES_KEPT + 3 }, (_, index) => cause('schedule', index));
  const once = coalesce(requested([], { more: 2 }), causes, iso());
  expect(once?.more).toBe(5);
  expect(coalesce(once, causes, iso())).toEqual(once);
  expect(coalesce(once, [cause('schedule', 99)], iso())?.more).toBe(6);
});

test('remembers only so many of those that it counts', () => {
  const causes = Array.from({ length: CAUSES_KEPT + COUNTED_KEPT + 9 }, (_, index) => cause('schedule', index));
  const request = coalesce(undefined, causes, iso());
  expect([request?.more, request?.counted?.length]).toEqual([COUNTED_KEPT + 9, COUNTED_KEPT]);
});

test('a person who asks is never left out', () => {
  const causes = Array.from({ length: CAUSES_KEPT }, (_, index) => cause('schedule', index));
  const request = coalesce(requested(causes), [cause('command', 99)], iso());
  expect(request?.causes.map(({ kind }) => kind)).toEqual([...Array(CAUSES_KEPT - 1).fill('schedule'), 'command']);
  expect(request?.more).toBe(1);
});

test('no cause, no request', () => {
  expect(coalesce(undefined, [], iso())).toBeUndefined();
});

test('keeps what the request knows beside its causes', () => {
  const refused = { reason: 'cooldown', sentence: 's', since: iso() } as const;
  const before = requested([cause()], { refused });
  expect(coalesce(before, [found()], iso(5))).toMatchObject({ since: before.since, refused });
});

test('a newer champion answers what monitors found before it was released, wherever, and nothing else', () => {
  const request = requested([found('old', 1), found('new', 9), cause('schedule', 1), cause('command', 1), { ...found('far', 1), from: 'prod' }]);
  expect(unanswered(request, iso(5))?.causes.map(({ id }) => id)).toEqual(['monitor|new', cause('schedule', 1).id, cause('command', 1).id]);
  expect(unanswered(requested([found('old', 1)]), iso(5))).toBeUndefined();
  expect(unanswered(requested([found('old', 1)]), undefined)).toBeDefined();
}); // prettier-ignore

test('a request is given up after thirty days', () => {
  expect(hasExpired(requested(), after(30 * DAY_MS))).toBe(false);
  expect(hasExpired(requested(), after(30 * DAY_MS + 1))).toBe(true);
});

test('a request is not given up before the end that its refusal names, nor on the day after', () => {
  const refused = { reason: 'freeze', sentence: 's', since: iso(), until: iso(40 * DAY_MS) } as const;
  expect(hasExpired(requested([found()], { refused }), after(41 * DAY_MS))).toBe(false);
  expect(hasExpired(requested([found()], { refused }), after(41 * DAY_MS + 1))).toBe(true);
  const over = { ...refused, until: iso(DAY_MS) };
  expect(hasExpired(requested([found()], { refused: over }), after(30 * DAY_MS))).toBe(false);
});
