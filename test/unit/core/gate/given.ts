import { expect } from 'vitest';
import type { Asked, Compared } from '../../../../src/lib/core/gate/evidence.ts';
import { judgeGate } from '../../../../src/lib/core/gate/judge.ts';
import { countPairs } from '../../../../src/lib/core/gate/pairs.ts';
import type { GatePolicy } from '../../../../src/lib/core/policy/policy.ts';
import type { Verdict } from '../../../../src/lib/core/verdict.ts';

export interface Given {
  readonly label: unknown;
  readonly champion: unknown;
  readonly challenger: unknown;
  readonly slice?: Readonly<Record<string, unknown>>;
}

export const lines = (rows: readonly Given[]) => rows.map((row, id) => JSON.stringify({ id, ...row }));

export async function compared(metric: string, rows: readonly Given[], asked: Partial<Asked> = {}): Promise<Compared> {
  const { compared: found, faults } = await countPairs(lines(rows), { metrics: [metric], ...asked });
  expect(faults).toEqual([]);
  const one = found?.[metric];
  if (!one) throw new Error(`${metric} was not compared`);
  return one;
}

export async function values(metric: string, rows: readonly Given[], asked?: Partial<Asked>): Promise<readonly [number, number]> {
  const found = await compared(metric, rows, asked);
  if (!('estimate' in found)) throw new Error(JSON.stringify(found));
  return [found.estimate.champion, found.estimate.challenger];
} // prettier-ignore

export const why = async (metric: string, rows: readonly Given[], asked?: Partial<Asked>) => {
  const found = await compared(metric, rows, asked);
  return 'why' in found ? found.why : JSON.stringify(found);
};

/** Whether the challenger is shown to be better. */
export async function gated(metric: string, rows: readonly Given[], better: GatePolicy['better'] = 'higher'): Promise<Verdict> {
  const pairs = await countPairs(lines(rows), { metrics: [metric] });
  const gate: GatePolicy = { metric, better, compare: 'superior', margin: 0, confidence: 0.95, guardrails: [], require: [] };
  return judgeGate(gate, { data: 'd', dataVersion: '1', metrics: {}, ...pairs }, true).verdict;
} // prettier-ignore

export const classes: readonly Given[] = [
  { label: 'spam', champion: 'spam', challenger: 'spam' },
  { label: 'spam', champion: 'ham', challenger: 'spam' },
  { label: 'spam', champion: 'ham', challenger: 'ham' },
  { label: 'ham', champion: 'spam', challenger: 'ham' },
  { label: 'ham', champion: 'ham', challenger: 'ham' },
  { label: 'junk', champion: 'spam', challenger: 'junk' },
];
