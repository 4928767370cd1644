import { describe, expect, test } from 'vitest';
import type { Measured, MeasuringRun } from '../../../../src/lib/core/gate/evidence.ts';
import { evidenceOfTrainings } from '../../../../src/lib/core/gate/trainings.ts';

const pinned = { data: 'holdout', dataVersion: '4' };
const run = (change: Partial<MeasuringRun> = {}): MeasuringRun => ({
  run: 'r1', evaluated: 'holdout:4', metrics: { auc: 0.8 }, n: 1000, ...change,
}); // prettier-ignore
const trained = (version: string, ...runs: MeasuringRun[]): Measured => ({ version, job: `train-${version}`, runs });
const { n: _, ...uncounted } = run();

test('measured alike, both sides become evidence', () => {
  const champion = trained('6', run({ metrics: { auc: 0.7 } }));
  expect(evidenceOfTrainings(pinned, ['auc'], { champion, challenger: trained('7', run()) })).toEqual({
    data: 'holdout', dataVersion: '4', job: 'train-7', metrics: { auc: { champion: 0.7, challenger: 0.8 } }, n: 1000, faults: [],
  }); // prettier-ignore
});

test('the first version needs nobody to be measured like', () => {
  const { metrics, faults } = evidenceOfTrainings(pinned, ['auc'], { challenger: trained('7', run()) });
  expect([metrics, faults]).toEqual([{ auc: { challenger: 0.8 } }, []]);
});

const of = (positive: number, negative: number) => run({ classes: { positive, negative } });
const both = (champion: MeasuringRun, challenger: MeasuringRun) =>
  evidenceOfTrainings(pinned, ['auc'], { champion: trained('6', champion), challenger: trained('7', challenger) });

describe('the rows of each class', () => {
  test('are evidence where both say the same', () => {
    expect(both(of(300, 700), of(300, 700))).toMatchObject({ classes: { positive: 300, negative: 700 }, faults: [] });
    expect(evidenceOfTrainings(pinned, ['auc'], { challenger: trained('7', of(300, 700)) }).classes).toBeDefined();
  });

  test('are none where one does not say them, and a fault where they differ', () => {
    const half = both(run(), of(300, 700));
    expect([half.classes, half.faults]).toEqual([undefined, []]);
    const other = both(of(301, 699), of(300, 700));
    expect([other.classes, other.faults]).toEqual([undefined, ['version 7 and version 6 were evaluated on other numbers of positive and negative rows']]);
  });
}); // prettier-ignore

describe('what is missing is said exactly', () => {
  const rows: [string, Measured, string][] = [
    ['no job', { version: '6', runs: [] }, 'version 6 was registered without a training job, so no run says how good it is'],
    ['no mark', trained('6'), 'version 6 came from job train-6, of which no run says what it was evaluated on (expected the tag or parameter steward.evaluated=holdout:4)'],
    ['two marks', trained('6', run(), run({ run: 'r2' })), 'version 6 came from job train-6, of which more than one run says what it was evaluated on (r1, r2)'],
    ['an older version', trained('6', run({ evaluated: 'holdout:3' })), 'version 6 was evaluated on holdout:3 (run r1), expected the newest version, holdout:4'],
    ['other data', trained('6', run({ evaluated: 'train:4' })), 'version 6 was evaluated on train:4 (run r1), expected the newest version, holdout:4'],
    ['no n', trained('6', uncounted), 'version 6 has no finite metric n (run r1)'],
    ['no metric', trained('6', run({ metrics: {} })), 'version 6 has no finite metric auc (run r1)'],
    ['another n', trained('6', run({ n: 900 })), 'version 7 was evaluated on 1000 rows, version 6 on 900'],
  ]; // prettier-ignore

  test.each(rows)('of the champion: %s', (_, champion, fault) => {
    const { faults, paired } = evidenceOfTrainings(pinned, ['auc'], { champion, challenger: trained('7', run()) });
    expect([faults, paired]).toEqual([[fault], undefined]);
  });

  test('of the challenger too, all at once', () => {
    const { faults, metrics, n } = evidenceOfTrainings(pinned, ['auc', 'brier'], { champion: trained('6'), challenger: trained('7', uncounted) }); // prettier-ignore
    expect(faults).toHaveLength(3);
    expect([metrics, n]).toEqual([{ auc: { challenger: 0.8 }, brier: {} }, undefined]);
  });
});
