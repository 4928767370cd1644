import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { independentInterval, type Share } from '../../../../src/lib/core/statistics/independent.ts';

/** Both ends together: 97.5 % each. */
const PUBLISHED = 0.975;
const of = (events: number, n: number): Share => ({ value: events / n, n });
const failures = ({ value, n }: Share): Share => ({ value: 1 - value, n });

describe('the hybrid score interval', () => {
  // Newcombe, Statistics in Medicine 17 (1998) 873-890, table II, method 10: a of m less b of n.
  test.each([
    ['(a)', 56, 70, 48, 80, 0.0524, 0.3339],
    ['(b)', 9, 10, 3, 10, 0.1705, 0.809],
    ['(c)', 6, 7, 2, 7, 0.0582, 0.8062],
    ['(d)', 5, 56, 0, 29, -0.0381, 0.1926],
    ['(e)', 0, 10, 0, 20, -0.1611, 0.2775],
    ['(f)', 0, 10, 0, 10, -0.2775, 0.2775],
    ['(g)', 10, 10, 0, 20, 0.6791, 1],
    ['(h)', 10, 10, 0, 10, 0.6075, 1],
  ])('is the published one: %s %i of %i less %i of %i', (_, a, m, b, n, low, high) => {
    const interval = independentInterval(of(b, n), of(a, m), PUBLISHED);
    expect(interval.low).toBeCloseTo(low, 4);
    expect(interval.high).toBeCloseTo(high, 4);
  });

  const share = fc.integer({ min: 1, max: 5000 }).chain((n) => fc.nat({ max: n }).map((events) => of(events, n)));
  const confidence = fc.double({ min: 0.51, max: 0.999, noNaN: true });

  test('contains what was found and stays a difference of shares', () => {
    fc.assert(
      fc.property(share, share, confidence, (first, second, level) => {
        const { low, high } = independentInterval(first, second, level);
        const difference = second.value - first.value;
        expect([low >= -1, low <= difference, difference <= high, high <= 1]).toEqual([true, true, true, true]);
      }),
      { seed: 1 },
    );
  });

  test('is mirrored when the two change places, and when failures are counted instead', () => {
    fc.assert(
      fc.property(share, share, confidence, (first, second, level) => {
        const { low, high } = independentInterval(first, second, level);
        for (const mirrored of [
          independentInterval(second, first, level),
          independentInterval(failures(first), failures(second), level),
        ]) {
          expect(mirrored.low).toBeCloseTo(-high, 10);
          expect(mirrored.high).toBeCloseTo(-low, 10);
        }
      }),
      { seed: 1 },
    );
  });

  test('narrows with more rows and widens with more confidence, at both ends', () => {
    fc.assert(
      fc.property(share, share, fc.integer({ min: 2, max: 50 }), confidence, (first, second, times, level) => {
        const { low, high } = independentInterval(first, second, level);
        const more = ({ value, n }: Share) => ({ value, n: n * times });
        const narrow = independentInterval(more(first), more(second), level);
        const wide = independentInterval(first, second, level + (1 - level) / 2);
        const tiny = 1e-12;
        expect([narrow.low >= low - tiny, narrow.high <= high + tiny]).toEqual([true, true]);
        expect([wide.low <= low + tiny, wide.high >= high - tiny]).toEqual([true, true]);
        expect(narrow.high - narrow.low).toBeLessThan(high - low);
      }),
      { seed: 1 },
    );
  });

  test('of what is no number is no number', () => {
    const { low, high } = independentInterval({ value: Number.NaN, n: 10 }, of(9, 10), PUBLISHED);
    expect([low, high]).toEqual([Number.NaN, Number.NaN]);
  });
});
