import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { curvesOf } from '../../../../bench/decisions/curves.ts';
import { filled } from '../../../../bench/decisions/document.ts';
import { METHODS } from '../../../../bench/decisions/methods.ts';
import { FIRSTS, JUDGE, firstsOf, type Results } from '../../../../bench/decisions/results.ts';
import { EVERYTHING, runAll } from '../../../../bench/decisions/run.ts';

const ROOT = new URL('../../../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, ROOT), 'utf8');
const document = read('docs/decision-quality.md');
const results = JSON.parse(read('bench/results/decisions.json')) as Results;

test('what the document shows is what was measured', () => {
  expect(filled(document, results)).toBe(document);
});

test('the curves are drawn from what was measured, and there are no others', () => {
  const curves = curvesOf(results);
  expect(readdirSync(new URL('docs/decision-quality/', ROOT)).toSorted()).toEqual(Object.keys(curves).toSorted());
  for (const [file, svg] of Object.entries(curves)) {
    expect(read(`docs/decision-quality/${file}`)).toBe(svg);
    expect(document).toContain(`(decision-quality/${file})`);
  }
});

test('they are of a whole run on judging seeds, of the methods there are', () => {
  expect(results.purpose).toBe('judging');
  expect(results.plans).toBeGreaterThanOrEqual(1000);
  expect([...new Set(results.rows.map(({ method }) => method))]).toEqual(METHODS.map(({ name }) => name));
});

test('the judge that was measured is the one there is: its first releases end as they did', async () => {
  const asked = { purpose: 'judging', from: 0, plans: FIRSTS, ...EVERYTHING, methods: [JUDGE] } as const;
  expect(firstsOf(await runAll(asked, 0), 0)).toEqual(results.firsts);
}, 120_000);

test('another figure gives another document, and a table that is shown nowhere or asked for twice is refused', () => {
  const worse = { ...results, summary: { ...results.summary, missTwice: 0.9876 } };
  expect(filled(document, worse)).toContain('98.8 %');
  expect(filled(document, worse)).not.toBe(document);
  expect(() => filled('', results)).toThrow('measured, but not shown');
  expect(() => filled(`${document}${document}`, results)).toThrow('asks twice');
});
