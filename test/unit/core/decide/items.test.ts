import { describe, expect, test } from 'vitest';
import { compareVersions } from '../../../../src/lib/core/versions.ts';
import type { Lifecycle } from '../../../../src/lib/core/lifecycle.ts';
import { AWAY, DAY_MS, endpoint, HOUR_MS, iso, item, MINUTE_MS, needed, NEW, OLD, pass, registered, releasing, rollingBack, served, shifting } from '../given.ts'; // prettier-ignore

const ended = (version: string) => ({ ended: [{ number: 5, version, end: 'rejected', cause: 'gate', at: iso() } as const] }); // prettier-ignore

describe('versions', () => {
  test.each([
    ['9', '10', -1],
    ['10', '10', 0],
    ['100', '20', 1],
    ['v9', 'v10', -1],
    ['1.9', '1.10', -1],
  ])('%s against %s', (a, b, sign) => {
    expect(Math.sign(compareVersions(a, b))).toBe(sign);
  });

  const busy = releasing('evaluating');
  const taken: [string, Lifecycle, ReturnType<typeof registered>, string | RegExp][] = [
    ['newer than the champion', served(), registered('7'), '7'],
    ['newer than the one under way', busy, registered('8'), '8'],
    ['newer than the one that waits', { ...busy, waiting: { version: '8', since: iso() } }, registered('9'), '9'],
    ['rejected before, told again', served(ended('7')), registered('7'), /handled already/],
    ['the champion', served(), registered('6'), /not newer than the champion, version 6/],
    ['older than the champion', served(), registered('5'), /not newer than the champion/],
    ['the one under way', busy, registered('7'), /not newer than version 7, which is being released/],
    ['the one that waits', { ...busy, waiting: { version: '9', since: iso() } }, registered('9'), /version 9 waits/],
    ['older than the one that waits', { ...busy, waiting: { version: '9', since: iso() } }, registered('8'), /version 9 waits/], // prettier-ignore
    ['listed, taken in before', served({ newestVersion: '9' }), registered('9', 'listing'), /taken in before/],
    ['listed and new', served({ newestVersion: '6' }), registered('7', 'listing'), '7'],
    ['told by its event after a newer one', served({ newestVersion: '9' }), registered('8'), '8'],
  ];
  test.each(taken)('%s', (_, row, item, expected) => {
    const paused = { ...row, conditions: { paused: { since: iso(), actor: 'a', reason: 'r' } } };
    const { next, refused } = pass(paused, { items: [item] });
    const waits = typeof expected === 'string' ? expected : row.waiting?.version;
    expect(next.waiting?.version).toBe(waits);
    expect(refused[item.factKey] ?? '').toMatch(typeof expected === 'string' ? /^$/ : expected);
    expect(next.newestVersion).toBe(
      typeof expected === 'string' && row.newestVersion !== '9' ? expected : row.newestVersion,
    );
  });

  test('in any order leave the newest waiting, and never forget how new that was', () => {
    for (const order of [['7', '8', '9'], ['9', '8', '7'], ['8', '9', '7', '9', '8']]) {
      const { next } = pass(busy, { items: order.map((version) => registered(version)) });
      expect([next.waiting?.version, next.newestVersion]).toEqual(['9', '9']);
    }
  }); // prettier-ignore
});

test('hints change nothing but what is looked at', () => {
  const hints = [
    item({ kind: 'modelDeployed', endpoint: 'spam-online' }),
    item({ kind: 'runEnded', run: 'r', status: 'Completed' }),
    item({ kind: 'endpointDiffers', live: { x: 100 } }),
  ];
  for (const hint of [hints[0], hints[2]])
    expect(needed(served(), { items: hint ? [hint] : [] })).toEqual({ endpoint: true, deployments: true });
  const { next, actions, refused } = pass(served(), { items: hints, facts: { endpoint: endpoint({ [OLD]: 100 }) } });
  expect([next, actions, refused]).toEqual([served(), [], {}]);
});

const away = (retryAfterMs?: number) => item({ kind: 'outcome', release: 7, outcome: { of: 'submitJob', result: 'unavailable', provider: 'Azure ML', message: 'HTTP 429', ...(retryAfterMs === undefined ? {} : { retryAfterMs }) } }); // prettier-ignore

describe('an outcome', () => {
  test.each([
    [undefined, 10_000],
    [HOUR_MS, HOUR_MS],
    [0, 1000],
  ])('that asks to come later (Retry-After %s) is obeyed', (retryAfterMs, waitMs) => {
    const { next, lookInMs } = pass(releasing('evaluating'), { items: [away(retryAfterMs)] });
    expect(lookInMs).toBe(waitMs);
    expect(next.conditions.unreachable).toMatchObject({ provider: 'Azure ML', until: iso(waitMs), tries: 1 });
    expect(needed(next, { at: waitMs - 1 })).toEqual({});
    expect(needed(next, { at: waitMs })).not.toEqual({});
  });

  test('of a refused job rejects the release with its words', () => {
    const refused = item({ kind: 'outcome', release: 7, outcome: { of: 'submitJob', result: 'refused', code: 'invalid', message: 'no input data' } }); // prettier-ignore
    const { next, notices } = pass(releasing('evaluating'), { items: [refused] });
    expect(next.ended[0]).toMatchObject({ end: 'rejected', cause: 'invalid' });
    expect(notices).toMatchObject([{ kind: 'rejected', sentence: 'no input data' }]);
  });
});

describe('an Azure that does not answer', () => {
  test('is asked later and later, and people hear of it once; who must mend it is paged while traffic is shared', () => {
    let row: Lifecycle = shifting();
    const waits: number[] = [];
    const told: string[] = [];
    for (let at = 0; at < 40 * MINUTE_MS;) {
      const { next, lookInMs = 0, notices } = pass(row, { facts: AWAY, at });
      waits.push(lookInMs / 1000);
      told.push(...notices.map(({ kind, audience }) => `${kind} ${audience}`));
      row = next;
      at += lookInMs;
    }
    expect(waits.slice(0, 7)).toEqual([10, 20, 40, 80, 160, 300, 300]);
    expect(told).toEqual(['unreachable page']);
    const back = pass(row, { facts: { endpoint: endpoint({ [OLD]: 90, [NEW]: 10 }), deployments: [], minutes: [] }, at: HOUR_MS }); // prettier-ignore
    expect(back.next.conditions.unreachable).toBeUndefined();
  });

  test.each<[string, Lifecycle, number]>([
    ['while traffic is shared', shifting(), 5 * MINUTE_MS],
    ['while traffic goes back', rollingBack(), 5 * MINUTE_MS],
    ['else', releasing('deploying', { deployment: NEW }), HOUR_MS],
  ])('and asks to be left alone for a day is asked sooner: %s', (_, row, waitMs) => {
    const unreachable = { provider: 'Azure Monitor', reason: '429', retryAfterMs: DAY_MS };
    const { lookInMs, next } = pass(row, { facts: { unreachable } });
    expect([lookInMs, next.conditions.unreachable?.until]).toEqual([waitMs, iso(waitMs)]);
  });

  test('while nothing is wanted of it, is forgotten', () => {
    const row = served({ conditions: { unreachable: { since: iso(), provider: 'p', reason: 'r', until: iso(), tries: 3 } } }); // prettier-ignore
    expect(pass(row, { at: 1 }).next.conditions).toEqual({});
  });
});
