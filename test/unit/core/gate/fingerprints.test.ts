import { expect, test } from 'vitest';
import { Fingerprints } from '../../../../src/lib/core/gate/fingerprints.ts';

test.each<[string, (index: number) => string]>([
  ['numbers', (index) => String(index)],
  ['padded numbers', (index) => String(index).padStart(12, '0')],
  ['numbers behind the same', (index) => `mails/2026/part-${index}`],
  ['numbers before the same', (index) => `${index.toString(36)}-of-the-holdout`],
  ['what differs by order alone', (index) => `${index % 1000}/${Math.floor(index / 1000)}`],
])('%s: half a million are all new the first time and all known the second', (_, textOf) => {
  const known = new Fingerprints();
  let added = 0;
  for (let index = 0; index < 500_000; index += 1) if (known.add(textOf(index))) added += 1;
  let again = 0;
  for (let index = 0; index < 500_000; index += 1) if (known.add(textOf(index))) again += 1;
  expect([added, again]).toEqual([500_000, 0]);
});

test('the empty text is one as well', () => {
  const known = new Fingerprints();
  expect([known.add(''), known.add(''), known.add('a')]).toEqual([true, false, true]);
});
