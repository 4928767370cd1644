import type { GatePolicy, Guardrail } from '../policy/policy.ts';
import { worst, type Reason, type Verdict } from '../verdict.ts';
import { comparePaired, compareUnpaired, type Comparison } from './compare.ts';
import type { Evidence } from './evidence.ts';
import { directionOfShare, shareNames } from './shares.ts';

export interface GateVerdict {
  readonly verdict: Verdict;
  readonly reasons: readonly Reason[];
  /** By how much the challenger is better in the primary metric, where that was compared; negative where it is worse. */
  readonly gain?: number;
}

interface Bound {
  readonly metric: string;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

/**
 * Judges evidence against a policy's gate. Without a champion only bounds can be judged; without one on the primary
 * metric nothing says how good is good enough, so the gate is `inconclusive` at best (a person decides). Faulty or
 * missing evidence is an error, never a pass.
 */
export function judgeGate(gate: GatePolicy, evidence: Evidence, hasChampion: boolean): GateVerdict {
  const reasons: Reason[] = evidence.faults.map((fault) => flaw('gate.evidence', 'evidence', fault));
  for (const bound of [{ metric: gate.metric, min: gate.min, max: gate.max }, ...gate.guardrails])
    reasons.push(...judgeBounds(bound, evidence));
  if (hasChampion) {
    for (const comparison of [primary(gate), ...gate.guardrails.flatMap(comparing)])
      reasons.push(judgeComparison(comparison, gate.confidence, evidence));
  } else if (gate.min === undefined && gate.max === undefined) {
    reasons.push({ rule: 'gate.nothingToJudge', verdict: 'inconclusive', what: gate.metric, unit: 'plain', note: 'There is no champion to compare with and the policy sets no bound on this metric.' }); // prettier-ignore
  }
  const gain = gainOf(gate, reasons);
  return { verdict: worst(reasons.map((reason) => reason.verdict)), reasons, ...(gain === undefined ? {} : { gain }) };
}

/**
 * A reason measures challenger minus champion, as the metric counts; of an error rate, what is better is below zero. The
 * primary metric is compared before any guardrail.
 */
function gainOf({ compare, better }: GatePolicy, reasons: readonly Reason[]): number | undefined {
  const measured = reasons.find(({ rule }) => rule === `gate.${compare}`)?.measured;
  return measured === undefined || better === 'higher' ? measured : 0 - measured;
}

function primary(gate: GatePolicy): Comparison {
  return { metric: gate.metric, better: gate.better, compare: gate.compare, margin: gate.margin };
}

function comparing(guardrail: Guardrail): Comparison[] {
  return guardrail.comparison ? [{ metric: guardrail.metric, ...guardrail.comparison }] : [];
}

function flaw(rule: string, what: string, note: string): Reason {
  return { rule, verdict: 'error', what, unit: 'plain', note };
}

function judgeBounds(bound: Bound, evidence: Evidence): Reason[] {
  if (bound.min === undefined && bound.max === undefined) return [];
  const value = evidence.metrics[bound.metric]?.challenger;
  if (value === undefined)
    return [flaw('gate.bound', bound.metric, `The evaluation logged no finite metric challenger.${bound.metric}.`)];
  const judged = (rule: string, limit: number, ok: boolean): Reason => ({
    rule, verdict: ok ? 'pass' : 'fail', what: bound.metric, unit: 'plain', challenger: value, measured: value, limit,
    ...(evidence.n === undefined ? {} : { samples: evidence.n }),
  }); // prettier-ignore
  return [
    ...(bound.min === undefined ? [] : [judged('gate.min', bound.min, value >= bound.min)]),
    ...(bound.max === undefined ? [] : [judged('gate.max', bound.max, value <= bound.max)]),
  ];
}

/** Paired predictions decide where there are any: they tell more from the same rows than what was logged of them. */
function judgeComparison(comparison: Comparison, confidence: number, evidence: Evidence): Reason {
  const { metric, better } = comparison;
  const direction = directionOfShare(metric);
  if (direction === undefined) return undecided(comparison, evidence, `Champion and challenger are compared by ${shareNames.join(', ')}: best from predictions of the same rows, else from metrics and n. For ${metric} neither tells a real difference from chance; min and max can bound it.`); // prettier-ignore
  if (direction !== better) return flawOf(comparison, `The policy says that ${better} is better; for ${metric} it is ${direction}.`); // prettier-ignore
  if (evidence.paired === undefined) return judgeShares(comparison, confidence, evidence);
  if (evidence.paired.n === 0) return flawOf(comparison, 'The predictions hold no rows.');
  return comparePaired(comparison, confidence, evidence.paired);
}

/** A share times n need not be a whole number: metrics are logged rounded, or as means over batches. */
function judgeShares(comparison: Comparison, confidence: number, evidence: Evidence): Reason {
  const { n, metrics } = evidence;
  const { champion, challenger } = metrics[comparison.metric] ?? {};
  const impossible = Object.entries({ champion, challenger }).find(([, value]) => value !== undefined && !(value >= 0 && value <= 1)); // prettier-ignore
  if (impossible) return flawOf(comparison, `${comparison.metric} of the ${impossible[0]} is ${impossible[1]}, expected a share between 0 and 1.`); // prettier-ignore
  if (n !== undefined && !(Number.isSafeInteger(n) && n > 0)) return flawOf(comparison, `n is ${n}, expected a number of rows.`); // prettier-ignore
  if (champion === undefined || challenger === undefined) return undecided(comparison, evidence, 'There are no predictions, and the metric was not logged of both champion and challenger.'); // prettier-ignore
  if (n === undefined) return undecided(comparison, evidence, 'There are no predictions, and without n, the number of rows, metrics cannot tell a real difference from chance.'); // prettier-ignore
  return compareUnpaired(comparison, confidence, { champion, challenger }, n);
}

function flawOf({ compare, metric }: Comparison, note: string): Reason {
  return flaw(`gate.${compare}`, metric, note);
}

function undecided({ compare, metric }: Comparison, evidence: Evidence, note: string): Reason {
  const { champion, challenger } = evidence.metrics[metric] ?? {};
  const values = champion === undefined || challenger === undefined ? {} : { champion, challenger };
  return { rule: `gate.${compare}`, verdict: 'inconclusive', what: metric, unit: 'plain', ...values, note };
}
