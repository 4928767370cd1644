import { describe, expect, test } from 'vitest';
import { simulate } from './day.ts';
import { planOf, type Plan } from './plan.ts';
import { simulateAll } from './seeds.ts';
import { shrunk } from './shrunk.ts';

const SEEDS = 2000;

test('days full of trouble violate nothing', { timeout: 600_000 }, async () => {
  const { violations, passes, seeds, effects } = await simulateAll({ from: 1, count: SEEDS });
  expect(violations).toEqual([]);
  expect(seeds).toBe(SEEDS);
  expect(passes / seeds).toBeGreaterThan(50);
  // They were days on which things were done.
  expect(effects['setTraffic']).toBeGreaterThan(SEEDS);
  expect(effects['released']).toBeGreaterThan(SEEDS / 2);
  expect(effects['copied']).toBeGreaterThan(SEEDS);
  expect(effects['superseded']).toBeGreaterThan(SEEDS / 10);
  expect(effects['brought']).toBeGreaterThan(SEEDS / 4);
  expect(effects['rolledBack']).toBeGreaterThan(SEEDS / 20);
});

function crashes({ troubles }: Plan): boolean {
  return troubles.some(({ trouble }) => trouble.meets === 'crash');
}

describe('a seed', () => {
  test('makes the same day, call by call, each time', async () => {
    for (const seed of [3, 14, 159]) {
      const [first, second] = [await simulate(planOf(seed), { traced: true }), await simulate(planOf(seed), { traced: true })]; // prettier-ignore
      expect(first.trace.length).toBeGreaterThan(100);
      expect(second.trace.join('\n')).toBe(first.trace.join('\n'));
    }
  });

  test('that fails is made as short as it still fails', async () => {
    const seed = Array.from({ length: 50 }, (_, n) => n + 1).find((n) => crashes(planOf(n)) && planOf(n).troubles.length > 3); // prettier-ignore
    const plan = await shrunk(seed ?? 0, async (tried) => crashes(tried));
    expect(plan.troubles).toMatchObject([{ trouble: { meets: 'crash', when: 'before', whole: false } }]);
    expect(plan.happenings).toHaveLength(2);
  });
});
