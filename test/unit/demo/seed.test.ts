import { expect, test } from 'vitest';
import { drawKillPoint } from '../../../demo/seed.ts';

const HOLD_MS = 500;
const points = Array.from({ length: 300 }, (_, seed) => drawKillPoint(seed, 3, HOLD_MS));

test('the same seed kills at the same point', () => {
  expect(drawKillPoint(41, 3, HOLD_MS)).toEqual(drawKillPoint(41, 3, HOLD_MS));
});

test('every step is drawn about as often', () => {
  for (const step of [0, 1, 2]) {
    const drawn = points.filter((point) => point.step === step).length;
    expect(drawn).toBeGreaterThan(70);
    expect(drawn).toBeLessThan(130);
  }
});

test('the app dies while the call is held, early or late', () => {
  const after = points.map(({ afterMs }) => afterMs);
  expect(Math.min(...after)).toBeGreaterThanOrEqual(0);
  expect(Math.min(...after)).toBeLessThan(0.1 * HOLD_MS);
  expect(Math.max(...after)).toBeLessThan(0.8 * HOLD_MS);
  expect(Math.max(...after)).toBeGreaterThan(0.7 * HOLD_MS);
});
