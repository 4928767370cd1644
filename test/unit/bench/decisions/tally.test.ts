import { expect, test } from 'vitest';
import type { Outcome, Trial } from '../../../../bench/decisions/outcome.ts';
import { bandsOf, summaryOf } from '../../../../bench/decisions/summary.ts';
import { median, rowsOf, wilson } from '../../../../bench/decisions/tally.ts';

/** Newcombe (1998), table I, method 3: 81/263, 15/148, 0/20, 1/29. */
test.each([
  [81, 263, 0.2553, 0.3662],
  [15, 148, 0.0624, 0.1605],
  [0, 20, 0, 0.1611],
  [1, 29, 0.0061, 0.1718],
])('Wilson for %d of %d is %d to %d', (k, n, low, high) => {
  const [from, to] = wilson(k, n);
  expect(from).toBeCloseTo(low, 4);
  expect(to).toBeCloseTo(high, 4);
});

test('the median of an even number is between the two in the middle', () => {
  expect([median([3, 1, 2]), median([4, 1, 2, 3]), median([])]).toEqual([2, 2.5, NaN]);
});

const outcome = (end: Outcome['end'], minutes = 10, exposed = 100): Outcome => ({ end, minutes, exposed, failed: 1 });
const trial = (outcomes: Outcome[], changed: Partial<Trial> = {}): Trial => ({ requestsPerMinute: 600, wald: { bad: 15, good: 20 }, horizonMinutes: 60, outcomes, ...changed }); // prettier-ignore
const METHODS = ['Steward', 'oracle (SPRT)'];

const ends = (set: 'named' | 'random', scenario: string, ...each: Outcome['end'][]) => ({
  set,
  scenario,
  trials: each.map((end) => trial([outcome(end)])),
});

test('a bad release that is held is no miss, a refused one is not judged, and a good one rolled back is false', () => {
  const rows = rowsOf([ends('named', 'err2x', 'promoted', 'held', 'held', 'rolledBack', 'refused', 'refused'), ends('named', 'healthy', 'promoted', 'held', 'rolledBack', 'rolledBack')], ['Steward']);
  expect(rows[0]).toMatchObject({ plans: 6, refused: 2, wrong: 0.25, rolledBack: 0.25, held: 0.5, interval: wilson(1, 4) });
  expect(rows[1]).toMatchObject({ plans: 4, refused: 0, wrong: 0.5 });
}); // prettier-ignore

const batch = (set: 'named' | 'random', scenario: string, steward: Outcome[], oracle: Outcome) => ({
  set,
  scenario,
  trials: steward.map((each) => trial([each, oracle])),
});

test('the summary is the worst of a kind over both sets, and ratios are to the oracle of the named set', () => {
  const bad = (exposed: number) => [outcome('rolledBack', 5, exposed)];
  const batches = [
    batch('named', 'healthy', [outcome('promoted', 30)], outcome('promoted', 20)),
    batch('random', 'low_ok', [outcome('rolledBack'), outcome('promoted'), outcome('promoted'), outcome('promoted')], outcome('promoted')),
    batch('named', 'err2x', bad(200), outcome('rolledBack', 5, 100)),
    batch('named', 'err5x', bad(200), outcome('rolledBack', 5, 100)),
    batch('named', 'hardfail', bad(100), outcome('rolledBack', 5, 100)),
    batch('named', 'low_fail', bad(400), outcome('rolledBack', 5, 100)),
    batch('random', 'leak', [outcome('promoted'), outcome('held')], outcome('notJudged')),
  ];
  const rows = rowsOf(batches, METHODS);
  expect(summaryOf('Steward', rows, batches)).toEqual({ worstFalseRollback: 0.25, missTwice: 0, missHard: 0.5, missLowFail: 0, exposureRatio: 2, promoteRatio: 1.5 });
}); // prettier-ignore

test('by traffic: what the oracle could not decide, and what was refused though it could', () => {
  const quiet = { requestsPerMinute: 2, wald: { bad: 900, good: 900 } };
  const trials = [
    trial([outcome('refused')], quiet),
    trial([outcome('held')], quiet),
    trial([outcome('promoted', 30)]),
    trial([outcome('promoted', 40)]),
    trial([outcome('promoted', 50)]),
    trial([outcome('refused')]),
  ];
  expect(bandsOf([{ set: 'random', scenario: 'healthy', trials }], 0)).toEqual([
    { traffic: [1, 3], plans: 2, beyondOracle: 1, refused: 0.5, refusedNeedlessly: 0 },
    { traffic: [300, 1000], plans: 4, beyondOracle: 0, refused: 0.25, refusedNeedlessly: 0.25, promoteRatio: 2 },
  ]);
});
