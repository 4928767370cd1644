import { describe, expect, test } from 'vitest';
import type { Smoke } from '../../../../src/lib/core/release/state.ts';
import { endpoint, iso, item, MINUTE_MS, needed, NEW, OLD, pass, policyOf, releasing } from '../given.ts';

const facts = { endpoint: endpoint({ [OLD]: 100 }) };
const testing = (smoke?: Smoke) => releasing('smokeTesting', { deployment: NEW, ...(smoke ? { smoke } : {}) });
const asked: Smoke = { attempt: 1, askedAt: iso() };
const answer = (status: number, latencyMs = 100, attempt = 1) =>
  item({ kind: 'outcome', release: 7, outcome: { of: 'smokeTest', result: 'answered', deployment: NEW, attempt, status, latencyMs, excerpt: '' } }); // prettier-ignore
const answerWith = (more: { which?: number; faults?: string[] }, status = 200) =>
  item({ kind: 'outcome', release: 7, outcome: { of: 'smokeTest', result: 'answered', deployment: NEW, attempt: 1, status, latencyMs: 100, excerpt: '', ...more } }); // prettier-ignore

test('it needs the endpoint alone', () => {
  expect(needed(testing())).toEqual({ endpoint: true });
});

test('it asks once, and waits for the answer', () => {
  const { actions, next, lookInMs } = pass(testing(), { facts });
  expect(actions).toEqual([{ do: 'smokeTest', deployment: NEW, attempt: 1 }]);
  expect(next.release?.smoke).toEqual(asked);
  expect(lookInMs).toBe(90_000);
  expect(pass(next, { facts, at: 60_000 }).actions).toEqual([]);
});

test('without one in the policy it goes on', () => {
  expect(pass(testing(), { facts, policy: policyOf('') }).next.release?.phase).toBe('shifting');
});

describe('an answer', () => {
  const rows: [string, Smoke, ReturnType<typeof answer>, string | { attempt: number }][] = [
    ['as expected passes', asked, answer(200), 'shifting'],
    ['just fast enough passes', asked, answer(200, 300), 'shifting'],
    ['too slow is asked for again', asked, answer(200, 301), { attempt: 2 }],
    ['that may heal is asked for again', asked, answer(503), { attempt: 2 }],
    ['that may heal, the third time, fails', { attempt: 3, askedAt: iso() }, answer(503, 100, 3), 'rollingBack'],
    ['too slow, the third time, fails', { attempt: 3, askedAt: iso() }, answer(200, 5000, 3), 'rollingBack'],
    ['of a failing model fails at once', asked, answer(424), 'rollingBack'],
    ['of another status fails at once', asked, answer(404), 'rollingBack'],
    ['to an earlier attempt is nothing', { attempt: 2, askedAt: iso() }, answer(200, 100, 1), 'smokeTesting'],
  ];
  test.each(rows)('%s', (_, smoke, item, expected) => {
    const { next, actions } = pass(testing(smoke), { items: [item], facts });
    const asks = typeof expected === 'string' ? [] : [{ do: 'smokeTest', ...expected }];
    expect(next.release?.phase).toBe(typeof expected === 'string' ? expected : 'smokeTesting');
    expect(actions).toMatchObject(asks);
    expect(actions).toHaveLength(asks.length);
  });

  test('that got lost is asked for again after 90 s, three times in all', () => {
    const again = pass(testing(asked), { facts, at: 90_001 });
    expect(again.actions).toMatchObject([{ do: 'smokeTest', attempt: 2 }]);
    const third = testing({ attempt: 3, askedAt: iso() });
    expect(pass(third, { facts, at: 90_001 }).next.release).toMatchObject({ phase: 'rollingBack', rollback: { cause: 'smokeTest' } }); // prettier-ignore
  });

  test('whose body is not as expected fails at once, and says why', () => {
    const bad = answerWith({ faults: ['/0/label is "ham", expected "spam"'] });
    const { next } = pass(testing(asked), { items: [bad], facts });
    expect(next.release?.rollback?.sentence).toBe('The smoke test failed: the challenger answered 200, but /0/label is "ham", expected "spam".'); // prettier-ignore
  });

  test('to one of several requests is judged by what that one expects', () => {
    const two = policyOf('smokeTest: {request: {a: 1}, also: [{request: {b: 1}, expect: {status: 400}}]}');
    const phase = (status: number) =>
      pass(testing(asked), { items: [answerWith({ which: 1 }, status)], facts, policy: two }).next.release;
    expect(phase(400)?.phase).toBe('shifting');
    expect(phase(200)?.rollback?.sentence).toBe('The smoke test failed: the challenger answered 200, expected 400 (request 2 of 2).'); // prettier-ignore
    expect(pass(testing(asked), { facts, policy: two, at: 110_000 }).actions).toEqual([]);
  });

  test('twice counts once', () => {
    const { next } = pass(testing(asked), { items: [answer(503), answer(503)], facts });
    expect(next.release?.smoke?.attempt).toBe(2);
  });
});

test('nothing is asked while paused', () => {
  const paused = { ...testing(), conditions: { paused: { since: iso(), actor: 'ada', reason: 'x' } } };
  expect(pass(paused, { facts, at: MINUTE_MS })).toMatchObject({ actions: [], next: paused });
});
