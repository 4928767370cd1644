import { describe, expect, test } from 'vitest';
import type { Lifecycle } from '../../../../src/lib/core/lifecycle.ts';
import type { Artifact, Release } from '../../../../src/lib/core/release/state.ts';
import type { DeploymentFact, Facts } from '../../../../src/lib/core/step.ts';
import {
  arm, command, DAY_MS, deployment, endpoint, HOUR_MS, iso, item, minutes, MINUTE_MS, needed, OLD, pass, policyOf, rates, releasing, without,
} from '../given.ts'; // prettier-ignore

const IN_PLACE = policyOf('update: inPlace, steps: [100%], watch: 1h');
const TESTED = policyOf('update: inPlace, steps: [100%], smokeTest: {request: {a: 1}}');
const LIVE = endpoint({ [OLD]: 100 });
const serving = (version: string, state: DeploymentFact['state'] = 'ready', more: Partial<Facts> = {}): Facts => ({ endpoint: LIVE, deployments: [deployment(OLD, version, { state })], minutes: [], ...more }); // prettier-ignore
const row = (change: Partial<Release> = {}) => releasing('deploying', { deployment: OLD, inPlace: {}, baseline: rates(60, 60_000, 60), ...change }); // prettier-ignore
const UPDATE = { do: 'updateDeployment', deployment: OLD, version: '7', expected: '6', generation: 4 };
const back: Release['rollback'] = { cause: 'watch', reasons: [], sentence: 'It does worse.', decidedAt: iso() };
const turning = (change: Partial<Release> = {}) => row({ phase: 'rollingBack', exposedSince: iso(-10 * MINUTE_MS), stepVerifiedAt: iso(-8 * MINUTE_MS), rollback: back, ...change }); // prettier-ignore
const spoilt = (version: string): Facts => ({ ...serving(version), deployments: [deployment(OLD, version, { stewardGeneration: 99 })] }); // prettier-ignore
/** Version 6 serves, under the tag of an update of ours. */
const tagged = (stewardGeneration?: number): Facts => ({ ...serving('6'), deployments: [deployment(OLD, '6', stewardGeneration === undefined ? {} : { stewardGeneration })] }); // prettier-ignore

test('what passed the gate takes the champion’s place where the policy says so; a first version cannot', () => {
  const gated = releasing('awaitingDecision', { decision: { actor: 'ada', reason: 'x', at: iso() } });
  expect(pass(gated, { policy: IN_PLACE }).next.release).toMatchObject({ phase: 'deploying', deployment: OLD, inPlace: {} }); // prettier-ignore
  const first = { ...without(gated, 'champion', 'traffic'), release: without(gated.release, 'fallback') };
  expect(pass(first, { policy: IN_PLACE }).next.release?.inPlace).toBeUndefined();
});

describe('the update', () => {
  test('comes after the champion’s rates of the day before were noted', () => {
    const plain = row();
    const fresh = { ...plain, release: without(plain.release, 'baseline') };
    expect(needed(fresh, { policy: IN_PLACE }).minutes).toEqual({ from: iso(-DAY_MS), to: iso() });
    const seen = { minutes: minutes(2, () => ({ [OLD]: arm(1000, 3) }), -10) };
    const noted = pass(fresh, { facts: serving('6', 'ready', seen), policy: IN_PLACE });
    expect([noted.actions, noted.next.release?.baseline]).toEqual([[], expect.objectContaining({ requests: 2000, errors: 6 })]); // prettier-ignore
    expect(needed(noted.next, { policy: IN_PLACE }).minutes).toBeUndefined();
  });

  test('is asked for under a new generation each time, so that a late write is refused', () => {
    const first = pass(row(), { facts: serving('6'), policy: IN_PLACE });
    expect(first.actions).toEqual([UPDATE]);
    expect([first.next.generation, first.next.release?.exposedSince, first.next.release?.inPlace]).toEqual([4, iso(), { asked: 4 }]); // prettier-ignore
    const again = pass(first.next, { facts: serving('6'), policy: IN_PLACE, at: MINUTE_MS });
    expect([again.actions, again.next.release?.exposedSince]).toEqual([[{ ...UPDATE, generation: 5 }], iso()]);
  });

  test('outruns a tag that an older row left there', () => {
    const { actions, next } = pass(row(), { facts: tagged(300), policy: IN_PLACE });
    expect([actions, next.generation, next.release?.inPlace]).toEqual([[{ ...UPDATE, generation: 301 }], 301, { asked: 301 }]); // prettier-ignore
    expect(pass(turning({ inPlace: { asked: 301 } }), { facts: tagged(300), policy: IN_PLACE }).actions).toMatchObject([{ generation: 301, back: true }]); // prettier-ignore
  });

  test('is waited for, then tested and watched', () => {
    expect(pass(row(), { facts: serving('7', 'updating'), policy: IN_PLACE })).toMatchObject({ actions: [], lookInMs: 30_000 }); // prettier-ignore
    const { next } = pass(row(), { facts: serving('7'), policy: IN_PLACE, at: MINUTE_MS });
    expect(next.release).toMatchObject({ phase: 'watching', stepVerifiedAt: iso(MINUTE_MS), trail: [{ percent: 100 }] }); // prettier-ignore
    const tested = pass(row(), { facts: serving('7'), policy: TESTED }).next;
    expect(tested.release?.phase).toBe('smokeTesting');
    const asked = pass(tested, { facts: serving('7'), policy: TESTED });
    expect(asked.actions).toMatchObject([{ do: 'smokeTest', deployment: OLD }]);
    const answer = item({ kind: 'outcome', release: 7, outcome: { of: 'smokeTest', result: 'answered', deployment: OLD, attempt: 1, status: 200, latencyMs: 9, excerpt: '' } }); // prettier-ignore
    expect(pass(asked.next, { items: [answer], facts: serving('7'), policy: TESTED }).next.release?.phase).toBe('watching'); // prettier-ignore
  });

  test('is not asked for while paused', () => {
    const paused: Lifecycle = { ...row(), conditions: { paused: { since: iso(), actor: 'ada', reason: 'x' } } };
    expect(pass(paused, { facts: serving('6'), policy: IN_PLACE }).actions).toEqual([]);
  });

  test('of files that changed since they were judged is refused, before anybody meets them', () => {
    const artifact: Artifact = { digest: 'a', files: 1, verifiable: true };
    const changed = serving('6', 'ready', { artifact: { ...artifact, digest: 'b' } });
    const { next, actions } = pass(row({ artifact }), { facts: changed, policy: IN_PLACE });
    expect([actions, next.ended[0]?.end, next.ended[0]?.cause]).toEqual([[], 'rejected', 'artifactChanged']);
  });

  const refused = item({ kind: 'outcome', release: 7, outcome: { of: 'updateDeployment', result: 'refused', code: 'quota', message: 'no cores' } }); // prettier-ignore
  test.each<[string, Parameters<typeof pass>[1], string]>([
    ['that failed', { facts: serving('7', 'failed') }, 'deploymentFailed'],
    ['that takes too long', { facts: serving('7', 'updating'), at: 2 * HOUR_MS }, 'deadline'],
    ['that Azure refuses', { items: [refused], facts: serving('6') }, 'quota'],
  ])('%s is turned back', (_, given, cause) => {
    const { next } = pass(row({ exposedSince: iso() }), { policy: IN_PLACE, ...given });
    expect(next.release).toMatchObject({ phase: 'rollingBack', rollback: { cause } });
  });

  test('that a newer one of ours got refused, or somebody else’s, is looked at again and not turned back for that', () => {
    for (const code of ['stale', 'foreign'] as const) {
      const late = item({ kind: 'outcome', release: 7, outcome: { of: 'updateDeployment', result: 'refused', code, message: 'x' } }); // prettier-ignore
      const { next } = pass(row({ exposedSince: iso(), inPlace: { asked: 5 } }), { items: [late], facts: serving('7', 'updating'), policy: IN_PLACE }); // prettier-ignore
      expect([next.release?.phase, next.conditions]).toEqual(['deploying', {}]);
    }
  });

  test('is waited for where the listing lacks the deployment: it has all traffic, so it is there', () => {
    const exposed = row({ exposedSince: iso(), inPlace: { asked: 4 } });
    const lacking: Facts = { endpoint: LIVE, deployments: [], minutes: [] };
    const { next, actions } = pass(exposed, { facts: lacking, policy: IN_PLACE, at: MINUTE_MS });
    expect([actions, next.release?.phase, next.champion?.version]).toEqual([[], 'deploying', '6']);
    expect(pass(exposed, { facts: lacking, policy: IN_PLACE, at: 2 * HOUR_MS }).next.release?.phase).toBe('rollingBack'); // prettier-ignore
  });

  test('that was not asked for yet has no deadline while paused', () => {
    const paused: Lifecycle = { ...row(), conditions: { paused: { since: iso(), actor: 'ada', reason: 'x' } } };
    expect(pass(paused, { facts: serving('6'), policy: IN_PLACE, at: 2 * HOUR_MS }).next.release?.phase).toBe('deploying'); // prettier-ignore
  });

  test('outranks a tag that somebody else spoilt, forward and back', () => {
    const { next, actions } = pass(row(), { facts: spoilt('6'), policy: IN_PLACE });
    expect([actions, next.generation, next.release?.inPlace]).toEqual([[{ ...UPDATE, generation: 100 }], 100, { asked: 100 }]); // prettier-ignore
    expect(pass(turning(), { facts: spoilt('7'), policy: IN_PLACE }).actions).toMatchObject([{ version: '6', generation: 100 }]); // prettier-ignore
  });

  test('leaves the champion’s deployment alone where a person adopts another one meanwhile', () => {
    const held: Lifecycle = { ...row(), conditions: { held: { since: iso(), reason: 'x', live: { other: 100 } } } };
    const facts: Facts = { endpoint: endpoint({ other: 100 }), deployments: [deployment('other', '5'), deployment(OLD, '6')], minutes: [] }; // prettier-ignore
    const { next } = pass(held, { items: [command('adopt')], facts, policy: IN_PLACE });
    expect([next.champion?.deployment, next.retiring]).toEqual(['other', [{ version: '6', deployment: OLD, until: iso(DAY_MS) }]]); // prettier-ignore
  });

  test('of what somebody else changed meanwhile is left, and the endpoint is met afresh', () => {
    const { next, actions, notices } = pass(row(), { facts: serving('5'), policy: IN_PLACE });
    expect([actions, next.champion, next.traffic, next.ended[0]?.cause]).toEqual([[], undefined, undefined, 'foreign']);
    expect(notices).toMatchObject([{ kind: 'aborted', sentence: expect.stringMatching(/mold-6 serves .*versions\/5/) }]); // prettier-ignore
  });
});

test('after the watch it is the champion in the same deployment, and nothing is kept to be deleted', () => {
  const watching = row({ phase: 'watching', exposedSince: iso(-2 * HOUR_MS), stepVerifiedAt: iso(-2 * HOUR_MS), phaseSince: iso(-2 * HOUR_MS) }); // prettier-ignore
  const fine = minutes(60, () => ({ [OLD]: arm(1000, 1) }), -90);
  const { next, notices } = pass(watching, { facts: serving('7', 'ready', { minutes: fine }), policy: IN_PLACE });
  expect(next.champion).toEqual({ version: '7', deployment: OLD, since: iso(-2 * HOUR_MS), release: 7 });
  expect([next.retiring, next.ended[0]?.end, notices[0]?.keptUntil]).toEqual([[], 'released', undefined]);
});

describe('going back', () => {
  test('is an update to the version before, asked for until it shows', () => {
    const { next, actions } = pass(turning(), { facts: serving('7'), policy: IN_PLACE });
    expect(actions).toEqual([{ ...UPDATE, version: '6', expected: '7', back: true }]);
    expect(pass(next, { facts: serving('6', 'updating'), policy: IN_PLACE, at: MINUTE_MS }).actions).toEqual([]);
    const again = pass(next, { facts: serving('7', 'failed'), policy: IN_PLACE, at: MINUTE_MS });
    expect(again.actions).toMatchObject([{ version: '6', generation: 5 }]);
  });

  test('is asked for although nothing shows yet: an update of ours may still come, and a newer tag gets it refused', () => {
    const stalled = turning({ inPlace: { asked: 3 } });
    expect(pass(stalled, { facts: tagged(), policy: IN_PLACE }).actions).toEqual([{ ...UPDATE, version: '6', expected: '6', back: true }]); // prettier-ignore
    expect(pass(stalled, { facts: tagged(3), policy: IN_PLACE }).actions).toHaveLength(1);
    const sure = pass(stalled, { facts: tagged(4), policy: IN_PLACE });
    expect([sure.actions, sure.next.release?.rollback?.restoredAt]).toEqual([[], iso()]);
  });

  test('that Azure refuses is asked for again after a while, not at once', () => {
    const refusal = item({ kind: 'outcome', release: 7, outcome: { of: 'updateDeployment', result: 'refused', code: 'quota', message: 'no cores' } }); // prettier-ignore
    const { next, actions, lookInMs } = pass(turning(), { items: [refusal], facts: serving('7'), policy: IN_PLACE });
    expect([actions, lookInMs, next.conditions.unreachable?.reason]).toEqual([[], 10_000, 'Azure refuses what Steward asks for: no cores']); // prettier-ignore
    expect(pass(next, { facts: serving('7'), policy: IN_PLACE, at: 10_000 }).actions).toHaveLength(1);
  });

  test('by command does the same', () => {
    const watching = row({ phase: 'watching', exposedSince: iso(), stepVerifiedAt: iso() });
    const { next } = pass(watching, { items: [command('rollback', { release: 7 })], policy: IN_PLACE });
    expect(pass(next, { facts: serving('7'), policy: IN_PLACE }).actions).toMatchObject([{ do: 'updateDeployment', version: '6' }]); // prettier-ignore
  });

  test('is verified when errors are down, and counts no harm after it', () => {
    const restored = pass(turning(), { facts: serving('6'), policy: IN_PLACE });
    expect(restored.next.release?.rollback?.restoredAt).toBe(iso());
    const before = minutes(5, () => ({ [OLD]: arm(1000, 100) }), -5);
    const after = minutes(12, () => ({ [OLD]: arm(1000, 1) }), 0);
    const facts = serving('6', 'ready', { minutes: [...before, ...after] });
    const { next, notices } = pass(restored.next, { facts, policy: IN_PLACE, at: 15 * MINUTE_MS });
    expect([next.champion?.version, next.retiring, next.ended[0]?.end]).toEqual(['6', [], 'rolledBack']);
    expect(notices).toMatchObject([{ kind: 'rolledBack', restoredAt: iso(), harm: { requests: 5000, errors: 500 }, errorsNow: 0.001 }]); // prettier-ignore
  });

  test('with errors that stay up is told, and ends as it is after an hour', () => {
    const bad = serving('6', 'ready', { minutes: minutes(90, () => ({ [OLD]: arm(1000, 100) }), 0) });
    let next: Lifecycle = turning({ rollback: { ...back, restoredAt: iso() } });
    const told = [];
    for (let at = 8; at < 70; at += 1) {
      const passed = pass(next, { facts: bad, policy: IN_PLACE, at: at * MINUTE_MS });
      told.push(...passed.notices.map(({ kind, audience }) => `${at} ${kind} ${audience}`));
      next = passed.next;
    }
    expect(told).toEqual(['20 rollbackNotVerified page', '61 rolledBack inform']);
  });

  test('that takes a quarter of an hour pages, once', () => {
    let next: Lifecycle = turning();
    const told = [];
    for (let at = 0; at < 40; at += 1) {
      const passed = pass(next, { facts: serving('7', at % 2 === 0 ? 'ready' : 'updating'), policy: IN_PLACE, at: at * MINUTE_MS }); // prettier-ignore
      told.push(...passed.notices.map(({ kind, audience }) => `${at} ${kind} ${audience}`));
      next = passed.next;
    }
    expect(told).toEqual(['15 rollbackNotVerified page']);
  });

  test('of what was never asked for touches nothing', () => {
    const plain = turning();
    const never = { ...plain, release: without(plain.release, 'exposedSince', 'stepVerifiedAt') };
    const { next, actions } = pass(never, { facts: serving('6', 'failed'), policy: IN_PLACE });
    expect([actions, next.ended[0]?.end, next.champion?.version]).toEqual([[], 'rolledBack', '6']);
  });

  test('of a deployment that is not there is not believed for an hour, then left to people', () => {
    const gone: Facts = { endpoint: LIVE, deployments: [], minutes: [] };
    expect(pass(turning(), { facts: gone, policy: IN_PLACE }).next.release?.phase).toBe('rollingBack');
    const { next } = pass(turning(), { facts: gone, policy: IN_PLACE, at: 2 * HOUR_MS });
    expect([next.champion, next.ended[0]?.end]).toEqual([undefined, 'aborted']);
  });
});
