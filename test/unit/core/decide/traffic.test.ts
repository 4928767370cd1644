import { describe, expect, test } from 'vitest';
import type { EndpointFact, Facts } from '../../../../src/lib/core/step.ts';
import type { Lifecycle, Split, Traffic } from '../../../../src/lib/core/lifecycle.ts';
import { desire, splitFor, whoseTraffic, type Whose } from '../../../../src/lib/core/release/traffic.ts';
import {
  BOTH, command, DAY_MS, endpoint, HOUR_MS, iso, item, MINUTE_MS, needed, NEW, OLD, pass, policy, releasing, served, shifting,
} from '../given.ts'; // prettier-ignore

const A: Split = { a: 100 };
const B: Split = { a: 90, b: 10 };
const C: Split = { a: 50, c: 50 };
const moving: Traffic = { desired: B, generation: 5, verified: { split: A, at: iso() } };
const settled: Traffic = { desired: B, generation: 5, verified: { split: B, at: iso() } };

describe('whose traffic', () => {
  const rows: [string, Traffic, EndpointFact, Whose][] = [
    ['live is desired', settled, endpoint(B), 'ours'],
    ['zeros and missing names are the same', settled, endpoint({ ...B, c: 0 }), 'ours'],
    ['live is desired, though nothing was verified yet', moving, endpoint(B), 'ours'],
    ['being changed', settled, endpoint(B, { state: 'busy' }), 'busy'],
    ['being changed, whatever it shows', moving, endpoint(C, { state: 'busy' }), 'busy'],
    ['our write has not shown', moving, endpoint(A), 'pending'],
    ['our write failed the endpoint, traffic is as before', moving, endpoint(A, { state: 'failed' }), 'pending'],
    ['an older write of ours came late', settled, endpoint(C, { stewardSplit: C, stewardGeneration: 4 }), 'late'],
    ['a hand after our write (tags stay)', settled, endpoint(C, { stewardSplit: B, stewardGeneration: 5 }), 'foreign'],
    ['a hand before any write of ours', settled, endpoint(C), 'foreign'],
    ['a hand put the last verified back', settled, endpoint(A, { stewardSplit: B, stewardGeneration: 5 }), 'foreign'],
    ['the tag of this very generation on another split', settled, endpoint(C, { stewardSplit: C, stewardGeneration: 5 }), 'foreign'], // prettier-ignore
    ['a hand undid our write before we read it back', moving, endpoint(A, { stewardSplit: B, stewardGeneration: 5 }), 'foreign'], // prettier-ignore
    ['our write left its tag on an endpoint that it failed', moving, endpoint(A, { state: 'failed', stewardSplit: B, stewardGeneration: 5 }), 'pending'], // prettier-ignore
    ['switched off by hand', settled, endpoint({}), 'foreign'],
    ['nothing verified ever, live differs', { desired: B, generation: 1 }, endpoint(C), 'foreign'],
  ];
  test.each(rows)('%s', (_, traffic, live, whose) => {
    expect(whoseTraffic(live, traffic)).toBe(whose);
  });
});

describe('a split', () => {
  test.each([
    [10, OLD, { [OLD]: 90, [NEW]: 10 }],
    [100, OLD, { [NEW]: 100 }],
    [0, OLD, { [OLD]: 100 }],
    [10, undefined, { [NEW]: 100 }],
  ])('of %d %% beside %s', (percent, fallback, split) => {
    expect(splitFor(NEW, fallback, percent)).toEqual(split);
  });

  test('that is desired raises the generation and keeps what was verified', () => {
    const next = desire(served(), { [NEW]: 100 });
    expect(next.generation).toBe(4);
    expect(next.traffic).toEqual({ desired: { [NEW]: 100 }, generation: 4, verified: served().traffic?.verified });
  });
});

const facts = (live: Split) => ({ endpoint: endpoint(live) });

describe('live traffic', () => {
  const pending = { ...shifting(), traffic: { desired: { [OLD]: 90, [NEW]: 10 }, generation: 4, verified: { split: { [OLD]: 100 }, at: iso() } } }; // prettier-ignore

  test('as before our write: asserted again, nothing else', () => {
    const { actions, next, lookInMs } = pass(pending, { facts: { endpoint: endpoint({ [OLD]: 100 }), deployments: BOTH, minutes: [] } }); // prettier-ignore
    expect(actions).toEqual([{ do: 'setTraffic', expected: { [OLD]: 100 }, desired: { [OLD]: 90, [NEW]: 10 }, generation: 4 }]); // prettier-ignore
    expect(next.release?.stepVerifiedAt).toBe(pending.release.stepVerifiedAt);
    expect(lookInMs).toBe(10_000);
  });

  test('behind the tag of the endpoint: a newer generation, for an older one would be refused for ever', () => {
    const facts = { endpoint: endpoint({ [OLD]: 100 }, { stewardGeneration: 9 }), deployments: BOTH, minutes: [] };
    const { actions, next } = pass(pending, { facts });
    expect(actions).toMatchObject([{ do: 'setTraffic', generation: 10 }]);
    expect([next.generation, next.traffic?.generation]).toEqual([10, 10]);
  });

  test('moved by a hand before the step is verified: held and told once, nothing moves', () => {
    const { stepVerifiedAt: _, ...release } = pending.release;
    const row = { ...pending, release };
    const facts = { endpoint: endpoint({ [OLD]: 50, [NEW]: 50 }), deployments: BOTH, minutes: [] };
    const first = pass(row, { facts });
    expect(first.next.conditions.held).toMatchObject({ live: { [OLD]: 50, [NEW]: 50 } });
    expect(first.notices.map(({ kind, audience }) => [kind, audience])).toEqual([['trafficHeld', 'decide']]);
    expect(first.notices[0]?.serves).toEqual({ [OLD]: '6', [NEW]: '7' });
    expect(first.actions).toEqual([]);
    const second = pass(first.next, { facts, at: MINUTE_MS });
    expect([second.notices, second.actions]).toEqual([[], []]);
    expect(second.next).toEqual(first.next);
    expect(second.lookInMs).toBe(60_000);
  });

  test('moved again by a hand: told again, held since the first time', () => {
    const first = pass(served(), { facts: facts({ x: 100 }) });
    const second = pass(first.next, { facts: facts({ y: 100 }), at: MINUTE_MS });
    expect(second.notices).toHaveLength(1);
    expect(second.next.conditions.held).toMatchObject({ since: iso(), live: { y: 100 } });
  });

  test('that a hand put right ends the hold', () => {
    const held = pass(served(), { facts: { endpoint: endpoint({ x: 100 }) } }).next;
    const { next, rules } = pass(held, { facts: { endpoint: endpoint({ [OLD]: 100 }), deployments: BOTH } });
    expect(next.conditions.held).toBeUndefined();
    expect(rules).toContain('traffic.heldEnds');
  });

  test('moved by a hand while a canary is judged: still judged, and taken back when it fails', () => {
    const minutes = Array.from({ length: 30 }, (_, i) => ({ at: iso(i * MINUTE_MS), arms: { [OLD]: { requests: 900, errors: 0, throttled: 0, meanLatencyMs: 20, failures: {} }, [NEW]: { requests: 100, errors: 50, throttled: 0, meanLatencyMs: 20, failures: { '424': 50 } } } })); // prettier-ignore
    const facts = { endpoint: endpoint({ [OLD]: 50, [NEW]: 50 }), deployments: BOTH, minutes };
    const { next } = pass(shifting(), { facts, at: 30 * MINUTE_MS });
    expect(next.release).toMatchObject({ phase: 'rollingBack', rollback: { cause: 'canary' } });
  });

  test('is looked at as long as our write has not shown, whatever phase the release is in', () => {
    const unverified = { desired: { [OLD]: 100 }, generation: 4, verified: { split: { x: 100 }, at: iso() } };
    for (const phase of ['registered', 'evaluating', 'gating', 'awaitingDecision'] as const)
      expect([phase, needed(releasing(phase, {}, { traffic: unverified })).endpoint]).toEqual([phase, true]);
    expect(needed(served({ traffic: unverified })).endpoint).toBe(true);
    expect(needed(served()).endpoint).toBeUndefined();
  });
});

/** Long after the deadline of a step whose split was never read back. */
function overdue(facts: Facts) {
  const { stepVerifiedAt: _, ...release } = shifting({ exposedSince: iso() }).release;
  const row = { ...shifting(), release, traffic: { desired: { [OLD]: 90, [NEW]: 10 }, generation: 4, verified: { split: { [OLD]: 100 }, at: iso() } } }; // prettier-ignore
  return pass(row, { facts, at: policy.rollout.deadlineMs + policy.rollout.watchMs + MINUTE_MS }).next.release;
}

describe('every expectation ends', () => {
  test.each<[string, EndpointFact]>([
    ['a write that never shows', endpoint({ [OLD]: 100 })],
    ['an endpoint that is never ready', endpoint({ [OLD]: 100 }, { state: 'busy' })],
    ['a late write that is never put right', endpoint({ x: 100 }, { stewardSplit: { x: 100 }, stewardGeneration: 1 })],
  ])('%s', (_, live) => {
    const release = overdue({ endpoint: live, deployments: BOTH, minutes: [] });
    expect(release).toMatchObject({ phase: 'rollingBack', rollback: { cause: 'deadline' } });
  });

  test('an endpoint that stays busy is told once after 15 minutes', () => {
    let row: Lifecycle = pass(shifting(), { facts: { endpoint: endpoint({}, { state: 'busy' }), deployments: BOTH, minutes: [] } }).next; // prettier-ignore
    const told: string[] = [];
    for (let at = 10_000; at <= 40 * MINUTE_MS; at += 10_000) {
      const facts = { endpoint: endpoint({}, { state: 'busy' }), deployments: BOTH, minutes: [] };
      const decision = pass(row, { facts, at });
      row = decision.next;
      told.push(...decision.notices.map(({ kind, audience, cause, sentence }) => `${kind} ${audience} ${at / MINUTE_MS}: ${cause} ${sentence}`)); // prettier-ignore
    }
    expect(told).toEqual(['unreachable page 15: undefined The endpoint is being changed.']);
  });

  test('writes that fail while reads succeed back off, and are told', () => {
    let row = served({
      traffic: { desired: { [OLD]: 100 }, generation: 3, verified: { split: { x: 100 }, at: iso() } },
    });
    const waits: number[] = [];
    const told: string[] = [];
    for (let at = 0; at < 30 * MINUTE_MS;) {
      const asked = pass(row, { facts: { endpoint: endpoint({ x: 100 }) }, at });
      expect(asked.actions).toHaveLength(1);
      const outcome = item({ kind: 'outcome', outcome: { of: 'setTraffic', result: 'unavailable', provider: 'Azure ML', message: 'HTTP 503' } }); // prettier-ignore
      const met = pass(asked.next, { items: [outcome], facts: { endpoint: endpoint({ x: 100 }) }, at: at + 1000 });
      expect(met.actions).toEqual([]);
      told.push(...met.notices.map(({ kind }) => kind));
      waits.push(met.lookInMs ?? -1);
      row = met.next;
      at += 1000 + (met.lookInMs ?? 0);
    }
    expect(waits.slice(0, 6)).toEqual([10_000, 20_000, 40_000, 80_000, 160_000, 300_000]);
    expect(told).toEqual(['unreachable']);
    const done = pass(row, { facts: { endpoint: endpoint({ [OLD]: 100 }) }, at: HOUR_MS });
    expect(done.next.conditions.unreachable).toBeUndefined();
  });

  test('an endpoint that was deleted in mid-release: pages, and the release ends', () => {
    const facts = { endpoint: 'absent' as const, deployments: [], minutes: [] };
    let row: Parameters<typeof pass>[0] = shifting();
    const told: string[] = [];
    for (let at = 0; at < 3 * DAY_MS && row.release;) {
      const decision = pass(row, { facts, at });
      expect(decision.lookInMs).toBeDefined();
      told.push(...decision.notices.map(({ kind, audience }) => `${kind} ${audience}`));
      row = decision.next;
      at += Math.max(1000, decision.lookInMs ?? DAY_MS);
    }
    expect(row.release).toBeUndefined();
    expect(told).toContain('unreachable page');
    expect(told.at(-1)).toMatch(/^aborted/);
  });

  test('a command to revert is followed up in any phase', () => {
    const held = served({ conditions: { held: { since: iso(), reason: 'x', live: { x: 100 } } } });
    const evaluating = { ...held, release: releasing('evaluating').release };
    const { next, actions } = pass(evaluating, { items: [command('revert')], facts: { endpoint: endpoint({ x: 100 }), deployments: BOTH } }); // prettier-ignore
    expect(actions).toEqual([{ do: 'setTraffic', expected: { x: 100 }, desired: { [OLD]: 100 }, generation: 4 }]);
    expect(needed(next).endpoint).toBe(true);
  });
});

test('a rollback in the same pass outranks a revert: the canary split is not written again', () => {
  const held = shifting({}, { conditions: { held: { since: iso(), reason: 'x', live: { [OLD]: 100 } } } });
  const facts = { endpoint: endpoint({ [OLD]: 100 }), deployments: BOTH, minutes: [] };
  for (const items of [
    [command('revert'), command('rollback')],
    [command('rollback'), command('revert')],
  ]) {
    const { actions, next, lookInMs } = pass(held, { items, facts });
    expect([actions, next.release?.phase, lookInMs]).toEqual([[], 'rollingBack', 0]);
  }
});

test('two commands of one pass that want different kinds of action: one kind goes, the other is asked for anew', () => {
  const evaluation = { job: 'e8', template: 't', data: 'd', dataVersion: '1', submittedAt: iso() };
  const row = releasing('evaluating', { evaluation }, { conditions: { held: { since: iso(), reason: 'x', live: { x: 100 } } } }); // prettier-ignore
  const facts = { endpoint: endpoint({ x: 100 }), deployments: BOTH };
  const { actions, next } = pass(row, { items: [command('rollback', { release: 7 }), command('revert')], facts });
  expect(actions).toEqual([{ do: 'cancelJob', job: 'e8' }]);
  expect(pass(next, { facts, at: 1000 }).actions).toMatchObject([{ do: 'setTraffic', desired: { [OLD]: 100 } }]);
});
