import { describe, expect, test } from 'vitest';
import type { Asked } from '../../../../src/lib/core/gate/evidence.ts';
import { countPairs, countRecords } from '../../../../src/lib/core/gate/pairs.ts';
import { classes, compared, lines, values, why, type Given } from './given.ts';

const scored: readonly Given[] = [
  { label: 1, champion: 0.9, challenger: 0.8 },
  { label: 1, champion: 0.4, challenger: 0.6 },
  { label: 0, champion: 0.4, challenger: 0.1 },
  { label: 0, champion: 0.2, challenger: 0.3 },
  { label: 0, champion: 0.6, challenger: 0.2 },
];

describe('values over the same rows', () => {
  // By hand: of six pairs of a positive and a negative the champion has 4.5 in order, the challenger all.
  test('auc counts pairs in order, ties by halves', async () => {
    expect(await values('auc', scored)).toEqual([4.5 / 6, 1]);
    expect(await values('roc_auc', scored)).toEqual([4.5 / 6, 1]);
  });

  test('brier is the mean square, log-loss the mean surprise', async () => {
    const [champion, challenger] = await values('brier', scored);
    expect(champion).toBeCloseTo((0.01 + 0.36 + 0.16 + 0.04 + 0.36) / 5, 12);
    expect(challenger).toBeCloseTo((0.04 + 0.16 + 0.01 + 0.09 + 0.04) / 5, 12);
    const [theirs] = await values('logLoss', scored);
    expect(theirs).toBeCloseTo(-(Math.log(0.9) + Math.log(0.4) + Math.log(0.6) + Math.log(0.8) + Math.log(0.4)) / 5, 12);
  }); // prettier-ignore

  test('log-loss of what was held impossible is large, and no end of it', async () => {
    const [champion] = await values('logLoss', [...scored, { label: 1, champion: 0, challenger: 0.5 }]);
    expect(champion).toBeGreaterThan(34 / 6);
    expect(champion).toBeLessThan(50 / 6);
  });

  test('rmse, mse and mae say how far off', async () => {
    const rows = [
      { label: 10, champion: 13, challenger: 9 },
      { label: 20, champion: 16, challenger: 20.5 },
    ];
    const [rmse, mine] = await values('rmse', rows);
    expect([rmse, mine]).toEqual([expect.closeTo(Math.sqrt(12.5), 12), expect.closeTo(Math.sqrt(0.625), 12)]);
    expect(await values('mse', rows)).toEqual([12.5, 0.625]);
    expect(await values('mae', rows)).toEqual([3.5, 0.75]);
  });

  test('precision, recall and f1 are of the class that the policy names', async () => {
    const spam = { positive: 'spam' };
    expect(await values('precision', classes, spam)).toEqual([1 / 3, 1]);
    expect(await values('recall', classes, spam)).toEqual([expect.closeTo(1 / 3, 12), expect.closeTo(2 / 3, 12)]);
    expect(await values('f1', classes, spam)).toEqual([expect.closeTo(2 / 6, 12), expect.closeTo(4 / 5, 12)]);
    const yes = classes.map(({ label, champion, challenger }) => ({ label: label === 'spam', champion: champion === 'spam', challenger: challenger === 'spam' })); // prettier-ignore
    expect(await values('precision', yes)).toEqual([1 / 3, 1]);
  });

  test('0 and 1 are classes to one metric and scores to another', async () => {
    const once = [{ label: 1, champion: 1, challenger: 1 }, { label: 0, champion: 1, challenger: 0 }]; // prettier-ignore
    const rows = [...once, ...once];
    const result = await countPairs(lines(rows), { metrics: ['accuracy', 'auc'] });
    expect(result.paired).toMatchObject({ n: 4, bothRight: 2, challengerOnly: 2 });
    expect(result.compared?.['auc']).toMatchObject({ estimate: { champion: 0.5, challenger: 1 } });
  });

  test('the rarer class is counted, and swapping the two models turns the difference over', async () => {
    const found = await compared('auc', scored);
    expect(found).toMatchObject({ estimate: { n: 5, fewest: 2 } });
    const turned = scored.map(({ label, champion, challenger }) => ({ label, champion: challenger, challenger: champion })); // prettier-ignore
    for (const metric of ['auc', 'brier', 'logLoss'])
      expect(await values(metric, turned)).toEqual((await values(metric, scored)).toReversed());
  });
});

describe('what cannot be told is said', () => {
  test.each<[string, string, readonly Given[], Partial<Asked>, RegExp]>([
    ['which of two words is the positive one', 'f1', classes.slice(0, 5), {}, /Say it as gate.positive; the labels are "ham", "spam"$/],
    ['which of many', 'auc', classes.map(({ label }, row) => ({ label: `${String(label)}${row}`, champion: 0.5, challenger: 0.5 })), {}, /and more$/],
    ['a positive label that no row has', 'auc', scored, { positive: 'fraud' }, /no row is labelled "fraud"/],
    ['one class alone', 'auc', scored.slice(0, 2), {}, /auc needs rows that are labelled positive and rows that are not/],
    ['scores that are no probabilities', 'brier', [...scored, { label: 1, champion: 0.5, challenger: 7 }], {}, /from 0 to 1, and the challenger says 7/],
    ['scores below none', 'logLoss', [...scored, { label: 1, champion: -0.1, challenger: 0.7 }], {}, /the champion says -0.1/],
    ['accuracy of scores', 'accuracy', scored, {}, /accuracy needs classes; the predictions hold scores or numbers \(line 1\)/],
    ['auc of classes', 'auc', classes, { positive: 'spam' }, /auc needs scores; the predictions hold classes \(line 1\)/],
    ['rmse of labels that are words', 'rmse', [{ label: 'ham', champion: 1.5, challenger: 2 }], {}, /rmse needs labels that are numbers/],
    ['precision of one who never says so', 'precision', classes.map((row) => ({ ...row, challenger: 'ham' })), { positive: 'spam' }, /the challenger never answers "spam"/],
    ['recall of what never happened', 'recall', classes, { positive: 'fraud' }, /no row is labelled "fraud"/],
  ])('%s', async (_, metric, rows, asked, expected) => {
    expect(await why(metric, rows, asked)).toMatch(expected);
  }); // prettier-ignore

  test('a number that is none or endless is a fault', async () => {
    const bad = ['{"id": 1, "label": 1, "champion": NaN, "challenger": 0.5}', '{"id": 2, "label": 1, "champion": 1e999, "challenger": 0.5}']; // prettier-ignore
    const { faults, compared: found } = await countPairs(bad, { metrics: ['auc'] });
    expect(faults).toEqual([expect.stringContaining('line 1: expected a JSON object'), expect.stringContaining('line 2: expected "champion"')]); // prettier-ignore
    expect(found).toBeUndefined();
  });

  test('whole numbers that are too many for numbers are still classes', async () => {
    const rows = [...classes, ...classes].map(({ label }, at) => ({ label: label === 'spam' ? 1 : 0, champion: at % 2, challenger: 1 })); // prettier-ignore
    const limits = { rows: 100, numbers: 3 };
    const { faults, paired, compared: found } = await countPairs(lines(rows), { metrics: ['accuracy', 'auc', 'f1'] }, limits); // prettier-ignore
    expect([faults, paired?.n]).toEqual([[], 12]);
    expect(found).toMatchObject({ auc: { why: 'auc is compared over at most 3 rows' }, f1: { estimate: { n: 12 } } });
    const mixed = [...rows, { label: 1, champion: 0.5, challenger: 1 }];
    expect((await countPairs(lines(mixed), { metrics: ['auc'] }, limits)).faults).toEqual(['predictions hold more than 3 rows of scores or numbers']); // prettier-ignore
  });

  test('more numbers than fit end the reading', async () => {
    const { faults } = await countPairs(lines(scored), { metrics: ['auc'] }, { rows: 100, numbers: 3 });
    expect(faults).toEqual(['predictions hold more than 3 rows of scores or numbers']);
  });
});

const asked = (metric: string, by: readonly string[], minRows = 1): Asked => ({ metrics: [metric], slices: { by, metric, minRows } }); // prettier-ignore

const sliced = (rows: readonly Given[]) => rows.map((row, at): Given => ({ ...row, slice: { region: at % 2 ? 'north' : 'south', age: at < 2 ? 30 : 40 } })); // prettier-ignore

describe('slices', () => {
  test('have the values of their own rows', async () => {
    const { slices } = await countPairs(lines(sliced(scored)), asked('mae', ['age', 'region'], 2));
    expect(slices?.map(({ by, value, rows }) => [by, value, rows])).toEqual([['age', '30', 2], ['age', '40', 3], ['region', 'north', 2], ['region', 'south', 3]]); // prettier-ignore
    const south = slices?.find(({ value }) => value === 'south')?.compared;
    expect(south).toMatchObject({ estimate: { n: 3, champion: expect.closeTo((0.1 + 0.4 + 0.6) / 3, 12) } });
  });

  test('of classes count who was right there', async () => {
    const { slices } = await countPairs(lines(sliced(classes)), asked('accuracy', ['region']));
    expect(slices).toEqual([
      { by: 'region', value: 'north', rows: 3, compared: { right: { n: 3, bothRight: 0, championOnly: 0, challengerOnly: 3, bothWrong: 0 } } },
      { by: 'region', value: 'south', rows: 3, compared: { right: { n: 3, bothRight: 2, championOnly: 0, challengerOnly: 0, bothWrong: 1 } } },
    ]); // prettier-ignore
  });

  test('that are too small are counted only', async () => {
    const { slices } = await countPairs(lines(sliced(classes)), asked('accuracy', ['age'], 3));
    expect(slices?.map(({ value, compared: found }) => [value, found === undefined])).toEqual([['30', true], ['40', false]]); // prettier-ignore
  });

  test.each<[string, readonly Given[]]>([
    ['none at all', classes],
    ['one without it', sliced(classes).map((row, at) => (at === 3 ? { ...row, slice: { age: 3 } } : row))],
    ['an empty one', sliced(classes).map((row) => ({ ...row, slice: { region: ' ' } }))],
  ])('that were asked for and are not there are a fault: %s', async (_, rows) => {
    const { faults, slices } = await countPairs(lines(rows), asked('accuracy', ['region']));
    expect(faults.join()).toContain('expected a value for the slice "region"');
    expect(slices).toBeUndefined();
  });

  test('of too many values are none', async () => {
    const rows = Array.from({ length: 101 }, (_, id) => ({
      label: 'a',
      champion: 'a',
      challenger: 'a',
      slice: { id },
    }));
    expect((await countPairs(lines(rows), asked('accuracy', ['id']))).faults).toEqual([expect.stringContaining('slice "id" has more than 100 values')]); // prettier-ignore
  });
});

async function* records(rows: readonly Record<string, string>[]) {
  for (const [at, record] of rows.entries()) yield { line: at + 2, record };
}

const record = (id: string, label: string, champion: string, challenger: string, more = {}) => ({ id, label, champion, challenger, ...more }); // prettier-ignore

describe('records of a CSV file', () => {
  test('are numbers where they look like it, and one class however a tool writes it', async () => {
    const rows = [record('1', '1', '1.0', '0'), record('2', '0', '0.0', '1e0')];
    expect((await countRecords(records(rows), { metrics: ['accuracy'] })).paired).toMatchObject({ championOnly: 2 });
    const flags = [record('1', 'True', 'true', 'False'), record('2', 'FALSE', 'false', 'false')];
    expect((await countRecords(records(flags), { metrics: ['accuracy'] })).paired).toMatchObject({ bothRight: 1, championOnly: 1 }); // prettier-ignore
  });

  test('keep long rows of digits apart', async () => {
    const rows = [record('1', '9007199254740993', '9007199254740993', '9007199254740992')];
    expect((await countRecords(records(rows))).paired).toMatchObject({ championOnly: 1 });
  });

  test('have slices in their other columns, and no empty answers', async () => {
    const rows = [record('1', 'a', 'a', 'a', { region: 'south' }), record('2', 'a', '', 'a', { region: 'north' })];
    const { faults } = await countRecords(records(rows), asked('accuracy', ['region']));
    expect(faults).toEqual(['predictions, line 3: expected "champion" to be a class, a score or a number']);
    const { slices } = await countRecords(records(rows.slice(0, 1)), asked('accuracy', ['region']));
    expect(slices).toMatchObject([{ by: 'region', value: 'south', rows: 1 }]);
  });
});
