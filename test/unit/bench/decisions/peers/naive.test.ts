import { expect, test } from 'vitest';
import { naivePeeking, zOfProportions } from '../../../../../bench/decisions/peers/naive.ts';
import { arm, minute, watched } from '../given.ts';

/** A textbook's example: 140 of 200 against 255 of 340, pooled 0.7314815, standard error 0.03949401, z = -1.266015. */
test('the pooled test of two proportions gives the textbook its z', () => {
  expect(zOfProportions(140, 200, 255, 340)).toBeCloseTo(-1.266015, 6);
  expect(zOfProportions(0, 100, 0, 900)).toBe(0);
  expect(zOfProportions(1, 1, 0, 0)).toBe(0);
});

test('it rolls back at the first minute that is significant, by errors or by latency', () => {
  expect(watched(naivePeeking, () => minute(arm({ errors: 8 }), arm({ errors: 1 })))).toEqual({ decision: 'rollBack', after: 1 });
  expect(watched(naivePeeking, () => minute(arm({ errors: 1 }), arm({ errors: 1 }))).decision).toBe('goOn');
  expect(watched(naivePeeking, (i) => minute(arm({ meanLatencyMs: 110 + (i % 2) })))).toEqual({ decision: 'rollBack', after: 2 });
}); // prettier-ignore
