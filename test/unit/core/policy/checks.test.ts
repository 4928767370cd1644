import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { CHECKS, pageOf, type Check } from '../../../../src/lib/core/policy/checks/catalogue.ts';
import type { PolicyFault } from '../../../../src/lib/core/policy/fault.ts';
import { faultLine } from '../../../../src/lib/core/policy/fault.ts';
import { parseEstate } from '../../../../src/lib/core/policy/parseEstate.ts';
import { parsePolicy } from '../../../../src/lib/core/policy/parsePolicy.ts';
import { checkPublication } from '../../../../src/lib/core/policy/publicationRules.ts';
import { restorePolicy, storedPolicy } from '../../../../src/lib/core/policy/stored.ts';
import { schemaFault } from '../../../../src/lib/core/smoke/body.ts';
import { estateFrom, policyFrom } from './given.ts';

const ROOT = new URL('../../../../', import.meta.url);
const CORPUS = new URL('corpus/', import.meta.url);
const read = (name: string) => readFileSync(new URL(name, CORPUS), 'utf8');
const ESTATE = estateFrom(read('estate.yaml')).estate;
const ALL: readonly Check[] = Object.values(CHECKS);
const namesIn = (folder: string) => readdirSync(new URL(folder, CORPUS)).filter((name) => name.endsWith('.yaml'));
const checkOf = (code: string | undefined) => ALL.find((check) => check.code === code);
const isEstate = (text: string) => /^workspaces:/m.test(text);

/** Everything that is told of a file, and of a policy together with the estate. */
function toldOf(text: string): readonly PolicyFault[] {
  if (isEstate(text)) {
    const estate = parseEstate(text, 'estate.yaml');
    return 'faults' in estate ? estate.faults : estate.warnings;
  }
  const parsed = parsePolicy(text, 'p.yaml', { readRequest: () => '{"a": 1}', schemaFault });
  if ('faults' in parsed) return parsed.faults;
  return [...parsed.warnings, ...checkPublication([parsed], ESTATE)];
}

/** Without the estate of the corpus, which knows other names. */
function codesOf(text: string): string[] {
  return toldOf(text).flatMap(({ code }) => code ?? []);
}

describe('a bad policy', () => {
  const names = namesIn('bad');
  test.each(names)('%s is found out, and nothing else is said', (name) => {
    const text = read(`bad/${name}`);
    const expected = [...text.matchAll(/^# expect: (SW\d+) (\S+)$/gm)].map(([, code, key]) => `${code} ${key}`);
    expect(expected.length).toBeGreaterThan(0);
    const told = toldOf(text);
    expect(told.map(({ code, key }) => `${code} ${key}`).toSorted()).toEqual(expected.toSorted());
    expect(told.map(({ severity }) => severity)).toEqual(told.map(({ code }) => checkOf(code)?.severity));
  });

  test('there is one for each check at least', () => {
    expect(names.length).toBeGreaterThanOrEqual(40);
    const expected = new Set(names.flatMap((name) => read(`bad/${name}`).match(/SW\d+/g) ?? []));
    // An estate that no slices section survives yet cannot have a bad one.
    const unseen = ALL.map(({ code }) => code).filter((code) => !expected.has(code));
    expect(unseen).toEqual(SLICES);
  });
});

/** Not to be said in a file before slices are judged: tested below. */
const SLICES = ['SW114', 'SW115'];

describe('a good policy', () => {
  const names = namesIn('good');
  test.each(names)('%s raises no alarm', (name) => {
    expect(toldOf(read(`good/${name}`)).map(faultLine)).toEqual([]);
  });
  test.each(['docs/policy.md', 'docs/retraining.md', 'README.md'])('those of %s neither', (doc) => {
    const snippets = [...readFileSync(new URL(doc, ROOT), 'utf8').matchAll(/```yaml\n(steward: 1[\s\S]*?)```/g)].map(([, text = '']) => text); // prettier-ignore
    expect(snippets.length).toBeGreaterThan(0);
    expect(snippets.flatMap((text) => codesOf(text))).toEqual([]);
  });
  const examples = readdirSync(new URL('examples/', ROOT), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.yaml')); // prettier-ignore
  test.each(examples)('nor the example %s', (name) => {
    expect(codesOf(readFileSync(new URL(`examples/${name}`, ROOT), 'utf8'))).toEqual([]);
  });
  test('there are enough of them', () => expect(names.length).toBeGreaterThanOrEqual(15));
});

const slices = (what: string) => toldOf(read('good/simplest.yaml').replace('better: higher}', `better: higher, slices: {by: [region], ${what}}}`)); // prettier-ignore
const codes = (what: string) => slices(what).flatMap(({ code }) => code ?? []);

test('slices that are never judged, or whose gap cannot be too wide', () => {
  expect(codes('metric: accuracy, minRows: 3000000, maxGap: 0.1')).toEqual(['SW114']);
  expect(codes('metric: accuracy, maxGap: 3')).toEqual(['SW115']);
  expect(codes('metric: recall, maxGap: 3')).toEqual(['SW119']);
  expect(codes('metric: accuracy, minRows: 500, maxGap: 0.03')).toEqual([]);
});

test('a line says where, what, the code and its page', () => {
  const [line] = toldOf(read('bad/min-in-percent.yaml')).map(faultLine);
  expect(line).toBe(
    'p.yaml:8:47 gate.min: accuracy is never above 1: no version ever passes (is 0.95 meant? Metrics are plain numbers in their own unit) [SW103 docs/policy-checks.md#sw103-bound-cannot-pass]',
  );
});

test('what was published before stays in force, whatever is looked for today', () => {
  const { written } = policyFrom(read('good/bounds.yaml'));
  const stored = storedPolicy({ written }).text.replace('"min":0.9', '"min":0');
  expect(stored).toContain('"min":0,');
  expect(restorePolicy(stored, 'published').policy.environments['prod']?.gate?.min).toBe(0);
});

describe('docs/policy-checks.md', () => {
  const text = readFileSync(new URL('../../../../docs/policy-checks.md', import.meta.url), 'utf8');
  const headings = [...text.matchAll(/^### (SW\d+) (\S+)\n\n\*(Fault|Warning)\.\*/gm)].map(([, code = '', name = '', severity = '']) => ({ code, name, severity: severity.toLowerCase() })); // prettier-ignore
  test('has a paragraph for each check, with its severity, and no other', () => {
    expect(headings).toEqual(ALL.map(({ code, name, severity }) => ({ code, name, severity })));
  });
  test('is where a finding points: the anchor is made of the heading', () => {
    for (const { code, name } of headings) {
      expect(pageOf(checkOf(code)!)).toBe(
        `docs/policy-checks.md#${`${code} ${name}`.toLowerCase().replaceAll(' ', '-')}`,
      );
    }
  });
});

test('codes and names are given out once', () => {
  expect(new Set(ALL.flatMap(({ code, name }) => [code, name])).size).toBe(ALL.length * 2);
});
