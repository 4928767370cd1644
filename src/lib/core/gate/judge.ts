import type { GatePolicy, Guardrail } from '../policy/policy.ts';
import { binomialUpperTail } from '../statistics/binomial.ts';
import { pairedInterval, rowsToSettle } from '../statistics/paired.ts';
import { worst, type Reason, type Verdict } from '../verdict.ts';
import type { Evidence, PairedCounts } from './evidence.ts';

export interface GateVerdict {
  readonly verdict: Verdict;
  readonly reasons: readonly Reason[];
}

/** What can be compared on paired classes, and which way it counts. */
const PAIRED_METRICS: ReadonlyMap<string, 'higher' | 'lower'> = new Map([
  ['accuracy', 'higher'],
  ['errorRate', 'lower'],
  ['error_rate', 'lower'],
]);

interface Bound {
  readonly metric: string;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

interface Comparison {
  readonly metric: string;
  readonly better: 'higher' | 'lower';
  readonly compare: 'superior' | 'nonInferior';
  readonly margin: number;
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
  return { verdict: worst(reasons.map((reason) => reason.verdict)), reasons };
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

function judgeComparison(comparison: Comparison, confidence: number, evidence: Evidence): Reason {
  const direction = PAIRED_METRICS.get(comparison.metric);
  const logged = evidence.metrics[comparison.metric];
  if (direction !== undefined && direction !== comparison.better) {
    return flaw(`gate.${comparison.compare}`, comparison.metric, `The policy says that ${comparison.better} is better; for ${comparison.metric} it is ${direction}.`); // prettier-ignore
  }
  if (evidence.paired && direction) return judgePaired(comparison, direction, confidence, evidence.paired);
  const values =
    logged?.champion === undefined || logged.challenger === undefined
      ? {}
      : { champion: logged.champion, challenger: logged.challenger };
  return {
    rule: `gate.${comparison.compare}`, verdict: 'inconclusive', what: comparison.metric, unit: 'plain', ...values,
    note: direction
      ? 'The evaluation wrote no predictions, and metrics alone cannot tell a real difference from chance.'
      : `Champion and challenger are compared by accuracy on the same rows; ${comparison.metric} can be bounded with min and max.`,
  }; // prettier-ignore
}

/**
 * Exact McNemar test on the rows where exactly one of the two was right. Superior: one-sided p = P(X >= c), X ~
 * Binomial(b + c, 1/2), must stay below 1 - confidence; with a margin, and for non-inferiority, the interval of the
 * paired difference decides.
 */
function judgePaired(
  comparison: Comparison,
  direction: 'higher' | 'lower',
  confidence: number,
  counts: PairedCounts,
): Reason {
  if (counts.n === 0) return flaw(`gate.${comparison.compare}`, comparison.metric, 'The predictions hold no rows.');
  const { n, championOnly: b, challengerOnly: c } = counts;
  const right = { champion: (counts.bothRight + b) / n, challenger: (counts.bothRight + c) / n };
  const shown = direction === 'higher' ? right : { champion: 1 - right.champion, challenger: 1 - right.challenger };
  const gain = (c - b) / n;
  const { low, high } = pairedInterval(n, b, c, confidence);
  const superior = comparison.compare === 'superior';
  const required = superior ? comparison.margin : -comparison.margin;
  const exact = superior && comparison.margin === 0;
  const shownSuperior = exact ? gain > 0 && binomialUpperTail(c, b + c, 0.5) < 1 - confidence : low > required;
  const passed = superior ? shownSuperior : low >= required;
  const failed = superior ? high <= required : high < required;
  const settled = passed || failed ? undefined : rowsToSettle(n, b, c, confidence, required);
  const sign = direction === 'higher' ? 1 : -1;
  const ends = [sign * low, sign * high];
  return {
    rule: `gate.${comparison.compare}`, verdict: passed ? 'pass' : failed ? 'fail' : 'inconclusive', what: comparison.metric, unit: 'fraction',
    champion: shown.champion, challenger: shown.challenger, measured: sign * gain, limit: sign * required,
    interval: { low: Math.min(...ends), high: Math.max(...ends), confidence: Number((1 - 2 * (1 - confidence)).toFixed(6)) }, samples: n,
    note: [pairNote(counts), ...(settled === undefined ? [] : [`about ${settled} rows like these would settle it`])].join('; '),
  }; // prettier-ignore
}

function pairNote(counts: PairedCounts): string {
  const right = counts.bothRight + counts.challengerOnly;
  const alone = `champion alone right on ${counts.championOnly}, challenger alone right on ${counts.challengerOnly}`;
  if (right >= counts.majority) return alone;
  return `${alone}; the challenger is right less often than always answering "${counts.majorityLabel}" (swapped labels?)`;
}
