import { expect, test } from 'vitest';
import { worst, type Verdict } from '../../../src/lib/core/verdict.ts';

const rows: [readonly Verdict[], Verdict][] = [
  [[], 'error'],
  [['pass'], 'pass'],
  [['pass', 'pass'], 'pass'],
  [['pass', 'inconclusive'], 'inconclusive'],
  [['inconclusive', 'fail', 'pass'], 'fail'],
  [['fail', 'error', 'pass'], 'error'],
];
test.each(rows)('the worst of %j is %s', (verdicts, expected) => {
  expect(worst(verdicts)).toBe(expected);
});
