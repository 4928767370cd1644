import { expect, test } from 'vitest';
import { effectiveSamples, gateRows, type AreaMethods, type Scored } from '../../../../bench/decisions/gate.ts';

test('of equal models about one in twenty is let through by pairs, half by the higher accuracy', () => {
  const promoted = (gate: string, gain: number) => rows.find((row) => row.gate === gate && row.gain === gain)?.promoted ?? NaN;
  const rows = gateRows(7, 1500);
  expect(promoted('Steward, paired', 0)).toBeLessThan(0.07);
  expect(promoted('Steward, paired', 0.02)).toBeGreaterThan(0.7);
  expect(promoted('Steward, two accuracies', 0)).toBeLessThan(0.01);
  expect(promoted('higher accuracy wins', 0)).toBeGreaterThan(0.43);
  expect(promoted('higher accuracy wins', 0)).toBeLessThan(0.52);
}); // prettier-ignore

const win = (a: number, b: number) => (a > b ? 1 : a === b ? 0.5 : 0);
const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
const variance = (values: Float64Array) => mean(values.map((value) => (value - mean(values)) ** 2)) / values.length;

const difference = (a: Float64Array, b: Float64Array) => a.map((value, i) => value - (b[i] ?? NaN));

/** DeLong by its definition, pair by pair; and Hanley and McNeil. */
const METHODS: AreaMethods = {
  paired({ positive, negative }: Scored) {
    const parts = ([0, 1] as const).map((model) => ({
      above: positive[model].map((score) => mean(negative[model].map((other) => win(score, other)))),
      below: negative[model].map((score) => mean(positive[model].map((other) => win(other, score)))),
    }));
    const [one, other] = parts;
    if (!one || !other) throw new Error('two models');
    const error = Math.sqrt(
      variance(difference(one.above, other.above)) + variance(difference(one.below, other.below)),
    );
    return { first: mean(one.above), second: mean(other.above), error };
  },
  alone(a, positives, negatives) {
    const [q1, q2] = [a / (2 - a), (2 * a ** 2) / (1 + a)];
    return Math.sqrt(
      (a * (1 - a) + (positives - 1) * (q1 - a ** 2) + (negatives - 1) * (q2 - a ** 2)) / (positives * negatives),
    );
  },
};

test('pairs of scores are worth several times as many rows as two areas', () => {
  const times = effectiveSamples(1, 3, METHODS);
  expect(times).toBeGreaterThan(5);
  expect(times).toBeLessThan(20);
});

test('the two models drawn for it are as accurate, and as often of two minds, as those of the paired gate', () => {
  let [rows, right, discordant] = [0, 0, 0];
  effectiveSamples(2, 40, {
    paired: ({ positive, negative }) => {
      for (let i = 0; i < positive[0].length; i += 1) {
        const both = [[(positive[0][i] ?? 0) > 0, (positive[1][i] ?? 0) > 0], [(negative[0][i] ?? 0) < 0, (negative[1][i] ?? 0) < 0]];
        for (const [first, second] of both) {
          rows += 1;
          right += first ? 1 : 0;
          discordant += first === second ? 0 : 1;
        }
      }
      return { first: 0.9, second: 0.9, error: 1 };
    },
    alone: () => 1,
  });
  expect(right / rows).toBeCloseTo(0.9, 2);
  expect(discordant / rows).toBeCloseTo(0.06, 2);
}); // prettier-ignore
