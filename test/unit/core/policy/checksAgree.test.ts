import { assert, constantFrom, double, oneof, property } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judgeGate } from '../../../../src/lib/core/gate/judge.ts';
import { gateDoubts } from '../../../../src/lib/core/policy/checks/gate.ts';
import type { EnvironmentPolicy, GatePolicy } from '../../../../src/lib/core/policy/policy.ts';
import { arm, BOTH, copied, minutes, MINUTE_MS, NEW, OLD, pass, policy, policyOf, shadowing } from '../given.ts';
import { linesOf, SIMPLE } from './given.ts';

/** What the metrics can be, said here anew: least, most, and which way they count. */
const METRICS: readonly (readonly [string, number, number, 'higher' | 'lower'])[] = [
  ['accuracy', 0, 1, 'higher'],
  ['error_rate', 0, 1, 'lower'],
  ['f1_weighted', 0, 1, 'higher'],
  ['val_mcc', -1, 1, 'higher'],
  ['r2_score', -1e9, 1, 'higher'],
  ['rmse', 0, 1e9, 'lower'],
  ['logLoss', 0, 1e9, 'lower'],
];

function passes(gate: GatePolicy, value: number): boolean {
  const evidence = { data: 'd', dataVersion: '1', n: 1000, metrics: { [gate.metric]: { challenger: value } }, faults: [] }; // prettier-ignore
  const { reasons } = judgeGate(gate, evidence, false);
  return reasons.every(({ rule, verdict }) => verdict === 'pass' || rule === 'gate.nothingToJudge');
}

function codesOf(gate: GatePolicy): string[] {
  const environment: EnvironmentPolicy = { ...policy, gate };
  return gateDoubts(environment).map(({ check }) => check);
}

test('what is said to be a bound that cannot fail, or cannot pass, is one to the gate, and no other', () => {
  const bounds = oneof(double({ min: -2, max: 2, noNaN: true }), constantFrom(-1, 0, 0.5, 1, 95, 150));
  assert(
    property(constantFrom(...METRICS), constantFrom('min', 'max'), bounds, ([metric, least, most, better], key, bound) => {
      const gate: GatePolicy = { metric, better, compare: 'superior', margin: 0, confidence: 0.95, guardrails: [], require: [], [key]: bound };
      const within = [least, most, (least + most) / 2, bound - 1e-9, bound, bound + 1e-9].filter((value) => value >= least && value <= most);
      const passed = within.filter((value) => passes(gate, value)).length;
      const codes = codesOf(gate);
      // A bound that looks like a percentage is told as that, for metrics that may be logged so.
      if (codes.includes('percentForFraction')) return bound > 1 && bound <= 100 && metric !== 'accuracy';
      return codes.includes('boundCannotFail') === (passed === within.length) && codes.includes('boundCannotPass') === (passed === 0);
    }),
    { numRuns: 2000 },
  );
}); // prettier-ignore

const healthy = (count: number) => minutes(count, () => ({ [OLD]: arm(900, 9), [NEW]: arm(100, 1) }));
const isTold = (rollout: string) => linesOf(`${SIMPLE}rollout: {${rollout}}\n`).some((line) => line.includes('SW204'));

/** At the end of a shadow, of a version as good as its champion. */
function after(rollout: string) {
  // A file that says so is refused: this is what it would have come to.
  const onInconclusive = rollout.includes('rollback') ? 'rollback' : 'hold';
  const by = policyOf(rollout.replace('rollback', 'hold'), (p) => ({
    ...p,
    rollout: { ...p.rollout, onInconclusive },
  }));
  const at = by.rollout.shadow?.forMs ?? 0;
  const facts = { endpoint: copied(), deployments: BOTH, minutes: healthy(Math.floor(at / MINUTE_MS)) };
  return pass(shadowing(), { policy: by, facts, at }).next.release?.rollback?.cause;
}

describe('what is said to be rolled back always', () => {
  test.each([
    ['shadow: {percent: 20%, for: 5m}, onInconclusive: rollback', true],
    ['shadow: {percent: 20%, for: 1h}, onInconclusive: rollback', false],
    ['shadow: {percent: 20%, for: 5m}, onInconclusive: hold', false],
    ['shadow: {percent: 20%, for: 10m}, onInconclusive: rollback, canary: {settle: 10m}', true],
    ['shadow: {percent: 20%, for: 2h}, onInconclusive: rollback, canary: {settle: 10m}', false],
  ])('%s', (rollout, always) => {
    expect([isTold(rollout), after(rollout)]).toEqual([always, always ? 'undecided' : undefined]);
  });
}); // prettier-ignore
