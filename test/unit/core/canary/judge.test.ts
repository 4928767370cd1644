import { describe, expect, test } from 'vitest';
import { judgeCanary, type CanaryInput, type CanaryVerdict } from '../../../../src/lib/core/canary/judge.ts';
import type { ArmMinute, Minute } from '../../../../src/lib/core/canary/state.ts';
import { binomialUpperTail } from '../../../../src/lib/core/statistics/binomial.ts';
import { after, arm, iso, minutes, MINUTE_MS, NEW, OLD, policy, rates, T0 } from '../given.ts';

const { canary } = policy.rollout;
const STRETCHES = 3;

function judge(given: readonly Minute[], at: number, more: Partial<CanaryInput> = {}): CanaryVerdict {
  return judgeCanary({ minutes: given, challenger: NEW, against: { deployment: OLD }, since: T0, now: after(at * MINUTE_MS), policy: canary, stretches: STRETCHES, ...more }); // prettier-ignore
}

function verdictOf({ reasons }: CanaryVerdict, rule: string) {
  return reasons.find((reason) => reason.rule === rule)?.verdict;
}

const even = (count: number, [old, fresh]: readonly [ArmMinute, ArmMinute]) => minutes(count, () => ({ [OLD]: old, [NEW]: fresh })); // prettier-ignore
const healthy = [arm(900, 9), arm(100, 1)] as const;

describe('minutes are folded', () => {
  test('once, however often they are looked at, alone or together', () => {
    const all = even(20, healthy);
    const whole = judge(all, 25).state;
    let state = judge(all, 0).state;
    for (let at = 1; at <= 25; at += 1) {
      const looked = judge(all, at, { state });
      expect(judge(all, at, { state: looked.state })).toEqual(looked);
      state = looked.state;
    }
    expect(state).toEqual(whole);
    expect(whole).toMatchObject({ watermark: iso(19 * MINUTE_MS), challenger: { minutes: 20, requests: 2000 }, champion: { requests: 18_000, errors: 180 } }); // prettier-ignore
  });

  test.each([
    [5.9, undefined, 0],
    [6, iso(), 100],
    [6.9, iso(), 100],
    [7, iso(MINUTE_MS), 200],
  ])('only when they ended 5 minutes ago: at %d minutes', (at, watermark, requests) => {
    const { state } = judge(even(10, healthy), at);
    expect([state.watermark, state.challenger.requests]).toEqual([watermark, requests]);
  });

  test('whole: the minute in which the step began is not', () => {
    const { state } = judge(even(10, healthy), 15, { since: after(30_000) });
    expect(state.challenger.requests).toBe(900);
    const exact = judge(even(10, healthy), 15, { since: T0 });
    expect(exact.state.challenger.requests).toBe(1000);
  });

  test('never twice or late: what comes or changes behind the watermark is ignored', () => {
    const first = judge(even(3, healthy), 10).state;
    const revised = judge(even(10, [arm(900, 900), arm(100, 100)]), 10, { state: first });
    expect(revised.state).toEqual(first);
    const later = judge(even(12, [arm(900, 0), arm(100, 50)]), 12, { state: first });
    expect(later.state.challenger).toMatchObject({ minutes: 5, requests: 500, errors: 3 + 2 * 50 });
  });

  test('that are missing count nothing, in either arm', () => {
    const gappy = minutes(10, (i): Record<string, ArmMinute> => (i % 2 === 0 ? { [NEW]: arm(100, 1) } : { [OLD]: arm(900) })); // prettier-ignore
    const { state } = judge(gappy, 15);
    expect([state.challenger.minutes, state.champion.minutes, state.pairedMinutes]).toEqual([5, 5, 0]);
    expect(judge([], 15).state).toMatchObject({ watermark: iso(9 * MINUTE_MS), challenger: { requests: 0 } });
  });

  test('with latency only after 2 minutes of warming up', () => {
    const cold = minutes(10, (i) => ({ [OLD]: arm(900), [NEW]: arm(100, 0, i < 2 ? 500 : 20) }));
    const { state } = judge(cold, 15);
    expect(state).toMatchObject({ pairedMinutes: 8, slowMinutes: 0, challenger: { requests: 1000, latencyRequests: 800, latencySumMs: 16_000 } }); // prettier-ignore
  });

  test('and failures are summed by status', () => {
    expect(judge(even(3, [arm(900), arm(100, 2)]), 8).state.failures).toEqual({ '424': 6 });
  });
});

describe('no data is never a pass', () => {
  const rows: [string, readonly Minute[], Partial<CanaryInput>][] = [
    ['nothing at all', [], {}],
    ['nobody reached the challenger', even(30, [arm(1000), arm(0)]), {}],
    ['only the champion is there', minutes(30, () => ({ [OLD]: arm(1000) })), {}],
    ['only the challenger is there', minutes(30, () => ({ [NEW]: arm(1000) })), {}],
    ['too few requests', even(30, [arm(100), arm(1)]), { policy: { ...canary, minRequests: 31 } }],
    ['a champion of before that had none', even(30, [arm(0), arm(1000)]), { against: { rates: rates(0, 0, 0) } }],
    ['four minutes in which both answered warm', even(6, healthy), {}],
  ];
  test.each(rows)('%s', (_, given, more) => {
    expect(judge(given, 40, more).verdict).toBe('inconclusive');
  });

  test('five such minutes and enough requests are', () => {
    expect(judge(even(7, healthy), 40).verdict).toBe('pass');
    expect(judge(even(30, [arm(100), arm(1)]), 40, { policy: { ...canary, minRequests: 30 } }).verdict).toBe('pass');
  });
});

const spread = (count: number, errors: number) => judge(minutes(count, (i) => ({ [OLD]: arm(90, i < 9 ? 1 : 0), [NEW]: arm(10, i === 0 ? errors : 0) })), count + 5); // prettier-ignore

/** The alpha that the k-th look may spend, written out anew. */
const share = (looks: number) => canary.maxFalseRollback / 2 / STRETCHES / (looks * (looks + 1));
const failingAt = (errors: number) => judge(minutes(10, (i) => ({ [OLD]: arm(900, 9), [NEW]: arm(100, i === 0 ? errors : 0) })), 15); // prettier-ignore
const slowAt = (count: number, ms: number) => judge(even(count, [arm(900), arm(100, 0, ms)]), count + 5);
const one = (errors: number) => judge(minutes(10, (i) => ({ [OLD]: arm(900), [NEW]: arm(100, i === 0 ? errors : 0) })), 15); // prettier-ignore
const watched = (errors: number) => judge(even(10, [arm(0), arm(1000, errors)]), 15, { against: { rates: rates(60, 60_000, 60) } }); // prettier-ignore

describe('errors', () => {
  test('fail from the very count on at which the exact test spends less than its share', () => {
    const limit = Array.from({ length: 200 }, (_, errors) => errors).find(
      (errors) => errors >= 2 * 10 && binomialUpperTail(errors, errors + 90, 0.1) < share(10),
    );
    expect(limit).toBe(27);
    expect(verdictOf(failingAt(26), 'canary.errors')).not.toBe('fail');
    expect(verdictOf(failingAt(27), 'canary.errors')).toBe('fail');
  });

  test('are inconclusive while they look bad, and pass while they do not', () => {
    expect(verdictOf(failingAt(19), 'canary.errors')).toBe('pass');
    expect(verdictOf(failingAt(20), 'canary.errors')).toBe('inconclusive');
    expect(verdictOf(failingAt(10), 'canary.errors')).toBe('pass');
  });

  test('fewer than the policy’s multiple never fail, however sure', () => {
    const many = judge(even(30, [arm(90_000, 900), arm(10_000, 199)]), 40);
    expect(verdictOf(many, 'canary.errors')).toBe('pass');
    expect(verdictOf(judge(even(30, [arm(90_000, 900), arm(10_000, 200)]), 40), 'canary.errors')).toBe('fail');
  });

  test('of a champion without any: a few are enough, one is not', () => {
    expect(verdictOf(one(1), 'canary.errors')).toBe('pass');
    expect(verdictOf(one(4), 'canary.errors')).toBe('inconclusive');
    expect(verdictOf(one(5), 'canary.errors')).toBe('fail');
    expect(one(5).reasons.find(({ rule }) => rule === 'canary.errors')).not.toHaveProperty('measured');
  });

  test('of a champion that no longer serves are those of before', () => {
    expect(verdictOf(watched(1), 'canary.errors')).toBe('pass');
    expect(verdictOf(watched(10), 'canary.errors')).toBe('fail');
  });

  test('spend less each look: what fails after 10 minutes may not after 60 of the same', () => {
    expect(share(60)).toBeLessThan(share(10));
    expect(verdictOf(spread(10, 9), 'canary.errors')).toBe('fail');
    expect(verdictOf(spread(60, 9), 'canary.errors')).toBe('inconclusive');
  });

  test('over a whole release roll an equal challenger back less often than allowed', () => {
    // Sum over all looks of what both tests of all stretches may spend.
    const spent = Array.from({ length: 100_000 }, (_, i) => share(i + 1)).reduce((sum, x) => sum + x, 0) * 2 * STRETCHES; // prettier-ignore
    expect(spent).toBeLessThanOrEqual(canary.maxFalseRollback);
  });
});

describe('latency', () => {
  test('within the limit passes, even in every minute', () => {
    expect(verdictOf(slowAt(60, 26), 'canary.latency')).toBe('pass');
  });

  test('beyond it is doubted soon, and fails once the sign test is sure', () => {
    expect(verdictOf(slowAt(7, 27), 'canary.latency')).toBe('inconclusive');
    const failsAt = Array.from({ length: 40 }, (_, i) => i + 7).find((count) => verdictOf(slowAt(count, 27), 'canary.latency') === 'fail'); // prettier-ignore
    expect(failsAt).toBe(Array.from({ length: 60 }, (_, k) => k).find((k) => k >= 7 && 0.5 ** (k - 2) < share(k)));
  });

  test('of one slow minute among many is no reason', () => {
    const one = minutes(30, (i) => ({ [OLD]: arm(900), [NEW]: arm(100, 0, i === 10 ? 2000 : 20) }));
    expect(verdictOf(judge(one, 35), 'canary.latency')).not.toBe('fail');
  });
});

const limited = (limits: typeof canary.limits, given: readonly Minute[]) => judge(given, 40, { policy: { ...canary, limits } }); // prettier-ignore

/** The least number of errors for which the comparison fails, with these limits beside it. */
const failsFrom = (limits: typeof canary.limits) =>
  Array.from({ length: 100 }, (_, errors) => errors).find((errors) => {
    const given = minutes(10, (i) => ({ [OLD]: arm(900, 9), [NEW]: arm(100, i === 0 ? errors : 0) }));
    return verdictOf(judge(given, 15, { policy: { ...canary, limits } }), 'canary.errors') === 'fail';
  });
const expectedFrom = (tests: number) =>
  Array.from({ length: 100 }, (_, errors) => errors).find(
    (errors) => errors >= 20 && binomialUpperTail(errors, errors + 90, 0.1) < (share(10) * 2) / tests,
  );

describe('limits', () => {
  test.each([
    [0.05, 'pass'],
    [0.0099, 'inconclusive'],
    [0.002, 'fail'],
  ])('of the error rate %d on 1 %%: %s', (errorRate, verdict) => {
    expect(verdictOf(limited({ errorRate }, even(30, [arm(900, 9), arm(100, 1)])), 'canary.errorLimit')).toBe(verdict);
  });

  test('hold without a champion to compare with', () => {
    const alone = limited(
      { errorRate: 0.01 },
      minutes(30, () => ({ [NEW]: arm(100, 10) })),
    );
    expect(alone.verdict).toBe('fail');
  });

  test.each([
    [20, 'pass'],
    [19, 'fail'],
  ])('of %d ms on 20 ms: %s', (latencyMs, verdict) => {
    expect(verdictOf(limited({ latencyMs }, even(30, healthy)), 'canary.latencyLimit')).toBe(verdict);
  });

  test.each<[string, number, number, string]>([
    ['one slow request', 1, 30, 'inconclusive'],
    ['enough slow requests in too few minutes', 1000, 6, 'inconclusive'],
    ['enough in enough', 1000, 7, 'fail'],
  ])('of the latency: %s', (_, requests, count, verdict) => {
    const given = minutes(count, (i) => ({ [OLD]: arm(1000), ...(requests > 1 || i === 2 ? { [NEW]: arm(requests, 0, 400) } : {}) })); // prettier-ignore
    expect(verdictOf(limited({ latencyMs: 300 }, given), 'canary.latencyLimit')).toBe(verdict);
  });

  test('of the error rate need the policy’s minimum of requests as well', () => {
    expect(verdictOf(limited({ errorRate: 0.01 }, even(1, [arm(900), arm(99, 99)])), 'canary.errorLimit')).toBe('inconclusive'); // prettier-ignore
    expect(verdictOf(limited({ errorRate: 0.01 }, even(1, [arm(900), arm(100, 99)])), 'canary.errorLimit')).toBe(
      'fail',
    );
  });

  test('are tests too: each takes its part of what may be spent', () => {
    expect(expectedFrom(4)).toBeGreaterThan(expectedFrom(2) ?? 0);
    expect(failsFrom({})).toBe(expectedFrom(2));
    expect(failsFrom({ errorRate: 0.9 })).toBe(expectedFrom(3));
    expect(failsFrom({ errorRate: 0.9, latencyMs: 9000 })).toBe(expectedFrom(4));
  });

  test('look at minutes that have not settled as well, towards rollback only, and do not fold them', () => {
    const all = minutes(10, (i) => ({ [OLD]: arm(900), [NEW]: arm(100, i < 8 ? 0 : 90) }));
    const limits = { errorRate: 0.05 };
    const at = judge(all, 10, { policy: { ...canary, limits } });
    expect(at.reasons.find(({ rule }) => rule === 'canary.errorLimit')).toMatchObject({ verdict: 'fail', samples: 1000, window: { from: iso(), to: iso(10 * MINUTE_MS) } }); // prettier-ignore
    expect(verdictOf(at, 'canary.errors')).toBe('pass');
    expect(at.state).toEqual(judge(all, 10).state);
    const better = minutes(10, (i) => ({ [OLD]: arm(900), [NEW]: arm(i < 5 ? 100 : 100_000, i < 5 ? 90 : 0) }));
    expect(verdictOf(judge(better, 10, { policy: { ...canary, limits } }), 'canary.errorLimit')).toBe('fail');
  });

  test('are not judged without requests', () => {
    expect(limited({ errorRate: 0.01, latencyMs: 1 }, []).reasons.map(({ rule }) => rule)).toEqual(['canary.errors', 'canary.latency']); // prettier-ignore
  });
});

test('each reason says what was measured, on how much, in which window', () => {
  const { reasons } = judge(even(10, healthy), 15);
  expect(reasons).toMatchObject([
    { rule: 'canary.errors', challenger: 0.01, champion: 0.01, unit: 'fraction', measured: 1, limit: 2, judged: 'ratio', samples: 1000, championSamples: 9000 },
    { rule: 'canary.latency', challenger: 20, champion: 20, unit: 'ms', measured: 1, limit: 1.3, judged: 'ratio', samples: 800, championSamples: 7200 },
  ]); // prettier-ignore
  for (const { window } of reasons) expect(window).toEqual({ from: iso(), to: iso(10 * MINUTE_MS) });
});
