import { describe, expect, test } from 'vitest';
import { judgeGate } from '../../../../src/lib/core/gate/judge.ts';
import { countPairs, countRecords } from '../../../../src/lib/core/gate/pairs.ts';
import type { GatePolicy } from '../../../../src/lib/core/policy/policy.ts';
import type { Verdict } from '../../../../src/lib/core/verdict.ts';
import { classes, compared, gated, lines, why, type Given } from './given.ts';

/** The challenger is right whenever it says so, which is as often as `said`. */
const sparing = (said: number) =>
  Array.from({ length: 1000 }, (_, row) => ({
    label: row < 300 ? 1 : 0,
    champion: row < 240 || row >= 940 ? 1 : 0,
    challenger: row < said ? 1 : 0,
  }));

describe('precision of few answers', () => {
  test.each([1, 3, 10, 29])('%i are no proof, however right they are', async (said) => {
    expect(await compared('precision', sparing(said))).toMatchObject({ estimate: { challenger: 1, fewest: said, counted: 'answers' } }); // prettier-ignore
    expect(await gated('precision', sparing(said))).toBe('inconclusive');
  });

  test('thirty may be', async () => {
    expect(await gated('precision', sparing(30))).toBe('pass');
  });
});

/** A challenger that is right on 80 of 100 rows. */
const hundreds = (champion: (label: number, row: number) => unknown) =>
  Array.from({ length: 1000 }, (_, row) => {
    const label = row % 2;
    return { label, champion: champion(label, row), challenger: row % 10 < 8 ? label : 1 - label };
  });
const right = (label: number, row: number) => (row % 10 < 7 ? label : 1 - label);

describe('a broken measurement of the champion is no gain', () => {
  test.each<[string, (label: number, row: number) => unknown, Verdict]>([
    ['none', right, 'pass'],
    ['other words', (label, row) => (right(label, row) ? 'spam' : 'ham'), 'error'],
    ['words that are nothing, in a fifth of the rows', (label, row) => (row % 5 === 0 ? 'None' : right(label, row)), 'error'],
    ['numbers with a point, as text', (label, row) => `${right(label, row)}.0`, 'error'],
    ['true and false', (label, row) => right(label, row) === 1, 'error'],
  ])('%s', async (_, champion, expected) => {
    expect(await gated('accuracy', hundreds(champion))).toBe(expected);
    expect(await gated('f1', hundreds(champion))).toBe(expected);
  }); // prettier-ignore

  test('and of the challenger a fault', async () => {
    const turned = hundreds((label, row) => (right(label, row) ? 'spam' : 'ham')).map(({ label, champion, challenger }) => ({ label, champion: challenger, challenger: champion })); // prettier-ignore
    const { faults } = await countPairs(lines(turned), { metrics: ['accuracy'] });
    expect(faults).toEqual(['predictions: no answer of the challenger is one of the labels: it says "ham", "spam", the labels are "0", "1"']); // prettier-ignore
  });

  test('None may be a class', async () => {
    const named = hundreds(right).map((row) => Object.fromEntries(Object.entries(row).map(([who, one]) => [who, one ? 'dent' : 'None']))); // prettier-ignore
    expect(await gated('accuracy', named as unknown as Given[])).toBe('pass');
  });

  test.each<[string, (score: number) => number, Verdict]>([
    ['none', (score) => score, 'pass'],
    ['a sign that is turned', (score) => 1 - score, 'error'],
    ['no meaning, and a little below chance', (score) => (score * 7919) % 1, 'pass'],
  ])('of scores: %s', async (_, turned, expected) => {
    const rows = Array.from({ length: 1000 }, (__, row) => {
      const [label, luck] = [row % 2, (row * 0.618034) % 1];
      return { label, champion: turned(0.3 * label + 0.7 * luck), challenger: 0.5 * label + 0.5 * luck };
    });
    expect(await gated('auc', rows)).toBe(expected);
  });
});

const far = (off: number) => Array.from({ length: 100 }, (_, row) => ({ label: row, champion: row + 1 + (row % 3), challenger: row + (row === 7 ? off : 0) })); // prettier-ignore

describe('numbers beyond all numbers', () => {
  test.each([['rmse', 1e200], ['mse', 1e200], ['mae', 1e308]])('are an error in %s', async (metric, off) => {
    const rows = [...far(off), { label: 0, champion: 1, challenger: off }, { label: 0, champion: 1, challenger: off }];
    expect(await why(metric, rows)).toBe(`the numbers are too large for ${metric} to be computed`);
    expect(await gated(metric, rows, 'lower')).toBe('error');
  }); // prettier-ignore

  test('one row has no error', async () => {
    expect(await why('mae', [{ label: 1, champion: 1.5, challenger: 2 }])).toMatch(/a single row/);
  });

  test('as they were logged leave no reason that cannot be kept', () => {
    const gate: GatePolicy = { metric: 'spread', better: 'higher', compare: 'superior', margin: 0, confidence: 0.95, judge: 'fixedMargin', guardrails: [], require: [] }; // prettier-ignore
    const logged = { spread: { champion: -1.7e308, challenger: 1.7e308 } };
    const { verdict, reasons, gain } = judgeGate(gate, { data: 'd', dataVersion: '1', metrics: logged, faults: [] }, true); // prettier-ignore
    expect([verdict, gain]).toEqual(['error', undefined]);
    expect(reasons[0]).not.toHaveProperty('measured');
  });
});

const half = ({ label, champion, challenger }: Given) => Object.fromEntries(Object.entries({ label, champion, challenger }).map(([who, one]) => [who, `${String(one)}\ud800`])); // prettier-ignore

describe('text of other people', () => {
  test('is cut between characters, and mended where it was not', async () => {
    const value = `${'x'.repeat(59)}\u{1f600}`;
    const rows = (['x\ud800', value] as const).flatMap((region) => classes.map((row) => ({ ...row, ...half(row), slice: { region } }))); // prettier-ignore
    const { slices, paired } = await countPairs(lines(rows), { metrics: [], slices: { by: ['region'], metric: 'accuracy', minRows: 1 } }); // prettier-ignore
    expect(slices?.map((slice) => slice.value)).toEqual([`${'x'.repeat(59)}\ufffd...`, 'x\ufffd']);
    const { faults } = await countPairs(lines(rows).flatMap((line) => [line, line].map((one) => one.replace(/"id":\d+/, `"id":"${'x'.repeat(198)}\u{1f600}"`))), { metrics: [] }); // prettier-ignore
    for (const text of [...(slices ?? []).map((slice) => slice.value), paired?.majorityLabel ?? '', ...faults])
      expect(text.isWellFormed()).toBe(true);
  });
});

async function* records(rows: readonly (readonly [string, string, string])[]) {
  for (const [row, [label, champion, challenger]] of rows.entries())
    yield { line: row + 2, record: { id: `${row}`, label, champion, challenger } };
}

const rightOf = async (label: string, answer: string) => {
  const { paired, faults } = await countRecords(records([[label, label, answer]]), { metrics: [] });
  expect(faults).toEqual([]);
  return paired?.bothRight === 1;
};

describe('what a CSV file writes like numbers', () => {
  test.each([['01', '1'], ['007', '7'], ['0e1', '0e2'], ['1e1', '10'], ['+1', '1'], ['-0', '0']])('%s and %s are two classes', async (one, other) => {
    expect(await rightOf(one, other)).toBe(false);
  }); // prettier-ignore

  test.each([['1', '1.0'], ['-2', '-2.00'], ['True', 'true'], ['0', '0.0']])('%s and %s are one', async (one, other) => {
    expect(await rightOf(one, other)).toBe(true);
  }); // prettier-ignore

  test('is a number to what counts numbers', async () => {
    const given = [['1e17', '007', '100000000000000000000'], ['10', '1e1', '+5'], ['3', '2.5', '03']] as const;
    const { compared: found } = await countRecords(records(given), { metrics: ['mae'] });
    const challenger = (Math.abs(1e20 - 1e17) + 5 + 0) / 3;
    expect(found?.['mae']).toMatchObject({ estimate: { challenger } });
  }); // prettier-ignore
});

describe('where the margin alone decides', () => {
  const gate: GatePolicy = { metric: 'balanced_accuracy', better: 'higher', compare: 'superior', margin: 0.01, confidence: 0.95, judge: 'fixedMargin', guardrails: [], require: [] }; // prettier-ignore
  test.each<[string, number, number, Verdict]>([
    ['shares', 0.9, 0.93, 'pass'],
    ['both in percent', 90, 93, 'pass'],
    ['percent after a share', 0.93, 91, 'error'],
    ['a share after percent', 93, 0.94, 'error'],
    ['beyond percent', 90, 193, 'error'],
    ['below none', 0.9, -0.1, 'error'],
  ])('%s', (_, champion, challenger, expected) => {
    const metrics = { balanced_accuracy: { champion, challenger } };
    expect(judgeGate(gate, { data: 'd', dataVersion: '1', metrics, faults: [] }, true).verdict).toBe(expected);
  });
});

describe('few rows', () => {
  const gate: GatePolicy = { metric: 'accuracy', better: 'higher', compare: 'superior', margin: 0, confidence: 0.95, guardrails: [], require: [] }; // prettier-ignore
  test.each<[number, Verdict]>([[5, 'inconclusive'], [29, 'inconclusive'], [30, 'pass']])('%i of accuracy: %s', (n, expected) => {
    const paired = { n, bothRight: 0, championOnly: 0, challengerOnly: n, bothWrong: 0, majority: 0, majorityLabel: 'a' };
    const evidence = { data: 'd', dataVersion: '1', faults: [] };
    expect(judgeGate(gate, { ...evidence, metrics: {}, paired }, true).verdict).toBe(expected);
    expect(judgeGate(gate, { ...evidence, metrics: { accuracy: { champion: 0, challenger: 1 } }, n }, true).verdict).toBe(expected);
  }); // prettier-ignore
});

test('whole numbers beyond 2^53 are no ids: two of them are read as one', async () => {
  const rows = ['9007199254740993', '9007199254740992'].map((id) => `{"id": ${id}, "label": 1, "champion": 1, "challenger": 1}`); // prettier-ignore
  const { faults } = await countPairs(rows);
  expect(faults).toHaveLength(2);
  expect(faults[0]).toContain('must be written as text');
  const fine = ['9007199254740991', '-3', '0.5', '"9007199254740993"'].map((id) => `{"id": ${id}, "label": 1, "champion": 1, "challenger": 1}`); // prettier-ignore
  expect((await countPairs(fine)).faults).toEqual([]);
});

test('a positive label that is written in two ways is not guessed', async () => {
  const rows = [...classes, ...classes.map((row) => ({ ...row, label: 'Spam' }))];
  expect(await why('f1', rows, { positive: 'spam' })).toBe('is the label "Spam" the positive one, too? gate.positive is "spam"'); // prettier-ignore
});

test.each<[number, number, boolean]>([[0, 4, true], [1, 6, true], [8, 30, false], [10, 22, false]])('%i against %i: where test and interval differ it is said which decides', (championOnly, challengerOnly, said) => {
  const gate: GatePolicy = { metric: 'accuracy', better: 'higher', compare: 'superior', margin: 0, confidence: 0.95, guardrails: [], require: [] };
  const paired = { n: 1000, bothRight: 900, championOnly, challengerOnly, bothWrong: 100 - championOnly - challengerOnly, majority: 0, majorityLabel: 'a' };
  const [reason] = judgeGate(gate, { data: 'd', dataVersion: '1', metrics: {}, faults: [], paired }, true).reasons;
  const differ = (reason?.verdict === 'pass') !== ((reason?.interval?.low ?? 0) > 0);
  expect([differ, reason?.note?.includes('decides, not the interval')]).toEqual([said, said]);
}); // prettier-ignore
