import { describe, expect, test } from 'vitest';
import { binomialUpperTail } from '../../../../src/lib/core/statistics/binomial.ts';
import { normalQuantile } from '../../../../src/lib/core/statistics/normal.ts';

/** P(X >= k) for X ~ Binomial(n, a / b), by sums of whole numbers: exact until the last division. */
function exactTail(k: number, n: number, a: bigint, b: bigint): number {
  let choose = 1n;
  let sum = 0n;
  for (let i = 0; i <= n; i += 1) {
    if (i >= k) sum += choose * a ** BigInt(i) * (b - a) ** BigInt(n - i);
    choose = (choose * BigInt(n - i)) / BigInt(i + 1);
  }
  return ratio(sum, b ** BigInt(n));
}

/** Two large whole numbers divided, to 15 digits and any magnitude. */
function ratio(above: bigint, below: bigint): number {
  if (above === 0n) return 0;
  const shift = below.toString().length - above.toString().length + 17;
  const digits = shift >= 0 ? (above * 10n ** BigInt(shift)) / below : above / (below * 10n ** BigInt(-shift));
  return Number(`${digits}e${-shift}`);
}

describe('the binomial tail', () => {
  const probabilities: [bigint, bigint][] = [
    [1n, 2n],
    [1n, 10n],
    [9n, 10n],
    [1n, 1000n],
    [999n, 1000n],
    [1n, 3n],
  ];
  test.each(probabilities)('is the exact one for p = %d / %d, at every k', (a, b) => {
    for (const n of [1, 2, 5, 19, 60, 250]) {
      for (let k = 0; k <= n + 1; k += 1) {
        const exact = exactTail(k, n, a, b);
        const got = binomialUpperTail(k, n, Number(a) / Number(b));
        expect(Math.abs(got - exact), `n ${n} k ${k}: ${got}, exactly ${exact}`).toBeLessThanOrEqual(1e-10 * exact);
      }
    }
  });

  test('keeps its precision over many trials', () => {
    for (const [k, n, a, b] of [[600, 1000, 1n, 2n], [150, 1000, 1n, 10n], [2100, 4000, 1n, 2n], [30, 4000, 1n, 1000n]] as const) {
      const exact = exactTail(k, n, a, b);
      expect(Math.abs(binomialUpperTail(k, n, Number(a) / Number(b)) / exact - 1), `${k} of ${n}`).toBeLessThan(1e-9);
    }
  }); // prettier-ignore

  test.each([
    ['none of any', 0, 10, 0.3, 1],
    ['none of none', 0, 0, 0.5, 1],
    ['more than there are', 11, 10, 0.3, 0],
    ['some of what cannot be', 1, 10, 0, 0],
    ['all of what must be', 10, 10, 1, 1],
    ['less than none', -1, 10, 0.5, 1],
  ])('of %s', (_, k, n, p, expected) => {
    expect(binomialUpperTail(k, n, p)).toBe(expected);
  });

  test('falls with k, grows with p, and stays a probability', () => {
    for (const n of [10, 1000, 1_000_000]) {
      let last = 1;
      for (let k = 0; k <= n; k += n / 10) {
        const tail = binomialUpperTail(k, n, 0.3);
        expect(tail).toBeLessThanOrEqual(last);
        expect(tail).toBeGreaterThanOrEqual(0);
        expect(binomialUpperTail(k, n, 0.4)).toBeGreaterThanOrEqual(tail);
        last = tail;
      }
    }
  });
});

describe('the normal quantile', () => {
  // Published tables of the standard normal distribution.
  test.each([
    [0.5, 0],
    [0.75, 0.674489750196],
    [0.9, 1.281551565545],
    [0.95, 1.644853626951],
    [0.975, 1.95996398454],
    [0.99, 2.326347874041],
    [0.995, 2.575829303549],
    [0.999, 3.090232306168],
    [0.9999, 3.719016485456],
    [0.999999, 4.753424308823],
  ])('of %d', (p, z) => {
    expect(normalQuantile(p)).toBeCloseTo(z, 7);
    expect(normalQuantile(1 - p)).toBeCloseTo(-z, 7);
  });

  test.each([0, 1, -0.1, 1.1, Number.NaN])('of %d does not exist', (p) => {
    expect(() => normalQuantile(p)).toThrow(RangeError);
  });
});
