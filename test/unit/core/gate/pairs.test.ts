import { describe, expect, test } from 'vitest';
import { countPairs } from '../../../../src/lib/core/gate/pairs.ts';

const line = (id: unknown, label: unknown, champion: unknown, challenger: unknown) =>
  JSON.stringify({ id, label, champion, challenger, slice: { region: 'south' } });

describe('pairs', () => {
  test('count agreement with the label, and the most frequent label', async () => {
    const result = await countPairs([
      line(1, 'ham', 'ham', 'ham'),
      line(2, 'ham', 'ham', 'spam'),
      line('3', 'spam', 'ham', 'spam'),
      line(4, 'ham', 'spam', 'ham'),
      line(5, 'ham', 'spam', 'junk'),
      '',
    ]);
    expect(result).toEqual({
      rows: 5,
      faults: [],
      paired: {
        n: 5,
        bothRight: 1,
        championOnly: 1,
        challengerOnly: 2,
        bothWrong: 1,
        majority: 4,
        majorityLabel: 'ham',
      },
    });
  });

  test('true and "true" are one class', async () => {
    const { paired } = await countPairs([line('a', true, 'true', false)]);
    expect(paired).toMatchObject({ bothRight: 0, championOnly: 1, majorityLabel: 'true' });
  });

  test('a tie of labels goes to the one that sorts first, in any order of rows', async () => {
    const rows = [line(1, 'b', 'b', 'b'), line(2, 'a', 'a', 'a')];
    const results = await Promise.all([countPairs(rows), countPairs(rows.toReversed())]);
    expect(results.map(({ paired }) => paired?.majorityLabel)).toEqual(['a', 'a']);
  });

  const faulty: [string, string[], string | RegExp][] = [
    ['no rows', [], 'predictions are empty'],
    ['blank lines only', ['', '  '], 'predictions are empty'],
    ['not JSON', [line(1, 'a', 'a', 'a'), 'oops'], /line 2: expected a JSON object/],
    ['not an object', ['[1]'], /line 1: expected a JSON object/],
    ['a missing answer', ['{"id":1,"label":"a","champion":"a"}'], 'predictions, line 1: expected "challenger" to be a class, a score or a number'], // prettier-ignore
    ['a null label', [line(1, null, 'a', 'a')], /line 1: expected "label"/],
    ['an id twice', [line(7, 'a', 'a', 'a'), line(7, 'a', 'b', 'a')], 'predictions, line 2: id 7 was there before'],
    ['a class that is written as no number', [line(1, 'a', 'NaN', 'a')], /line 1: expected "champion" to be/],
    [
      'scores beside classes',
      [line(1, 'a', 0.2, 0.9), line(2, 'a', 'a', 0.9)],
      'predictions hold both: scores or numbers at line 1, classes at line 2',
    ],
  ];
  test.each(faulty)('%s is a fault, and there are no counts then', async (_, lines, fault) => {
    const { paired, faults } = await countPairs(lines);
    expect(paired).toBeUndefined();
    expect(faults).toEqual([expect.stringMatching(fault)]);
  });

  test('ids and labels are told in short', async () => {
    const long = 'x'.repeat(30_000);
    expect((await countPairs([line(1, long, long, 'a')])).paired?.majorityLabel).toBe(`${'x'.repeat(200)}...`);
    expect(
      (await countPairs([line(long, 'a', 'a', 'a'), line(long, 'a', 'a', 'a')])).faults.join().length,
    ).toBeLessThan(300);
  });

  test('ten faults are told, the others counted', async () => {
    const { faults } = await countPairs(Array.from({ length: 25 }, () => 'oops'));
    expect(faults).toHaveLength(11);
    expect(faults.at(-1)).toBe('predictions: and 15 faults more');
  });

  test('more rows than fit end the reading', async () => {
    let read = 0;
    async function* endless(): AsyncGenerator<string> {
      for (;;) yield line((read += 1), 'a', 'a', 'a');
    }
    const { faults, paired } = await countPairs(endless(), undefined, { rows: 100, numbers: 100 });
    expect(faults).toEqual(['predictions hold more than 100 rows']);
    expect(paired).toBeUndefined();
    expect(read).toBe(101);
  });

  test('a line that is too long is not looked into', async () => {
    const { faults, paired } = await countPairs([line('x'.repeat(70_000), 'a', 'a', 'a'), line(2, 'a', 'a', 'a')]);
    expect(faults).toEqual(['predictions, line 1: longer than 65,536 characters']);
    expect(paired).toBeUndefined();
  });

  test('labels that are texts are not classes either', async () => {
    const { faults } = await countPairs(Array.from({ length: 40 }, (_, id) => line(id, `${id}${'x'.repeat(30_000)}`, 'a', 'b'))); // prettier-ignore
    expect(faults).toEqual([expect.stringContaining('these are not classes')]);
  });

  test('more than a thousand labels are not classes', async () => {
    const { faults } = await countPairs(Array.from({ length: 1001 }, (_, id) => line(id, `l${id}`, 'a', 'b')));
    expect(faults).toEqual(['predictions hold more than 1,000 labels: these are not classes']);
  });
});
