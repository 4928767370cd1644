import { describe, expect, test } from 'vitest';
import { compareAnswers, type Answers, type Pair } from '../../../../src/lib/core/shadow/answers.ts';
import { couldJudge, judgeAnswers, measureAnswers, type AnswersPolicy } from '../../../../src/lib/core/shadow/judge.ts';
import { seeded } from '../seeded.ts';

const ASKED = { inputs: 'i', outputs: 'o', rows: '', prediction: 'label', score: 'p' } as const;
const FLIPS: AnswersPolicy = { ...ASKED, maxFlips: 0.05 };
const SHIFT: AnswersPolicy = { ...ASKED, maxShift: 0.02 };
const NOTHING: Answers = { copies: 0, requests: 0, unanswered: 0, unmatched: 0, unreadable: 0 };
const ALL: Answers = { ...NOTHING, copies: 2000, requests: 2000 };

const flipped = (share: number, requests = 2000, more: Partial<Answers> = {}): Answers => ({ ...NOTHING, copies: requests, requests, flips: { n: requests, share }, ...more }); // prettier-ignore
const shifted = (difference: number, more = {}): Answers => ({
  ...ALL, shift: { n: 2000, rows: 2000, unscored: 0, range: 1, difference, error: 0.001, champion: 0.5, challenger: 0.5 + difference, ...more },
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
  ['the challenger left many out: undecided', flipped(0, 2000, { copies: 2400, unanswered: 241 }), FLIPS, 'inconclusive'],
  ['it left few out: passes', flipped(0, 2000, { copies: 2400, unanswered: 240 }), FLIPS, 'pass'],
  ['many answers of the champion cannot be read: undecided', flipped(0, 2000, { unreadable: 223 }), FLIPS, 'inconclusive'],
  ['few cannot be read: passes', flipped(0, 2000, { unreadable: 222 }), FLIPS, 'pass'],
  ['originals that a collector did not keep are no matter: passes', flipped(0, 2000, { copies: 20_000, unmatched: 18_000 }), FLIPS, 'pass'],
  ['the score stays: passes', shifted(0.001), SHIFT, 'pass'],
  ['the score rises: fails', shifted(0.05), SHIFT, 'fail'],
  ['the score falls: fails', shifted(-0.05), SHIFT, 'fail'],
  ['the score moves by about the limit: undecided', shifted(-0.02), SHIFT, 'inconclusive'],
  ['the score never moves, of a hundred: what was not seen may move it', shifted(0, { n: 100, error: 0 }), SHIFT, 'inconclusive'],
  ['the score never moves, of a hundred, and scores lie close together: passes', shifted(0, { n: 100, error: 0, range: 0.1 }), SHIFT, 'pass'],
  ['scores of a few only, whatever the policy says: undecided', shifted(0, { n: 29, error: 0, range: 1e-9 }), SHIFT, 'inconclusive'],
  ['scores that are all one and the same: undecided', shifted(0, { error: 0, range: 0 }), SHIFT, 'inconclusive'],
  ['scores left out: undecided', shifted(0, { unscored: 21 }), SHIFT, 'inconclusive'],
  ['a few scores left out: passes', shifted(0, { unscored: 20 }), SHIFT, 'pass'],
  ['an interval without ends: undecided', shifted(0, { error: Number.POSITIVE_INFINITY }), SHIFT, 'inconclusive'],
  ['no number: undecided', shifted(Number.NaN), SHIFT, 'inconclusive'],
  ['no score at all: undecided', ALL, SHIFT, 'inconclusive'],
  ['nothing logged: undecided', NOTHING, FLIPS, 'inconclusive'],
])('%s', (_, found, policy, verdict) => {
  const reasons = judge(found, policy);
  expect(reasons.map((reason) => reason.verdict)).toEqual([verdict]);
  expect(reasons[0]?.note === undefined).toBe(verdict !== 'inconclusive');
}); // prettier-ignore

test('an interval that lost its ends on the way through JSON is no pass', () => {
  const measured = { shift: { value: 0, low: null, high: null, confidence: 0.99, inputs: 2000, champion: 0, challenger: 0 } }; // prettier-ignore
  const seen = { look: 1, to: '2026-03-02T10:00:00.000Z', found: shifted(0), measured: measured as never };
  expect(judgeAnswers(seen, SHIFT, 100)[0]?.verdict).toBe('inconclusive');
});

test('without limits nothing is judged, and before the first look nothing passes', () => {
  expect(judge(flipped(1), ASKED)).toEqual([]);
  expect(judgeAnswers(undefined, FLIPS, 1)).toMatchObject([{ verdict: 'inconclusive', note: 'logged answers were not read yet' }]); // prettier-ignore
});

describe('why it is undecided', () => {
  test.each([
    [NOTHING, 'does its data collector keep inputs and outputs?'],
    [{ ...NOTHING, copies: 40, unreadable: 40 }, 'in 40 of 40 answers of the champion there is nothing to compare where the policy says'],
    [{ ...NOTHING, copies: 40, unanswered: 7, requests: 33 }, 'for 7 of 40 copies the challenger’s log holds no answer'.replace('’', "'")],
    [{ ...NOTHING, copies: 73, requests: 3, unmatched: 70 }, "3 requests were answered by both, 100 are needed; for 70 copies the champion's log holds no original"],
    [flipped(0.05), 'too little to be sure yet'],
    [flipped(0.05, 2000, { cut: true }), 'no more is read: a person has to decide'],
  ])('%o', (found, said) => {
    expect(judge(found, FLIPS)[0]?.note).toContain(said);
  }); // prettier-ignore

  test('a look that says so could not judge', () => {
    expect([couldJudge(flipped(0, 99), 100), couldJudge(flipped(0, 100), 100)]).toEqual([false, true]);
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

describe('a version whose scores moved by twice what is allowed', () => {
  const draws = 2000;
  /** The share of inputs that move, and by how much, so that the mean moves by 0.04. */
  test.each([
    [100, 0.04, 1],
    [200, 0.04, 1],
    [1000, 0.04, 1],
    [100, 1, 0.04],
    [300, 0.2, 0.2],
  ])('is hardly ever passed: of %d inputs a share of %d moves by %d', (n, share, by) => {
    const random = seeded(5);
    let passed = 0;
    for (let one = 0; one < draws; one += 1) {
      const pairs: Pair[] = [];
      for (let input = 0; input < n; input += 1) {
        const score = random() * (1 - by);
        pairs.push({ champion: [{ label: 'a', score }], challenger: [{ label: 'a', score: random() < share ? score + by : score }] });
      }
      const found = { ...ALL, ...compareAnswers(pairs, ASKED) };
      if (judge(found, SHIFT)[0]?.verdict === 'pass') passed += 1;
    }
    // Promised are 0.125 % at this look.
    expect(passed / draws).toBeLessThanOrEqual(0.003);
  }); // prettier-ignore
});
