import { describe, expect, test } from 'vitest';
import {
  isQuiet,
  isVerified,
  newLifecycle,
  sameSplit,
  type Lifecycle,
  type Split,
} from '../../../src/lib/core/lifecycle.ts';
import { iso, KEY, OLD, releasing, served } from './given.ts';

test.each<[Split, Split, boolean]>([
  [{}, {}, true],
  [{ a: 100 }, { a: 100 }, true],
  [{ a: 100 }, { a: 100, b: 0 }, true],
  [{ a: 90, b: 10 }, { b: 10, a: 90 }, true],
  [{ a: 90, b: 10 }, { a: 10, b: 90 }, false],
  [{ a: 100 }, {}, false],
  [{ a: 100 }, { b: 100 }, false],
])('%j and %j are the same split: %s', (a, b, same) => {
  expect(sameSplit(a, b)).toBe(same);
  expect(sameSplit(b, a)).toBe(same);
});

test('traffic is verified when a GET showed what is desired', () => {
  const traffic = { desired: { a: 100 }, generation: 1 };
  expect(isVerified(traffic)).toBe(false);
  expect(isVerified({ ...traffic, verified: { split: { b: 100 }, at: iso() } })).toBe(false);
  expect(isVerified({ ...traffic, verified: { split: { a: 100, b: 0 }, at: iso() } })).toBe(true);
});

describe('quiet', () => {
  const rows: [string, Lifecycle, boolean][] = [
    ['new', newLifecycle(KEY), true],
    ['served', served(), true],
    ['releasing', releasing('registered'), false],
    ['a version waits', served({ waiting: { version: '7', since: iso() } }), false],
    ['a deployment is kept', served({ retiring: [{ version: '5', deployment: 'm5', until: iso() }] }), false],
    ['a run of the team’s own was not read', served({ trained: { hints: [], starts: [], ended: [], outside: [{ run: 'r', since: iso() }] } }), false],
    ['what runs left is registered', served({ trained: { hints: [], starts: [], ended: [], outside: [] } }), true],
    ['a look is due', served({ nextLook: iso() }), false],
    ['a write is not read back', served({ traffic: { desired: { [OLD]: 100 }, generation: 4 } }), false],
    ['Azure is away', served({ conditions: { unreachable: { since: iso(), provider: 'p', reason: 'r', until: iso(), tries: 1 } } }), false],
    ['paused, with nothing to do', served({ conditions: { paused: { since: iso(), actor: 'a', reason: 'r' } } }), true],
  ]; // prettier-ignore
  test.each(rows)('%s: %s', (_, row, quiet) => {
    expect(isQuiet(row)).toBe(quiet);
  });
});
