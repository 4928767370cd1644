import { describe, expect, test } from 'vitest';
import { judgeCanary, type CanaryInput, type CanaryVerdict } from '../../../../src/lib/core/canary/judge.ts';
import type { ArmMinute, Minute } from '../../../../src/lib/core/canary/state.ts';
import { after, arm, iso, minutes, MINUTE_MS, NEW, OLD, policy, rates, T0 } from '../given.ts';
import { seeded } from '../seeded.ts';

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
    const first = judge(even(5, healthy), 10).state;
    const revised = judge(even(10, [arm(900, 900), arm(100, 100)]), 10, { state: first });
    expect(revised.state).toEqual(first);
    const later = judge(even(12, [arm(900, 0), arm(100, 50)]), 12, { state: first });
    expect(later.state.challenger).toMatchObject({ minutes: 7, requests: 700, errors: 5 + 2 * 50 });
  });

  test('when they come late, as long as none came after them, for half an hour', () => {
    const waiting = judge([], 20).state;
    expect(waiting.watermark).toBeUndefined();
    const late = judge(even(14, healthy), 20, { state: waiting }).state;
    expect(late).toMatchObject({ watermark: iso(13 * MINUTE_MS), challenger: { minutes: 14 } });
    expect(judge([], 60).state.watermark).toBe(iso(24 * MINUTE_MS));
  });

  test('that are missing count nothing, in either arm', () => {
    const gappy = minutes(10, (i): Record<string, ArmMinute> => (i % 2 === 0 ? { [NEW]: arm(100, 1) } : { [OLD]: arm(900) })); // prettier-ignore
    const { state } = judge(gappy, 15);
    expect([state.challenger.minutes, state.champion.minutes, state.meanLatency]).toEqual([5, 5, undefined]);
  });

  test('with latency only after 2 minutes of warming up', () => {
    const cold = minutes(10, (i) => ({ [OLD]: arm(900), [NEW]: arm(100, 0, i < 2 ? 500 : 20) }));
    const { state } = judge(cold, 15);
    expect(state).toMatchObject({ meanLatency: { n: 8, sum: 0 }, challenger: { requests: 1000, latencyRequests: 800, latencySumMs: 16_000 } }); // prettier-ignore
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
    ['fewer requests than the policy asks for', even(30, healthy), { policy: { ...canary, minRequests: 3001 } }],
    ['a champion of before that had none', even(30, [arm(0), arm(1000)]), { against: { rates: rates(0, 0, 0) } }],
    ['too few minutes in which both answered warm', even(6, [arm(900_000, 9000), arm(100_000, 1000)]), {}],
    ['a few clean requests beside a champion that fails often', even(7, healthy), {}],
  ];
  test.each(rows)('%s', (_, given, more) => {
    expect(judge(given, 40, more).verdict).toBe('inconclusive');
  });

  test('enough minutes and requests are', () => {
    expect(judge(even(30, healthy), 40).verdict).toBe('pass');
    expect(judge(even(30, healthy), 40, { policy: { ...canary, minRequests: 3000 } }).verdict).toBe('pass');
    expect(judge(even(14, [arm(900_000, 9000), arm(100_000, 1000)]), 40).verdict).toBe('pass');
  });
});

const whereNegligible = (negligible: number, errors: number) => verdictOf(judge(even(30, [arm(900), arm(100, errors)]), 40, { policy: { ...canary, negligible }, before: rates(1440, 900_000, 0) }), 'canary.errors'); // prettier-ignore

describe('what the policy calls negligible', () => {
  const clean = even(30, [arm(900), arm(100)]);
  test.each([
    [0.002, 30, 'pass'],
    [0.0005, 30, 'inconclusive'],
    [0.1, 2, 'pass'],
  ])('%d: a champion without failures, a challenger without any in %d minutes: %s', (negligible, count, verdict) => {
    const judged = judge(clean.slice(0, count), 40, { policy: { ...canary, negligible }, before: rates(1440, 900_000, 0) });
    expect(verdictOf(judged, 'canary.errors')).toBe(verdict);
  });

  test('passes what fails less than that, though the champion never does', () => {
    expect([whereNegligible(0.05, 1), whereNegligible(0.05, 8), whereNegligible(0.002, 1)]).toEqual(['pass', 'fail', 'fail']);
  });
}); // prettier-ignore

const failing = (errors: number, more: Partial<CanaryInput> = {}) =>
  judge(
    minutes(10, (i) => ({ [OLD]: arm(900, 9), [NEW]: arm(100, i === 0 ? errors : 0) })),
    15,
    more,
  );
const watched = (errors: number) => judge(even(10, [arm(0), arm(1000, errors)]), 15, { against: { rates: rates(60, 60_000, 60) } }); // prettier-ignore
const failsWith = (more: Partial<CanaryInput>) => Array.from({ length: 100 }, (_, errors) => errors).find((errors) => verdictOf(failing(errors, more), 'canary.errors') === 'fail'); // prettier-ignore
const failingMany = (errors: number) => verdictOf(judge(even(30, [arm(90_000, 900), arm(10_000, errors)]), 40), 'canary.errors'); // prettier-ignore
const besideNone = (errors: number) => judge(minutes(10, (i) => ({ [OLD]: arm(900), [NEW]: arm(100, i === 0 ? errors : 0) })), 15); // prettier-ignore

describe('errors', () => {
  test('fail from a count on, sooner where more false rollbacks are allowed, later where more stretches share them', () => {
    const [few, usual, many] = [{ stretches: 30 }, {}, { policy: { ...canary, maxFalseRollback: 0.3 } }].map(failsWith);
    expect(usual).toBeGreaterThanOrEqual(20);
    expect(usual).toBeLessThanOrEqual(40);
    expect(few).toBeGreaterThan(usual ?? 0);
    expect(many).toBeLessThan(usual ?? 0);
  });

  test('say how seldom evidence so strong would turn up if both were equal', () => {
    const { chance } = failing(60).reasons.find(({ rule }) => rule === 'canary.errors') ?? {};
    expect(chance).toBeGreaterThan(0);
    expect(chance).toBeLessThan(canary.maxFalseRollback / STRETCHES);
    expect(failing(10).reasons.every((reason) => reason.chance === undefined)).toBe(true);
  });

  test('that are far from what the policy forbids never fail, however sure', () => {
    expect([failingMany(149), failingMany(151)]).not.toContain('pass');
    expect([failingMany(149), failingMany(151)]).toEqual(['inconclusive', 'fail']);
  });

  test('that hit both alike tell nothing', () => {
    const outage = minutes(30, (i) => (i < 10 ? { [OLD]: arm(900, 450), [NEW]: arm(100, 50) } : { [OLD]: arm(900, 9), [NEW]: arm(100, 1) }));
    expect(verdictOf(judge(outage, 40), 'canary.errors')).toBe('pass');
  });

  test('of a champion without any: a few are enough, one is not', () => {
    expect(verdictOf(besideNone(1), 'canary.errors')).not.toBe('fail');
    expect(verdictOf(besideNone(8), 'canary.errors')).toBe('fail');
    expect(besideNone(8).reasons.find(({ rule }) => rule === 'canary.errors')).not.toHaveProperty('measured');
  });

  test('of a champion that no longer serves are those of before', () => {
    expect(verdictOf(watched(1), 'canary.errors')).toBe('pass');
    expect(verdictOf(watched(10), 'canary.errors')).toBe('fail');
  });

  test('at a handful of requests an hour are judged by its past: five of eight are enough', () => {
    const seldom = minutes(80, (i) => ({ [OLD]: arm(1), ...(i % 10 === 0 ? { [NEW]: arm(1, i % 20 === 0 || i === 10 ? 1 : 0) } : {}) }));
    const before = rates(1000, 1300, 13);
    expect(verdictOf(judge(seldom, 90, { before }), 'canary.errors')).toBe('fail');
    expect(verdictOf(judge(seldom.slice(0, 10), 90, { before }), 'canary.errors')).toBe('inconclusive');
  });

  test('that always scattered from minute to minute need more to prove anything', () => {
    const restless = { ...rates(1440, 1_296_000, 12_960), dispersion: 1 };
    const steady = { ...restless, dispersion: 0 };
    const given = minutes(10, (i) => ({ [OLD]: arm(900, 9), [NEW]: arm(100, i === 4 ? 30 : 1) }));
    expect(verdictOf(judge(given, 15, { before: steady }), 'canary.errors')).toBe('fail');
    expect(verdictOf(judge(given, 15, { before: restless }), 'canary.errors')).toBe('inconclusive');
  });
}); // prettier-ignore

const rulesAfter = (count: number) => judge(minutes(count, (i) => ({ [OLD]: arm(540, i === 0 ? 100 : 0), [NEW]: arm(60) })), 90, { before: rates(1440, 864_000, 0) }).reasons.map(({ rule }) => rule); // prettier-ignore

describe('a champion that is unwell', () => {
  const before = rates(1440, 1_296_000, 1296);
  const ill = minutes(30, (i) => ({ [OLD]: arm(900, i < 20 ? 90 : 1), [NEW]: arm(100, i < 20 ? 10 : 0) }));

  test('holds what is beside it: nothing passes, and nothing is taken back for failing as it does', () => {
    const { verdict, reasons } = judge(ill.slice(0, 20), 40, { before, policy: { ...canary, limits: { errorRate: 0.03 } } });
    expect(verdict).toBe('inconclusive');
    expect(reasons.map(({ rule, verdict: of }) => [rule, of])).toContainEqual(['canary.championUnwell', 'inconclusive']);
  });

  test('does not hide a challenger that is worse still', () => {
    const worse = minutes(20, () => ({ [OLD]: arm(900, 90), [NEW]: arm(100, 50) }));
    expect(verdictOf(judge(worse, 40, { before }), 'canary.errors')).toBe('fail');
  });

  test('of which one that hardly fails is the cure is no reason to hold it', () => {
    const cure = minutes(30, () => ({ [OLD]: arm(900, 300), [NEW]: arm(100) }));
    const { verdict, reasons } = judge(cure, 40, { before });
    expect([verdict, reasons.find(({ rule }) => rule === 'canary.championUnwell')?.verdict]).toEqual(['pass', 'pass']);
  });

  test('is one that fails far more than before, not one that always did', () => {
    const always = minutes(30, () => ({ [OLD]: arm(900, 630), [NEW]: arm(100, 70) }));
    expect(judge(always, 40, { before: rates(1440, 1_296_000, 907_200) }).reasons.map(({ rule }) => rule)).not.toContain('canary.championUnwell');
  });

  test('for one bad minute is so for less than half an hour', () => {
    expect(rulesAfter(2)).toContain('canary.championUnwell');
    expect(rulesAfter(30)).not.toContain('canary.championUnwell');
  });

  test('gets well again', () => {
    expect(judge(minutes(60, (i) => ill[i] ? ill[i].arms : { [OLD]: arm(900, 1), [NEW]: arm(100) }), 70, { before }).reasons.map(({ rule }) => rule)).not.toContain('canary.championUnwell');
  });
}); // prettier-ignore

/** Latencies that scatter a little, as real ones do: the challenger's in milliseconds by minute. */
const paced = (count: number, ms: number, more: Partial<ArmMinute> = {}) =>
  minutes(count, (i) => ({
    [OLD]: arm(900, 9, 20 + (i % 3) * 0.3),
    [NEW]: { ...arm(100, 1, ms + (i % 5) * 0.2), ...more },
  }));
const latencyAt = (given: readonly Minute[], rule = 'canary.latency') => verdictOf(judge(given, 70), rule);
const tailed = (i: number, requests: number) => ({ [OLD]: { ...arm(900, 9), p95LatencyMs: 50 + (i % 3) }, [NEW]: { ...arm(requests, 1), p95LatencyMs: 90 + (i % 4) } }); // prettier-ignore

describe('latency', () => {
  test('within the limit passes, even in every minute', () => {
    expect(latencyAt(paced(60, 21))).toBe('pass');
  });

  test('at the limit fails within minutes, and not at once', () => {
    expect(latencyAt(paced(5, 28))).toBe('inconclusive');
    expect(latencyAt(paced(12, 28))).toBe('fail');
  });

  test('well below it never fails, however sure', () => {
    expect(latencyAt(paced(60, 23.8))).not.toBe('fail');
  });

  test('of one slow minute among many is no reason', () => {
    const one = minutes(30, (i) => ({ [OLD]: arm(900), [NEW]: arm(100, 0, i === 10 ? 2000 : 20) }));
    expect(latencyAt(one)).not.toBe('fail');
  });

  test('of minutes with hardly a request waits until there are some', () => {
    const seldom = minutes(40, (i) => ({ [OLD]: arm(10, 0, 20), [NEW]: arm(1, 0, i % 2 === 0 ? 60 : 20) }));
    expect(judge(seldom, 50).state.meanLatency).toMatchObject({ n: 7 });
  });

  test('of the slowest twentieth is judged as well, where there are enough requests', () => {
    expect(latencyAt(minutes(20, (i) => tailed(i, 100)), 'canary.latencyTail')).toBe('fail');
    expect(latencyAt(minutes(20, (i) => tailed(i, 19)), 'canary.latencyTail')).toBeUndefined();
  });
}); // prettier-ignore

/** Memory in percent by minute, with a scatter of about one. */
const remembering = (count: number, percent: (i: number) => number) =>
  minutes(count, (i) => ({ [OLD]: { ...arm(900, 9), memoryPercent: 55 + ((i * 7) % 5) * 0.5 }, [NEW]: { ...arm(100, 1), memoryPercent: percent(i) + ((i * 3) % 5) * 0.5 } })); // prettier-ignore

describe('memory', () => {
  test('that grows until it is full within hours fails', () => {
    expect(verdictOf(judge(remembering(50, (i) => 55 + 0.25 * i), 60), 'canary.memory')).toBe('fail');
  });

  test('that stays where it is passes', () => {
    expect(verdictOf(judge(remembering(40, () => 70), 60), 'canary.memory')).toBe('pass');
  });

  test('that fills caches for a while is not taken for a leak', () => {
    const cached = remembering(60, (i) => 55 + 8 * (1 - Math.exp(-i / 5)));
    expect(verdictOf(judge(cached, 70), 'canary.memory')).not.toBe('fail');
  });

  test('of a minute without the champion is left out: its own level is no leap', () => {
    const gappy = remembering(40, () => 70).map((minute, i) => (i % 4 === 1 ? { ...minute, arms: { [NEW]: minute.arms[NEW]! } } : minute));
    expect(verdictOf(judge(gappy, 60), 'canary.memory')).not.toBe('fail');
  });

  test('that is not measured is not asked for', () => {
    expect(verdictOf(judge(even(30, healthy), 40), 'canary.memory')).toBeUndefined();
  });
}); // prettier-ignore

const limited = (limits: typeof canary.limits, given: readonly Minute[]) => judge(given, 40, { policy: { ...canary, limits } }); // prettier-ignore
const failsFrom = (limits: typeof canary.limits) => Array.from({ length: 200 }, (_, errors) => errors).find((errors) => verdictOf(failing(errors, { policy: { ...canary, limits, maxFalseRollback: 1e-6 } }), 'canary.errors') === 'fail'); // prettier-ignore

describe('limits', () => {
  test.each([
    [0.05, 'pass'],
    [0.0099, 'inconclusive'],
    [0.002, 'fail'],
  ])('of the error rate %d on 1 %%: %s', (errorRate, verdict) => {
    expect(verdictOf(limited({ errorRate }, even(30, [arm(900, 9), arm(100, 1)])), 'canary.errorLimit')).toBe(verdict);
  });

  test('of the error rate that are far exceeded fail', () => {
    expect(verdictOf(limited({ errorRate: 0.01 }, even(10, [arm(900, 9), arm(100, 10)])), 'canary.errorLimit')).toBe('fail');
  });

  test('hold without a champion to compare with', () => {
    const alone = limited({ errorRate: 0.01 }, minutes(30, () => ({ [NEW]: arm(100, 10) })));
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
    const given = minutes(count, (i) => ({ [OLD]: arm(1000), ...(requests > 1 || i === 2 ? { [NEW]: arm(requests, 0, 400) } : {}) }));
    expect(verdictOf(limited({ latencyMs: 300 }, given), 'canary.latencyLimit')).toBe(verdict);
  });

  test('of the error rate fail long before the policy’s minimum of requests, where nearly all fail', () => {
    expect(verdictOf(limited({ errorRate: 0.01 }, even(1, [arm(900), arm(30, 30)])), 'canary.errorLimit')).toBe('fail');
  });

  test('of the error rate take their part of what may be spent', () => {
    expect(failsFrom({ errorRate: 0.9 })).toBeGreaterThanOrEqual(failsFrom({}) ?? 0);
  });

  test('look at minutes that have not settled as well, towards rollback only, and do not fold them', () => {
    const all = minutes(10, (i) => ({ [OLD]: arm(900), [NEW]: arm(100, i < 8 ? 0 : 90) }));
    const limits = { errorRate: 0.05 };
    const at = judge(all, 10, { policy: { ...canary, limits } });
    expect(at.reasons.find(({ rule }) => rule === 'canary.errorLimit')).toMatchObject({ verdict: 'fail', samples: 1000, window: { from: iso(), to: iso(10 * MINUTE_MS) } });
    expect(verdictOf(at, 'canary.errors')).not.toBe('fail');
    expect(at.state.challenger).toEqual(judge(all, 10).state.challenger);
    const better = minutes(10, (i) => ({ [OLD]: arm(900), [NEW]: arm(i < 5 ? 100 : 100_000, i < 5 ? 90 : 0) }));
    expect(verdictOf(judge(better, 10, { policy: { ...canary, limits } }), 'canary.errorLimit')).toBe('fail');
  });

  test('are not judged without requests', () => {
    expect(limited({ errorRate: 0.01, latencyMs: 1 }, []).reasons.map(({ rule }) => rule)).toEqual(['canary.errors', 'canary.latency']);
  });
}); // prettier-ignore

const onset = (from: number, arms: (bad: boolean, i: number) => Record<string, ArmMinute>) => minutes(from + 45, (i) => arms(i >= from, i)); // prettier-ignore

describe('what begins late is seen, however long all was well', () => {
  const alone = { against: { rates: { ...rates(1440, 864_000, 8640), latencySumMs: 864_000 * 20 } } };

  test.each([10, 45, 60, 300])('latency, from minute %d of a watch on', (from) => {
    const given = onset(from, (bad, i) => ({ [NEW]: arm(600, 6, (bad ? 60 : 20) + (i % 3)) }));
    const judged = judge(given, from + 60, alone);
    expect(verdictOf(judged, 'canary.latency')).toBe('fail');
    expect(judge(given.slice(0, from), from + 10, alone).reasons.map(({ verdict }) => verdict)).not.toContain('fail');
  });

  test.each([60, 300])('errors, from minute %d of a step on', (from) => {
    const given = onset(from, (bad, i) => ({ [OLD]: arm(540, 5 + (i % 2)), [NEW]: arm(60, bad ? 3 : i % 2) }));
    const judged = judge(given, from + 60);
    const errors = judged.reasons.find(({ rule }) => rule === 'canary.errors');
    expect(errors?.verdict).toBe('fail');
    // What is shown is the stretch that shows it.
    expect(errors?.window?.from).not.toBe(iso());
  });
}); // prettier-ignore

test('a state that somebody damaged begins its sums anew, and keeps what it counted', () => {
  const { state } = judge(even(30, healthy), 35);
  for (const errors of [{ ...state.errors!, relative: [] }, { ...state.errors!, safe: null as never }, { ...state.errors!, unwell: Number.NaN }]) {
    const again = judge(even(31, healthy), 36, { state: { ...state, errors } });
    expect([again.state.challenger.requests, verdictOf(again, 'canary.errors')]).toEqual([3100, 'inconclusive']);
    expect(again.reasons.map(({ rule }) => rule)).not.toContain('canary.championUnwell');
  }
}); // prettier-ignore

test('a latency that is no time is left out', () => {
  const odd = minutes(30, (i) => ({
    [OLD]: arm(900, 9),
    [NEW]: arm(100, 1, i % 3 === 0 ? Number.NaN : i % 3 === 1 ? -5 : 20),
  }));
  expect(judge(odd, 40).state.meanLatency?.n).toBe(10);
});

test('a row that an older version wrote goes on with the sums that it has', () => {
  const old = { watermark: iso(4 * MINUTE_MS), challenger: rates(5, 500, 5), champion: rates(5, 4500, 45), failures: {}, pairedMinutes: 3, slowMinutes: 0 };
  const { state, verdict } = judge(even(30, healthy), 35, { state: old });
  expect(state.challenger.requests).toBe(500 + 2500);
  expect(verdict).toBe('pass');
}); // prettier-ignore

test('equal challengers are taken back less often than allowed, however often one looks', () => {
  let back = 0;
  const DAYS = 300;
  for (let day = 0; day < DAYS; day += 1) {
    const chance = seeded(day * 7919 + 1);
    const failures = (mean: number) => Array.from({ length: 3 * Math.ceil(mean) }, chance).filter((u) => u < 1 / 3).length;
    let state: CanaryInput['state'];
    for (let at = 0; at < 60; at += 1) {
      const minute = { at: iso(at * MINUTE_MS), arms: { [OLD]: arm(540, failures(6), 20 * (1 + 0.1 * chance())), [NEW]: arm(60, chance() < 2 / 3 ? 1 : 0, 20 * (1 + 0.1 * chance())) } };
      const looked = judge([minute], at + 6, { ...(state && { state }), stretches: 1 });
      state = looked.state;
      if (looked.verdict !== 'fail') continue;
      back += 1;
      break;
    }
  }
  // Twice the allowance is what chance makes of it in one of a thousand such tests.
  expect(back).toBeLessThanOrEqual(2 * canary.maxFalseRollback * DAYS);
}); // prettier-ignore

test('each reason says what was measured, on how much, in which window', () => {
  const { reasons } = judge(even(10, healthy), 15);
  expect(reasons).toMatchObject([
    { rule: 'canary.errors', challenger: 0.01, champion: 0.01, unit: 'fraction', measured: 1, limit: 2, judged: 'ratio', samples: 1000, championSamples: 9000 },
    { rule: 'canary.latency', challenger: 20, champion: 20, unit: 'ms', measured: 1, limit: 1.3, judged: 'ratio', samples: 800, championSamples: 7200 },
  ]); // prettier-ignore
  for (const { window } of reasons) expect(window).toEqual({ from: iso(), to: iso(10 * MINUTE_MS) });
});
