import { describe, expect, test } from 'vitest';
import { breachMessage, signalKind } from '../../../src/lib/azure/monitorsMessage.ts';

const first = "The signal 'spam_drift' has failed due to one or more features violating metric thresholds.\n";
const second = 'The feature names and their corresponding computed metric values violating the threshold are \n';
const row = (group: string, value: number) =>
  JSON.stringify({ group, metric_value: value, metric_name: 'PopulationStabilityIndex', threshold_value: 0.2 });
const feature = (name: string, value: number) => ({
  feature: name,
  metric: 'PopulationStabilityIndex',
  value,
  threshold: 0.2,
});

describe('the message of a breached threshold', () => {
  test.each([
    ['rows as JSON', `[${row('links', 0.4)},${row('length', 0.3)}]\n`],
    ['rows in quotes', `['${row('links', 0.4)}', '${row('length', 0.3)}']\n`],
    ['without the last line end', `['${row('links', 0.4)}', '${row('length', 0.3)}']`],
  ])('names its signal and its features: %s', (_, rows) => {
    expect(breachMessage(first + second + rows)).toEqual({
      signal: 'spam_drift',
      features: [feature('links', 0.4), feature('length', 0.3)],
      cut: 0,
    });
  });

  test.each([
    ['inside of a row', `['${row('links', 0.4)}', '${row('length', 0.3).slice(0, 30)}`, [feature('links', 0.4)], 1],
    ['inside of the first row', `['${row('links', 0.4).slice(0, 12)}`, [], 1],
    ['between rows', `['${row('links', 0.4)}', `, [feature('links', 0.4)], 1],
    ['before the rows', '', [], 1],
  ])('that was cut %s tells what is whole', (_, rows, features, cut) => {
    expect(breachMessage(first + second + rows)).toEqual({ signal: 'spam_drift', features, cut });
  });

  test('that was cut in its second line keeps its signal', () => {
    expect(breachMessage(first + second.slice(0, 20))).toEqual({ signal: 'spam_drift', features: [], cut: 1 });
  });

  test.each([
    ['a brace', 'a{b}'],
    ['a quote', "it's"],
    ['a double quote', 'say "x"'],
    ['a backslash', 'c:\\d'],
    ['a line end', 'two\nlines'],
  ])('may name a feature with %s', (_, name) => {
    const quoted = row(name, 0.4).replaceAll('\\', '\\\\').replaceAll("'", "\\'");
    for (const rows of [`[${row(name, 0.4)},${row('b', 1)}]`, `['${quoted}', '${row('b', 1)}']`]) {
      expect(breachMessage(first + second + rows)).toMatchObject({ features: [feature(name, 0.4), feature('b', 1)] });
    }
  });

  test('of a whole model names its metric, one with groups of a feature both', () => {
    const model = '{"metric_value":0.7,"metric_name":"Accuracy","threshold_value":0.9}';
    const grouped = '{"feature_name":"age","group":"<30","metric_value":"NaN","metric_name":"NullValueRate"}';
    expect(breachMessage(`${first}${second}[${model},${grouped},{"metric_value":1},{"group":7}]`)?.features).toEqual([
      { feature: 'Accuracy', metric: 'Accuracy', value: 0.7, threshold: 0.9 },
      { feature: 'age', metric: 'NullValueRate', group: '<30' },
    ]);
  });

  test('may have a signal with a quote in its name', () => {
    expect(breachMessage("The signal 'ann's' has failed due to ...")?.signal).toBe("ann's");
  });

  test.each([
    ['is empty', ''],
    ['says something else', 'true'],
    ['has its first line later', `x\n${first}`],
  ])('is none when the tag %s', (_, tag) => {
    expect(breachMessage(tag)).toBeUndefined();
  });
});

const measuredBy = (metric: string) => [{ feature: 'links', metric }];

describe('what a signal is about', () => {
  test.each([
    ['DataDrift', 'NullValueRate', 'drift'],
    ['PredictionDrift', 'Accuracy', 'drift'],
    ['FeatureAttributionDrift', 'NormalizedDiscountedCumulativeGain', 'drift'],
    ['DataQuality', 'PopulationStabilityIndex', 'quality'],
    ['ModelPerformance', 'PopulationStabilityIndex', 'performance'],
  ])('is what its type says: %s', (type, metric, kind) => {
    expect(signalKind(type, measuredBy(metric))).toBe(kind);
  });

  test.each([
    ['Custom', 'NullValueRate', 'quality'],
    [undefined, 'DataTypeErrorRate', 'quality'],
    [undefined, 'OutOfBoundsRate', 'quality'],
    ['Custom', 'Accuracy', 'performance'],
    [undefined, 'Precision', 'performance'],
    [undefined, 'Recall', 'performance'],
    [undefined, 'RootMeanSquaredError', 'performance'],
    [undefined, 'MAE', 'performance'],
    [undefined, 'JensenShannonDistance', 'drift'],
  ])('is told by its metrics where the type does not: %s, %s', (type, metric, kind) => {
    expect(signalKind(type, measuredBy(metric))).toBe(kind);
  });

  test('is drift where nothing tells', () => {
    expect(signalKind(undefined, [])).toBe('drift');
  });
});
