import { expect, test } from 'vitest';
import { expectedRequests, oracle } from '../../../../../bench/decisions/peers/wald.ts';
import { randomOf } from '../../../../../bench/decisions/random.ts';
import { arm, minute, plan, watched } from '../given.ts';

/** Requests that Wald's formulas give, worked by hand for 1 % against 2 %, 5 %, 50 % and 0.1 % against 0.2 % (beta 5 %). */
test.each([
  [0.01, 0.02, 0.01, 1067],
  [0.01, 0.02, 0.02, 899],
  [0.01, 0.02, 0.05, 677],
  [0.01, 0.05, 0.01, 101],
  [0.01, 0.5, 0.01, 3],
  [0.001, 0.002, 0.02, 9098],
])('to tell %d from %d at %d takes %d requests under a bad challenger', (p0, p1, alpha, requests) => {
  expect(Math.round(expectedRequests(p0, p1, alpha).bad)).toBe(requests);
});

test('and 910 under a good one', () => {
  expect(Math.round(expectedRequests(0.01, 0.02, 0.02).good)).toBe(910);
});

test('the test itself keeps its two error rates and needs about as many', () => {
  const random = randomOf(1);
  const run = (rate: number) =>
    Array.from({ length: 1500 }, () =>
      watched(oracle, () => minute(arm({ requests: 10, errors: random.binomial(10, rate) })), {
        minutes: 3000,
        of: plan({ alpha: 0.02 }),
        truth: { baseError: 0.01, badError: 0.02 },
      }),
    );
  const [bad, good] = [run(0.02), run(0.01)];
  const share = (found: typeof bad, decision: string) => found.filter((each) => each.decision === decision).length / found.length;
  const mean = (found: typeof bad) => (10 * found.reduce((sum, { after }) => sum + after, 0)) / found.length;
  expect(share(good, 'rollBack')).toBeLessThan(0.025);
  expect(share(bad, 'promote')).toBeLessThan(0.06);
  expect(mean(bad) / 899).toBeGreaterThan(0.95);
  expect(mean(bad) / 899).toBeLessThan(1.12);
  expect(mean(good) / 910).toBeLessThan(1.12);
}); // prettier-ignore
