import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { told } from '../mutants/claims.ts';
import { findingIn, findingOf, type Report } from '../mutants/judge.ts';
import { MUTANTS } from '../mutants/mutants.ts';

test('every deliberate fault still has the place that it is put in', () => {
  const lost = MUTANTS.filter(({ file, find }) => readFileSync(file, 'utf8').split(find).length !== 2);
  expect(lost.map(({ name, file }) => `${name} (${file})`)).toEqual([]);
});

test('every test that claims one is there; a contract’s tests stand beside those that run it', () => {
  const lost = MUTANTS.filter(({ claimedBy }) => {
    if ('seeds' in claimedBy) return false;
    const folder = dirname(claimedBy.test);
    const texts = readdirSync(folder).filter((name) => name.endsWith('.ts')).map((name) => readFileSync(join(folder, name), 'utf8')); // prettier-ignore
    return !readdirSync(folder).some((name) => join(folder, name) === claimedBy.test) || !texts.some((text) => text.includes(claimedBy.named)); // prettier-ignore
  });
  expect(lost.map(({ name }) => name)).toEqual([]);
});

test('the document tells each of them, and who notices it', () => {
  const text = readFileSync('docs/reliability.md', 'utf8');
  const [, table = ''] = text.split('| fault | noticed by |\n|---|---|\n');
  const expected = MUTANTS.map(({ name, claimedBy }) => `| ${name} | ${told(claimedBy)} |`);
  expect(table.split('\n').filter((line) => line.startsWith('|'))).toEqual(expected);
});

const sum = (violations: number, seeds = 100) => JSON.stringify({ seeds, violations });

describe('a fault is noticed', () => {
  const claim = { test: 'test/unit/some.test.ts', named: 'it holds' };
  const report = (status: string, messages: string[] = [], fullName = 'here it holds', message = ''): Report => ({
    testResults: [{ name: `/copy/${claim.test}`, message, assertionResults: [{ fullName, status, failureMessages: messages }] }], // prettier-ignore
  });

  test('by an assertion of the test that claims it', () => {
    const finding = findingIn(report('failed', ['AssertionError: expected 1 to be 2\n    at here']), claim);
    expect(finding).toEqual({ is: 'violated', what: 'here it holds' });
  });

  test('not where the test passes', () => {
    expect(findingIn(report('passed'), claim)).toEqual({ is: 'holds' });
  });

  test.each([
    [
      'took too long',
      report('failed', ['Error: Test timed out in 30000ms.']),
      /without an assertion: Error: Test timed/,
    ],
    ['threw', report('failed', ['TypeError: x is not a function']), /without an assertion: TypeError/],
    ['was skipped', report('skipped'), /no such test ran/],
    ['is another one', report('failed', ['AssertionError: 1'], 'here it does not'), /no such test ran/],
    ['is in a file that could not be loaded', report('skipped', [], '', 'Cannot find x'), /no such test ran: Cannot/],
    ['is in no file', { testResults: [] }, /no such test ran/],
  ])('and nobody knows where the test %s', (_, given, why) => {
    expect(findingIn(given, claim)).toEqual({ is: 'unknown', why: expect.stringMatching(why) });
  });

  test('by a seed that broke a rule, and not where none did', () => {
    expect(findingOf(`seed 3: prod: sums to 90\nseed 4: x\n${sum(2)}\n`, 100)).toEqual({ is: 'violated', what: 'seed 3: prod: sums to 90' }); // prettier-ignore
    expect(findingOf(`${sum(0)}\n`, 100)).toEqual({ is: 'holds' });
  });

  test.each([
    ['threw', `seed 3: the simulation threw: TypeError\n${sum(1)}\n`],
    ['did not start', ''],
    ['broke off', 'seed 3: prod: sums to 90\n'],
    ['lived fewer seeds', sum(0, 50)],
  ])('and nobody knows where the simulation %s', (_, output) => {
    expect(findingOf(output, 100)).toMatchObject({ is: 'unknown' });
  });
});
