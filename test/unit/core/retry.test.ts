import { describe, expect, test } from 'vitest';
import type { Lifecycle } from '../../../src/lib/core/lifecycle.ts';
import type { EndedRelease } from '../../../src/lib/core/release/state.ts';
import { command, iso, pass, releasing, served } from './given.ts';

const ended = (change: Partial<EndedRelease> = {}): EndedRelease => ({ number: 7, version: '7', end: 'rejected', cause: 'gate', at: iso(), ...change }); // prettier-ignore
const row = (change: Partial<Lifecycle> = {}): Lifecycle => served({ counters: { release: 7, evaluation: 7 }, newestVersion: '7', ended: [ended()], ...change }); // prettier-ignore
const retry = (release = 7) => command('retry', { release });

describe('retry', () => {
  test.each(['rejected', 'rolledBack', 'aborted'] as const)('of what ended %s begins a new release of the same version', (end) => {
    const { next } = pass(row({ ended: [ended({ end, startedBy: ['kim'] })] }), { items: [retry()] });
    expect(next.release).toMatchObject({ number: 8, version: '7', phase: 'registered', policy: 'p1', retry: { of: 7, actor: 'ada', reason: 'because', startedBy: ['kim'] } });
    expect(next.waiting).toBeUndefined();
  }); // prettier-ignore

  test('waits while it is paused', () => {
    const paused = { paused: { since: iso(), actor: 'a', reason: 'r' } };
    const { next } = pass(row({ conditions: paused }), { items: [retry()] });
    expect([next.release, next.waiting?.version]).toEqual([undefined, '7']);
  });

  const refusals: [string, Lifecycle, number, RegExp][] = [
    ['another than the newest', row(), 6, /^release 6 is not the current one \(7\)/],
    ['what was released', row({ ended: [ended({ end: 'released' })] }), 7, /^retry does nothing now/],
    ['what gave way to a newer one', row({ ended: [ended({ end: 'superseded' })] }), 7, /^retry does nothing now/],
    ['nothing', served(), 7, /^release 7 is not the current one \(none\)|^retry does nothing now/],
    ['what is under way', { ...releasing('evaluating'), ended: [ended({ number: 6 })] }, 7, /^retry does nothing now/],
    ['an older version than the one that waits', row({ waiting: { version: '8', since: iso() }, conditions: { paused: { since: iso(), actor: 'a', reason: 'r' } } }), 7, /^retry does nothing now/],
    ['an older version than the one that is brought here', row({ arriving: { from: 'dev', release: 4, version: '8', workspace: 'w', origin: {}, since: iso() } }), 7, /^retry does nothing now/],
    ['an older version than the champion', row({ champion: { version: '9', deployment: 'd', since: iso() } }), 7, /^retry does nothing now/],
    ['the champion', row({ champion: { version: '7', deployment: 'd', since: iso() } }), 7, /^retry does nothing now/],
  ]; // prettier-ignore
  test.each(refusals)('of %s is refused', (_, lifecycle, number, why) => {
    const item = retry(number);
    const { next, refused } = pass(lifecycle, { items: [item] });
    expect(refused[item.factKey]).toMatch(why);
    expect(refused[item.factKey]).toMatch(/; allowed now: (resume, )?pause/);
    expect([next.waiting?.retry, next.release?.number]).toEqual([undefined, lifecycle.release?.number]);
  });

  test('again and again, by ever other long names, leaves the row short enough to be saved', () => {
    let row = served({ ended: [ended()], newestVersion: '7' });
    for (let n = 1; n <= 40; n += 1) {
      const actor = `${n}-`.padEnd(200, 'x');
      row = pass(row, { items: [command('retry', { actor, release: row.ended[0]?.number ?? 0 })] }).next;
      expect(row.release).toMatchObject({ version: '7', retry: { actor } });
      row = pass(row, { items: [command('rollback', { release: row.release?.number ?? 0 })] }).next;
      expect(row.release).toBeUndefined();
    }
    expect(JSON.stringify(row).length).toBeLessThan(8 * 1024);
  });

  test('twice is once', () => {
    const { next, refused } = pass(row(), { items: [retry(), retry()] });
    expect([next.counters.release, Object.keys(refused)]).toEqual([8, [expect.any(String)]]);
  });
});
