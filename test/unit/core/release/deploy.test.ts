import { describe, expect, test } from 'vitest';
import type { Lifecycle } from '../../../../src/lib/core/lifecycle.ts';
import type { Artifact } from '../../../../src/lib/core/release/state.ts';
import type { DeploymentFact } from '../../../../src/lib/core/step.ts';
import {
  AWAY, command, deployment, endpoint, firstRelease, HOUR_MS, iso, item, MINUTE_MS, needed, NEW, OLD, pass, policy, policyOf, releasing, without,
} from '../given.ts'; // prettier-ignore

const deploying = releasing('deploying', { deployment: NEW });
const champion = deployment(OLD, '6');
const facts = (...deployments: DeploymentFact[]) => ({ endpoint: endpoint({ [OLD]: 100 }), deployments });

const room = (freeCores: number) => ({ ...facts(champion), room: { instanceType: 'Standard_F4s_v2', family: 'standardFSv2Family', neededCores: 4, freeCores } }); // prettier-ignore

test('it needs the endpoint and its deployments', () => {
  const once = { endpoint: true, deployments: true };
  expect(needed(deploying)).toEqual({ ...once, room: { like: OLD, plan: {} } });
  expect(needed(releasing('deploying', { deployment: NEW, deployAskedAt: iso() }))).toEqual(once);
});

describe('a deployment that is not there', () => {
  test('is created like the champion’s', () => {
    const { actions, lookInMs } = pass(deploying, { facts: facts(champion) });
    expect(actions).toEqual([{ do: 'createDeployment', deployment: NEW, version: '7', like: OLD, plan: {} }]);
    expect(lookInMs).toBe(30_000);
  });

  test('without a champion: like the only one there is, else like none', () => {
    const first = firstRelease('deploying');
    const there = (...deployments: DeploymentFact[]) => pass(first, { facts: { endpoint: endpoint({}), deployments } }).actions; // prettier-ignore
    expect(there(champion)).toMatchObject([{ like: OLD }]);
    expect(there(champion, deployment('x', '5'))).toEqual([
      { do: 'createDeployment', deployment: NEW, version: '7', plan: {} },
    ]);
    expect(there()).toEqual([{ do: 'createDeployment', deployment: NEW, version: '7', plan: {} }]);
  });

  test('is created as the policy says it', () => {
    const says = policyOf('deployment: {instanceType: Standard_F4s_v2, instances: 2, environment: "mail:3", requestTimeout: 30s, createEndpoint: key}'); // prettier-ignore
    const { actions } = pass(deploying, { facts: facts(champion), policy: says });
    const plan = { instanceType: 'Standard_F4s_v2', instances: 2, environment: 'mail:3', requestTimeoutMs: 30_000 };
    expect(actions).toEqual([{ do: 'createDeployment', deployment: NEW, version: '7', like: OLD, plan }]);
  });

  describe('at an endpoint that is not there either', () => {
    const first = firstRelease('deploying');
    const says = policyOf('deployment: {instanceType: Standard_F4s_v2, createEndpoint: aadToken}');
    const absent = { endpoint: 'absent', deployments: [] } as const;

    test('is asked for with how the endpoint is made', () => {
      expect(pass(first, { facts: absent, policy: says }).actions).toEqual([
        { do: 'createDeployment', deployment: NEW, version: '7', plan: { instanceType: 'Standard_F4s_v2', createEndpoint: 'aadToken' } },
      ]); // prettier-ignore
    });

    test('waits while that is being made, and is then asked for alone', () => {
      const making = { endpoint: endpoint({}, { state: 'busy' }), deployments: [] };
      const waits = pass(first, { facts: making, policy: says });
      expect([waits.actions, waits.rules, waits.next.conditions]).toEqual([[], ['deploy.endpointBusy'], {}]);
      const made = pass(first, { facts: { endpoint: endpoint({}), deployments: [] }, policy: says });
      expect(made.actions).toEqual([{ do: 'createDeployment', deployment: NEW, version: '7', plan: { instanceType: 'Standard_F4s_v2' } }]); // prettier-ignore
    });

    test('is not asked for where the policy does not say so: it ends with the deadline, at once', () => {
      const waits = pass(first, { facts: absent });
      expect([waits.actions, waits.next.release?.phase]).toEqual([[], 'deploying']);
      const turned = pass(first, { facts: absent, at: 2 * HOUR_MS });
      const ended = pass(turned.next, { facts: absent, at: 2 * HOUR_MS });
      expect(ended.next.ended[0]).toMatchObject({ end: 'rolledBack', cause: 'deadline' });
    });
  });

  test('is not created while paused, or while the endpoint is being changed', () => {
    const paused = { ...deploying, conditions: { paused: { since: iso(), actor: 'ada', reason: 'x' } } };
    expect(pass(paused, { facts: facts(champion) }).actions).toEqual([]);
    const busy = { endpoint: endpoint({ [OLD]: 100 }, { state: 'busy' }), deployments: [champion] };
    expect(pass(deploying, { facts: busy }).actions).toEqual([]);
  });
});

describe('without room for it', () => {
  const waits = pass(deploying, { facts: room(3) });

  test('it is not asked for: people hear of it once, and it is looked for again', () => {
    expect([waits.actions, waits.lookInMs]).toEqual([[], 5 * MINUTE_MS]);
    expect(waits.notices).toMatchObject([{
      kind: 'noRoom', audience: 'decide', deadline: iso(policy.rollout.deployDeadlineMs),
      sentence: 'Another deployment on Standard_F4s_v2 needs 4 cores of standardFSv2Family, and 3 are free.',
    }]); // prettier-ignore
    const later = pass(waits.next, { facts: room(-2), at: HOUR_MS / 2 });
    expect([later.actions, later.notices, later.next.release?.noRoom?.since]).toEqual([[], [], iso()]);
  });

  test('it is given up when people were told that it would be', () => {
    const near = pass(waits.next, { facts: room(3), at: policy.rollout.deployDeadlineMs - MINUTE_MS });
    expect(near.lookInMs).toBe(MINUTE_MS + 1000);
    const late = pass(near.next, { facts: room(3), at: policy.rollout.deployDeadlineMs + 1000 });
    expect(late.next.release).toMatchObject({ phase: 'rollingBack', rollback: { cause: 'quota' } });
  });

  test('what is kept at 0 % is named: it may be what takes the room', () => {
    const kept = { ...deploying, retiring: [{ version: '5', deployment: 'm5', until: iso(HOUR_MS) }] };
    expect(pass(kept, { facts: room(0) }).notices[0]?.sentence).toContain('0 are free. Kept at 0 % for now: m5.');
  });

  test('as soon as there is enough it is asked for, and nobody counts cores again', () => {
    const made = pass(waits.next, { facts: room(4), at: 5 * MINUTE_MS });
    expect(made.actions).toMatchObject([{ do: 'createDeployment', deployment: NEW }]);
    expect([made.next.release?.noRoom, made.next.release?.deployAskedAt]).toEqual([undefined, iso(5 * MINUTE_MS)]);
    expect(needed(made.next)).not.toHaveProperty('room');
  });

  test('where nobody says, Azure’s own answer counts', () => {
    expect(pass(deploying, { facts: { ...facts(champion), room: 'unknown' } }).actions).toHaveLength(1);
  });

  test('none until the deadline: taken back, and the cores are the reason', () => {
    const { next } = pass(waits.next, { facts: room(0), at: policy.rollout.deployDeadlineMs + 1 });
    expect(next.release?.rollback).toMatchObject({ cause: 'quota', sentence: expect.stringContaining('3 are free') });
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

const look = (artifact: Artifact | undefined, ...deployments: DeploymentFact[]) => ({
  ...facts(champion, ...deployments),
  ...(artifact && { artifact }),
});

describe('what is deployed is what was judged', () => {
  const mine = deployment(NEW, '7');
  const judged: Artifact = { digest: 'd1', files: 2, verifiable: true };
  const hidden: Artifact = { digest: 'd2', files: 0, verifiable: false, why: 'nobody may read it' };
  const row = (artifact: Artifact = judged) => releasing('deploying', { deployment: NEW, artifact });
  const strict = policyOf('', (p) => (p.evaluation ? { ...p, evaluation: { ...p.evaluation, artifact: 'verify' } } : p)); // prettier-ignore

  test('so its files are read again with each look', () => {
    expect(needed(row())).toMatchObject({ endpoint: true, deployments: true, artifact: '7' });
  });

  test('the same: created, and on to traffic when ready', () => {
    expect(pass(row(), { facts: look(judged) }).actions).toMatchObject([{ do: 'createDeployment' }]);
    const { next } = pass(row(), { facts: look(judged, mine) });
    expect(next.release).toMatchObject({ phase: 'smokeTesting', artifact: judged });
  });

  test('not read yet: neither created nor taken as ready', () => {
    for (const there of [look(undefined), look(undefined, mine)]) {
      const { next, actions } = pass(row(), { facts: there });
      expect([next.release?.phase, actions]).toEqual(['deploying', []]);
    }
  });

  test('changed before it is deployed: rejected, traffic as it was, and a late creation is looked for', () => {
    const { next, actions, notices } = pass(row(), { facts: look({ ...judged, digest: 'other' }) });
    expect(next.ended[0]).toMatchObject({ end: 'rejected', cause: 'artifactChanged' });
    expect(notices).toMatchObject([{ kind: 'rejected', sentence: 'Its files are not those that were judged: they changed since then.' }]); // prettier-ignore
    expect([actions, next.traffic, next.retiring]).toEqual([[], deploying.traffic, [{ version: '7', deployment: NEW, until: iso(10 * MINUTE_MS) }]]); // prettier-ignore
  });

  test('changed while the deployment was made: it turns back', () => {
    const { next } = pass(row(), { facts: look({ ...judged, digest: 'other' }, mine) });
    expect(next.release).toMatchObject({ phase: 'rollingBack', rollback: { cause: 'artifactChanged' } });
  });

  test.each<[string, Artifact, Artifact]>([
    ['not to be listed any more', judged, hidden],
    ['never to be listed', hidden, hidden],
    ['to be listed only now', hidden, judged],
  ])('%s: goes on and tells, or is rejected where the policy insists', (_, before, now) => {
    const why = 'nobody may read it';
    expect(pass(row(before), { facts: look(now) }).actions).toMatchObject([{ do: 'createDeployment' }]);
    const { next } = pass(row(before), { facts: look(now, mine) });
    expect(next.release).toMatchObject({ phase: 'smokeTesting', artifact: { verifiable: false, why } });
    const waits = pass(row(before), { facts: look(now), policy: strict, at: 14 * MINUTE_MS });
    expect([waits.actions, waits.next.release?.phase]).toEqual([[], 'deploying']);
    const ends = pass(row(before), { facts: look(now), policy: strict, at: 15 * MINUTE_MS });
    expect(ends.next.ended[0]).toMatchObject({ end: 'rejected', cause: 'artifactNotVerifiable' });
    expect(ends.notices[0]).toMatchObject({ sentence: `Its files cannot be verified: ${why}.` });
  });

  test('registered anew from another place, in which nobody may look either: rejected', () => {
    const { next } = pass(row(hidden), { facts: look({ ...hidden, digest: 'd3' }) });
    expect(next.ended[0]).toMatchObject({ end: 'rejected', cause: 'artifactChanged' });
  });

  test('of a release that began before there was any of this: not asked', () => {
    expect(pass(deploying, { facts: look(undefined, mine) }).next.release?.phase).toBe('smokeTesting');
  });
});
