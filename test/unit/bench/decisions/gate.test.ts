import { expect, test } from 'vitest';
import { effectiveSamples, gateRows, type DeLong } from '../../../../bench/decisions/gate.ts';

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

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

const covariance = (a: readonly number[] = [], b: readonly number[] = []) =>
  mean(a.map((x, i) => (x - mean(a)) * ((b[i] ?? NaN) - mean(b)))) / a.length;

/** By the definition, pair by pair. */
const slowDeLong: DeLong = (labels, champion, challenger) => {
  const of = (wanted: boolean, scores: readonly number[]) => scores.filter((_, i) => labels[i] === wanted);
  const parts = [champion, challenger].map((scores) => {
    const [positive, negative] = [of(true, scores), of(false, scores)];
    return {
      v10: positive.map((score) => mean(negative.map((other) => win(score, other)))),
      v01: negative.map((score) => mean(positive.map((other) => win(other, score)))),
    };
  });
  const of2 = (i: number, j: number) => covariance(parts[i]?.v10, parts[j]?.v10) + covariance(parts[i]?.v01, parts[j]?.v01);
  return { champion: of2(0, 0), challenger: of2(1, 1), covariance: of2(0, 1) };
}; // prettier-ignore

test('pairs of scores are worth several times as many rows as two areas', () => {
  const times = effectiveSamples(1, 2, slowDeLong);
  expect(times).toBeGreaterThan(3);
  expect(times).toBeLessThan(8);
});
