import { aucError } from '../statistics/hanleyMcNeil.ts';
import type { GatePolicy, Guardrail } from '../policy/policy.ts';
import { worst, type Reason, type Verdict } from '../verdict.ts';
import { compareAreas, compareByMargin, compareEstimate, comparePaired, compareRoots, compareUnpaired, type Comparison } from './compare.ts'; // prettier-ignore
import { judgeAlone, judgeBounds } from './bounds.ts';
import type { Evidence, PairedCounts } from './evidence.ts';
import { foundInRows, impossible, isCount, near, valuesOf, within, type Values } from './inRows.ts';
import { knownMetric } from './knownMetrics.ts';
import { metricOf, type Metric } from './metrics.ts';
import { confidenceAt, shown } from './holdouts.ts';
import { shareNames } from './shares.ts';
import { judgeSlices, slicesJudged } from './slices.ts';

export interface GateVerdict {
  readonly verdict: Verdict;
  readonly reasons: readonly Reason[];
  /** By how much the challenger is better in the primary metric, where that was compared; negative where it is worse. */
  readonly gain?: number;
  /** The slices it was judged on, where the policy names any. */
  readonly slices?: readonly string[];
}

/** What came before. */
export interface Before {
  /** The how manieth version this is that is judged on the same data; 1 where nothing is known of others. */
  readonly tries?: number;
  /** The slices that the champion was judged on. */
  readonly slices?: readonly string[];
}

/** A comparison, and what decides where no number tells chance. */
interface Wanted extends Comparison {
  readonly judge?: GatePolicy['judge'];
}

/**
 * Judges evidence against a policy's gate. Without a champion only bounds can be judged; without one on the primary
 * metric nothing says how good is good enough, so the gate is `inconclusive` at best (a person decides). Faulty or
 * missing evidence is an error, never a pass.
 */
export function judgeGate(gate: GatePolicy, evidence: Evidence, hasChampion: boolean, before: Before = {}): GateVerdict {
  const { tries = 1 } = before;
  const confidence = confidenceAt(gate.confidence, tries);
  const reasons: Reason[] = evidence.faults.map((fault) => flaw('gate.evidence', 'evidence', fault));
  for (const bound of [{ metric: gate.metric, min: gate.min, max: gate.max }, ...gate.guardrails])
    reasons.push(...judgeBounds(bound, evidence));
  if (hasChampion) {
    for (const comparison of [primary(gate), ...gate.guardrails.flatMap(comparing)])
      reasons.push(sure(judgeComparison(comparison, confidence, evidence), gate, evidence, tries));
  } else reasons.push(...judgeAlone(gate, evidence));
  if (gate.slices) reasons.push(...judgeSlices({ policy: gate.slices, confidence: gate.confidence, hasChampion, before: before.slices ?? [] }, evidence)); // prettier-ignore
  const told = reasons.map(finite);
  const gain = gainOf(gate, told);
  const slices = gate.slices && slicesJudged(evidence);
  return { verdict: worst(told.map((reason) => reason.verdict)), reasons: told, ...(gain === undefined ? {} : { gain }), ...(slices && { slices }) };
} // prettier-ignore

/** What is no number can neither be judged nor kept. */
function finite(reason: Reason): Reason {
  const { rule, what, champion = 0, challenger = 0, measured = 0, limit = 0, interval = { low: 0, high: 0 } } = reason;
  const numbers = [champion, challenger, measured, limit, interval.low, interval.high];
  return numbers.every(Number.isFinite) ? reason : flaw(rule, what, 'The numbers are too large to be compared.');
}

/** Says so where more is asked for than the policy does. */
function sure(reason: Reason, { metric, confidence }: GatePolicy, { data, dataVersion }: Evidence, tries: number): Reason {
  if (tries <= 1 || reason.what !== metric || reason.interval === undefined) return reason;
  const asked = `version number ${tries} that is judged on ${data}:${dataVersion}, so the interval is one of ${shown(reason.interval.confidence)} and not only of ${shown(1 - 2 * (1 - confidence))}`;
  return { ...reason, note: `${reason.note ?? ''}; ${asked}` };
} // prettier-ignore

/**
 * A reason measures challenger minus champion, as the metric counts; of an error rate, what is better is below zero. The
 * primary metric is compared before any guardrail.
 */
function gainOf({ compare, better }: GatePolicy, reasons: readonly Reason[]): number | undefined {
  const measured = reasons.find(({ rule }) => rule === `gate.${compare}`)?.measured;
  return measured === undefined || better === 'higher' ? measured : 0 - measured;
}

function primary({ metric, better, compare, margin, judge }: GatePolicy): Wanted {
  return { metric, better, compare, margin, ...(judge && { judge }) };
}

function comparing({ metric, comparison }: Guardrail): Wanted[] {
  return comparison ? [{ metric, ...comparison }] : [];
}

function flaw(rule: string, what: string, note: string): Reason {
  return { rule, verdict: 'error', what, unit: 'plain', note };
}

/** Predictions decide where there are any: they tell more from the same rows than what was logged of them. */
function judgeComparison(comparison: Wanted, confidence: number, evidence: Evidence): Reason {
  const { metric, better } = comparison;
  const known = metricOf(metric);
  if (known && known.better !== better) return flawOf(comparison, `The policy says that ${better} is better; for ${metric} it is ${known.better}.`); // prettier-ignore
  const found = known && foundInRows(known, metric, evidence);
  if (!found) return judgeLogged(comparison, confidence, evidence, known);
  if ('why' in found) return flawOf(comparison, `The predictions do not tell: ${found.why}.`);
  const changed = changedPlaces(evidence.metrics[metric], valuesOf(found, better));
  if (changed) return flawOf(comparison, 'The metrics say of the champion what the predictions say of the challenger, and the other way round: their columns have changed places.'); // prettier-ignore
  if ('estimate' in found) {
    const { champion, n, fewest } = found.estimate;
    if (known.is === 'auc' && belowChance(champion, fewest, n - fewest))
      return flawOf(comparison, upsideDown(champion));
    return lostOrder(known, compareEstimate(comparison, confidence, found.estimate));
  }
  if (found.right.n === 0) return flawOf(comparison, 'The predictions hold no rows.');
  return comparePaired(comparison, confidence, found.right, evidence.paired && swapped(evidence.paired));
}

/** Further below than scores without any meaning would be by chance once in 40 times. */
function belowChance(area: number, positive: number, negative: number): boolean {
  return area < 0.5 - 2 * aucError(0.5, positive, negative);
}

/** That a broken measurement of the champion is worse says nothing of the challenger. */
function upsideDown(area: number): string {
  return `The champion's scores put the positive rows last (${Number(area.toPrecision(4))}, worse than chance): have they another sign, or is another label the positive one (gate.positive)?`; // prettier-ignore
}

/** Scores that put the positive rows last are no gain, whatever the champion's do. */
function lostOrder({ is }: Metric, reason: Reason): Reason {
  if (is !== 'auc' || reason.verdict !== 'pass' || (reason.challenger ?? 0) >= 0.5) return reason;
  return { ...reason, verdict: 'fail', note: 'worse than chance: is the label that counts as positive the right one (gate.positive), and do higher scores speak for it?' }; // prettier-ignore
}

/** Metrics are logged rounded; two that are alike to that have no places to change. */
function changedPlaces(logged: Partial<Values> | undefined, found: Values): boolean {
  const { champion, challenger } = logged ?? {};
  if (champion === undefined || challenger === undefined) return false;
  return near(champion, found.challenger) && near(challenger, found.champion) && !near(champion, challenger, 4);
} // prettier-ignore

function swapped({ bothRight, challengerOnly, majority, majorityLabel }: PairedCounts): string {
  if (bothRight + challengerOnly >= majority) return '';
  return `; the challenger is right less often than always answering "${majorityLabel}" (swapped labels?)`;
}

/** Without rows: what was logged of them, where the number of rows says how much of it is chance. */
function judgeLogged(comparison: Wanted, confidence: number, evidence: Evidence, known: Metric | undefined): Reason {
  const { n, metrics, classes } = evidence;
  const { champion, challenger } = metrics[comparison.metric] ?? {};
  const outside = known && Object.entries({ champion, challenger }).find(([, value]) => value !== undefined && !within(known, value)); // prettier-ignore
  if (outside) return flawOf(comparison, impossible(known, comparison.metric, outside[0], outside[1] ?? Number.NaN));
  if (n !== undefined && !isCount(n)) return flawOf(comparison, `n is ${n}, expected a number of rows.`);
  if (champion === undefined || challenger === undefined) return undecided(comparison, evidence, 'There are no predictions, and the metric was not logged of both champion and challenger.'); // prettier-ignore
  const values = { champion, challenger };
  if (known?.kind === 'share' && n !== undefined) return compareUnpaired(comparison, confidence, values, n);
  if (known?.is === 'rmse' && n !== undefined && champion > 0 && challenger > 0) return compareRoots(comparison, confidence, values, n); // prettier-ignore
  if (known?.is === 'auc' && classes) {
    const { positive, negative } = classes;
    if (!isCount(positive) || !isCount(negative) || (n !== undefined && positive + negative !== n))
      return flawOf(comparison, `n_positive is ${positive} and n_negative ${negative}, expected numbers of rows that come to n${n === undefined ? '' : `, ${n}`}.`); // prettier-ignore
    if (belowChance(champion, positive, negative)) return flawOf(comparison, upsideDown(champion));
    return compareAreas(comparison, confidence, values, classes);
  }
  if (comparison.judge === 'fixedMargin') {
    const odd = oddRange(comparison.metric, values);
    return odd === undefined ? compareByMargin(comparison, values) : flawOf(comparison, odd);
  }
  return undecided(comparison, evidence, whatIsMissing(comparison.metric, known));
}

/** Percent is a unit of its own, as long as both are in it. */
function oddRange(name: string, values: Values): string | undefined {
  const known = knownMetric(name);
  if (known === undefined) return undefined;
  const percent = known.most === 1 && Object.values(values).every((value) => value > 1 && value <= 100);
  const odd = percent ? undefined : Object.entries(values).find(([, value]) => !within(known, value));
  return odd && `${name} of the ${odd[0]} is ${odd[1]}, expected ${known.least} to ${known.most} (or both in percent).`;
}

function whatIsMissing(name: string, known: Metric | undefined): string {
  if (known?.kind === 'share' || known?.is === 'rmse') return 'There are no predictions, and without n, the number of rows, metrics cannot tell a real difference from chance.'; // prettier-ignore
  if (known?.is === 'auc') return 'There are no predictions, and without n_positive and n_negative, the rows of each class, metrics cannot tell a real difference from chance.'; // prettier-ignore
  if (known)
    return `There are no predictions, and what was logged of ${name} cannot tell a real difference from chance.`;
  return `${name} is not known: champion and challenger are compared by ${shareNames.join(', ')} and others of the list in docs/policy.md. min and max can bound it, and the policy can let its margin decide (judge: fixedMargin).`; // prettier-ignore
}

function flawOf({ compare, metric }: Comparison, note: string): Reason {
  return flaw(`gate.${compare}`, metric, note);
}

function undecided({ compare, metric }: Comparison, evidence: Evidence, note: string): Reason {
  const { champion, challenger } = evidence.metrics[metric] ?? {};
  const values = champion === undefined || challenger === undefined ? {} : { champion, challenger };
  return { rule: `gate.${compare}`, verdict: 'inconclusive', what: metric, unit: 'plain', ...values, note };
}
