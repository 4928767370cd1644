import { describe, expect, test } from 'vitest';
import { isQuiet, type Lifecycle } from '../../src/lib/core/lifecycle.ts';
import { promised, withLook } from '../../src/lib/reconcile/looks.ts';
import { DAY_MS, HOUR_MS, iso, KEY, MINUTE_MS, served, T0 } from './core/given.ts';

const GRACE_MS = 2 * MINUTE_MS;
/** Something waits, so it is not quiet. */
const busy = (change: Partial<Lifecycle>) => served({ waiting: { version: '7', since: iso() }, ...change });

/** By when the index is promised a pass, if it is asked at all; and what the row remembers then. */
async function promise(next: Lifecycle, before: Lifecycle, more = false) {
  const asked: string[] = [];
  const index = { promise: async (_: unknown, by: Date) => void asked.push(by.toISOString()) };
  const { checkBy } = await promised(next, before, more, T0, KEY, index);
  return { asked, checkBy };
}

const anew = (ms: number) => ({ asked: [iso(ms)], checkBy: iso(ms) });

describe('the index is promised', () => {
  test('nothing of what is quiet', async () => {
    expect(await promise(served(), served())).toEqual({ asked: [], checkBy: undefined });
  });

  test('a pass soon over what is quiet and has more unread than one pass took', async () => {
    expect(isQuiet(served())).toBe(true);
    expect(await promise(served(), served(), true)).toEqual(anew(GRACE_MS));
  });

  test('a pass soon where more is unread, though the next look is days away', async () => {
    expect(await promise(busy({ nextLook: iso(DAY_MS) }), busy({}), true)).toEqual(anew(GRACE_MS));
  });

  test('a pass after the next look', async () => {
    expect(await promise(busy({ nextLook: iso(HOUR_MS) }), busy({}))).toEqual(anew(HOUR_MS + GRACE_MS));
  });

  test('nothing anew where an earlier promise stands', async () => {
    const row = { nextLook: iso(HOUR_MS), checkBy: iso(MINUTE_MS) };
    expect(await promise(busy(row), busy(row))).toEqual({ asked: [], checkBy: iso(MINUTE_MS) });
  });

  test('an earlier pass than it was before', async () => {
    const row = { nextLook: iso(MINUTE_MS), checkBy: iso(HOUR_MS) };
    expect(await promise(busy(row), busy(row))).toEqual(anew(MINUTE_MS + GRACE_MS));
  });

  test('it again where the promise has passed: a sweep may have moved it', async () => {
    const before = busy({ nextLook: iso(-HOUR_MS), checkBy: iso(-MINUTE_MS) });
    expect(await promise({ ...before, nextLook: iso(HOUR_MS) }, before)).toEqual(anew(HOUR_MS + GRACE_MS));
  });

  test('it again where a sweep may have moved it behind the look that was awaited then', async () => {
    const before = busy({ nextLook: iso(2 * HOUR_MS), checkBy: iso(MINUTE_MS) });
    expect(await promise({ ...before, nextLook: iso(HOUR_MS) }, before)).toEqual(anew(HOUR_MS + GRACE_MS));
  });

  test('it again where the lifecycle was quiet: a sweep may have removed it', async () => {
    const before = served({ checkBy: iso(MINUTE_MS) });
    expect(isQuiet(before)).toBe(true);
    expect(await promise(busy({ checkBy: iso(MINUTE_MS), nextLook: iso(HOUR_MS) }), before)).toEqual(anew(HOUR_MS + GRACE_MS));
  });
}); // prettier-ignore

test.each<[string, string | undefined, number]>([
  ['is the one that is asked for where none is awaited', undefined, MINUTE_MS],
  ['is the one that is asked for where another is days away', iso(DAY_MS), MINUTE_MS],
  ['is the one that is awaited where that comes earlier', iso(1000), 1000],
])('the next look %s', (_, awaited, then) => {
  expect(withLook(served(), awaited, MINUTE_MS, T0).nextLook).toBe(iso(then));
});
