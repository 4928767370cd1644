import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { CorruptRow, longJson, readJson } from '../../../src/lib/azure/lifecyclesRows.ts';
import { MAX_PROPERTY_CHARS } from '../../../src/lib/azure/storageTableLimits.ts';

const row = (properties: Readonly<Record<string, unknown>>) => ({ rowKey: 'audit|1', etag: '', properties });

test('long JSON is cut to what a property holds, never through a character, and comes back whole', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 9 }), fc.constantFrom('x', '😀', '"', '\u2028', '漢'), (shift, unit) => {
      const value = 'a'.repeat(shift) + unit.repeat(2 * MAX_PROPERTY_CHARS);
      const properties = longJson(value);
      for (const part of Object.values(properties)) {
        expect(String(part).length).toBeLessThanOrEqual(MAX_PROPERTY_CHARS);
        expect(String(part).isWellFormed()).toBe(true);
      }
      expect(readJson(row(properties), z.string())).toBe(value);
    }),
    { numRuns: 30 },
  );
});

test('what cannot be read names the row and every fault', () => {
  expect(() => readJson(row({ json: '{"a":1}' }), z.object({ a: z.string(), b: z.string() }))).toThrow(
    /audit\|1 cannot be read: a: .*; b: /,
  );
  expect(() => readJson(row({}), z.string())).toThrow(CorruptRow);
});
