/** Champion and challenger by their metrics and n alone, as trainings log them, and evaluations without predictions. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Evidence, PairedCounts } from '../../../../src/lib/core/gate/evidence.ts';
import { judgeGate } from '../../../../src/lib/core/gate/judge.ts';
import { reasonSentence } from '../../../../src/lib/core/message/reason.ts';
import type { GatePolicy } from '../../../../src/lib/core/policy/policy.ts';
import type { Reason, Verdict } from '../../../../src/lib/core/verdict.ts';

const gate: GatePolicy = { metric: 'accuracy', better: 'higher', compare: 'superior', margin: 0, confidence: 0.95, guardrails: [], require: [] }; // prettier-ignore
const errorRate: Partial<GatePolicy> = { metric: 'errorRate', better: 'lower' };
const nonInferior = (margin: number): Partial<GatePolicy> => ({ compare: 'nonInferior', margin });

function logged(champion: number, challenger: number, n = 1000, metric = 'accuracy'): Evidence {
  return { job: 'e1', data: 'holdout', dataVersion: '4', n, metrics: { [metric]: { champion, challenger } }, faults: [] }; // prettier-ignore
}

function judged(policy: Partial<GatePolicy>, evidence: Evidence): Reason & { readonly overall: Verdict } {
  const { verdict, reasons } = judgeGate({ ...gate, ...policy }, evidence, true);
  const [reason] = reasons;
  if (reason === undefined) throw new Error('nothing was judged');
  return { ...reason, overall: verdict };
}

const both = (errors: number): Evidence => ({
  ...logged(0.9, 0.95),
  metrics: { accuracy: { champion: 0.9, challenger: 0.95 }, errorRate: { champion: 0.1, challenger: errors } },
});

describe('the interval decides', () => {
  test.each<[string, Partial<GatePolicy>, Evidence, Verdict]>([
    ['clearly better is', {}, logged(0.9, 0.95), 'pass'],
    ['a little better is not shown to be', {}, logged(0.9, 0.91), 'inconclusive'],
    ['as much better on many rows is', {}, logged(0.9, 0.91, 20_000), 'pass'],
    ['equal is not', {}, logged(0.9, 0.9, 1_000_000), 'inconclusive'],
    ['both always right shows nothing', {}, logged(1, 1), 'inconclusive'],
    ['one row shows nothing', {}, logged(0, 1, 1), 'inconclusive'],
    ['clearly worse is a failure', {}, logged(0.95, 0.9), 'fail'],
    ['better by more than the margin', { margin: 0.02 }, logged(0.9, 0.95), 'pass'],
    ['better, by more than the margin not surely', { margin: 0.04 }, logged(0.9, 0.95), 'inconclusive'],
    ['better, surely by less than the margin', { margin: 0.1 }, logged(0.9, 0.95), 'fail'],
    ['equal is not worse by the margin', nonInferior(0.03), logged(0.9, 0.9), 'pass'],
    ['equal on few rows may be', nonInferior(0.03), logged(0.9, 0.9, 100), 'inconclusive'],
    ['worse by more than the margin', nonInferior(0.03), logged(0.95, 0.88), 'fail'],
    ['fewer errors', errorRate, logged(0.1, 0.05, 1000, 'errorRate'), 'pass'],
    ['more errors', errorRate, logged(0.05, 0.1, 1000, 'errorRate'), 'fail'],
    ['fewer errors, in the other spelling', { metric: 'error_rate', better: 'lower' }, logged(0.1, 0.05, 1000, 'error_rate'), 'pass'],
    ['a rounded share, 912.3 rows', {}, logged(0.85, 0.9123), 'pass'],
  ])('%s', (_, policy, evidence, expected) => {
    expect(judged(policy, evidence).overall).toBe(expected);
  }); // prettier-ignore

  test('a guardrail too', () => {
    const guarded = { guardrails: [{ metric: 'errorRate', comparison: { better: 'lower', compare: 'nonInferior', margin: 0.01 } }] } as const; // prettier-ignore
    expect([judged(guarded, both(0.05)).overall, judged(guarded, both(0.2)).overall]).toEqual(['pass', 'fail']);
  });
});

describe('never a pass', () => {
  const { n: _n, ...uncounted } = logged(0.5, 0.99);
  test.each<[string, Partial<GatePolicy>, Evidence, Verdict, RegExp]>([
    ['a percentage', {}, logged(90, 95), 'error', /accuracy of the champion is 90, expected a share/],
    ['a challenger above 1', {}, logged(0.9, 1.01), 'error', /of the challenger is 1.01/],
    ['a champion below 0', {}, logged(-0.1, 0.9), 'error', /of the champion is -0.1/],
    ['a challenger that is no number', {}, logged(0.5, Number.NaN), 'error', /of the challenger is NaN/],
    ['a champion that is no number', nonInferior(0.1), logged(Number.NaN, 0.9), 'error', /of the champion is NaN/],
    ['an endless one', {}, logged(0.5, Number.POSITIVE_INFINITY), 'error', /is Infinity/],
    ['no rows', {}, logged(0.5, 0.99, 0), 'error', /n is 0, expected a number of rows/],
    ['fewer than none', {}, logged(0.5, 0.99, -1000), 'error', /n is -1000/],
    ['half a row', {}, logged(0.5, 0.99, 1000.5), 'error', /n is 1000.5/],
    ['rows that are no number', {}, logged(0.5, 0.99, Number.NaN), 'error', /n is NaN/],
    ['no n', {}, uncounted, 'inconclusive', /without n, the number of rows/],
    ['no metric of the champion', {}, { ...uncounted, n: 1000, metrics: { accuracy: { challenger: 1 } } }, 'inconclusive', /not logged of both/],
    ['faults beside a clear win', {}, { ...logged(0.5, 0.99), faults: ['n differs'] }, 'error', /n differs/],
    ['a metric that is no share', { metric: 'auc' }, logged(0.5, 0.99, 1000, 'auc'), 'inconclusive', /without n_positive and n_negative/],
    ['a share of other rows', { metric: 'precision' }, logged(0.5, 0.99, 1000, 'precision'), 'inconclusive', /what was logged of precision cannot tell/],
    ['the wrong direction', { better: 'lower' }, logged(0.99, 0.5), 'error', /for accuracy it is higher/],
  ])('%s', (_, policy, evidence, expected, note) => {
    const reason = judged(policy, evidence);
    expect(reason.overall).toBe(expected);
    expect(reason.note).toMatch(note);
  }); // prettier-ignore
});

describe('what is told', () => {
  test('both values as logged, the difference, its interval, and that nobody paired them', () => {
    const { overall: _, ...reason } = judged({}, logged(0.9, 0.95));
    expect(reason).toMatchObject({ rule: 'gate.superior', unit: 'fraction', champion: 0.9, challenger: 0.95, limit: 0, samples: 1000 }); // prettier-ignore
    expect(reason.measured).toBeCloseTo(0.05, 12);
    expect(reason.interval?.confidence).toBe(0.9);
    expect(reasonSentence(reason, { version: '7', champion: '6' })).toBe(
      "accuracy of v7 is 95 %, of v6 90 % on the same 1,000 rows: difference +5 points (90 % interval: +3.1 to +7), required more than 0 (each on the same 1000 rows, not paired: Newcombe's score interval for independent shares).",
    );
  });

  test('of errors in their own direction', () => {
    const mirrored = judged({}, logged(0.9, 0.95));
    const reason = judged(errorRate, logged(0.1, 0.05, 1000, 'errorRate'));
    expect(reason).toMatchObject({ champion: 0.1, challenger: 0.05 });
    expect(reason.measured).toBeCloseTo(-0.05, 12);
    expect(reason.interval?.low).toBeCloseTo(-(mirrored.interval?.high ?? 0), 9);
    expect(reason.interval?.high).toBeCloseTo(-(mirrored.interval?.low ?? 0), 9);
    expect(Object.is(judged(errorRate, logged(0.1, 0.1, 1000, 'errorRate')).measured, 0)).toBe(true);
  });

  test('how many rows would settle it, and they do', () => {
    const note = judged({}, logged(0.9, 0.91)).note ?? '';
    const rows = Number(
      /about ([\d,]+) rows like these would settle it, with predictions fewer/.exec(note)?.[1]?.replace(',', ''),
    );
    expect(judged({}, logged(0.9, 0.91, rows)).overall).toBe('pass');
    expect(judged({}, logged(0.9, 0.91, Math.floor(rows * 0.95))).overall).toBe('inconclusive');
  });

  test('no number of rows where none would do', () => {
    expect(judged({}, logged(0.9, 0.9)).note).toMatch(/rows like these would not settle it/);
    expect(judged({}, logged(0.9, 0.95)).note).not.toMatch(/settle/);
  });
});

const pairs = (championOnly: number, challengerOnly: number): PairedCounts => ({
  n: 1000, bothRight: 850, championOnly, challengerOnly, bothWrong: 150 - championOnly - challengerOnly, majority: 0, majorityLabel: 'ham',
}); // prettier-ignore

describe('predictions decide where there are any', () => {
  test.each<[string, PairedCounts, Evidence, Verdict]>([
    ['a difference that n alone could not tell', pairs(0, 10), logged(0.85, 0.86), 'pass'],
    ['metrics that claim the opposite', pairs(60, 2), logged(0.5, 0.99), 'fail'],
    ['metrics that are impossible', pairs(0, 10), logged(85, 86), 'pass'],
  ])('%s', (_, paired, evidence, expected) => {
    const reason = judged({}, { ...evidence, paired });
    expect(reason.overall).toBe(expected);
    expect(reason.note).toMatch(/^champion alone right on/);
  });
});

describe('verdicts are in order', () => {
  const RANK: Record<Verdict, number> = { error: -1, fail: 0, inconclusive: 1, pass: 2 };
  const value = fc.double({ min: 0, max: 1, noNaN: true });
  const n = fc.integer({ min: 1, max: 20_000 });
  const asked = fc.record({
    compare: fc.constantFrom('superior' as const, 'nonInferior' as const),
    margin: fc.double({ min: 0, max: 0.2, noNaN: true }),
    confidence: fc.double({ min: 0.6, max: 0.99, noNaN: true }),
  });
  const rank = (policy: Partial<GatePolicy>, evidence: Evidence) => RANK[judged(policy, evidence).overall];

  test('a better challenger is never judged worse, nor a better champion kinder', () => {
    fc.assert(
      fc.property(asked, value, value, value, n, (policy, fixed, one, other, rows) => {
        const [less, more] = one < other ? [one, other] : [other, one];
        expect(rank(policy, logged(fixed, more, rows))).toBeGreaterThanOrEqual(rank(policy, logged(fixed, less, rows)));
        expect(rank(policy, logged(more, fixed, rows))).toBeLessThanOrEqual(rank(policy, logged(less, fixed, rows)));
      }),
      { seed: 1 },
    );
  });

  test('more rows like these never unsettle what is settled, and more confidence never settles more', () => {
    fc.assert(
      fc.property(asked, value, value, n, (policy, champion, challenger, rows) => {
        const now = rank(policy, logged(champion, challenger, rows));
        const more = rank(policy, logged(champion, challenger, rows * 3));
        expect(now === 1 || more === now).toBe(true);
        const surer = { ...policy, confidence: policy.confidence + (1 - policy.confidence) / 2 };
        const then = rank(surer, logged(champion, challenger, rows));
        expect(then === now || then === 1).toBe(true);
      }),
      { seed: 1 },
    );
  });

  test('errors counted instead of right answers change nothing', () => {
    fc.assert(
      fc.property(asked, fc.nat({ max: 400 }), fc.nat({ max: 400 }), (policy, a, b) => {
        const right = rank(policy, logged(a / 400, b / 400, 400));
        expect(rank({ ...policy, ...errorRate }, logged(1 - a / 400, 1 - b / 400, 400, 'errorRate'))).toBe(right);
      }),
      { seed: 1 },
    );
  });
});

/** The odds of k of n at p, by the recurrence from k = 0. */
function odds(n: number, p: number): number[] {
  const all = [(1 - p) ** n];
  for (let k = 1; k <= n; k += 1) all.push(((all[k - 1] ?? 0) * (n - k + 1) * p) / (k * (1 - p)));
  return all;
}

/** Numerical Recipes' congruential generator: the same rows each time. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Exactly, over all outcomes of two that err independently of each other: the worst that one may expect. */
function passRate(policy: Partial<GatePolicy>, n: number, champion: number, challenger: number): number {
  const [theirs, mine] = [odds(n, champion), odds(n, challenger)];
  let rate = 0;
  for (let a = 0; a <= n; a += 1)
    for (let b = 0; b <= n; b += 1) {
      const likely = (theirs[a] ?? 0) * (mine[b] ?? 0);
      if (likely > 1e-9 && judged(policy, logged(a / n, b / n, n)).overall === 'pass') rate += likely;
    }
  return rate;
}

/** Drawn over the same rows: each alone is right on half of those where they disagree. */
function simulated(rounds: number, n: number, bothRight: number, disagree: number): number {
  const next = chance(20_260_302);
  let passes = 0;
  for (let round = 0; round < rounds; round += 1) {
    let [champion, challenger] = [0, 0];
    for (let row = 0; row < n; row += 1) {
      const draw = next();
      if (draw < bothRight + disagree / 2) champion += 1;
      if (draw < bothRight || (draw >= bothRight + disagree / 2 && draw < bothRight + disagree)) challenger += 1;
    }
    if (judged({}, logged(champion / n, challenger / n, n)).overall === 'pass') passes += 1;
  }
  return passes / rounds;
}

describe('how often chance alone passes', () => {
  test.each<[string, Partial<GatePolicy>, number, number]>([
    ['equal at 50 %', {}, 0.5, 0.5],
    ['equal at 90 %', {}, 0.9, 0.9],
    ['equal at 97 %', {}, 0.97, 0.97],
    ['better by no more than the margin', { margin: 0.05 }, 0.85, 0.9],
    ['worse by the margin', nonInferior(0.05), 0.9, 0.85],
  ])('independent, %s: about 5 % at 95 %', (_, policy, champion, challenger) => {
    // The score interval is approximate, the more so the fewer the rows.
    expect(passRate(policy, 60, champion, challenger)).toBeLessThan(0.0625);
    expect(passRate(policy, 200, champion, challenger)).toBeLessThan(0.055);
  });

  test('independent: the level is that of one end, as for pairs', () => {
    expect(passRate({}, 60, 0.5, 0.5)).toBeGreaterThan(0.04);
  });

  test.each([
    ['agree on all but 6 % of the rows', 0.87, 0.06, 0.01],
    ['agree only somewhat more often than chance has it', 0.84, 0.12, 0.05],
  ])('two that are right on 90 %% of the same 200 rows and %s', (_, bothRight, disagree, most) => {
    expect(simulated(1500, 200, bothRight, disagree)).toBeLessThanOrEqual(most);
  });
});
