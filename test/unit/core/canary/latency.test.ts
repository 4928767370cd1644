import { describe, expect, test } from 'vitest';
import { addMean, notSlower, slower } from '../../../../src/lib/core/canary/latency.ts';
import type { LatencyState } from '../../../../src/lib/core/canary/state.ts';
import { arm } from '../given.ts';
import { seeded } from '../seeded.ts';

const GRAIN_MS = 5;
const THEIRS_MS = 100;

/** After so many minutes whose logarithms of ratios are normal with this mean and deviation. */
function after(pairs: number, mean: number, deviation: number, chance: () => number): LatencyState | undefined {
  let state: LatencyState | undefined;
  for (let i = 0; i < pairs; i += 1) {
    const normal = Math.sqrt(-2 * Math.log(chance() + 1e-12)) * Math.cos(2 * Math.PI * chance());
    const mine = (THEIRS_MS + GRAIN_MS) * Math.exp(mean + deviation * normal) - GRAIN_MS;
    state = addMean(state, arm(100, 0, mine), arm(900, 0, THEIRS_MS));
  }
  return state;
}

describe('evidence is worth at most what was betted: its mean is no more than 1 where it must not speak', () => {
  test.each([
    [4, 0.05],
    [8, 0.05],
    [20, 0.3],
    [60, 0.3],
  ])('after %d minutes that scatter by %d', (pairs, deviation) => {
    const chance = seeded(pairs * 7919 + 1);
    const DRAWS = 4000;
    let [harm, safe] = [0, 0];
    for (let i = 0; i < DRAWS; i += 1) {
      const state = after(pairs, Math.log(1.1), deviation, chance);
      harm += Math.min(1000, Math.exp(slower(state, 1.1)));
      safe += Math.min(1000, Math.exp(notSlower(state, 1.1)));
    }
    expect(harm / DRAWS).toBeLessThan(1.15);
    expect(safe / DRAWS).toBeLessThan(1.15);
  });
});

test('each side speaks where it should, and the more the longer', () => {
  const chance = seeded(7 * 7919 + 1);
  const [short, long] = [after(6, Math.log(1.4), 0.05, chance), after(30, Math.log(1.4), 0.05, chance)];
  expect(slower(short, 1.1)).toBeGreaterThan(2);
  expect(slower(long, 1.1)).toBeGreaterThan(slower(short, 1.1));
  expect(notSlower(long, 1.1)).toBeLessThan(0);
});

const paired = (list: readonly number[]) => list.reduce<LatencyState | undefined>((state, ratio) => addMean(state, arm(100, 0, 100 * ratio), arm(900, 0, 100)), undefined); // prettier-ignore

test('minutes that follow each other count for less than as many by themselves', () => {
  const ratios = [1.3, 1.3, 1.3, 1.3, 1.3, 1.05, 1.05, 1.05, 1.05, 1.05];
  const mixed = [1.3, 1.05, 1.3, 1.05, 1.3, 1.05, 1.3, 1.05, 1.3, 1.05];
  expect(slower(paired(ratios), 1.05)).toBeLessThan(slower(paired(mixed), 1.05));
});

test('a millisecond on three is no harm', () => {
  let state: LatencyState | undefined;
  for (let i = 0; i < 30; i += 1) state = addMean(state, arm(100, 0, 4 + (i % 3) * 0.1), arm(900, 0, 3));
  expect(notSlower(state, 1.3)).toBeGreaterThan(5);
});
