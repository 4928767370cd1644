import { describe, expect, test } from 'vitest';
import type { Evidence } from '../../../../src/lib/core/gate/evidence.ts';
import { confidenceAt, shown, tryOf, withTry, type Holdout } from '../../../../src/lib/core/gate/holdouts.ts';
import { judgeGate } from '../../../../src/lib/core/gate/judge.ts';
import type { GatePolicy } from '../../../../src/lib/core/policy/policy.ts';

describe('tries on one holdout', () => {
  test('are counted for each version of the data, one for each version in turn', () => {
    let holdouts: readonly Holdout[] | undefined;
    const seen = ['7', '8', '8', '9'].map((version) => {
      holdouts = withTry(holdouts, { data: 'mails:4', version });
      return tryOf(holdouts, { data: 'mails:4', version });
    });
    expect(seen).toEqual([1, 2, 2, 3]);
    expect(tryOf(holdouts, { data: 'mails:5', version: '10' })).toBe(1);
    expect(withTry(holdouts, { data: 'mails:5', version: '10' })).toEqual([{ data: 'mails:5', judged: 1, version: '10' }, { data: 'mails:4', judged: 3, version: '9' }]); // prettier-ignore
  });

  test('are one for each evaluation of the same version', () => {
    const seven = withTry(undefined, { data: 'mails:4', version: '7', job: 'e1' });
    expect(tryOf(seven, { data: 'mails:4', version: '7', job: 'e1' })).toBe(1);
    expect(withTry(seven, { data: 'mails:4', version: '7', job: 'e2' })).toEqual([{ data: 'mails:4', judged: 2, version: '7', job: 'e2' }]); // prettier-ignore
    // A row of before jobs were noted.
    expect(tryOf([{ data: 'mails:4', judged: 3, version: '7' }], { data: 'mails:4', version: '7', job: 'e9' })).toBe(3);
  });

  test('are remembered of the newest few', () => {
    let holdouts: readonly Holdout[] = [];
    for (let version = 1; version <= 9; version += 1)
      holdouts = withTry(holdouts, { data: `mails:${version}`, version: '7' });
    expect(holdouts.map(({ data }) => data)).toEqual(['mails:9', 'mails:8', 'mails:7', 'mails:6', 'mails:5']);
  });

  test('share out twice the chance of one, and no more', () => {
    const chances = Array.from({ length: 1000 }, (_, at) => 1 - confidenceAt(0.95, at + 1));
    expect(chances[0]).toBeCloseTo(0.05, 12);
    expect(chances.reduce((sum, chance) => sum + chance, 0)).toBeLessThan(0.1);
    const twenty = 1 - chances.slice(0, 20).reduce((none, chance) => none * (1 - chance), 1);
    expect(twenty).toBeLessThan(0.1);
    for (const [at, chance] of chances.entries()) {
      expect(chance).toBeLessThanOrEqual(chances[Math.max(0, at - 1)] ?? 0);
      // Never less than by the rule whose sum is one.
      expect(chance).toBeGreaterThanOrEqual((0.05 * 6) / (Math.PI ** 2 * (at + 1) ** 2) - 1e-15);
    }
  });
});

test.each([[0.9, '90 %'], [0.95, '95 %'], [0.98333333, '98.3 %'], [0.9916667, '99.17 %'], [0.9999901, '99.99901 %'], [0.99999901, '99.999901 %']])('%f is shown as %s', (confidence, text) => {
  expect(shown(confidence)).toBe(text);
}); // prettier-ignore

describe('what more than one try asks for', () => {
  const gate: GatePolicy = { metric: 'accuracy', better: 'higher', compare: 'superior', margin: 0, confidence: 0.95, guardrails: [], require: [] }; // prettier-ignore
  const paired = { n: 1000, bothRight: 900, championOnly: 10, challengerOnly: 22, bothWrong: 68, majority: 0, majorityLabel: 'a' }; // prettier-ignore
  const evidence: Evidence = { data: 'mails', dataVersion: '4', metrics: {}, paired, faults: [] };
  const at = (tries: number) => judgeGate(gate, evidence, true, { tries });

  // 22 against 10: p = 0.018 by mid-p, between 5 % / 2 and 5 % / 6.
  test.each([[1, 'pass'], [2, 'pass'], [3, 'inconclusive']])('the same rows at try %i: %s', (tries, verdict) => {
    expect(at(tries).verdict).toBe(verdict);
  }); // prettier-ignore

  test('is said, and why', () => {
    expect(at(1).reasons[0]?.note).not.toContain('version number');
    expect(at(3).reasons[0]?.note).toContain('version number 3 that is judged on mails:4, so the interval is one of 98.3 % and not only of 90 %'); // prettier-ignore
    expect(at(3).reasons[0]?.interval?.confidence).toBeCloseTo(1 - 0.1 / 6, 5);
  });
});
