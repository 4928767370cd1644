/** How often an end of 95 % is missed by chance, over seeded rows of which the truth is known: docs/decisions/0014-gate-methods.md. */
import { expect, test } from 'vitest';
import { ClassTally } from '../../../../src/lib/core/gate/classTally.ts';
import { gainInterval, gainOf } from '../../../../src/lib/core/gate/compare.ts';
import type { PairedEstimate } from '../../../../src/lib/core/gate/evidence.ts';
import { metricOf } from '../../../../src/lib/core/gate/metrics.ts';
import { NumberRows } from '../../../../src/lib/core/gate/numberRows.ts';
import { seeded } from '../seeded.ts';

interface Row {
  readonly label: number;
  readonly champion: number;
  readonly challenger: number;
}

const next = seeded(20_261_126);
const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** One in ten is positive; what both see of it is partly the same. */
function scored(): Row {
  const truth = 2 * normal() - 3.2;
  const common = truth + 0.4 * normal();
  return { label: next() < sigmoid(truth) ? 1 : 0, champion: sigmoid(common + 0.5 * normal()), challenger: sigmoid(1.3 * (common + 0.5 * normal())) };
} // prettier-ignore

function classed(): Row {
  const { label, champion, challenger } = scored();
  return { label, champion: champion > 0.3 ? 1 : 0, challenger: challenger > 0.3 ? 1 : 0 };
}

/** Errors that both make, and some of their own, of which a few are large. */
function numbered(): Row {
  const common = normal();
  const own = () => normal() / Math.sqrt(0.3 + next());
  return { label: 0, champion: common + 0.5 * own(), challenger: common + 0.6 * own() };
}

function estimate(name: string, rows: readonly Row[]): PairedEstimate {
  const metric = metricOf(name);
  if (!metric) throw new Error(`${name} is not known`);
  const [classes, numbers] = [new ClassTally(['1']), new NumberRows()];
  for (const row of rows)
    if (metric.kind === 'positives') classes.add(row);
    else numbers.add(row, row.champion, row.challenger);
  const found = metric.kind === 'positives' ? classes.estimate(metric.is, '1') : numbers.estimate(metric, '1');
  if (typeof found === 'string') throw new Error(found);
  return found;
}

test.each<[string, 'higher' | 'lower', () => Row]>([
  ['auc', 'higher', scored],
  ['brier', 'lower', scored],
  ['logLoss', 'lower', scored],
  ['f1', 'higher', classed],
  ['recall', 'higher', classed],
  ['rmse', 'lower', numbered],
  ['mae', 'lower', numbered],
])('%s of 500 rows: in about one of twenty cases', (metric, better, draw) => {
  const rows = (count: number) => Array.from({ length: count }, draw);
  const truth = gainOf(better, estimate(metric, rows(100_000)));
  const rounds = 800;
  let [low, high] = [0, 0];
  for (let round = 0; round < rounds; round += 1) {
    const interval = gainInterval(better, estimate(metric, rows(500)), 0.95);
    if (interval.low > truth) low += 1;
    if (interval.high < truth) high += 1;
  }
  // Two standard errors of 800 rounds are 1.5 %.
  expect([low / rounds < 0.08, high / rounds < 0.08], `${low} and ${high} of ${rounds}`).toEqual([true, true]);
  expect((low + high) / rounds, 'and not far too wide').toBeGreaterThan(0.04);
});

/** Each row left out once: says the error of whatever is counted, without a formula for it. */
function jackknife(metric: string, rows: readonly Row[]): number {
  const differences = rows.map((_, left) => {
    const { champion, challenger } = estimate(metric, [...rows.slice(0, left), ...rows.slice(left + 1)]);
    return challenger - champion;
  });
  const middle = differences.reduce((sum, one) => sum + one, 0) / rows.length;
  const squares = differences.reduce((sum, one) => sum + (one - middle) ** 2, 0);
  return Math.sqrt((squares * (rows.length - 1)) / rows.length);
}

test.each<[string, () => Row]>([
  ['precision', classed],
  ['recall', classed],
  ['f1', classed],
  ['rmse', numbered],
  ['mse', numbered],
  ['auc', scored],
])('the error of %s is that of leaving out each row once', (metric, draw) => {
  const rows = Array.from({ length: 400 }, (_, at) => {
    const row = draw();
    // A challenger that answers otherwise more often, so that its ratios differ much from the champion's.
    return at % 9 === 0 ? { ...row, challenger: 1 - row.challenger } : row;
  });
  const ratio = estimate(metric, rows).error / jackknife(metric, rows);
  expect(ratio).toBeGreaterThan(0.97);
  expect(ratio).toBeLessThan(1.06);
});
