import { describe, expect, test } from 'vitest';
import type { Lifecycle } from '../../../../src/lib/core/lifecycle.ts';
import type { DeploymentFact } from '../../../../src/lib/core/step.ts';
import {
  AWAY, command, deployment, endpoint, firstRelease, HOUR_MS, iso, item, MINUTE_MS, needed, NEW, OLD, pass, policy, policyOf, releasing, without,
} from '../given.ts'; // prettier-ignore

const deploying = releasing('deploying', { deployment: NEW });
const champion = deployment(OLD, '6');
const facts = (...deployments: DeploymentFact[]) => ({ endpoint: endpoint({ [OLD]: 100 }), deployments });

test('it needs the endpoint and its deployments', () => {
  expect(needed(deploying)).toEqual({ endpoint: true, deployments: true });
});

describe('a deployment that is not there', () => {
  test('is created like the champion’s', () => {
    const { actions, lookInMs } = pass(deploying, { facts: facts(champion) });
    expect(actions).toEqual([{ do: 'createDeployment', deployment: NEW, version: '7', like: OLD }]);
    expect(lookInMs).toBe(30_000);
  });

  test('without a champion: like the only one there is, else like none', () => {
    const first = firstRelease('deploying');
    const there = (...deployments: DeploymentFact[]) => pass(first, { facts: { endpoint: endpoint({}), deployments } }).actions; // prettier-ignore
    expect(there(champion)).toMatchObject([{ like: OLD }]);
    expect(there(champion, deployment('x', '5'))).toEqual([{ do: 'createDeployment', deployment: NEW, version: '7' }]);
    expect(there()).toEqual([{ do: 'createDeployment', deployment: NEW, version: '7' }]);
  });

  test('is not created while paused, or while the endpoint is being changed', () => {
    const paused = { ...deploying, conditions: { paused: { since: iso(), actor: 'ada', reason: 'x' } } };
    expect(pass(paused, { facts: facts(champion) }).actions).toEqual([]);
    const busy = { endpoint: endpoint({ [OLD]: 100 }, { state: 'busy' }), deployments: [champion] };
    expect(pass(deploying, { facts: busy }).actions).toEqual([]);
  });
});

describe('a deployment that is there', () => {
  const mine = deployment(NEW, '7');
  test('and ready: smoke test, or straight to the steps', () => {
    expect(pass(deploying, { facts: facts(champion, mine) }).next.release?.phase).toBe('smokeTesting');
    const plain = policyOf('');
    expect(pass(deploying, { facts: facts(champion, mine), policy: plain }).next.release?.phase).toBe('shifting');
  });

  test.each(['creating', 'updating', 'deleting'] as const)('and %s: waited for', (state) => {
    const { next, actions, lookInMs } = pass(deploying, { facts: facts(champion, { ...mine, state }) });
    expect([next, actions, lookInMs]).toEqual([deploying, [], 30_000]);
  });

  const turns: [string, DeploymentFact, number, string][] = [
    ['failed', { ...mine, state: 'failed' }, 0, 'deploymentFailed'],
    ['somebody else’s', { ...mine, stewardId: 'someone' }, 0, 'nameTaken'],
    ['nobody’s', without(mine, 'stewardId'), 0, 'nameTaken'],
    ['not ready in time', { ...mine, state: 'creating' }, policy.rollout.deployDeadlineMs + 1, 'deadline'],
  ];
  test.each(turns)('but %s: turns back', (_, fact, at, cause) => {
    const { next, lookInMs, notices } = pass(deploying, { facts: facts(champion, fact), at });
    expect(next.release).toMatchObject({ phase: 'rollingBack', rollback: { cause } });
    expect([lookInMs, notices]).toEqual([0, []]);
    expect(next.traffic).toEqual(deploying.traffic);
  });
});

const refused = (code: string) => item({ kind: 'outcome', release: 7, outcome: { of: 'createDeployment', result: 'refused', code, message: 'no' } }); // prettier-ignore

describe('a refusal', () => {
  test.each(['quota', 'invalid', 'foreign', 'forbidden', 'notFound'])('%s turns back, with its words', (code) => {
    const { next, actions } = pass(deploying, { items: [refused(code)] });
    expect(next.release).toMatchObject({ phase: 'rollingBack', rollback: { cause: code, sentence: 'no' } });
    expect(actions).toEqual([]);
  });

  test('of another release, or too late, changes nothing', () => {
    const old = item({ kind: 'outcome', release: 6, outcome: { of: 'createDeployment', result: 'refused', code: 'quota', message: 'no' } }); // prettier-ignore
    expect(pass(deploying, { items: [old], facts: facts(champion) }).next.release?.phase).toBe('deploying');
    const smoking = releasing('smokeTesting', { deployment: NEW, smoke: { attempt: 1, askedAt: iso() } });
    expect(pass(smoking, { items: [refused('quota')], facts: facts(champion) }).next.release?.phase).toBe('smokeTesting'); // prettier-ignore
  });
});

test('what never served is taken back without touching traffic, and a namesake is left to its owner', () => {
  const namesake = { ...deployment(NEW, '7'), stewardId: 'someone' };
  const turned = pass(deploying, { facts: facts(champion, namesake) }).next;
  const { actions, next, notices } = pass(turned, { facts: facts(champion, namesake), at: MINUTE_MS });
  expect(actions).toEqual([]);
  expect(next.ended[0]).toMatchObject({ end: 'rolledBack', cause: 'nameTaken' });
  expect(next.retiring).toEqual([]);
  expect(notices).toMatchObject([{ kind: 'rolledBack', audience: 'inform' }]);
  expect(notices[0]).not.toHaveProperty('keptUntil');
});

test('a creation that keeps failing beside reads that succeed is asked for later and later', () => {
  let row: Lifecycle = deploying;
  const waits: number[] = [];
  for (let at = 0; waits.length < 5;) {
    const asked = pass(row, { facts: facts(champion), at });
    expect(asked.actions).toHaveLength(1);
    const failed = item({ kind: 'outcome', release: 7, outcome: { of: 'createDeployment', result: 'unavailable', provider: 'Azure ML', message: 'HTTP 503' } }); // prettier-ignore
    const met = pass(asked.next, { items: [failed], facts: facts(champion), at: at + 1000 });
    waits.push(met.lookInMs ?? 0);
    row = met.next;
    at += 1000 + (met.lookInMs ?? 0);
  }
  expect(waits).toEqual([10_000, 20_000, 40_000, 80_000, 160_000]);
  const made = pass(row, { facts: facts(champion, deployment(NEW, '7', { state: 'creating' })), at: 10 * MINUTE_MS });
  expect(made.next.conditions).toEqual({});
});

test('a pause stops the clock, and it starts anew afterwards', () => {
  const conditions = { paused: { since: iso(), actor: 'ada', reason: 'weekend' } };
  const known = facts(champion);
  const row = { ...deploying, conditions };
  const late = policy.rollout.deployDeadlineMs + HOUR_MS;
  expect(pass(row, { facts: known, at: late }).next.release?.phase).toBe('deploying');
  expect(pass(row, { facts: AWAY, at: late }).next.release?.phase).toBe('deploying');
  const over = { ...deploying, conditions: { paused: { ...conditions.paused, until: iso(late) } } };
  for (const after of [pass(row, { items: [command('resume')], at: late }).next, pass(over, { facts: known, at: late }).next]) {
    expect(after.release).toMatchObject({ phase: 'deploying', phaseSince: iso(late) });
    expect(pass(after, { facts: known, at: late + HOUR_MS / 2 }).next.release?.phase).toBe('deploying');
    expect(pass(after, { facts: known, at: 2 * late }).next.release?.rollback?.cause).toBe('deadline');
  }
}); // prettier-ignore
