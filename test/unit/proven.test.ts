import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const FOLDERS = /`((?:contract|faults|properties|scenario|unit)(?:\/[\w./]+)?|(?:bench|examples|src)\/[\w./-]+)`/g;
const isThere = (name: string) => [name, `test/${name}`, `test/${name}.ts`, `test/${name}.test.ts`].some(existsSync);

test('what the document of what is proven names is there', () => {
  const named = [...readFileSync('docs/proven.md', 'utf8').matchAll(FOLDERS)].map(([, name = '']) => name);
  expect(named.length).toBeGreaterThan(30);
  expect(named.filter((name) => !isThere(name))).toEqual([]);
});
