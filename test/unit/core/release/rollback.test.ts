import { describe, expect, test } from 'vitest';
import type { Lifecycle } from '../../../../src/lib/core/lifecycle.ts';
import type { Facts } from '../../../../src/lib/core/step.ts';
import {
  arm, AWAY, BOTH, command, DAY_MS, endpoint, HOUR_MS, iso, item, minutes, MINUTE_MS, needed, NEW, OLD, pass, policy, rollingBack, served, shifting,
} from '../given.ts'; // prettier-ignore

const TEN = { [OLD]: 90, [NEW]: 10 };
const BACK = { [OLD]: 100 };
const facts = (traffic: Record<string, number>, more: Partial<Facts> = {}): Facts => ({ endpoint: endpoint(traffic, { stewardGeneration: 5 }), deployments: BOTH, minutes: [], ...more }); // prettier-ignore
const quiet = (count: number, from: number, errors = 0) => minutes(count, () => ({ [OLD]: arm(1000, errors) }), from);

test('metrics are needed only once traffic is back: their outage must not delay that', () => {
  expect(needed(rollingBack())).toEqual({ endpoint: true, deployments: true });
  const restored = pass(pass(rollingBack(), { facts: facts(TEN) }).next, { facts: facts(BACK), at: 10_000 }).next;
  expect(needed(restored, { at: HOUR_MS }).minutes).toEqual({ from: iso(10_000), to: iso(HOUR_MS) });
});

test('a rollback asked for while something is away is carried out at once', () => {
  const away = pass(shifting(), { facts: { unreachable: { provider: 'Azure Monitor', reason: '503', retryAfterMs: HOUR_MS } } }).next; // prettier-ignore
  expect(needed(away, { at: MINUTE_MS })).toEqual({});
  const turned = pass(away, { items: [command('rollback', { release: 7 })], at: MINUTE_MS });
  expect(turned.lookInMs).toBe(0);
  expect(needed(turned.next, { at: MINUTE_MS })).toEqual({ endpoint: true, deployments: true });
  expect(pass(turned.next, { facts: facts(TEN), at: MINUTE_MS }).actions).toMatchObject([{ do: 'setTraffic', desired: BACK }]); // prettier-ignore
});

describe('traffic goes back', () => {
  test('under a new generation, whatever is live', () => {
    for (const live of [TEN, { [NEW]: 100 }, { x: 100 }, {}]) {
      const { actions, next } = pass(rollingBack(), { facts: facts(live) });
      expect(actions).toEqual([{ do: 'setTraffic', expected: live, desired: BACK, generation: 5 }]);
      expect(next.conditions.held).toBeUndefined();
      const again = pass(next, { facts: facts(live), at: 10_000 });
      expect(again.actions).toEqual(actions);
    }
  });

  test('not while the endpoint is being changed', () => {
    const busy = pass(rollingBack(), { facts: facts(TEN, { endpoint: endpoint(TEN, { state: 'busy' }) }) });
    expect([busy.actions, busy.lookInMs]).toEqual([[], 10_000]);
  });

  test('or pages once after 3 minutes, and goes on trying', () => {
    let row: Lifecycle = rollingBack();
    const told: unknown[] = [];
    for (let at = 0; at < HOUR_MS; at += 10_000) {
      const { next, actions, notices } = pass(row, { facts: facts(TEN), at });
      expect(actions).toHaveLength(1);
      told.push(...notices.map(({ kind, audience, live }) => ({ kind, audience, live, minute: at / MINUTE_MS })));
      row = next;
    }
    expect(told).toEqual([{ kind: 'rollbackNotVerified', audience: 'page', live: TEN, minute: 3 }]);
    expect(row.release?.phase).toBe('rollingBack');
  });

  test('and has no deadline while Azure cannot be read', () => {
    expect(pass(rollingBack(), { facts: AWAY, at: 10 * DAY_MS }).next.release?.phase).toBe('rollingBack');
  });
});

const restore = (row: Lifecycle) => pass(pass(row, { facts: facts(TEN) }).next, { facts: facts(BACK), at: 10_000 }).next; // prettier-ignore

describe('verified', () => {
  const at = 10 * MINUTE_MS;

  test('means read back, and settled minutes without the challenger and without harm', () => {
    const restored = restore(rollingBack());
    expect(restored.release?.rollback?.restoredAt).toBe(iso(10_000));
    const early = pass(restored, { facts: facts(BACK, { minutes: quiet(2, 1) }), at: 7 * MINUTE_MS });
    expect(early.next.release?.phase).toBe('rollingBack');
    const { next, notices } = pass(restored, { facts: facts(BACK, { minutes: quiet(3, 1, 1) }), at });
    expect(next.ended[0]).toMatchObject({ number: 7, end: 'rolledBack', cause: 'canary' });
    expect(next.champion).toMatchObject({ version: '6', deployment: OLD });
    expect(next.traffic).toMatchObject({ desired: BACK, verified: { split: BACK } });
    expect(next.retiring).toEqual([{ version: '7', deployment: NEW, until: iso(at + policy.rollout.keepPreviousMs) }]);
    expect(notices).toMatchObject([{ kind: 'rolledBack', audience: 'inform', restoredAt: iso(10_000), errorsNow: 0.001 }]); // prettier-ignore
  });

  test('or that nobody called', () => {
    expect(pass(restore(rollingBack()), { facts: facts(BACK), at }).next.ended[0]?.end).toBe('rolledBack');
  });

  test.each([
    ['requests still reach the challenger', (i: number) => ({ [OLD]: arm(900), [NEW]: arm(i >= 0 ? 100 : 0) })],
    ['errors stay high', () => ({ [OLD]: arm(1000, 300) })],
  ])('not while %s: told after 20 minutes, ended after an hour', (_, arms) => {
    let row = restore(rollingBack());
    const told: string[] = [];
    for (let minute = 1; minute < 180 && row.release; minute += 1) {
      const { next, notices } = pass(row, { facts: facts(BACK, { minutes: minutes(minute, arms, 1) }), at: minute * MINUTE_MS }); // prettier-ignore
      told.push(...notices.map(({ kind, audience }) => `${minute} ${kind} ${audience}`));
      row = next;
    }
    expect(told).toEqual(['21 rollbackNotVerified page', '61 rolledBack inform']);
  });

  test('anew when traffic moved off again', () => {
    const restored = restore(rollingBack());
    const again = pass(restored, { facts: facts(TEN), at: 5 * MINUTE_MS });
    expect(again.actions).toMatchObject([{ do: 'setTraffic', expected: TEN, desired: BACK }]);
    expect(again.next.release?.rollback?.restoredAt).toBeUndefined();
  });

  test('tells what the challenger did to whom', () => {
    const row = rollingBack({ exposed: { minutes: 5, requests: 300, errors: 13, latencySumMs: 0, latencyRequests: 0 } }); // prettier-ignore
    const { notices } = pass(restore(row), { facts: facts(BACK), at });
    expect(notices[0]?.harm).toEqual({ requests: 300, errors: 13, excess: 13 });
  });
});

describe('a released champion taken back by command', () => {
  const kept = { version: '5', deployment: 'm5', until: iso(DAY_MS) };
  const failed = { version: '7', deployment: NEW, until: iso(DAY_MS) };
  const crowned = served({
    champion: { version: '6', deployment: OLD, since: iso(-HOUR_MS), release: 6, replaced: 'm5' },
    ended: [{ number: 6, version: '6', end: 'released', cause: 'watched', at: iso(-HOUR_MS) }],
    retiring: [kept],
  });
  const ask = command('rollback');

  test('is a release of its own, back to what it replaced', () => {
    const { next } = pass(crowned, { items: [ask] });
    expect(next.release).toMatchObject({ number: 7, version: '6', phase: 'rollingBack', fallback: { version: '5', deployment: 'm5' } }); // prettier-ignore
    expect(next.retiring).toEqual([]);
    expect(next.ended).toEqual(crowned.ended);
    expect(pass(next, { facts: facts(BACK) }).actions).toMatchObject([{ desired: { m5: 100 } }]);
  });

  test('never goes to a challenger that failed, though that one is kept as well', () => {
    const ended = [{ number: 7, version: '7', end: 'rolledBack', cause: 'canary', at: iso() } as const, ...crowned.ended]; // prettier-ignore
    const { next } = pass({ ...crowned, retiring: [kept, failed], ended }, { items: [ask] });
    expect(next.release?.fallback).toEqual({ version: '5', deployment: 'm5' });
    expect(next.retiring).toEqual([failed]);
  });

  test.each([
    ['nothing is kept', { retiring: [] }],
    ['only a failed challenger is kept', { retiring: [failed] }],
    ['the predecessor is being deleted', { retiring: [{ ...kept, markedAt: iso() }] }],
    ['the champion was adopted', { champion: { version: '6', deployment: OLD, since: iso() } }],
  ])('is refused when %s', (_, change) => {
    const { next, refused } = pass({ ...crowned, ...change }, { items: [ask] });
    expect(next.release).toBeUndefined();
    expect(Object.values(refused)).toEqual(['rollback does nothing now; allowed now: pause']);
  });

  test('ends verified though nobody measured its errors before', () => {
    const back = { m5: 100 };
    const deployments = [{ ...BOTH[0], name: 'm5' } as (typeof BOTH)[number], ...BOTH];
    let row = pass(crowned, { items: [ask] }).next;
    const told: string[] = [];
    for (let minute = 0; minute < 90 && row.release; minute += 1) {
      const known: Facts = { endpoint: endpoint(minute === 0 ? BACK : back, { stewardGeneration: minute === 0 ? 3 : 4 }), deployments, minutes: minutes(minute, () => ({ m5: arm(1000, 9) }), 1) }; // prettier-ignore
      const { next, notices } = pass(row, { facts: known, at: minute * MINUTE_MS });
      told.push(...notices.map(({ kind }) => kind));
      row = next;
    }
    expect(told).toEqual(['rolledBack']);
    expect(row.champion).toMatchObject({ version: '5', deployment: 'm5' });
    expect(row.retiring).toMatchObject([{ version: '6', deployment: OLD }]);
  });
});

test('an outcome of an earlier release does not touch this one', () => {
  const late = item({ kind: 'outcome', release: 6, outcome: { of: 'setTraffic', result: 'refused', code: 'invalid', message: 'x' } }); // prettier-ignore
  expect(pass(shifting(), { items: [late], facts: facts(TEN) }).next.release?.phase).toBe('shifting');
});
