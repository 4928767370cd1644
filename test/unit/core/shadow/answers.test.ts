import { describe, expect, test } from 'vitest';
import { compareAnswers, rowsOf, type AnswersAsked } from '../../../../src/lib/core/shadow/answers.ts';

const LABEL = { inputs: 'model_inputs', outputs: 'model_outputs', rows: '', prediction: 'label' } as const;
const SCORE = { inputs: 'model_inputs', outputs: 'model_outputs', rows: '', score: 'p' } as const;
const labels = (...rows: unknown[]) => rows.map((label) => ({ label }));
const scores = (...values: unknown[]) => values.map((p) => ({ p }));

/** Each pair is what both answered to one input. */
function compare(asked: AnswersAsked, ...pairs: readonly (readonly [champion: unknown, challenger: unknown])[]) {
  return compareAnswers(pairs.map(([champion, challenger]) => ({ champion: rowsOf(champion, asked), challenger: rowsOf(challenger, asked) ?? [] })), asked);
} // prettier-ignore

describe('answers of another class', () => {
  const cases: [string, AnswersAsked, unknown, unknown, number][] = [
    ['the same', LABEL, labels('ham', 'spam'), labels('ham', 'spam'), 0],
    ['one row of two', LABEL, labels('ham', 'spam'), labels('ham', 'ham'), 1 / 2],
    ['true, and the text true', LABEL, labels(true), labels('true'), 0],
    ['1, and the text 1', LABEL, labels(1), labels('1'), 0],
    ['none of the challenger: its column is called otherwise', LABEL, labels('ham'), [{ class: 'ham' }], 1],
    ['none of the challenger: it answered fewer rows', LABEL, labels('ham', 'ham', 'spam'), labels('ham'), 2 / 3],
    ['none of the challenger: it answered no list', LABEL, labels('ham'), null, 1],
    ['more rows than the champion has', LABEL, labels('ham'), labels('ham', 'spam'), 1 / 2],
    ['rows where the champion has none', LABEL, [], labels('ham'), 1],
    ['no rows on either side', LABEL, [], [], 0],
    ['a row that the champion gave no class is not counted', LABEL, labels('ham', null), labels('spam', 'x'), 1],
    ['one answer that is no list', LABEL, { label: 'ham' }, { label: 'spam' }, 1],
    ['answers that are no maps', LABEL, ['ham', 'spam'], ['ham', 'ham'], 1 / 2],
    ['rows further in', { ...LABEL, rows: '/out/rows' }, { out: { rows: labels('a') } }, { out: { rows: labels('b') } }, 1],
    ['a property that every map inherits is no column', { ...LABEL, prediction: 'constructor' }, [{ constructor: 'a' }], [{}], 1],
    ['long ones of the same length', LABEL, labels(`a${'x'.repeat(500)}`), labels(`b${'x'.repeat(500)}`), 1],
    ['long ones of another length', LABEL, labels('x'.repeat(500)), labels('x'.repeat(501)), 1],
  ]; // prettier-ignore
  test.each(cases)('%s', (_, asked, champion, challenger, share) => {
    expect(compare(asked, [champion, challenger])).toEqual({ requests: 1, unreadable: 0, flips: { n: 1, share } });
  });

  test('are a mean over inputs: one with many rows is one', () => {
    const many = Array.from({ length: 99 }, () => 'a');
    expect(compare(LABEL, [labels(...many), labels(...many)], [labels('a'), labels('b')]).flips).toEqual({ n: 2, share: 0.5 }); // prettier-ignore
  });
});

test('a champion whose answer holds nothing where it should is counted, and never as agreement', () => {
  const unreadable = [[], '', { rows: null }, undefined, { rows: labels(null) }].map(
    (answer) => [answer, labels('x')] as const,
  );
  expect(compare({ ...LABEL, rows: '/rows' }, ...unreadable)).toEqual({ requests: 0, unreadable: 5 });
  expect(compare(LABEL, [[{ class: 'a' }], labels('a')])).toEqual({ requests: 0, unreadable: 1 });
  expect(compare(SCORE, [scores('a'), scores(1)])).toEqual({ requests: 0, unreadable: 1 });
});

describe('scores', () => {
  test('are compared row by row, the challenger’s less the champion’s, as a mean over inputs', () => {
    const { shift } = compare(SCORE, [scores(0.2, 0.4), scores(0.3, 0.6)], [scores(0.9), scores(0.9)]);
    expect(shift).toMatchObject({ rows: 3, unscored: 0, n: 2, range: 1 });
    expect(shift?.champion).toBeCloseTo(0.6, 12);
    expect(shift?.difference).toBeCloseTo(0.075, 12);
    expect(shift?.challenger).toBeCloseTo(0.675, 12);
    expect(compare(SCORE, [scores(-1), scores(2)], [scores(0), scores(0)]).shift?.range).toBe(3);
  });

  test.each([[null], ['0.4'], [Number.NaN], [1e110], [Number.POSITIVE_INFINITY]])('that are %s are none', (odd) => {
    const { shift, requests } = compare(
      SCORE,
      [scores(0.2, 0.4), scores(0.3, odd)],
      [scores(1), scores(1)],
      [scores(0), scores(0)],
    );
    expect([shift?.rows, shift?.unscored, requests]).toEqual([2, 1, 3]);
  });

  test('of one input only are no shift', () => {
    expect(compare(SCORE, [scores(0.2), scores(0.2)])).toEqual({ requests: 1, unreadable: 0 });
    expect(compare(SCORE, [scores(0.2), []], [scores(0.2), []])).toEqual({ requests: 2, unreadable: 0 });
  });

  test('as small as they may be, too', () => {
    const { shift } = compare(SCORE, ...Array.from({ length: 40 }, (_, n) => [scores(n * 1e-110), scores(n * 1.1e-110)] as const)); // prettier-ignore
    for (const value of Object.values(shift ?? {})) expect(Number.isFinite(value)).toBe(true);
  });

  test('as large as they may be still come to numbers', () => {
    const { shift } = compare(SCORE, ...Array.from({ length: 50 }, (_, n) => [scores(n), scores(n % 2 === 0 ? 1e12 : -1e12)] as const)); // prettier-ignore
    for (const value of Object.values(shift ?? {})) expect(Number.isFinite(value)).toBe(true);
  });
});
