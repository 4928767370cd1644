import { expect, test } from 'vitest';
import { causeInDetail, causeInShort, causeItems, causesInShort } from '../../../../src/lib/core/message/causes.ts';
import type { Breach, BreachedFeature, Cause } from '../../../../src/lib/core/training/state.ts';
import { broken, drifted, monitored } from './notices.ts';

const at = '2026-12-04T03:00:00.000Z';
const now = '2026-12-04T09:00:00.000Z';
const nextDay = '2026-12-05T09:00:00.000Z';
const id = 'x';

const worse: Breach = { ...drifted, signal: 'spam_performance', kind: 'performance', more: 0, features: [{ feature: 'all', metric: 'Accuracy', value: 0.91, threshold: 0.95 }] }; // prettier-ignore
const unnamed = { features: [], more: 0 };
const found = (...breaches: Breach[]): Cause => ({ kind: 'monitor', id, at, monitor: 'spam-monitor', run: 'momo-1', breaches }); // prettier-ignore

const table: readonly (readonly [Cause, string, string, readonly string[]])[] = [
  [monitored, 'drift on 3 features', 'drift on 3 features: monitor spam-monitor, run momo-20261204 of 03:00 UTC', [
    'spam_drift, length: PopulationStabilityIndex 0.3142, allowed at most 0.2',
    'spam_drift, hour: TwoSampleKolmogorovSmirnovTest 1.2E-17, required at least 0.05, group eu',
    'spam_drift: and 1 more',
  ]],
  [found(worse, broken), 'worse performance and broken data in 2 features', 'worse performance and broken data in 2 features: monitor spam-monitor, run momo-1 of 03:00 UTC', [
    'spam_performance, all: Accuracy 0.91, required at least 0.95',
    'spam_quality, sender: NullValueRate 0.34, allowed at most 0.05',
    'spam_quality, length: OutOfBoundsRate 0.12, allowed at most 0.01',
  ]],
  [found({ ...drifted, ...unnamed }), 'drift', 'drift: monitor spam-monitor, run momo-1 of 03:00 UTC', ['spam_drift: no feature named']],
  [found({ ...broken, ...unnamed }), 'broken data', 'broken data: monitor spam-monitor, run momo-1 of 03:00 UTC', ['spam_quality: no feature named']],
  [found(), 'a finding of spam-monitor', 'a finding of spam-monitor: monitor spam-monitor, run momo-1 of 03:00 UTC', []],
  [{ kind: 'datasetDrift', id, at, name: 'mails-drift', coefficient: 0.42 }, 'drift of dataset monitor mails-drift', 'drift of dataset monitor mails-drift: coefficient 0.42, told at 03:00 UTC', []],
  [{ kind: 'datasetDrift', id, at, name: 'mails-drift' }, 'drift of dataset monitor mails-drift', 'drift of dataset monitor mails-drift: told at 03:00 UTC', []],
  [{ kind: 'newData', id, at, data: 'mails', version: '15' }, 'new data mails:15', 'new data mails:15: found at 03:00 UTC', []],
  [{ kind: 'schedule', id, at, slot: at }, 'schedule', 'schedule: due at 03:00 UTC', []],
  [{ kind: 'command', id, at, actor: 'kim@example.com', reason: 'new labels' }, 'asked for by kim@example.com', 'asked for by kim@example.com at 03:00 UTC: new labels', []],
  [{ kind: 'outside', id, at, run: 'heroic_tail_4fd0' }, 'a run that the team started', 'a run that the team started: heroic_tail_4fd0, ended at 03:00 UTC', []],
  [{ kind: 'schedule', id, at, from: 'prod', slot: at }, 'schedule in prod', 'schedule in prod: due at 03:00 UTC', []],
]; // prettier-ignore

test.each(table)('%o', (cause, short, text, details) => {
  expect(causeInShort(cause)).toBe(short);
  expect(causeInDetail(cause, now)).toEqual({ text, details });
});

test('a cause of another day says the day', () => {
  expect(causeInDetail(monitored, nextDay).text).toContain('of 4 Dec 03:00 UTC');
});

const oneFeature = (feature: Omit<BreachedFeature, 'feature'>) =>
  causeInDetail(found({ ...drifted, more: 0, features: [{ feature: 'hour', ...feature }] }), now).details;

test.each([
  [{ metric: 'NormalizedDiscountedCumulativeGain', value: 0.71, threshold: 0.9 }, 'NormalizedDiscountedCumulativeGain 0.71, required at least 0.9'],
  [{ metric: 'PearsonsChiSquaredTest', value: 0.004, threshold: 0.05 }, 'PearsonsChiSquaredTest 0.004, required at least 0.05'],
  [{ metric: 'JensenShannonDistance', value: 0.4, threshold: 0.1 }, 'JensenShannonDistance 0.4, allowed at most 0.1'],
  [{ metric: 'JensenShannonDistance', value: 0.4 }, 'JensenShannonDistance 0.4'],
  [{ metric: 'JensenShannonDistance', threshold: 0.1 }, 'JensenShannonDistance past its threshold 0.1'],
  [{ value: 0.4, threshold: 0.1 }, 'measured 0.4, allowed at most 0.1'],
  [{ group: 'eu' }, 'measured past its threshold, group eu'],
])('a breach says as much as the monitor said: %j', (feature, expected) => {
  expect(oneFeature(feature)).toEqual([`spam_drift, hour: ${expected}`]);
}); // prettier-ignore

test('a feature that two signals name is counted once', () => {
  expect(causeInShort(found(drifted, { ...drifted, signal: 'spam_prediction_drift', more: 0 }))).toBe('drift on 3 features'); // prettier-ignore
});

const schedule: Cause = { kind: 'schedule', id, at, slot: at };
const asked: Cause = { kind: 'command', id, at, actor: 'kim', reason: 'why' };

test.each([
  ['none', [], 0, ''],
  ['one', [schedule], 0, 'schedule'],
  ['the same twice', [monitored, monitored, schedule], 0, 'drift on 3 features (2 times) and schedule'],
  ['more than three', [monitored, schedule, asked, asked, asked], 4, 'drift on 3 features, schedule, asked for by kim (3 times) and 4 more'],
] satisfies [string, Cause[], number, string][])('causes in one line: %s', (_name, causes, more, expected) => {
  expect(causesInShort(causes, more)).toBe(expected);
}); // prettier-ignore

test('a list of causes ends with how many it leaves out', () => {
  expect(causeItems([schedule], 2, now).map(({ text }) => text)).toEqual(['schedule: due at 03:00 UTC', 'and 2 more']);
  expect(causeItems([schedule], 0, now)).toHaveLength(1);
});
