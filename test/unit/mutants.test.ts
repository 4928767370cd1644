import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { MUTANTS } from '../mutants/mutants.ts';

test('every deliberate fault still has the place that it is put in', () => {
  const lost = MUTANTS.filter(({ file, find }) => readFileSync(file, 'utf8').split(find).length !== 2);
  expect(lost.map(({ name, file }) => `${name} (${file})`)).toEqual([]);
});

test('the document tells each of them, and who notices it', () => {
  const told = readFileSync('docs/reliability.md', 'utf8').split('\n');
  const missing = MUTANTS.filter(({ name, claimedBy }) => {
    const by = claimedBy === 'simulation' ? 'simulation, ' : `\`${claimedBy}\``;
    return !told.some((line) => line.startsWith(`| ${name} | ${by}`));
  });
  expect(missing.map(({ name }) => name)).toEqual([]);
});
