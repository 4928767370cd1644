import canonicalize from 'canonicalize';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonical } from '../../../src/lib/core/canonical.ts';

/** Any UTF-16, so halves of pairs, controls, quotes and escapes too. */
const text = fc.oneof(
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 4 }).map((units) => String.fromCharCode(...units)),
  fc.string({ unit: fc.constantFrom('\\', 'u', 'd', '8', '"', '\ud83d', '\ude00', '\u2028', '\u0000', 'é') }),
);
const key = fc.oneof(text, fc.constantFrom('1', '9', '10', '__proto__', 'constructor', 'toJSON'));
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(null, undefined, true, false, Number.NaN, Number.POSITIVE_INFINITY, -0, new Date(0)),
    fc.double(), fc.integer(), text,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(key, tie('value')), { maxLength: 5 }).map((entries) => Object.fromEntries(entries)),
  ),
})); // prettier-ignore

function outcome(of: (value: unknown) => string | undefined, given: unknown): string | undefined {
  try {
    return of(given);
  } catch {
    return 'refused';
  }
}

test('the text is that of the RFC, to the character, and what the RFC refuses is refused', () => {
  fc.assert(
    fc.property(value, (given) => {
      expect(outcome(canonical, given)).toBe(outcome(canonicalize, given));
    }),
    { seed: 1, numRuns: 5000 },
  );
});

test('keys come in the order of their UTF-16 units, however many', () => {
  const many = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [String((i * 7919) % 1000), { b: i, a: 1 }]));
  expect(canonical(many)).toBe(canonicalize(many));
  // The order of code points would be another.
  expect(canonical({ '\ufb33': 1, '\u{1f600}': 2 })).toBe('{"\u{1f600}":2,"\ufb33":1}');
});

test.each([['half a pair', '\ud83d'], ['half a pair behind a backslash', '\\\ud83d'], ['half a pair as a key', { '\ude00': 1 }], ['NaN', [Number.NaN]]])('%s is refused', (_, given) => {
  expect(() => canonical(given)).toThrow(/half a pair|NaN|number/i);
}); // prettier-ignore

test('text that only looks like an escape is text', () => {
  expect(canonical(['\\ud83d', '\\\\ud83d'])).toBe('["\\\\ud83d","\\\\\\\\ud83d"]');
});
