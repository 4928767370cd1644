import { array, assert, double, integer, property } from 'fast-check';
import { expect, test } from 'vitest';
import { lnRising } from '../../../../src/lib/core/statistics/binomial.ts';
import { logMixture, logSum } from '../../../../src/lib/core/statistics/mixture.ts';

test('a sum of exponentials is what adding them one by one is, where that can be done', () => {
  assert(
    property(array(double({ min: -300, max: 300, noNaN: true }), { minLength: 1, maxLength: 8 }), (logs) => {
      const plain = Math.log(logs.reduce((total, log) => total + Math.exp(log), 0));
      expect(logSum(logs)).toBeCloseTo(plain, 9);
    }),
  );
});

test('it neither overflows nor vanishes where adding would', () => {
  expect(logSum([5000, 5000])).toBeCloseTo(5000 + Math.LN2, 9);
  expect(logSum([-5000, -5000])).toBeCloseTo(Math.LN2 - 5000, 9);
  expect(logSum([])).toBe(Number.NEGATIVE_INFINITY);
  expect(logSum([Number.NEGATIVE_INFINITY, 3])).toBe(3);
});

test('a mixture of equal logs is that log, and what has no weight does not count', () => {
  expect(logMixture([0.25, 0.75], [7, 7])).toBeCloseTo(7, 12);
  expect(logMixture([1, 0], [-2, 900])).toBeCloseTo(-2, 12);
  expect(logMixture([0.5, 0.5], [0, Number.NEGATIVE_INFINITY])).toBeCloseTo(-Math.LN2, 12);
});

test('a rising factorial is the product that it stands for, short or long', () => {
  assert(
    property(double({ min: 1e-6, max: 1e6, noNaN: true }), integer({ min: 0, max: 400 }), (x, n) => {
      let plain = 0;
      for (let i = 0; i < n; i += 1) plain += Math.log(x + i);
      expect(Math.abs(lnRising(x, n) - plain)).toBeLessThanOrEqual(1e-8 * Math.max(1, Math.abs(plain)));
    }),
  );
});
