import { describe, expect, test } from 'vitest';
import type { Lifecycle } from '../../../../src/lib/core/lifecycle.ts';
import { deploymentName } from '../../../../src/lib/core/names.ts';
import type { DeploymentFact, EndpointFact, Facts } from '../../../../src/lib/core/step.ts';
import {
  arm, AWAY, BOTH, command, copied, DAY_MS, deployment, endpoint, HOUR_MS, iso, item, KEY, minutes, MINUTE_MS, needed, NEW, OLD, pass, policy, rates, releasing, rollingBack, served, SHADOWED, shadowing, shifting, watching, without, type Pass,
} from '../given.ts'; // prettier-ignore

const TEN = { [OLD]: 90, [NEW]: 10 };
const BACK = { [OLD]: 100 };
const facts = (traffic: Record<string, number>, more: Partial<Facts> = {}): Facts => ({ endpoint: endpoint(traffic, { stewardGeneration: 5 }), deployments: BOTH, minutes: [], ...more }); // prettier-ignore
const ahead = (traffic: Record<string, number>, stewardGeneration: number) => facts(traffic, { endpoint: endpoint(traffic, { stewardGeneration }) }); // prettier-ignore
const quiet = (count: number, from: number, errors = 0) => minutes(count, () => ({ [OLD]: arm(1000, errors) }), from);

test('metrics are needed only once traffic is back: their outage must not delay that', () => {
  expect(needed(rollingBack())).toEqual({ endpoint: true, deployments: true });
  const restored = pass(pass(rollingBack(), { facts: facts(TEN) }).next, { facts: facts(BACK), at: 10_000 }).next;
  expect(needed(restored, { at: HOUR_MS }).minutes).toEqual({ from: iso(0), to: iso(HOUR_MS) });
  const long = { ...restored.release, exposedSince: iso(-3 * DAY_MS), startedAt: iso(-4 * DAY_MS) };
  expect(needed({ ...restored, release: long } as Lifecycle, { at: HOUR_MS }).minutes?.from).toBe(
    iso(HOUR_MS - DAY_MS),
  );
  const undo = { ...restored.release, exposedSince: iso(-3 * DAY_MS) };
  expect(needed({ ...restored, release: undo } as Lifecycle, { at: HOUR_MS }).minutes?.from).toBe(iso(10_000));
});

test('metrics are not needed where nothing was ever exposed', () => {
  const row = rollingBack({ rollback: { cause: 'quota', reasons: [], sentence: '', decidedAt: iso(), restoredAt: iso() } }); // prettier-ignore
  expect(needed({ ...row, release: without(row.release, 'exposedSince') })).toEqual({ endpoint: true, deployments: true }); // prettier-ignore
});

test('a write that Azure refuses is asked for again after a while, not at once; a spoilt tag is outranked', () => {
  const refusal = item({ kind: 'outcome', release: 7, outcome: { of: 'setTraffic', result: 'refused', code: 'forbidden', message: 'no role' } }); // prettier-ignore
  const live = { endpoint: endpoint({ [OLD]: 90, [NEW]: 10 }, { stewardGeneration: 99 }), deployments: BOTH };
  const { next, actions, lookInMs } = pass(rollingBack(), { items: [refusal], facts: live });
  expect([actions, lookInMs, next.conditions.unreachable?.until]).toEqual([[], 10_000, iso(10_000)]);
  const again = pass(next, { facts: live, at: 10_000 });
  expect([again.actions, again.next.generation]).toEqual([[expect.objectContaining({ do: 'setTraffic', generation: 100 })], 100]); // prettier-ignore
});

test('a rollback asked for while something is away is carried out at once', () => {
  const away = pass(shifting(), { facts: { unreachable: { provider: 'Azure Monitor', reason: '503', retryAfterMs: HOUR_MS } } }).next; // prettier-ignore
  expect(needed(away, { at: MINUTE_MS })).toEqual({});
  const turned = pass(away, { items: [command('rollback', { release: 7 })], at: MINUTE_MS });
  expect(turned.lookInMs).toBe(0);
  expect(needed(turned.next, { at: MINUTE_MS })).toEqual({ endpoint: true, deployments: true });
  expect(pass(turned.next, { facts: facts(TEN), at: MINUTE_MS }).actions).toMatchObject([{ do: 'setTraffic', desired: BACK }]); // prettier-ignore
});

test('an endpoint that is gone is waited for an hour, with people paged, then the release ends', () => {
  const gone: Facts = { endpoint: 'absent', deployments: [], minutes: [] };
  const waiting = pass(rollingBack(), { facts: gone, at: HOUR_MS });
  expect([waiting.next.release?.phase, waiting.notices]).toMatchObject(['rollingBack', [{ audience: 'page' }]]);
  const { next } = pass(waiting.next, { facts: gone, at: HOUR_MS + 1 });
  expect([next.champion, next.traffic, next.ended[0]]).toMatchObject([undefined, undefined, { end: 'aborted', cause: 'noEndpoint' }]); // prettier-ignore
});

describe('traffic goes back', () => {
  test('under a new generation, whatever else is live', () => {
    for (const live of [TEN, { [NEW]: 100 }, { [NEW]: 5, x: 95 }]) {
      const { actions, next } = pass(rollingBack(), { facts: facts(live) });
      expect(actions).toEqual([{ do: 'setTraffic', expected: live, desired: BACK, generation: 5 }]);
      expect(next.conditions.held).toBeUndefined();
      const again = pass(next, { facts: facts(live), at: 10_000 });
      expect(again.actions).toEqual(actions);
    }
  });

  test('under one that is newer than the tag of the endpoint, whoever wrote that: an older one is refused for ever', () => {
    const { actions, next } = pass(rollingBack(), { facts: ahead(TEN, 50) });
    expect(actions).toEqual([{ do: 'setTraffic', expected: TEN, desired: BACK, generation: 51 }]);
    expect(pass(next, { facts: ahead(TEN, 50), at: 10_000 }).actions).toEqual(actions);
    const back = pass(next, { facts: ahead(BACK, 51), at: 20_000 });
    expect([back.actions, back.rules]).toEqual([[], ['rollback.restored']]);
  });

  const HANDS = { x: 100 };

  test('not over a hand that took the challenger out of traffic already: held until a person decides', () => {
    for (const live of [HANDS, {}]) {
      const { actions, next, notices, lookInMs } = pass(rollingBack(), { facts: facts(live, { endpoint: endpoint(live, { stewardGeneration: 4, stewardSplit: TEN }) }) }); // prettier-ignore
      expect([actions, next.release?.phase, next.conditions.held?.live, lookInMs]).toEqual([[], 'rollingBack', live, MINUTE_MS]); // prettier-ignore
      expect(notices).toMatchObject([{ kind: 'trafficHeld', live, expected: BACK }]);
      const late = pass(next, { facts: facts(TEN), at: MINUTE_MS });
      expect(late.actions).toMatchObject([{ do: 'setTraffic', expected: TEN, desired: BACK }]);
      expect(late.next.conditions.held).toBeUndefined();
      const reverted = pass(next, { items: [command('revert')], facts: facts(live), at: MINUTE_MS }).next;
      expect(pass(reverted, { facts: facts(live), at: MINUTE_MS }).actions).toMatchObject([{ do: 'setTraffic', expected: live, desired: BACK }]); // prettier-ignore
    }
  });

  test('over a hand when a person commands it', () => {
    const commanded = { cause: 'command', reasons: [], sentence: 'Asked for.', decidedAt: iso(), actor: 'ada' };
    const { actions } = pass(rollingBack({ rollback: commanded }), { facts: facts(HANDS) });
    expect(actions).toMatchObject([{ do: 'setTraffic', expected: HANDS, desired: BACK }]);
  });

  test('never by a release that had no traffic: what others made of the endpoint is theirs', () => {
    const row = rollingBack({ rollback: { cause: 'quota', reasons: [], sentence: 'No quota.', decidedAt: iso() } }, { traffic: served().traffic ?? { desired: BACK, generation: 4 } }); // prettier-ignore
    const unexposed = { ...row, release: without(row.release, 'exposedSince', 'stepVerifiedAt', 'trail') };
    const { actions, next, notices } = pass(unexposed, { facts: facts(HANDS) });
    expect([actions, next.release, next.champion?.version]).toEqual([[], undefined, '6']);
    expect(notices).toMatchObject([{ kind: 'rolledBack', live: HANDS, unverified: expect.any(String) }]);
    const quietly = pass(unexposed, { facts: facts(BACK) });
    expect([quietly.actions, quietly.next.ended[0]?.end, quietly.notices[0]?.unverified]).toEqual([[], 'rolledBack', undefined]); // prettier-ignore
    expect(quietly.notices[0]?.restoredAt).toBe(iso());
  });

  describe('to a deployment that is gone', () => {
    const row = pass(watching(), { items: [command('rollback', { release: 7 })] }).next;
    const live = endpoint({ [NEW]: 100 }, { stewardGeneration: 6, stewardSplit: { [NEW]: 100 } });
    const known: Facts = { endpoint: live, deployments: BOTH.slice(1) };
    const begun = pass(row, { facts: known, at: MINUTE_MS });
    const AGAIN = deploymentName(KEY, '6', 7);
    const with6 = (state: DeploymentFact['state']): Facts => ({ ...known, deployments: [...BOTH.slice(1), deployment(AGAIN, '6', { state })] }); // prettier-ignore
    const refused = item({ kind: 'outcome', release: 7, outcome: { of: 'createDeployment', result: 'refused', code: 'quota', message: 'no cores left' } }); // prettier-ignore
    const made = pass(begun.next, { facts: known, at: 2 * MINUTE_MS });

    test('pages at once, and deploys its version again like the one that serves', () => {
      expect([begun.actions, begun.next.release?.fallback, begun.lookInMs]).toEqual([[], { version: '6', deployment: AGAIN }, 0]); // prettier-ignore
      expect(begun.notices).toMatchObject([{ kind: 'rollbackNotVerified', audience: 'page', sentence: expect.stringMatching(/mold-6.*does not exist any more.*deployed again/) }]); // prettier-ignore
      expect(made.actions).toEqual([{ do: 'createDeployment', deployment: AGAIN, version: '6', like: NEW, plan: {}, again: true }]); // prettier-ignore
      expect([made.notices, made.lookInMs]).toEqual([[], 30_000]);
      const waits = pass(made.next, { facts: with6('creating'), at: 3 * MINUTE_MS });
      expect([waits.actions, waits.notices, waits.lookInMs]).toEqual([[], [], 30_000]);
    });

    test('is not believed of a listing that lacks what serves, too: traffic goes back', () => {
      const { actions, notices } = pass(row, { facts: { ...known, deployments: [] }, at: MINUTE_MS });
      expect([actions, notices]).toMatchObject([[{ do: 'setTraffic', desired: BACK }], []]);
    });

    test('and goes back to it when it is ready: that is the champion then', () => {
      const back = pass(made.next, { facts: with6('ready'), at: 20 * MINUTE_MS });
      expect(back.actions).toMatchObject([{ do: 'setTraffic', expected: { [NEW]: 100 }, desired: { [AGAIN]: 100 } }]);
      const { generation } = back.next;
      const there = { ...with6('ready'), endpoint: endpoint({ [AGAIN]: 100 }, { stewardGeneration: generation, stewardSplit: { [AGAIN]: 100 } }), minutes: [] }; // prettier-ignore
      const restored = pass(back.next, { facts: there, at: 21 * MINUTE_MS });
      const ended = pass(restored.next, { facts: there, at: 40 * MINUTE_MS });
      expect(ended.next.champion).toMatchObject({ version: '6', deployment: AGAIN });
      expect(ended.next.ended[0]).toMatchObject({ number: 7, end: 'rolledBack' });
    });

    test.each<[string, Partial<Pass>, RegExp]>([
      ['refused', { items: [refused], facts: known }, /no cores left/],
      ['failing', { facts: with6('failed') }, /failed to start/],
      ['too late', { facts: with6('creating'), at: 2 * HOUR_MS }, /not ready in time/],
    ])('%s: a person is asked, once, and adopt ends it', (_, met, why) => {
      const asked = pass(made.next, { at: 3 * MINUTE_MS, ...met });
      expect(asked.notices).toMatchObject([{ kind: 'rollbackNotVerified', audience: 'page', sentence: expect.stringMatching(why) }]); // prettier-ignore
      expect([asked.actions, asked.next.conditions.held?.live]).toEqual([[], { [NEW]: 100 }]);
      const second = pass(asked.next, { facts: known, at: 2 * HOUR_MS });
      expect([second.actions, second.notices, second.lookInMs]).toEqual([[], [], MINUTE_MS]);
      const adopted = pass(second.next, { items: [command('adopt')], facts: known, at: 3 * HOUR_MS });
      expect(adopted.next).toMatchObject({ champion: { version: '7', deployment: NEW }, conditions: {}, ended: [{ number: 7, end: 'aborted', cause: 'adopted' }] }); // prettier-ignore
    });
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
      told.push(...notices.map(({ kind, audience, unverified }) => `${minute} ${kind} ${audience}${unverified === undefined ? '' : ' unverified'}`)); // prettier-ignore
      row = next;
    }
    expect(told).toEqual(['21 rollbackNotVerified page', '61 rolledBack inform unverified']);
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
    expect(notices[0]?.harm).toEqual({ requests: 300, errors: 13, excess: 10 });
    const canary = { challenger: rates(5, 300, 13), champion: rates(5, 900, 0), pairedMinutes: 5, slowMinutes: 0, failures: { '503': 3, '424': 10 } }; // prettier-ignore
    const failing = pass(restore({ ...row, release: { ...row.release, canary } }), { facts: facts(BACK), at });
    expect(failing.notices[0]?.harm?.mostCommon).toBe('424');
    // Between the last judged minute and the way back people met it too: the minutes count them all.
    const met = minutes(10, (i) => ({ [OLD]: arm(900), ...(i < 4 ? { [NEW]: arm(200, 10) } : {}) }));
    const back = pass(pass(row, { facts: facts(TEN) }).next, { facts: facts(BACK), at: 4 * MINUTE_MS }).next;
    const all = pass(back, { facts: facts(BACK, { minutes: met }), at: 20 * MINUTE_MS });
    expect(all.notices[0]?.harm).toMatchObject({ requests: 800, errors: 40 });
  });
});

test('a deployment that is not there may still come, late: it is kept in mind, not told', () => {
  const row = rollingBack({ rollback: { cause: 'command', reasons: [], sentence: '', decidedAt: iso() } });
  const unexposed = { ...row, release: without(row.release, 'exposedSince') };
  const { next, notices } = pass(unexposed, { facts: facts(BACK, { deployments: BOTH.slice(0, 1) }) });
  expect(next.retiring).toEqual([{ version: '7', deployment: NEW, until: iso(policy.rollout.keepPreviousMs) }]);
  expect(notices[0]?.keptUntil).toBeUndefined();
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
    const deployments = [...BOTH, deployment('m5', '5')];
    expect(pass(next, { facts: facts(BACK, { deployments }) }).actions).toMatchObject([{ desired: { m5: 100 } }]);
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

const on = (more: Partial<EndpointFact> = {}): Facts => facts(BACK, { endpoint: copied(20, { stewardGeneration: 4, ...more }) }); // prettier-ignore

describe('copies of live requests', () => {
  const shadowed = pass(shadowing(), { items: [command('rollback', { release: 7 })] }).next;

  test('are taken off, read back, and the release ends: nobody got those answers, so nothing has to settle', () => {
    const { actions, next } = pass(shadowed, { facts: on() });
    expect(actions).toEqual([{ do: 'setTraffic', expected: BACK, desired: BACK, mirror: { expected: { [NEW]: 20 }, desired: {} }, generation: 5 }]); // prettier-ignore
    const still = pass(next, { facts: on(), at: 10_000 });
    expect([still.actions.length, still.next.release?.phase]).toEqual([1, 'rollingBack']);
    const restored = pass(next, { facts: facts(BACK), at: 20_000 }).next;
    expect(restored.release?.rollback?.restoredAt).toBe(iso(20_000));
    expect(needed(restored, { at: 20_000 }).minutes).toBeUndefined();
    const ended = pass(restored, { facts: facts(BACK), at: 20_000 });
    expect(ended.next).toMatchObject({ ended: [{ end: 'rolledBack' }], retiring: [{ deployment: NEW }], traffic: { desired: BACK } }); // prettier-ignore
    expect(ended.next.traffic).not.toHaveProperty('mirror');
    expect(ended.notices).toMatchObject([{ kind: 'rolledBack', shadow: { percent: 20, since: iso() } }]);
    expect(ended.notices[0]).not.toHaveProperty('steps');
  });

  test('whose write may still be on its way are forestalled by a newer one', () => {
    const asked = pass(releasing('shadowing', { deployment: NEW }), { facts: facts(BACK), policy: SHADOWED }).next;
    const turned = pass(asked, { items: [command('rollback', { release: 7 })] }).next;
    const { actions, next } = pass(turned, { facts: facts(BACK, { endpoint: endpoint(BACK, { stewardGeneration: 3 }) }) }); // prettier-ignore
    expect(actions).toMatchObject([{ do: 'setTraffic', desired: BACK, generation: 5 }]);
    expect(next.release?.phase).toBe('rollingBack');
  });

  test('that a hand gives to a challenger which had none are taken off, too', () => {
    const turned = pass(releasing('smokeTesting', { deployment: NEW }), { items: [command('rollback', { release: 7 })] }).next; // prettier-ignore
    expect(pass(turned, { facts: on() }).actions).toEqual([{ do: 'setTraffic', expected: BACK, desired: BACK, mirror: { expected: { [NEW]: 20 }, desired: {} }, generation: 5 }]); // prettier-ignore
  });

  test('are no reason to overwrite what a hand made of live traffic, ordered or not', () => {
    const live = { x: 100 };
    const { actor: _, ...unordered } = shadowed.release!.rollback!;
    for (const rollback of [unordered, shadowed.release!.rollback!]) {
      const { actions, next } = pass({ ...shadowed, release: { ...shadowed.release!, rollback } }, { facts: on({ traffic: live }) }); // prettier-ignore
      expect([actions, next.conditions.held?.live]).toEqual([[], live]);
    }
  });

  test('that do not go off are told as such', () => {
    const { notices } = pass(shadowed, { facts: on(), at: 3 * MINUTE_MS });
    expect(notices).toMatchObject([{ kind: 'rollbackNotVerified', sentence: 'copies of live requests are not off yet', live: BACK, expected: BACK }]); // prettier-ignore
    expect(notices[0]?.mirror).toEqual({ live: { [NEW]: 20 }, expected: {} });
  });

  test('for others than the challenger, which a person set up, are left', () => {
    const mirror = { x: 30 };
    const row = shifting({}, { traffic: { desired: TEN, mirror, generation: 4, verified: { split: TEN, mirror, at: iso() } } }); // prettier-ignore
    const turned = pass(row, { items: [command('rollback', { release: 7 })] }).next;
    const { actions } = pass(turned, { facts: facts(TEN, { endpoint: endpoint(TEN, { mirror }) }) });
    expect(actions).toMatchObject([{ desired: BACK, mirror: { expected: mirror, desired: mirror } }]);
  });
});
