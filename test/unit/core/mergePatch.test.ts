import * as fc from 'fast-check';
import mergePatch from 'json-merge-patch';
import { expect, test } from 'vitest';
import { patched, patchFrom } from '../../../src/lib/core/mergePatch.ts';

type Json = string | number | boolean | undefined | readonly Json[] | { readonly [key: string]: Json };

/** What rows hold: no null, now and then a property that is undefined. Few keys and values, so that two have much in common. */
function values(...keys: readonly string[]): fc.Arbitrary<Readonly<Record<string, Json>>> {
  return fc.letrec<{ value: Json; object: Readonly<Record<string, Json>> }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom('a', 'b', 0, 1, false),
      fc.array(tie('value').filter((value) => value !== undefined), { maxLength: 3 }),
      tie('object'),
      fc.constant(undefined),
    ),
    object: fc.uniqueArray(fc.tuple(fc.constantFrom(...keys), tie('value')), { maxLength: 4, selector: ([key]) => key }).map((entries) => Object.fromEntries(entries)),
  })).object; // prettier-ignore
}

/** As it is read back: a patch is stored. */
function stored<T>(value: T): T {
  return value === undefined ? value : JSON.parse(JSON.stringify(value));
}

const ORDINARY = ['a', 'b', 'c', '10', '9'];
const ODD = ['prototype', 'constructor', 'toString', '__proto__', 'hasOwnProperty'];
const runs = { seed: 1, numRuns: 3000 };

test('a patch leads from the one to the other, whatever keys are called', () => {
  const value = values(...ORDINARY, ...ODD);
  fc.assert(
    fc.property(value.map(stored), value, (before, after) => {
      const patch = stored(patchFrom(before, after));
      expect(patch === undefined ? before : patched(before, patch)).toEqual(stored(after));
    }),
    runs,
  );
});

test('other tools apply it the same way', () => {
  const value = values(...ORDINARY);
  fc.assert(
    fc.property(value.map(stored), value, (before, after) => {
      const patch = stored(patchFrom(before, after));
      expect(patch === undefined ? before : mergePatch.apply(stored(before), patch)).toEqual(stored(after));
    }),
    runs,
  );
});

test('there is none between equals, in whichever order their keys are and whatever is undefined in them', () => {
  const value = values(...ORDINARY, ...ODD);
  const turned = (given: unknown): unknown => {
    if (Array.isArray(given)) return given.map(turned);
    if (typeof given !== 'object' || given === null) return given;
    return Object.fromEntries([...Object.entries(given).toReversed().map(([key, each]) => [key, turned(each)]), ['gone', undefined]]); // prettier-ignore
  };
  fc.assert(
    fc.property(value, (given) => {
      expect(patchFrom(stored(given), turned(given))).toBeUndefined();
    }),
    runs,
  );
});

test('it names what changed and nothing else', () => {
  const before = { same: { a: 1 }, list: [1, 2], left: 1, deep: { x: 1, y: { z: 1 } } };
  const after = { same: { a: 1 }, list: [1], deep: { x: 2, y: { z: 1 } }, added: { b: [] } };
  expect(patchFrom(before, after)).toEqual({ added: { b: [] }, list: [1], left: null, deep: { x: 2 } });
  expect(patchFrom(before, before)).toBeUndefined();
});

test('what it does not name is not copied', () => {
  const before = { same: { a: 1 }, other: 1 };
  expect(patched(before, { other: 2 })).toHaveProperty('same', before.same);
  expect((patched(before, { other: 2 }) as typeof before).same).toBe(before.same);
});
