import { describe, expect, test } from 'vitest';
import type { Deps } from '../../src/lib/deps.ts';
import { simulate, type Outcome } from './day.ts';
import { planOf, type Plan } from './plan.ts';
import { simulateAll } from './seeds.ts';
import { shrunk } from './shrunk.ts';

const SEEDS = 2000;
/** They were days on which things were done: so many of each, for each seed. */
const AT_LEAST = {
  setTraffic: 2, released: 0.5, rolledBack: 0.2, rejected: 0.2, superseded: 0.02, copied: 0.2, brought: 0.2, approved: 0.2, approvalVoid: 0.005,
  trained: 0.5, 'training.succeeded': 0.1, 'training.failed': 0.2, registered: 0.1, stalled: 0.002, held: 0.01, paused: 0.1, deletedByHand: 0.002,
  updatedInPlace: 0.1, endpoint: 0.01, brokeGlass: 0.01, batchTest: 0.1, teamRun: 0.02, deadLetter: 0.1, answeredOtherwise: 0.003,
} as const; // prettier-ignore

test('days full of trouble violate nothing', { timeout: 600_000 }, async () => {
  const { violations, days, seeds, effects } = await simulateAll({ from: 1, count: SEEDS });
  expect(violations).toEqual([]);
  expect(seeds).toBe(SEEDS);
  // Of two lifecycles each, with at least 50 passes.
  expect(days).toBeGreaterThan(SEEDS);
  const rare = Object.entries(AT_LEAST).filter(([effect, share]) => (effects[effect] ?? 0) < SEEDS * share);
  expect(rare).toEqual([]);
});

function crashes({ troubles }: Plan): boolean {
  return troubles.some(({ trouble }) => trouble.meets === 'crash');
}

/** A fault put in: once people were asked to approve, what was taken in is not taken out of the inbox. */
function forgetful(deps: Deps): Deps {
  const { lifecycles } = deps;
  return {
    ...deps,
    lifecycles: {
      ...lifecycles,
      save: (key, save) => lifecycles.save(key, save.lifecycle.release?.approval ? { ...save, taken: [] } : save),
    },
  };
}

function spoilt(plan: Plan): Promise<Outcome> {
  return simulate(plan, { traced: true, spoil: forgetful });
}

describe('a seed', () => {
  test('makes the same day, call by call, each time', async () => {
    for (const seed of [3, 14, 159]) {
      const [first, second] = [await simulate(planOf(seed), { traced: true }), await simulate(planOf(seed), { traced: true })]; // prettier-ignore
      expect(first.trace.length).toBeGreaterThan(50);
      expect(second.trace.join('\n')).toBe(first.trace.join('\n'));
    }
  });

  test('that fails is made as short as it still fails', async () => {
    const seed = Array.from({ length: 50 }, (_, n) => n + 1).find((n) => crashes(planOf(n)) && planOf(n).troubles.length > 3); // prettier-ignore
    const plan = await shrunk(seed ?? 0, async (tried) => crashes(tried));
    expect(plan.troubles).toMatchObject([{ trouble: { meets: 'crash', when: 'before', whole: false } }]);
    expect(plan.happenings).toHaveLength(3);
  });

  test('meets a fault that was put in: shrunk to a short trace, which is the same line by line each time', async () => {
    const fails = async (plan: Plan) => (await spoilt(plan)).violations.length > 0;
    let seed = 1;
    while (!(await fails(planOf(seed)))) seed += 1;
    const plan = await shrunk(seed, fails);
    const [first, second] = [await spoilt(plan), await spoilt(plan)];
    expect(first.violations[0]).toMatch(/was handled twice/);
    expect(plan.happenings.length).toBeLessThanOrEqual(planOf(seed).happenings.length);
    expect(first.trace.length).toBeLessThan(200);
    expect(plan).toMatchObject({ troubles: [], batch: false, starts: { dev: 'serving', prod: 'serving' } });
    expect([second.trace, second.violations]).toEqual([first.trace, first.violations]);
    // It is the fault, and nothing else of that day.
    expect((await simulate(plan)).violations).toEqual([]);
  });
});
