import { describe, expect, test } from 'vitest';
import type { Lifecycle } from '../../../../src/lib/core/lifecycle.ts';
import type { Release } from '../../../../src/lib/core/release/state.ts';
import type { DeploymentFact, Facts } from '../../../../src/lib/core/step.ts';
import {
  arm, BOTH, command, DAY_MS, deployment, endpoint, firstRelease, HOUR_MS, iso, item, minutes, MINUTE_MS, needed, NEW, OLD, pass, policy, policyOf, rates,
  releasing, shifting,
} from '../given.ts'; // prettier-ignore

const TEN = { [OLD]: 90, [NEW]: 10 };
const healthy = (count: number) => minutes(count, () => ({ [OLD]: arm(900, 9), [NEW]: arm(100, 1) }));
const failing = (count: number) => minutes(count, () => ({ [OLD]: arm(900, 9), [NEW]: arm(100, 30) }));
const facts = (more: Partial<Facts> = {}): Facts => ({ endpoint: endpoint(TEN), deployments: BOTH, minutes: [], ...more }); // prettier-ignore
const fresh = releasing('shifting', { deployment: NEW });
const prepared = releasing('shifting', { deployment: NEW, baseline: rates(60, 60_000, 60), step: 0 });
const before = facts({ endpoint: endpoint({ [OLD]: 100 }) });
const paused = { paused: { since: iso(), actor: 'ada', reason: 'x' } };

test('it needs a day of minutes first, then those since the step or the watermark', () => {
  expect(needed(fresh).minutes).toEqual({ from: iso(-DAY_MS), to: iso() });
  expect(needed(shifting(), { at: HOUR_MS }).minutes).toEqual({ from: iso(), to: iso(HOUR_MS) });
  const canary = { watermark: iso(5 * MINUTE_MS), challenger: rates(5, 5, 0), champion: rates(5, 5, 0), pairedMinutes: 0, slowMinutes: 0, failures: {} }; // prettier-ignore
  expect(needed(shifting({ canary }), { at: HOUR_MS }).minutes?.from).toBe(iso(5 * MINUTE_MS));
});

test('it needs no minutes until a step is read back: there is nothing to judge in them', () => {
  expect(needed(prepared)).toEqual({ endpoint: true, deployments: true });
  const bare: Facts = { endpoint: endpoint({ [OLD]: 100 }), deployments: BOTH };
  expect(pass(prepared, { facts: bare }).actions).toMatchObject([{ do: 'setTraffic', desired: TEN }]);
});

describe('a step', () => {
  test('is preceded by the champion’s own rates', () => {
    const { next, actions, lookInMs } = pass(fresh, { facts: { ...before, minutes: minutes(60, () => ({ [OLD]: arm(1000, 1) }), -60) } }); // prettier-ignore
    expect(next.release).toMatchObject({ baseline: { minutes: 60, requests: 60_000, errors: 60 }, step: 0 });
    expect([actions, lookInMs]).toEqual([[], 0]);
  });

  test('that cannot be judged by its deadline is refused before anything moves, unless a person has promoted it', () => {
    const seldom = { ...before, minutes: minutes(1440, () => ({ [OLD]: arm(6) }), -1440) };
    const { next, actions } = pass(fresh, { facts: { ...seldom, minutes: seldom.minutes.map((minute, i) => (i % 20 === 0 ? { ...minute, arms: { [OLD]: arm(6, 1) } } : minute)) } });
    expect(next.release).toMatchObject({ phase: 'rollingBack', rollback: { cause: 'cannotBeJudged', sentence: expect.stringContaining('at 6 requests a minute, of which 0.83 % fail') } });
    expect(actions).toEqual([]);
    const promoted = { ...fresh, release: { ...fresh.release, promoted: { actor: 'ada', reason: 'x', at: iso() } } };
    expect(pass(promoted, { facts: seldom }).next.release).toMatchObject({ phase: 'shifting', baseline: { spanMinutes: 1440 } });
  }); // prettier-ignore

  test('keeps what each will take, by the champion’s past', () => {
    const day = minutes(120, (i) => ({ [OLD]: arm(1000, i % 10 === 0 ? 100 : 0) }), -120);
    expect(pass(fresh, { facts: { ...before, minutes: day } }).next.release?.plan).toMatchObject([{ percent: 10 }, { percent: 50 }]);
  }); // prettier-ignore

  test('asks for its split under a new generation', () => {
    const { actions, next, lookInMs } = pass(prepared, { facts: before });
    expect(actions).toEqual([{ do: 'setTraffic', expected: { [OLD]: 100 }, desired: TEN, generation: 4 }]);
    expect(next.traffic).toMatchObject({ desired: TEN, generation: 4, verified: { split: { [OLD]: 100 } } });
    expect(next.release).toMatchObject({ exposedSince: iso() });
    expect(lookInMs).toBe(10_000);
  });

  test('counts from the look that showed its split', () => {
    const taken = pass(prepared, { facts: before }).next;
    const { next, lookInMs } = pass(taken, { facts: facts(), at: 10_000 });
    expect(next.release).toMatchObject({ stepVerifiedAt: iso(10_000), trail: [{ percent: 10, at: iso(10_000) }] });
    expect([next.traffic?.verified, lookInMs]).toEqual([{ split: TEN, at: iso(10_000) }, MINUTE_MS]);
  });

  test.each<[string, readonly DeploymentFact[]]>([
    ['gone', [deployment(OLD, '6')]],
    ['failed', [deployment(OLD, '6'), deployment(NEW, '7', { state: 'failed' })]],
    ['updating', [deployment(OLD, '6'), deployment(NEW, '7', { state: 'updating' })]],
  ])('is not taken to a challenger that is %s: turned back', (_, deployments) => {
    const { next, actions } = pass(prepared, { facts: { ...before, deployments } });
    expect(next.release).toMatchObject({ phase: 'rollingBack', rollback: { cause: 'deploymentLost' } });
    expect(actions).toEqual([]);
  });

  test('is not taken without a way back, which has a deadline', () => {
    const deployments = [deployment(OLD, '6', { state: 'failed' }), deployment(NEW, '7')];
    const waiting = pass(prepared, { facts: { ...before, deployments } });
    expect(waiting).toMatchObject({ actions: [], rules: ['shift.noWayBack'], lookInMs: MINUTE_MS });
    const late = pass(prepared, { facts: { ...before, deployments }, at: policy.rollout.deadlineMs + 1 });
    expect(late.next.release).toMatchObject({ phase: 'rollingBack', rollback: { cause: 'deadline' } });
  });

  test('is not taken while paused', () => {
    expect(pass({ ...prepared, conditions: paused }, { facts: before })).toMatchObject({ actions: [], rules: ['shift.mayNotMove'] }); // prettier-ignore
  });
});

describe('a judged step', () => {
  const rows: [string, Partial<Release>, Facts, number, (next: Lifecycle) => unknown, unknown][] = [
    ['healthy but not baked stays', {}, facts({ minutes: healthy(4) }), 9 * MINUTE_MS, (n) => n.release?.step, 0],
    ['healthy and baked goes on', {}, facts({ minutes: healthy(30) }), 35 * MINUTE_MS, (n) => n.release?.step, 1],
    ['without requests stays, baked or not', {}, facts(), HOUR_MS, (n) => n.release?.step, 0],
    ['without requests ends at the deadline', {}, facts(), policy.rollout.deadlineMs + 1, (n) => n.release?.rollback?.cause, 'deadline'], // prettier-ignore
    ['failing turns back', {}, facts({ minutes: failing(10) }), 15 * MINUTE_MS, (n) => n.release?.rollback?.cause, 'canary'], // prettier-ignore
    ['failing turns back, promoted or not', { promoted: { actor: 'a', reason: 'r', at: iso() } }, facts({ minutes: failing(10) }), 15 * MINUTE_MS, (n) => n.release?.rollback?.cause, 'canary'], // prettier-ignore
    ['promoted skips to the last step', { promoted: { actor: 'a', reason: 'r', at: iso() } }, facts(), MINUTE_MS, (n) => n.release?.step, 2], // prettier-ignore
  ];
  test.each(rows)('%s', (_, release, given, at, read, expected) => {
    expect(read(pass(shifting(release), { facts: given, at }).next)).toBe(expected);
  });

  test('undecided is turned back where the policy says so, once it took longer than it should', () => {
    const strict = policyOf('onInconclusive: rollback');
    const { next } = pass(shifting(), { facts: facts(), at: 35 * MINUTE_MS - 1, policy: strict });
    expect(next.release?.phase).toBe('shifting');
    const late = pass(shifting(), { facts: facts(), at: 35 * MINUTE_MS, policy: strict });
    expect(late.next.release?.rollback).toMatchObject({ cause: 'undecided' });
    const expected = { plan: [{ percent: 10, minutes: 40, requests: 400, atRisk: 100 }] };
    const patient = pass(shifting(expected), { facts: facts(), at: 85 * MINUTE_MS - 1, policy: strict });
    expect(patient.next.release?.phase).toBe('shifting');
  });

  test('undecided for longer than it should is told once a step, and held', () => {
    const early = pass(shifting(), { facts: facts(), at: 35 * MINUTE_MS - 1 });
    expect(early.notices).toEqual([]);
    const first = pass(shifting(), { facts: facts(), at: 35 * MINUTE_MS });
    expect(first.notices).toMatchObject([{ id: 'r7-stepUndecided-0', kind: 'stepUndecided', audience: 'decide', steps: [{ percent: 10 }], deadline: iso(DAY_MS) }]);
    expect(pass(first.next, { facts: facts(), at: 36 * MINUTE_MS }).notices).toEqual([]);
    const next = { ...first.next.release, step: 1 } as Release;
    const split = { [OLD]: 50, [NEW]: 50 };
    const traffic = { desired: split, generation: 4, verified: { split, at: iso() } };
    const again = pass({ ...first.next, traffic, release: next }, { facts: facts({ endpoint: endpoint(split) }), at: 37 * MINUTE_MS });
    expect(again.notices).toMatchObject([{ id: 'r7-stepUndecided-1' }]);
  }); // prettier-ignore

  test('that has passed and only may not go on is not turned back at the deadline', () => {
    const frozen = shifting({ exposedSince: iso(-2 * DAY_MS) }, { conditions: paused });
    expect(pass(frozen, { facts: facts({ minutes: healthy(30) }), at: 35 * MINUTE_MS }).next.release?.phase).toBe(
      'shifting',
    );
    expect(pass(frozen, { facts: facts(), at: 35 * MINUTE_MS }).next.release?.rollback?.cause).toBe('deadline');
  });

  test('beside a champion that is unwell is held, and people are paged once, at once', () => {
    const ill = minutes(5, () => ({ [OLD]: arm(900, 200), [NEW]: arm(100, 22) }));
    const first = pass(shifting(), { facts: facts({ minutes: ill }), at: 10 * MINUTE_MS });
    expect(first.next.release).toMatchObject({ phase: 'shifting', told: { unwell: iso(10 * MINUTE_MS) } });
    expect(first.notices).toMatchObject([{ id: 'r7-championUnwell', kind: 'championUnwell', audience: 'page', harm: { requests: 500, errors: 110 } }]);
    expect(pass(first.next, { facts: facts({ minutes: ill }), at: 11 * MINUTE_MS }).notices).toEqual([]);
  }); // prettier-ignore

  test('paused is judged and taken back, but goes no further', () => {
    const row = shifting({}, { conditions: paused });
    expect(pass(row, { facts: facts({ minutes: healthy(30) }), at: 35 * MINUTE_MS }).next.release?.step).toBe(0);
    expect(pass(row, { facts: facts({ minutes: failing(10) }), at: 15 * MINUTE_MS }).next.release?.phase).toBe('rollingBack'); // prettier-ignore
  });

  test.each([
    ['paused', { conditions: paused }, BOTH],
    ['without a way back', {}, [deployment(OLD, '6', { state: 'updating' }), deployment(NEW, '7')]],
  ] as const)('whose next step waits (%s) is judged on', (_, row, deployments) => {
    const waiting = shifting({ step: 1 }, row);
    const ok = pass(waiting, { facts: facts({ minutes: healthy(30), deployments }), at: 35 * MINUTE_MS });
    expect([ok.next.release?.phase, ok.next.release?.step, ok.actions]).toEqual(['shifting', 1, []]);
    const bad = pass(waiting, { facts: facts({ minutes: failing(10), deployments }), at: 15 * MINUTE_MS });
    expect(bad.next.release).toMatchObject({ phase: 'rollingBack', rollback: { cause: 'canary' } });
  });

  test('leaves what it exposed in the total when the next begins', () => {
    const judged = pass(shifting(), { facts: facts({ minutes: healthy(30) }), at: 35 * MINUTE_MS }).next;
    const { next, actions } = pass(judged, { facts: facts(), at: 17 * MINUTE_MS });
    expect(actions).toMatchObject([{ desired: { [OLD]: 50, [NEW]: 50 }, generation: 5 }]);
    expect(next.release).toMatchObject({ exposed: { requests: 3000, errors: 30 }, step: 1 });
    expect([next.release?.canary, next.release?.stepVerifiedAt]).toEqual([undefined, undefined]);
  });
});

test('the last step goes to the watch', () => {
  const { exposed: _, ...row } = shifting({ step: 2 }).release;
  const all = { [NEW]: 100 };
  const last = { ...shifting(), release: (({ stepVerifiedAt: __, ...rest }) => rest)(row), traffic: { desired: all, generation: 6, verified: { split: TEN, at: iso() } } }; // prettier-ignore
  const { next } = pass(last, { facts: facts({ endpoint: endpoint(all) }), at: 10_000 });
  expect(next.release).toMatchObject({ phase: 'watching', stepVerifiedAt: iso(10_000) });
  expect(next.champion?.version).toBe('6');
});

test('a split that Azure calls invalid turns back', () => {
  const invalid = item({ kind: 'outcome', release: 7, outcome: { of: 'setTraffic', result: 'refused', code: 'invalid', message: 'no such deployment' } }); // prettier-ignore
  expect(pass(shifting(), { items: [invalid] }).next.release).toMatchObject({ phase: 'rollingBack', rollback: { cause: 'invalid' } }); // prettier-ignore
});

const there = (traffic: Record<string, number>) => ({ endpoint: endpoint(traffic), deployments: [deployment(NEW, '7')], minutes: [] }); // prettier-ignore

describe('a first version', () => {
  const begun = pass(firstRelease('shifting'), { facts: there({}) }).next;

  test('takes all traffic at once and is watched: nobody shares, nobody is compared', () => {
    const taken = pass(begun, { facts: there({}) });
    expect(taken.actions).toEqual([{ do: 'setTraffic', expected: {}, desired: { [NEW]: 100 }, generation: 1 }]);
    const { next } = pass(taken.next, { facts: there({ [NEW]: 100 }), at: 10_000 });
    expect(next.release).toMatchObject({ phase: 'watching', trail: [{ percent: 100, at: iso(10_000) }] });
    const served = { ...there({ [NEW]: 100 }), minutes: minutes(30, () => ({ [NEW]: arm(100) })) };
    const done = pass(next, { facts: served, at: policy.rollout.watchMs + 10_000 });
    expect(done.next.champion).toMatchObject({ version: '7', deployment: NEW, release: 1 });
    expect(done.next.ended[0]).toMatchObject({ end: 'released' });
  });

  test('whose write got lost asks again: nobody else moved traffic', () => {
    const taken = pass(begun, { facts: there({}) });
    const { actions, next } = pass(taken.next, { facts: there({}), at: 10_000 });
    expect(actions).toMatchObject([{ do: 'setTraffic', desired: { [NEW]: 100 } }]);
    expect(next.conditions.held).toBeUndefined();
  });

  test('finds that somebody gave the endpoint traffic meanwhile: turns back, and leaves that alone', () => {
    const turned = pass(begun, { facts: there({ hand: 100 }) });
    expect(turned.next.release).toMatchObject({ phase: 'rollingBack', rollback: { cause: 'foreign' } });
    const { next, actions } = pass(turned.next, { facts: there({ hand: 100 }), at: 1000 });
    expect(actions).toEqual([]);
    expect(next.ended[0]).toMatchObject({ end: 'rolledBack', cause: 'foreign' });
  });

  test('that was rolled back leaves the endpoint without traffic', () => {
    const live = pass(pass(begun, { facts: there({}) }).next, { facts: there({ [NEW]: 100 }), at: 10_000 }).next;
    const turned = pass(live, { items: [command('rollback', { release: 1 })], facts: there({ [NEW]: 100 }), at: MINUTE_MS }); // prettier-ignore
    const { actions } = pass(turned.next, { facts: there({ [NEW]: 100 }), at: MINUTE_MS });
    expect(actions).toMatchObject([{ do: 'setTraffic', expected: { [NEW]: 100 }, desired: {} }]);
  });
});
