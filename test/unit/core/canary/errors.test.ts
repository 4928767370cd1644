import { assert, double, integer, property } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addErrors, NO_ERRORS_SEEN } from '../../../../src/lib/core/canary/errors.ts';
import { arm, policy, rates } from '../given.ts';

const { canary } = policy.rollout;

/** Polya's urn, ball by ball: the probability that `some` of `all` are of the first colour. */
function urn(some: number, all: number, a: number, b: number): number {
  let probability = 1;
  for (let i = 0; i < all; i += 1) {
    const [drawn, left] = i < some ? [a + i, some - i] : [b + i - some, 1];
    probability *= (drawn / (a + b + i)) * (i < some ? (all - i) / left : 1);
  }
  return probability;
}

/** What each bet is worth on average where both are equal, over all that a minute with so many failures can be. */
function worthOf(all: number, share: number, dispersion: number): number[] {
  const scatter = Math.max(0.01, Math.min(1.4, 1.3 * dispersion));
  const weight = 1 / (2 * scatter * share * (1 - share)) - 1;
  const requests = [Math.round(share * 1e6), Math.round((1 - share) * 1e6)] as const;
  const before = { ...rates(1440, 1e9, 1e6), dispersion };
  const worth = NO_ERRORS_SEEN.relative.map(() => 0);
  for (let some = 0; some <= all; some += 1) {
    const { relative } = addErrors(NO_ERRORS_SEEN, {
      challenger: arm(requests[0], some),
      champion: arm(requests[1], all - some),
      alone: false,
      before,
      policy: canary,
    });
    relative.forEach((log, i) => (worth[i]! += urn(some, all, weight * share, weight * (1 - share)) * Math.exp(log)));
  }
  return worth;
}

describe('the share of failures', () => {
  const count = integer({ min: 1, max: 25 });
  const part = double({ min: 0.05, max: 0.5, noNaN: true });

  test('is held against its law: each bet is worth 1', () => {
    assert(property(count, part, double({ min: 0, max: 0.005, noNaN: true }), (all, share, dispersion) => {
      for (const value of worthOf(all, share, dispersion)) expect(Math.abs(value - 1)).toBeLessThan(1e-3);
    }), { numRuns: 50 });
  });

  test('is cut off where rates scatter much, so that a bet is never worth more', () => {
    assert(property(count, part, double({ min: 0, max: 1, noNaN: true }), (all, share, dispersion) => {
      for (const value of worthOf(all, share, dispersion)) expect(value).toBeLessThan(1 + 1e-3);
    }), { numRuns: 50 });
    expect(Math.min(...worthOf(25, 0.1, 1))).toBeLessThan(0.9);
  });

  test('says nothing where nobody failed, and nothing of a minute without the champion', () => {
    const before = rates(1440, 1e6, 1e4);
    const none = addErrors(NO_ERRORS_SEEN, { challenger: arm(100), champion: arm(900), alone: false, before, policy: canary });
    expect([none.relative, none.safe]).toEqual([NO_ERRORS_SEEN.relative, 0]);
    const alone = addErrors(NO_ERRORS_SEEN, { challenger: arm(100, 90), champion: undefined, alone: false, before, policy: canary });
    expect([alone.relative, alone.safe]).toEqual([NO_ERRORS_SEEN.relative, 0]);
  });
}); // prettier-ignore
