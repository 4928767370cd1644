import { describe, expect, test } from 'vitest';
import { compareAnswers, type AnsweredTwice, type AnswersAsked } from '../../../../src/lib/core/shadow/answers.ts';

const LABEL = { inputs: 'model_inputs', outputs: 'model_outputs', rows: '', prediction: 'label' } as const;
const SCORE = { inputs: 'model_inputs', outputs: 'model_outputs', rows: '', score: 'p' } as const;
const both = (champion: unknown, challenger: unknown): AnsweredTwice => ({ champion, challenger });
const scores = (...values: unknown[]) => values.map((p) => ({ p }));
const labels = (...rows: unknown[]) => rows.map((label) => ({ label }));

describe('rows that get another class', () => {
  const cases: [string, AnswersAsked, AnsweredTwice, number, number][] = [
    ['the same', LABEL, both(labels('ham', 'spam'), labels('ham', 'spam')), 0, 2],
    ['one of two', LABEL, both(labels('ham', 'spam'), labels('ham', 'ham')), 1, 2],
    ['true, and the text true', LABEL, both(labels(true), labels('true')), 0, 1],
    ['1, and the text 1', LABEL, both(labels(1), labels('1')), 0, 1],
    ['none of the challenger: its column is called otherwise', LABEL, both(labels('ham'), [{ class: 'ham' }]), 1, 1],
    ['none of the challenger: it answered fewer rows', LABEL, both(labels('ham', 'ham', 'spam'), labels('ham')), 2, 3],
    ['more rows than the champion has', LABEL, both(labels('ham'), labels('ham', 'spam')), 0, 1],
    ['a row that the champion gave no class is not counted', LABEL, both(labels('ham', null), labels('spam', 'x')), 1, 1],
    ['one answer that is no list', LABEL, both({ label: 'ham' }, { label: 'spam' }), 1, 1],
    ['answers that are no maps', LABEL, both(['ham', 'spam'], ['ham', 'ham']), 1, 2],
    ['rows further in', { ...LABEL, rows: '/out/rows' }, both({ out: { rows: labels('a') } }, { out: { rows: labels('b') } }), 1, 1],
    ['a property that every map inherits is no column', { ...LABEL, prediction: 'constructor' }, both([{ constructor: 'a' }], [{}]), 1, 1],
  ]; // prettier-ignore
  test.each(cases)('%s', (_, asked, pair, flipped, rows) => {
    const { flips, requests } = compareAnswers([pair], asked);
    expect([Math.round((flips?.share ?? 0) * (flips?.rows ?? 0)), flips?.rows, requests]).toEqual([flipped, rows, 1]);
  });
});

test('a champion whose answer holds nothing where it should is counted, and never as agreement', () => {
  const unreadable = [both([], labels('ham')), both('', []), both({ rows: [] }, labels('x')), both(undefined, labels('x')), both(labels(null), labels(null))]; // prettier-ignore
  expect(compareAnswers(unreadable, { ...LABEL, rows: '/rows' })).toEqual({ requests: 0, unreadable: 5 });
  expect(compareAnswers([both([{ class: 'a' }], labels('a'))], LABEL)).toEqual({ requests: 0, unreadable: 1 });
});

describe('scores', () => {
  test('are compared row by row, the challenger’s less the champion’s', () => {
    const { shift } = compareAnswers([both(scores(0.2, 0.4), scores(0.3, 0.6)), both(scores(0.9), scores(0.9))], SCORE);
    expect(shift).toMatchObject({ rows: 3, unscored: 0, n: 2 });
    expect(shift?.difference).toBeCloseTo(0.1, 12);
    expect([shift?.champion, shift?.challenger]).toEqual([0.5, 0.6]);
  });

  test('that the challenger leaves out, or that are no numbers, are counted', () => {
    const { shift } = compareAnswers([both(scores(0.2, 0.4, 0.1), scores(0.3, '0.4', Number.NaN))], SCORE);
    expect(shift).toMatchObject({ rows: 1, unscored: 2 });
  });

  test('of which there is none on both sides are no shift of zero', () => {
    expect(compareAnswers([both(scores(0.2), [])], SCORE)).toEqual({ requests: 1, unreadable: 0 });
  });
});

test('rows of one request are one observation', () => {
  const asked = [both(labels('a', 'a', 'a', 'a'), labels('b', 'b', 'b', 'b')), both(labels('a', 'a', 'a', 'a'), labels('a', 'a', 'a', 'a'))]; // prettier-ignore
  expect(compareAnswers(asked, LABEL).flips).toEqual({ rows: 8, share: 0.5, effective: 2 });
});
