import { describe, expect, test } from 'vitest';
import type { Lifecycle } from '../../../../src/lib/core/lifecycle.ts';
import type { Shadow } from '../../../../src/lib/core/release/state.ts';
import { stretchesOf } from '../../../../src/lib/core/release/transitions.ts';
import type { Facts } from '../../../../src/lib/core/step.ts';
import {
  arm, AWAY, BOTH, command, copied, deployment, endpoint, firstRelease, HOUR_MS, iso, item, minutes, MINUTE_MS, needed, NEW, OLD, pass, policyOf, releasing, SHADOWED as policy, shadowing,
} from '../given.ts'; // prettier-ignore

const ALONE = { [OLD]: 100 };
const COPIES = { [NEW]: 20 };
const healthy = (count: number) => minutes(count, () => ({ [OLD]: arm(1000, 9), [NEW]: arm(200, 2) }));
const failing = (count: number) => minutes(count, () => ({ [OLD]: arm(1000, 9), [NEW]: arm(200, 60) }));
const alone = (count: number) => minutes(count, () => ({ [OLD]: arm(1000, 9) }));
const facts = (more: Partial<Facts> = {}): Facts => ({ endpoint: copied(), deployments: BOTH, minutes: [], ...more });
const off = facts({ endpoint: endpoint(ALONE) });
const paused = { paused: { since: iso(), actor: 'ada', reason: 'x' } };
const begun = releasing('shadowing', { deployment: NEW });

test('a tested deployment is shadowed first where the policy says so, and goes to its steps where it does not', () => {
  const smoking = releasing('smokeTesting', { deployment: NEW, smoke: { attempt: 1, askedAt: iso(), status: 200, latencyMs: 9 } }); // prettier-ignore
  const tested = policyOf('shadow: {percent: 20%, for: 1h}, smokeTest: {request: smoke.json, expect: {status: 200}}');
  expect(pass(smoking, { facts: off, policy: tested }).next.release?.phase).toBe('shadowing');
  const deploying = releasing('deploying', { deployment: NEW });
  expect(pass(deploying, { facts: off, policy }).next.release?.phase).toBe('shadowing');
  expect(pass(deploying, { facts: off, policy: policyOf('') }).next.release?.phase).toBe('shifting');
});

test('a first version is not shadowed: there are no live requests to copy', () => {
  const first = firstRelease('deploying');
  const ready = { endpoint: endpoint({}), deployments: [deployment(NEW, '7')] };
  expect(pass(first, { facts: ready, policy }).next.release?.phase).toBe('shifting');
});

describe('the mirror', () => {
  test('is asked for under a new generation, and live traffic stays', () => {
    const { actions, next, lookInMs } = pass(begun, { facts: off, policy });
    const mirror = { expected: {}, desired: COPIES };
    expect(actions).toEqual([{ do: 'setTraffic', expected: ALONE, desired: ALONE, mirror, generation: 4 }]);
    expect(next.traffic).toMatchObject({ desired: ALONE, mirror: COPIES, generation: 4, verified: { split: ALONE } });
    expect(next.release).toMatchObject({ phase: 'shadowing', shadow: { percent: 20, askedAt: iso() } });
    expect([next.release?.exposedSince, lookInMs]).toEqual([undefined, 10_000]);
  });

  test('is asked for again until it shows, and counts from then', () => {
    const asked = pass(begun, { facts: off, policy }).next;
    const again = pass(asked, { facts: off, policy, at: 10_000 });
    expect(again).toMatchObject({ rules: ['traffic.pending'], actions: [{ mirror: { expected: {}, desired: COPIES }, generation: 4 }] }); // prettier-ignore
    const { next, actions } = pass(asked, { facts: facts(), policy, at: 20_000 });
    expect([next.release?.shadow?.since, actions]).toEqual([iso(20_000), []]);
    expect(next.traffic?.verified).toEqual({ split: ALONE, mirror: COPIES, at: iso(20_000) });
  });

  test('is not asked for while paused, nor for a deployment that is no longer ready', () => {
    const waits = pass({ ...begun, conditions: paused }, { facts: off, policy });
    expect([waits.actions, waits.rules]).toEqual([[], ['shadow.mayNotMove']]);
    const lost = pass(begun, { facts: { ...off, deployments: [deployment(OLD, '6')] }, policy });
    expect(lost.next.release).toMatchObject({ phase: 'rollingBack', rollback: { cause: 'deploymentLost' } });
  });

  test('that Azure refuses, as for a kind of endpoint that cannot mirror, ends the release', () => {
    const invalid = item({ kind: 'outcome', release: 7, outcome: { of: 'setTraffic', result: 'refused', code: 'invalid', message: 'no mirrors here' } }); // prettier-ignore
    const { next } = pass(pass(begun, { facts: off, policy }).next, { items: [invalid], policy });
    expect(next.release).toMatchObject({ phase: 'rollingBack', rollback: { cause: 'invalid', sentence: 'no mirrors here' } }); // prettier-ignore
  });

  test('needs minutes only while it is on: from when it was read back, then from the watermark', () => {
    expect(needed(begun, { policy }).minutes).toBeUndefined();
    expect(needed(shadowing(), { policy, at: HOUR_MS }).minutes).toEqual({ from: iso(), to: iso(HOUR_MS) });
    const judged = pass(shadowing(), { facts: facts({ minutes: healthy(5) }), policy, at: 10 * MINUTE_MS }).next;
    expect(needed(judged, { policy, at: HOUR_MS }).minutes?.from).toBe(iso(4 * MINUTE_MS));
    expect(needed(shadowing({ until: iso() }), { policy }).minutes).toBeUndefined();
  });
});

describe('what is judged of copies', () => {
  const rows: [string, Partial<Shadow>, Facts, number, (next: Lifecycle) => unknown, unknown][] = [
    ['healthy, but its time is not over: stays', {}, facts({ minutes: healthy(40) }), 45 * MINUTE_MS, (n) => n.release?.shadow?.until, undefined],
    ['healthy, and its time is over: off', {}, facts({ minutes: healthy(60) }), HOUR_MS, (n) => n.release?.shadow?.until, iso(HOUR_MS)],
    ['failing: turned back', {}, facts({ minutes: failing(10) }), 15 * MINUTE_MS, (n) => n.release?.rollback?.cause, 'shadow'],
    ['no copies, and its time is over: stays', {}, facts({ minutes: alone(60) }), HOUR_MS, (n) => n.release?.shadow?.until, undefined],
    ['no traffic at all, and its time is over: stays', {}, facts(), HOUR_MS, (n) => n.release?.shadow?.until, undefined],
    ['no copies until the deadline: turned back', {}, facts({ minutes: alone(60) }), policy.rollout.deadlineMs + 1, (n) => n.release?.rollback?.cause, 'deadline'],
  ]; // prettier-ignore
  test.each(rows)('%s', (_, change, given, at, read, expected) => {
    expect(read(pass(shadowing(change), { facts: given, policy, at }).next)).toBe(expected);
  });

  test('is not counted as harm: nobody got those answers', () => {
    const { next } = pass(shadowing(), { facts: facts({ minutes: failing(10) }), policy, at: 15 * MINUTE_MS });
    const release = next.release!;
    expect([release.exposed, release.canary, release.exposedSince]).toEqual([undefined, undefined, undefined]);
    expect(release.rollback?.reasons).toContainEqual(expect.objectContaining({ rule: 'canary.errors', verdict: 'fail' })); // prettier-ignore
    const ended = pass(next, { facts: off, policy, at: 15 * MINUTE_MS });
    expect(ended.notices.every(({ harm }) => harm === undefined)).toBe(true);
  });

  test('undecided when its time is over is told once, with how it may go on', () => {
    const tellAt = HOUR_MS + policy.rollout.canary.settleMs + 20 * MINUTE_MS;
    const settling = pass(shadowing(), { facts: facts({ minutes: alone(60) }), policy, at: tellAt - 1 });
    expect(settling.notices).toEqual([]);
    const { next, notices } = pass(settling.next, { facts: facts({ minutes: alone(60) }), policy, at: tellAt });
    expect(notices).toMatchObject([{ kind: 'shadowUndecided', audience: 'decide', sentence: expect.stringContaining('does not count copies'), deadline: iso(policy.rollout.deadlineMs), shadow: { percent: 20, judged: 0 } }]); // prettier-ignore
    const later = pass(next, { facts: facts({ minutes: alone(80) }), policy, at: 90 * MINUTE_MS });
    expect([later.notices, later.next.release?.phase]).toEqual([[], 'shadowing']);
    const seen = pass(later.next, { facts: facts({ minutes: minutes(30, () => ({ [OLD]: arm(1000, 9), [NEW]: arm(200, 2) }), 80) }), policy, at: 2 * HOUR_MS }); // prettier-ignore
    expect(seen.next.release?.shadow?.until).toBe(iso(2 * HOUR_MS));
  });

  test('undecided is turned back where the policy says so', () => {
    const strict = policyOf('shadow: {percent: 20%, for: 1h}, onInconclusive: rollback');
    const { next, notices } = pass(shadowing(), { facts: facts(), policy: strict, at: HOUR_MS });
    expect([next.release?.rollback?.cause, notices]).toEqual(['undecided', []]);
  });

  test('goes on while paused: taken back, but no further', () => {
    const row = shadowing({}, { conditions: paused });
    expect(pass(row, { facts: facts({ minutes: failing(10) }), policy, at: 15 * MINUTE_MS }).next.release?.phase).toBe('rollingBack'); // prettier-ignore
    const over = pass(row, { facts: facts({ minutes: healthy(60) }), policy, at: HOUR_MS });
    expect([over.actions, over.next.release?.shadow?.until]).toEqual([[], undefined]);
  });

  test('is one stretch more that shares what the policy allows of false rollbacks', () => {
    expect([stretchesOf(policy.rollout), stretchesOf(policyOf('').rollout)]).toEqual([4, 3]);
  });
});

describe('the end of the shadow', () => {
  const ending = pass(shadowing(), { facts: facts({ minutes: healthy(60) }), policy, at: HOUR_MS });

  test('takes the mirror off, and nothing else', () => {
    const mirror = { expected: COPIES, desired: {} };
    expect(ending.actions).toEqual([{ do: 'setTraffic', expected: ALONE, desired: ALONE, mirror, generation: 5 }]);
    expect(ending.next.traffic).not.toHaveProperty('mirror');
    expect(ending.next.release?.phase).toBe('shadowing');
  });

  test('live traffic begins once a GET has shown that it is off', () => {
    const still = pass(ending.next, { facts: facts(), policy, at: HOUR_MS + 10_000 });
    expect([still.next.release?.phase, still.rules]).toEqual(['shadowing', ['traffic.pending']]);
    const { next } = pass(ending.next, { facts: off, policy, at: HOUR_MS + 20_000 });
    expect([next.release?.phase, next.release?.canary]).toEqual(['shifting', undefined]);
    const baseline = pass(next, { facts: { ...off, minutes: healthy(60) }, policy, at: HOUR_MS + 20_000 }).next;
    const step = pass(baseline, { facts: off, policy, at: HOUR_MS + 20_000 });
    expect(step.actions).toEqual([{ do: 'setTraffic', expected: ALONE, desired: { [OLD]: 90, [NEW]: 10 }, generation: 6 }]); // prettier-ignore
  });

  test('a step never keeps copies for the challenger, wherever they come from', () => {
    const mirror = COPIES;
    const row = releasing('shifting', { deployment: NEW, baseline: { minutes: 0, requests: 0, errors: 0, latencySumMs: 0, latencyRequests: 0 }, step: 0 }, { traffic: { desired: ALONE, mirror, generation: 4, verified: { split: ALONE, mirror, at: iso() } } }); // prettier-ignore
    const { actions } = pass(row, { facts: facts(), policy, at: HOUR_MS });
    expect(actions).toEqual([{ do: 'setTraffic', expected: ALONE, desired: { [OLD]: 90, [NEW]: 10 }, mirror: { expected: COPIES, desired: {} }, generation: 4 }]); // prettier-ignore
  });

  test('comes early when a person promotes; what is judged by then still counts', () => {
    const promote = { items: [command('promote')], policy };
    const { actions, rules, next } = pass(shadowing(), { ...promote, facts: facts(), at: MINUTE_MS });
    expect(actions).toEqual([{ do: 'setTraffic', expected: ALONE, desired: ALONE, mirror: { expected: COPIES, desired: {} }, generation: 5 }]); // prettier-ignore
    expect(rules).toEqual(['command.promote', 'shadow.promoted']);
    expect(next.release?.promoted).toMatchObject({ actor: 'ada' });
    const bad = pass(shadowing(), { ...promote, facts: facts({ minutes: failing(10) }), at: 15 * MINUTE_MS });
    expect(bad.next.release?.rollback?.cause).toBe('shadow');
  });

  test('a late write that puts the mirror on again is ours, and taken off again', () => {
    const shifted = releasing('shifting', { deployment: NEW, shadow: { percent: 20, askedAt: iso(), since: iso(), until: iso() } }, { generation: 6, traffic: { desired: { [OLD]: 90, [NEW]: 10 }, generation: 6, verified: { split: ALONE, at: iso() } } }); // prettier-ignore
    const late = copied(20, { stewardGeneration: 4, stewardSplit: ALONE, stewardMirror: COPIES });
    const { actions, rules } = pass(shifted, { facts: facts({ endpoint: late }), policy, at: HOUR_MS });
    expect(rules).toEqual(['traffic.late']);
    expect(actions).toEqual([{ do: 'setTraffic', expected: ALONE, desired: { [OLD]: 90, [NEW]: 10 }, mirror: { expected: COPIES, desired: {} }, generation: 6 }]); // prettier-ignore
  });
});

describe('a hand in the portal', () => {
  test.each([
    ['takes the mirror off', endpoint(ALONE, { stewardGeneration: 4, stewardSplit: ALONE, stewardMirror: COPIES })],
    ['mirrors more', copied(40, { stewardGeneration: 4, stewardSplit: ALONE, stewardMirror: COPIES })],
    ['mirrors to another', copied(20, { mirror: { x: 20 } })],
    ['moves live traffic', copied(20, { traffic: { [OLD]: 50, x: 50 } })],
  ])('that %s is held and told once, and the shadow waits', (_, seen) => {
    const { next, actions, notices } = pass(shadowing(), { facts: facts({ endpoint: seen, minutes: healthy(60) }), policy, at: HOUR_MS }); // prettier-ignore
    expect(actions).toEqual([]);
    expect(next.conditions.held?.live).toEqual(seen.traffic);
    expect(next.conditions.held?.mirror).toEqual(seen.mirror);
    expect(notices).toMatchObject([{ kind: 'trafficHeld', expected: ALONE, mirror: { live: seen.mirror ?? {}, expected: COPIES } }]); // prettier-ignore
    const again = pass(next, { facts: facts({ endpoint: seen }), policy, at: HOUR_MS + MINUTE_MS });
    expect([again.notices, again.next.release?.phase]).toEqual([[], 'shadowing']);
  });

  test('is held as well where nothing is mirrored and no release is under way', () => {
    const idle = pass(shadowing(), { facts: facts({ minutes: failing(10) }), policy, at: 15 * MINUTE_MS }).next;
    const { release: _, ...rest } = { ...idle, traffic: { desired: ALONE, generation: 4, verified: { split: ALONE, at: iso() } } }; // prettier-ignore
    const told = pass(rest, { items: [item({ kind: 'endpointDiffers', live: ALONE })], facts: facts(), policy, at: HOUR_MS }); // prettier-ignore
    expect(told.notices).toMatchObject([{ kind: 'trafficHeld', sentence: 'Mirrored traffic was changed by somebody else.' }]); // prettier-ignore
  });

  const hand = copied(20, { mirror: { x: 30 } });
  const held = pass(shadowing(), { facts: facts({ endpoint: hand }), policy, at: MINUTE_MS }).next;

  test('revert puts the mirror back', () => {
    const { actions } = pass(held, { items: [command('revert')], facts: facts({ endpoint: hand }), policy, at: 2 * MINUTE_MS }); // prettier-ignore
    expect(actions).toEqual([{ do: 'setTraffic', expected: ALONE, desired: ALONE, mirror: { expected: { x: 30 }, desired: COPIES }, generation: 5 }]); // prettier-ignore
  });

  test('adopt takes over a mirror to others, and ends the one to the challenger with its release', () => {
    const kept = pass(held, { items: [command('adopt')], facts: facts({ endpoint: hand }), policy, at: 2 * MINUTE_MS }).next; // prettier-ignore
    expect([kept.release, kept.traffic?.mirror]).toEqual([undefined, { x: 30 }]);
    expect(pass(kept, { facts: { endpoint: hand }, policy, at: 3 * MINUTE_MS }).actions).toEqual([]);

    const live = copied(20, { traffic: { x: 100 } });
    const moved = pass(shadowing(), { facts: facts({ endpoint: live }), policy, at: MINUTE_MS }).next;
    const deployments = [...BOTH, deployment('x', '5')];
    const adopted = pass(moved, { items: [command('adopt')], facts: facts({ endpoint: live, deployments }), policy, at: 2 * MINUTE_MS }).next; // prettier-ignore
    const { actions } = pass(adopted, { facts: { endpoint: live, deployments }, policy, at: 2 * MINUTE_MS });
    expect(actions).toEqual([{ do: 'setTraffic', expected: { x: 100 }, desired: { x: 100 }, mirror: { expected: COPIES, desired: {} }, generation: 5 }]); // prettier-ignore
    const done = pass(adopted, { facts: { endpoint: endpoint({ x: 100 }), deployments }, policy, at: 3 * MINUTE_MS });
    expect(done.next.retiring).toMatchObject([{ deployment: OLD }, { deployment: NEW }]);
  });
});

test('an endpoint that is gone, or that Azure does not tell of, ends the shadow by its deadline', () => {
  const late = policy.rollout.deadlineMs + 1;
  expect(pass(shadowing(), { facts: AWAY, policy, at: late }).next.release).toMatchObject({ phase: 'rollingBack', rollback: { cause: 'deadline' } }); // prettier-ignore
  const gone = pass(shadowing(), {
    facts: { endpoint: 'absent', deployments: [], minutes: [] },
    policy,
    at: MINUTE_MS,
  });
  expect(gone.next.conditions.unreachable?.reason).toBe('The endpoint does not exist any more.');
});
