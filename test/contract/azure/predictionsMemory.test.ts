import { expect, test } from 'vitest';
import { measure } from '../../../bench/predictions.ts';

/** Remembering each id as a text runs out of this heap, and so does holding the file or its lines. */
test('a million predictions are judged in a heap of 64 MiB', { timeout: 120_000 }, async () => {
  const { paired, faults, fileBytes } = await measure({ rows: 1_000_000, heapMiB: 64 });
  expect(fileBytes).toBeGreaterThan(100 * 1024 ** 2);
  expect(faults).toEqual([]);
  expect(paired).toEqual({ n: 1_000_000, championOnly: 50_000, challengerOnly: 100_000 });
});
