import { describe, expect, test } from 'vitest';
import { newLifecycle, type Lifecycle } from '../../../../src/lib/core/lifecycle.ts';
import type { Facts, VersionFact } from '../../../../src/lib/core/step.ts';
import {
  deployment,
  endpoint,
  iso,
  KEY,
  modelId,
  needed,
  OLD,
  pass,
  policyOf,
  registered,
  releasing, without,
} from '../given.ts'; // prettier-ignore

const version: VersionFact = { version: '7', id: modelId('7'), archived: false, tags: {} };
const facts: Facts = { version, endpoint: endpoint({ [OLD]: 100 }), deployments: [deployment(OLD, '6')] };
const known = releasing('registered');
const unseen: Lifecycle = {
  ...newLifecycle(KEY),
  counters: { release: 7, evaluation: 0 },
  release: without(known.release, 'fallback'),
};

test('a registered version waits, starts, and is looked up with its endpoint', () => {
  const waiting = pass(newLifecycle(KEY), { items: [registered('7')] });
  expect(waiting.next.release).toMatchObject({ number: 1, version: '7', phase: 'registered', policy: 'p1' });
  expect(waiting.next.waiting).toBeUndefined();
  expect(waiting.lookInMs).toBe(0);
  expect(needed(waiting.next)).toEqual({ version: '7', endpoint: true, deployments: true });
});

describe('phase registered goes on', () => {
  test('with the champion as the way back', () => {
    const { next, rules, lookInMs, notices } = pass(known, { facts });
    expect(next.release).toMatchObject({ phase: 'evaluating', fallback: { version: '6', deployment: OLD } });
    expect(rules).toEqual(['register.evaluate']);
    expect([lookInMs, notices]).toEqual([0, []]);
  });

  test('after adopting the one deployment that serves an endpoint never seen before', () => {
    const { next, rules } = pass(unseen, { facts });
    expect(next.champion).toEqual({ version: '6', deployment: OLD, since: iso() });
    expect(next.traffic).toEqual({ desired: { [OLD]: 100 }, generation: 0, verified: { split: { [OLD]: 100 }, at: iso() } }); // prettier-ignore
    expect(next.release?.fallback).toEqual({ version: '6', deployment: OLD });
    expect(rules).toEqual(['adopt.champion', 'register.evaluate']);
  });

  test('without a champion where nobody serves', () => {
    const { next } = pass(unseen, { facts: { ...facts, endpoint: endpoint({ [OLD]: 0 }) } });
    expect([next.release?.phase, next.champion, next.release?.fallback]).toEqual(['evaluating', undefined, undefined]);
  });
});

describe('without an endpoint', () => {
  const says = policyOf('deployment: {instanceType: Standard_F4s_v2, createEndpoint: key}');
  const absent: Facts = { version, endpoint: 'absent', deployments: [] };

  test('it goes on where the policy says how to make one', () => {
    const { next, rules } = pass(unseen, { facts: absent, policy: says });
    expect([next.release?.phase, next.release?.fallback, rules]).toEqual(['evaluating', undefined, ['register.noEndpoint', 'register.evaluate']]); // prettier-ignore
  });

  test('one that was known and is gone is not made again: somebody deleted it', () => {
    expect(pass(known, { facts: absent, policy: says }).next.ended[0]).toMatchObject({ end: 'aborted', cause: 'noEndpoint' }); // prettier-ignore
  });
});

describe('phase registered ends', () => {
  const rows: [string, Lifecycle, Partial<Facts>, string, string, string | undefined][] = [
    ['no such version', known, { version: 'absent' }, 'aborted', 'noVersion', 'aborted'],
    ['an archived version', known, { version: { ...version, archived: true } }, 'aborted', 'archived', 'aborted'],
    ['no endpoint', known, { endpoint: 'absent' }, 'aborted', 'noEndpoint', 'aborted'],
    ['the champion itself', { ...known, champion: { version: '7', deployment: OLD, since: iso() } }, {}, 'aborted', 'alreadyServes', undefined], // prettier-ignore
    ['a newer one serves by now', { ...known, champion: { version: '10', deployment: OLD, since: iso() } }, {}, 'superseded', 'newerServes', 'superseded'], // prettier-ignore
    ['a newer one is found serving', unseen, { deployments: [deployment(OLD, '8')] }, 'superseded', 'newerServes', 'superseded'], // prettier-ignore
    ['the version found serving', unseen, { deployments: [deployment(OLD, '7')] }, 'aborted', 'alreadyServes', undefined], // prettier-ignore
  ];
  test.each(rows)('%s', (_, row, change, end, cause, told) => {
    const { next, closed, notices, lookInMs } = pass(row, { facts: { ...facts, ...change } });
    expect(next.release).toBeUndefined();
    expect(next.ended[0]).toMatchObject({ number: 7, version: '7', end, cause });
    expect(closed).toMatchObject({ end, cause, release: { number: 7 } });
    expect(notices.map(({ kind }) => kind)).toEqual(told === undefined ? [] : [told]);
    expect(lookInMs).toBe(0);
  });

  test('a policy without a gate tells and never releases', () => {
    const bare = policyOf('', (policy) => without(policy, 'gate', 'evaluation'));
    const { next, notices } = pass(known, { facts, policy: bare });
    expect(next.ended[0]).toMatchObject({ end: 'rejected', cause: 'noGate' });
    expect(notices).toHaveLength(1);
  });
});

describe('phase registered holds and asks', () => {
  const rows: [string, Partial<Facts>, RegExp][] = [
    ['traffic is split', { endpoint: endpoint({ [OLD]: 60, other: 40 }), deployments: [deployment(OLD, '6'), deployment('other', '5')] }, /split/], // prettier-ignore
    ['another model serves', { deployments: [{ name: OLD, state: 'ready', model: modelId('6', 'other-model') }] }, /another model/], // prettier-ignore
    ['a deployment without a model serves', { deployments: [{ name: OLD, state: 'ready' }] }, /another model/],
  ];
  test.each(rows)('%s', (_, change, reason) => {
    const first = pass(unseen, { facts: { ...facts, ...change } });
    expect(first.next.conditions.held?.reason).toMatch(reason);
    expect(first.next.champion).toBeUndefined();
    expect(first.notices.map(({ kind, audience }) => [kind, audience])).toEqual([['trafficHeld', 'decide']]);
    const second = pass(first.next, { facts: { ...facts, ...change }, at: 60_000 });
    expect([second.notices, second.next.release?.phase, second.lookInMs]).toEqual([[], 'registered', 60_000]);
    const mended = pass(second.next, { facts, at: 120_000 });
    expect([mended.next.release?.phase, mended.next.champion?.version]).toEqual(['evaluating', '6']);
  });

  test('an endpoint that is being changed is not adopted yet', () => {
    const { next, lookInMs } = pass(unseen, { facts: { ...facts, endpoint: endpoint({}, { state: 'busy' }) } });
    expect([next.release?.phase, next.traffic, lookInMs]).toEqual(['registered', undefined, 15_000]);
  });

  test('until nobody serves there any more: what follows is not held', () => {
    const split = { ...facts, endpoint: endpoint({ [OLD]: 60, other: 40 }) };
    const held = pass(unseen, { facts: split }).next;
    const { next } = pass(held, { facts: { ...facts, endpoint: endpoint({}) }, at: 60_000 });
    expect([next.release?.phase, next.conditions]).toEqual(['evaluating', {}]);
  });
});

test.each([
  ['the job that made it', 'train-7', { job: 'train-7' }],
  ['that it was registered by hand', undefined, {}],
])('a release remembers %s, and its messages tell it', (_, jobName, origin) => {
  const made: VersionFact = { ...version, ...(jobName === undefined ? {} : { jobName }) };
  const { next } = pass(known, { facts: { ...facts, version: made } });
  expect(next.release?.origin).toEqual(origin);
  const { notices } = pass(next, { facts: { evaluationPlan: {} } });
  expect(notices).toMatchObject([{ kind: 'rejected', origin }]);
});
