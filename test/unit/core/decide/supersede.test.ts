import { describe, expect, test } from 'vitest';
import type { Lifecycle } from '../../../../src/lib/core/lifecycle.ts';
import type { Facts } from '../../../../src/lib/core/step.ts';
import {
  arm, BOTH, command, copied, deployment, endpoint, HOUR_MS, iso, minutes, MINUTE_MS, NEW, OLD, pass, policyOf, registered, releasing, rollingBack, shadowing, shifting, watching, without,
} from '../given.ts'; // prettier-ignore

const policy = policyOf('onNewerVersion: supersede, shadow: {percent: 20%, for: 1h}, smokeTest: {request: smoke.json}');
const patient = policyOf('shadow: {percent: 20%, for: 1h}, smokeTest: {request: smoke.json}');
const ALONE = { [OLD]: 100 };
const TEN = { [OLD]: 90, [NEW]: 10 };
const newer = () => registered('8');
const facts = (more: Partial<Facts> = {}): Facts => ({ endpoint: endpoint(ALONE), deployments: BOTH, minutes: [], ...more }); // prettier-ignore
const told = (row: Lifecycle, given: Facts = facts(), by = policy) => pass(row, { items: [newer()], facts: given, policy: by }); // prettier-ignore
const evaluation = { job: 'e1', template: 't', data: 'd', dataVersion: '1', submittedAt: iso() };

describe('before it has a deployment it ends at once', () => {
  test.each(['registered', 'evaluating', 'gating', 'awaitingDecision', 'awaitingApproval'] as const)('%s', (phase) => {
    const { next, notices, actions, lookInMs } = told(releasing(phase));
    expect(next.ended[0]).toMatchObject({ version: '7', end: 'superseded' });
    expect(notices).toMatchObject([{ kind: 'superseded', audience: 'inform', version: '7', champion: '6', sentence: expect.stringContaining('Version 8 is newer') }]); // prettier-ignore
    expect([next.release, next.waiting?.version, actions, lookInMs]).toEqual([undefined, '8', [], 0]);
    expect(pass(next, { policy }).next.release).toMatchObject({ version: '8', number: 8, phase: 'registered' });
  });

  test('and its evaluation job need not go on', () => {
    const { actions, next } = told(releasing('evaluating', { evaluation }));
    expect([actions, next.release]).toEqual([[{ do: 'cancelJob', job: 'e1' }], undefined]);
  });
});

describe('from then on it is turned back', () => {
  test.each([
    ['deploying', releasing('deploying', { deployment: NEW }), facts()],
    ['smokeTesting', releasing('smokeTesting', { deployment: NEW }), facts()],
    ['shadowing', shadowing(), facts({ endpoint: copied() })],
    ['shifting', shifting(), facts({ endpoint: endpoint(TEN) })],
  ])('%s', (_, row, given) => {
    const { next } = told(row, given);
    expect(next.release).toMatchObject({ phase: 'rollingBack', rollback: { cause: 'superseded' } });
    expect(next.waiting?.version).toBe('8');
  });

  test('and the newer one begins where that is verified: no live request and no copy goes to it', () => {
    let row: Lifecycle = told(shadowing(), facts({ endpoint: copied() })).next;
    row = pass(row, { facts: facts({ endpoint: copied() }), policy, at: 1000 }).next;
    expect(row.release).toMatchObject({ version: '7', phase: 'rollingBack' });
    const off = facts({ endpoint: endpoint(ALONE, { stewardGeneration: 5 }) });
    row = pass(row, { facts: off, policy, at: 20_000 }).next;
    const { next, notices } = pass(row, { facts: off, policy, at: 20_000 });
    expect(next.ended[0]).toMatchObject({ version: '7', end: 'superseded', cause: 'superseded' });
    expect(notices).toMatchObject([{ kind: 'superseded', restoredAt: iso(20_000) }]);
    expect(pass(next, { policy, at: 20_000 }).next.release?.version).toBe('8');
  });

  test('and what had live requests is verified by settled minutes, as ever', () => {
    const restored = rollingBack({ rollback: { cause: 'superseded', reasons: [], sentence: 's', decidedAt: iso(), restoredAt: iso() } }, { waiting: { version: '8', since: iso() }, traffic: { desired: ALONE, generation: 5, verified: { split: ALONE, at: iso() } } }); // prettier-ignore
    const back = (count: number) => facts({ endpoint: endpoint(ALONE, { stewardGeneration: 5 }), minutes: minutes(count, () => ({ [OLD]: arm(1000, 1) })) }); // prettier-ignore
    expect(pass(restored, { facts: back(2), policy, at: 2 * MINUTE_MS }).next.release?.phase).toBe('rollingBack');
    const { next, notices } = pass(restored, { facts: back(20), policy, at: 20 * MINUTE_MS });
    expect(next.ended[0]?.end).toBe('superseded');
    expect(notices).toMatchObject([{ kind: 'superseded', steps: [{ percent: 10 }] }]);
  });

  test('and its deployment makes room soon, not after a day of keeping', () => {
    const row = rollingBack({ rollback: { cause: 'superseded', reasons: [], sentence: 's', decidedAt: iso() } });
    const never = { ...row, release: without(row.release, 'exposedSince', 'stepVerifiedAt', 'trail') };
    const { next, notices } = pass(never, { facts: facts(), policy, at: 0 });
    expect(next.retiring).toEqual([{ version: '7', deployment: NEW, until: iso(10 * MINUTE_MS) }]);
    expect(notices[0]).not.toHaveProperty('keptUntil');
  });
});

describe('it waits', () => {
  test.each([
    ['by default', shifting(), facts({ endpoint: endpoint(TEN) }), patient],
    ['where it has all traffic and is watched', watching(), facts({ endpoint: endpoint({ [NEW]: 100 }) }), policy],
    ['where a person promoted it', shifting({ promoted: { actor: 'a', reason: 'r', at: iso() }, step: 2 }), facts({ endpoint: endpoint(TEN), deployments: [deployment(OLD, '6', { state: 'updating' }), deployment(NEW, '7')] }), policy],
    ['where a person decided', releasing('deploying', { deployment: NEW, decision: { actor: 'a', reason: 'r', at: iso() } }), facts({ deployments: [deployment(OLD, '6'), deployment(NEW, '7', { state: 'creating' })] }), policy],
    ['while paused', shifting({}, { conditions: { paused: { since: iso(), actor: 'a', reason: 'r' } } }), facts({ endpoint: endpoint(TEN) }), policy],
    ['while a hand holds the endpoint', shifting(), facts({ endpoint: endpoint({ [OLD]: 50, [NEW]: 50 }) }), policy],
  ])('%s', (_, row, given, by) => {
    const { next, rules } = told(row, given, by);
    expect(next.release).toMatchObject({ version: '7', phase: row.release.phase });
    expect([next.waiting?.version, rules.join()]).toEqual(['8', expect.not.stringContaining('superseded')]);
  }); // prettier-ignore

  test('and comes after the pause', () => {
    const paused = told(shifting({}, { conditions: { paused: { since: iso(), actor: 'a', reason: 'r' } } }), facts({ endpoint: endpoint(TEN) })).next; // prettier-ignore
    const resumed = pass(paused, { items: [command('resume')], facts: facts({ endpoint: endpoint(TEN) }), policy, at: HOUR_MS }); // prettier-ignore
    expect(resumed.next.release).toMatchObject({ version: '7', phase: 'rollingBack', rollback: { cause: 'superseded' } }); // prettier-ignore
  });
});

test('a version that is not newer supersedes nothing', () => {
  const { next } = pass(shifting(), { items: [registered('7'), registered('5')], facts: facts({ endpoint: endpoint(TEN) }), policy }); // prettier-ignore
  expect(next.release).toMatchObject({ version: '7', phase: 'shifting' });
});
