import { describe, expect, test } from 'vitest';
import type { Answers } from '../../../../src/lib/core/shadow/answers.ts';
import { judgeAnswers, measureAnswers, type AnswersPolicy } from '../../../../src/lib/core/shadow/judge.ts';

const ASKED = { inputs: 'i', outputs: 'o', rows: '', prediction: 'label', score: 'p' } as const;
const FLIPS: AnswersPolicy = { ...ASKED, maxFlips: 0.05 };
const SHIFT: AnswersPolicy = { ...ASKED, maxShift: 0.02 };
const NOTHING: Answers = { requests: 0, unmatched: 0, unreadable: 0 };

const flipped = (share: number, rows = 2000): Answers => ({ ...NOTHING, requests: rows, flips: { rows, share, effective: rows } }); // prettier-ignore
const shifted = (difference: number, more = {}): Answers => ({
  ...NOTHING, requests: 2000, shift: { n: 2000, rows: 2000, unscored: 0, difference, error: 0.002, champion: 0.5, challenger: 0.5 + difference, ...more },
}); // prettier-ignore

function judge(found: Answers, policy: AnswersPolicy, { look = 1, minRequests = 100 } = {}) {
  const measured = measureAnswers(found, policy, { look, risk: 0.005 });
  return judgeAnswers({ look, to: '2026-03-02T10:00:00.000Z', found, measured }, policy, minRequests);
}

test.each([
  ['hardly any: passes', flipped(0.01), FLIPS, 'pass'],
  ['none at all: passes', flipped(0), FLIPS, 'pass'],
  ['far too many: fails', flipped(0.2), FLIPS, 'fail'],
  ['all: fails', flipped(1), FLIPS, 'fail'],
  ['about the limit: undecided', flipped(0.05), FLIPS, 'inconclusive'],
  ['a little above it: undecided', flipped(0.06), FLIPS, 'inconclusive'],
  ['none of a hundred: undecided', flipped(0, 100), FLIPS, 'inconclusive'],
  ['fewer requests than the policy asks for, however clear: undecided', flipped(1, 99), FLIPS, 'inconclusive'],
  ['the score stays: passes', shifted(0.001), SHIFT, 'pass'],
  ['the score rises: fails', shifted(0.05), SHIFT, 'fail'],
  ['the score falls: fails', shifted(-0.05), SHIFT, 'fail'],
  ['the score moves by about the limit: undecided', shifted(-0.02), SHIFT, 'inconclusive'],
  ['a score of which the spread is not known: undecided', shifted(0, { n: 1 }), SHIFT, 'inconclusive'],
  ['scores left out: undecided', shifted(0, { unscored: 21 }), SHIFT, 'inconclusive'],
  ['a few scores left out: passes', shifted(0, { unscored: 20 }), SHIFT, 'pass'],
  ['no score at all: undecided', { ...NOTHING, requests: 2000 }, SHIFT, 'inconclusive'],
  ['nothing logged: undecided', NOTHING, FLIPS, 'inconclusive'],
])('%s', (_, found, policy, verdict) => {
  const reasons = judge(found, policy);
  expect(reasons.map((reason) => reason.verdict)).toEqual([verdict]);
  expect(reasons[0]?.note === undefined).toBe(verdict !== 'inconclusive');
});

test('without limits nothing is judged, and before the first look nothing passes', () => {
  expect(judge(flipped(1), ASKED)).toEqual([]);
  expect(judgeAnswers(undefined, FLIPS, 1)).toMatchObject([{ verdict: 'inconclusive', note: 'logged answers were not read yet' }]); // prettier-ignore
});

describe('why it is undecided', () => {
  test.each([
    [NOTHING, 'does its data collector keep inputs and outputs?'],
    [{ ...NOTHING, unreadable: 40 }, 'in 40 answers of the champion there is nothing to compare where the policy says'],
    [{ ...NOTHING, requests: 3, unmatched: 70 }, '3 requests were answered by both, 100 are needed; of 70 copies the original was not found'], // prettier-ignore
  ])('%o', (found, said) => {
    expect(judge(found, FLIPS)[0]?.note).toContain(said);
  });
});

/** How often an interval may miss. */
function miss(policy: AnswersPolicy, look: number): number {
  return 1 - (measureAnswers(flipped(0.1), policy, { look, risk: 0.01 }).flips?.confidence ?? 0);
}

test('what is asked shares the risk, and each look has half of what the one before had', () => {
  const { score: _, ...alone } = FLIPS;
  expect(miss(alone, 1)).toBeCloseTo(0.005, 7);
  expect(miss(FLIPS, 1)).toBeCloseTo(0.0025, 7);
  expect(miss(FLIPS, 2)).toBeCloseTo(0.00125, 7);
  const all = [1, 2, 3, 4, 5, 6, 7, 8].reduce((sum, look) => sum + miss(alone, look), 0);
  expect(all).toBeLessThan(0.01);
});
