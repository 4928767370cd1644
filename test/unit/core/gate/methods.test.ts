import { describe, expect, test } from 'vitest';
import type { Compared, Evidence, PairedEstimate } from '../../../../src/lib/core/gate/evidence.ts';
import { judgeGate } from '../../../../src/lib/core/gate/judge.ts';
import type { GatePolicy } from '../../../../src/lib/core/policy/policy.ts';
import type { Verdict } from '../../../../src/lib/core/verdict.ts';

const gate: GatePolicy = { metric: 'auc', better: 'higher', compare: 'superior', margin: 0, confidence: 0.95, guardrails: [], require: [] }; // prettier-ignore
const evidence: Evidence = { job: 'e1', data: 'holdout', dataVersion: '4', metrics: {}, faults: [] };

function judged(policy: Partial<GatePolicy>, given: Partial<Evidence>) {
  const { verdict, reasons } = judgeGate({ ...gate, ...policy }, { ...evidence, ...given }, true);
  const [reason] = reasons;
  if (!reason) throw new Error('nothing was judged');
  return { ...reason, overall: verdict };
}

const rows = (champion: number, challenger: number, error: number, more: Partial<PairedEstimate> = {}): Partial<Evidence> => {
  const estimate = { n: 1000, champion, challenger, error, fewest: 300, ...more };
  return { compared: { auc: { estimate }, brier: { estimate }, rmse: { estimate } } };
}; // prettier-ignore
const lower = { metric: 'brier', better: 'lower' } as const;
const within = (margin: number) => ({ compare: 'nonInferior', margin }) as const;

describe('an estimate of the same rows', () => {
  // 1.645 errors on the side that decides.
  test.each<[string, Partial<GatePolicy>, Partial<Evidence>, Verdict]>([
    ['clearly better', {}, rows(0.8, 0.82, 0.01), 'pass'],
    ['better within its error', {}, rows(0.8, 0.816, 0.01), 'inconclusive'],
    ['clearly worse', {}, rows(0.82, 0.8, 0.01), 'fail'],
    ['better, but not by the margin', { margin: 0.01 }, rows(0.8, 0.82, 0.01), 'inconclusive'],
    ['surely not better by the margin', { margin: 0.05 }, rows(0.8, 0.82, 0.01), 'fail'],
    ['not worse by more than the margin', within(0.02), rows(0.8, 0.8, 0.01), 'pass'],
    ['perhaps worse by more', within(0.015), rows(0.8, 0.8, 0.01), 'inconclusive'],
    ['lower is better', lower, rows(0.2, 0.18, 0.01), 'pass'],
    ['lower is better, and it is higher', lower, rows(0.18, 0.2, 0.01), 'fail'],
    // (2 z^2 + 1) / (6 sqrt 1000) = 0.034 errors more a unit of skew, on the side of its sign.
    ['a long tail of losses', {}, rows(0.8, 0.817, 0.01, { skew: -5 }), 'inconclusive'],
    ['a long tail of gains', {}, rows(0.8, 0.817, 0.01, { skew: 5 }), 'pass'],
    ['a long tail of losses where lower is better', lower, rows(0.217, 0.2, 0.01, { skew: 5 }), 'inconclusive'],
    ['a long tail of gains where lower is better', lower, rows(0.217, 0.2, 0.01, { skew: -5 }), 'pass'],
  ])('%s', (_, policy, given, expected) => {
    expect(judged(policy, given).overall).toBe(expected);
  }); // prettier-ignore

  test.each([0.9, 0.5])('of too few rows decides nothing, whether it is better or worse (%d)', (challenger) => {
    const reason = judged({}, rows(0.7, challenger, 0.001, { n: 500, fewest: 29 }));
    expect(reason.overall).toBe('inconclusive');
    expect(reason.note).toBe('compared row by row; 29 rows of the rarer class; about 518 rows like these would be enough to judge it'); // prettier-ignore
  });

  test('without an error, since all rows are alike, decides nothing', () => {
    expect(judged({ metric: 'rmse', better: 'lower', ...within(1) }, rows(0, 0, 0, { fewest: 1000 })).overall).toBe('inconclusive'); // prettier-ignore
  });

  test('says both values, the difference as the metric counts, its interval, and how many rows would do', () => {
    const reason = judged(lower, rows(0.2, 0.19, 0.01));
    expect(reason).toMatchObject({ champion: 0.2, challenger: 0.19, measured: expect.closeTo(-0.01, 12), limit: 0, samples: 1000, unit: 'plain' }); // prettier-ignore
    expect(reason.interval).toMatchObject({ low: expect.closeTo(-0.02645, 4), high: expect.closeTo(0.00645, 4), confidence: 0.9 }); // prettier-ignore
    expect(reason.note).toMatch(/about 2,800 rows like these would settle it$/);
    expect(judged(lower, rows(0.2, 0.2, 0.01)).note).toMatch(/rows like these would not settle it, however many/);
  });

  test('that is not there is an error which says why', () => {
    const compared: Record<string, Compared> = { auc: { why: 'auc needs scores; the predictions hold classes (line 1)' } }; // prettier-ignore
    const reason = judged({}, { compared, metrics: { auc: { champion: 0.5, challenger: 0.9 } } });
    expect([reason.overall, reason.note]).toEqual(['error', expect.stringContaining('auc needs scores')]);
  });

  test('decides where there is one, whatever was logged', () => {
    const metrics = { auc: { champion: 0.5, challenger: 0.9 } };
    expect(judged({}, { ...rows(0.8, 0.7, 0.01), metrics, classes: { positive: 5000, negative: 5000 } }).overall).toBe('fail'); // prettier-ignore
  });
});

const logged = (metric: string, champion: number, challenger: number, more: Partial<Evidence> = {}): Partial<Evidence> => ({ metrics: { [metric]: { champion, challenger } }, ...more }); // prettier-ignore
const classes = (positive: number, negative: number) => ({ classes: { positive, negative } });

describe('metrics alone', () => {
  const rmse = { metric: 'rmse', better: 'lower' } as const;

  test.each<[string, Partial<GatePolicy>, Partial<Evidence>, Verdict]>([
    ['an area on many rows', {}, logged('auc', 0.8, 0.85, classes(1000, 1000)), 'pass'],
    ['an area on few', {}, logged('auc', 0.8, 0.85, classes(100, 100)), 'inconclusive'],
    ['an area of few positives', {}, logged('auc', 0.6, 0.99, classes(29, 100_000)), 'inconclusive'],
    ['an area without the rows of each class', {}, logged('auc', 0.8, 0.95, { n: 10_000 }), 'inconclusive'],
    ['rows of classes that do not come to n', {}, logged('auc', 0.8, 0.95, { n: 999, ...classes(500, 500) }), 'error'],
    ['an area in percent', {}, logged('auc', 80, 95, classes(500, 500)), 'error'],
    ['a perfect area still has an error', {}, logged('auc', 0.99, 1, classes(40, 40)), 'inconclusive'],
    ['an error on many rows', rmse, logged('rmse', 10, 9, { n: 2000 }), 'pass'],
    ['an error on few', rmse, logged('rmse', 10, 9, { n: 200 }), 'inconclusive'],
    ['a larger error', rmse, logged('rmse', 9, 11, { n: 2000 }), 'fail'],
    ['an error below none', rmse, logged('rmse', -9, -10, { n: 2000 }), 'error'],
    ['an error for which higher is said to be better', { metric: 'rmse' }, logged('rmse', 9, 11, { n: 2000 }), 'error'],
    ['a loss of which n says nothing', lower, logged('brier', 0.2, 0.1, { n: 100_000 }), 'inconclusive'],
  ])('%s', (_, policy, given, expected) => {
    expect(judged(policy, given).overall).toBe(expected);
  }); // prettier-ignore

  test('Hanley and McNeil’s own example has their error', () => {
    // Radiology 143 (1982): 58 normal and 51 abnormal cases, area 0.893, error 0.032.
    const { interval } = judged({}, logged('auc', 0.893, 0.893, classes(51, 58)));
    expect((interval?.high ?? 0) / 1.6449 / Math.SQRT2).toBeCloseTo(0.0325, 3);
  });

  test.each<[string, Partial<GatePolicy>, Partial<Evidence>, Verdict]>([
    ['better by more than the margin', { margin: 0.01 }, logged('latency', 1, 1.02), 'pass'],
    ['better by just the margin', { margin: 0.5 }, logged('latency', 1, 1.5), 'fail'],
    ['worse by just the margin', within(0.5), logged('latency', 1.5, 1), 'pass'],
    ['worse', within(0.25), logged('latency', 1.5, 1), 'fail'],
    ['not logged', {}, {}, 'inconclusive'],
  ])('decide by the margin alone where the policy says so: %s', (_, policy, given, expected) => {
    const metric = { metric: 'latency', ...policy };
    expect(judged({ ...metric, judge: 'fixedMargin' }, given).overall).toBe(expected);
    expect(judged(metric, given).overall).toBe('inconclusive');
  }); // prettier-ignore

  test('a fixed margin gives way to n', () => {
    const accuracy = { metric: 'accuracy', judge: 'fixedMargin' } as const;
    expect(judged(accuracy, logged('accuracy', 0.9, 0.91, { n: 100 })).overall).toBe('inconclusive');
    expect(judged(accuracy, logged('accuracy', 0.9, 0.91)).overall).toBe('pass');
  });

  test('bounds are held against values that can be', () => {
    const bound = { metric: 'accuracy', min: 0.9 };
    const verdict = (challenger: number) => judgeGate({ ...gate, ...bound }, { ...evidence, n: 500, metrics: { accuracy: { challenger } } }, false).verdict; // prettier-ignore
    expect([verdict(0.95), verdict(71), verdict(-1)]).toEqual(['pass', 'error', 'error']);
  });
});
