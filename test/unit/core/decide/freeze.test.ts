import { describe, expect, test } from 'vitest';
import type { Lifecycle } from '../../../../src/lib/core/lifecycle.ts';
import type { Facts } from '../../../../src/lib/core/step.ts';
import type { FreezePolicy } from '../../../../src/lib/core/policy/policy.ts';
import {
  BOTH,
  command,
  copied,
  endpoint,
  HOUR_MS,
  iso,
  needed,
  NEW,
  OLD,
  pass,
  policy,
  registered,
  releasing,
  served,
  shadowing,
  shifting,
} from '../given.ts';

const ESTATE = {
  calendars: { bank: { timeZone: 'UTC', closed: [{ from: '2026-03-02 09:00', to: '2026-03-02 18:00' }] } },
  computes: {},
};
const UNTIL = '2026-03-02T18:00:00.000Z';
const under = (inFlight: FreezePolicy['inFlight'] = 'hold') => ({ ...policy, freeze: { calendar: 'bank', inFlight } });
const frozen = (row: Lifecycle, inFlight?: FreezePolicy['inFlight'], more = {}) =>
  pass(row, { policy: under(inFlight), estate: ESTATE, ...more });
const LIVE = { facts: { endpoint: endpoint({ [OLD]: 90, [NEW]: 10 }), minutes: [] } };
const PLAN: { readonly facts: Facts } = {
  facts: { evaluationPlan: { template: 't', dataVersion: '4' }, artifact: { digest: 'd', files: 1, verifiable: true } },
};

test('a new version waits until the calendar opens, and begins then', () => {
  const { next, lookInMs } = frozen(served(), 'hold', { items: [registered('7')] });
  expect(next.release).toBeUndefined();
  expect(next.conditions.paused).toEqual({
    since: iso(),
    actor: 'calendar bank',
    reason: 'The calendar is closed.',
    calendar: 'bank',
    until: UNTIL,
  });
  expect(lookInMs).toBe(8 * HOUR_MS);
  const open = frozen(next, 'hold', { at: 8 * HOUR_MS });
  expect(open.next.conditions.paused).toBeUndefined();
  expect(open.next.release?.version).toBe('7');
});

test('nothing is held back while an ordered break-glass is about to begin', () => {
  const breakingGlass = { version: '8', actor: 'root', reason: 'leaks', at: iso(), until: iso(4 * HOUR_MS) };
  const waiting = { version: '7', since: iso() };
  expect(frozen(served({ waiting, breakingGlass })).next.conditions.paused).toBeUndefined();
  expect(frozen(served({ waiting })).next.conditions.paused).toBeDefined();
});

describe('what is under way', () => {
  test('hold: goes no further', () => {
    const { next, actions } = frozen(releasing('evaluating'), 'hold', PLAN);
    expect(next.conditions.paused?.until).toBe(UNTIL);
    expect(actions).toEqual([]);
  });
  test('finish: goes on', () => {
    const { next, actions } = frozen(releasing('evaluating'), 'finish', PLAN);
    expect(next.conditions.paused).toBeUndefined();
    expect(actions).toMatchObject([{ do: 'submitEvaluation' }]);
  });
  test('rollback: is taken back once there is anything to take back', () => {
    const { next, rules } = frozen(shifting(), 'rollback', LIVE);
    expect(next.release).toMatchObject({ phase: 'rollingBack', rollback: { cause: 'freeze' } });
    expect(rules).toContain('turnBack.freeze');
    const copies = frozen(shadowing(), 'rollback', { facts: { endpoint: copied(), deployments: BOTH, minutes: [] } });
    expect(copies.rules).toContain('turnBack.freeze');
    expect(frozen(releasing('evaluating'), 'rollback', PLAN).next.release?.phase).toBe('evaluating');
  });
});

test('a quiet model is not touched', () => {
  expect(frozen(served()).next).toEqual(served());
  expect(needed(served(), { policy: under(), estate: ESTATE })).toEqual({});
});

test('a calendar that is opened by a new estate ends it', () => {
  const paused = frozen(served(), 'hold', { items: [registered('7')] }).next;
  const { next } = pass(paused, { policy: under(), at: HOUR_MS });
  expect(next.conditions.paused).toBeUndefined();
});

test('a person’s pause stands beside it, and a freeze is nobody’s to resume', () => {
  const both = frozen(served(), 'hold', { items: [registered('7'), command('pause')] });
  expect(both.next.conditions.paused).toMatchObject({ actor: 'ada' });
  const resume = command('resume');
  const { refused } = frozen(frozen(served(), 'hold', { items: [registered('7')] }).next, 'hold', { items: [resume] });
  expect(refused[resume.factKey]).toBe('resume does nothing now; allowed now: pause');
});
