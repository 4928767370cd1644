import type { GatePolicy } from '../policy/policy.ts';
import type { Reason } from '../verdict.ts';
import { LEAST_ROWS } from './compare.ts';
import type { Evidence } from './evidence.ts';
import { agrees, foundInRows, impossible, isCount, rowsOf, valuesOf, within } from './inRows.ts';
import { metricOf } from './metrics.ts';

export interface Bound {
  readonly metric: string;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

/** A value, and of how many rows it is. */
interface Measured {
  readonly value: number;
  readonly n: number | undefined;
}

/** `min` and `max` hold of what the predictions say, where there are any: what was logged beside them must agree. */
export function judgeBounds(bound: Bound, evidence: Evidence): Reason[] {
  const { metric, min, max } = bound;
  if (min === undefined && max === undefined) return [];
  const measured = measuredOf(metric, evidence);
  if (typeof measured === 'string') return [flaw(metric, measured)];
  const { value, n } = measured;
  const judged = (rule: string, limit: number, ok: boolean): Reason => ({
    rule, verdict: ok ? 'pass' : 'fail', what: metric, unit: metricOf(metric)?.kind === 'share' ? 'fraction' : 'plain', challenger: value, measured: value, limit,
    ...(n !== undefined && { samples: n }),
  }); // prettier-ignore
  return [
    ...(min === undefined ? [] : [judged('gate.min', min, value >= min)]),
    ...(max === undefined ? [] : [judged('gate.max', max, value <= max)]),
  ];
}

/** A text instead: what is wrong with it. */
function measuredOf(metric: string, evidence: Evidence): Measured | string {
  const logged = evidence.metrics[metric]?.challenger;
  if (logged === undefined) return `The evaluation logged no finite metric challenger.${metric}.`;
  const known = metricOf(metric);
  if (known && !within(known, logged)) return impossible(known, metric, 'challenger', logged);
  const found = known && foundInRows(known, metric, evidence);
  if (!found || 'why' in found || rowsOf(found) === 0) {
    const { n } = evidence;
    return n === undefined || isCount(n) ? { value: logged, n } : `n is ${n}, expected a number of rows.`;
  }
  const value = valuesOf(found, known.better).challenger;
  if (agrees(logged, value)) return { value, n: rowsOf(found) };
  return `The evaluation logged ${metric} ${logged} of the challenger, and its predictions say ${Number(value.toPrecision(4))}: what was logged is not of these rows, or is another metric of that name.`; // prettier-ignore
}

/**
 * Of a first version the policy's own bound is all there is: it must be on the side that is bad, and its value of so many rows that
 * it says something. Otherwise a person decides.
 */
export function judgeAlone({ metric, better, min, max }: GatePolicy, evidence: Evidence): Reason[] {
  const open = (rule: string, note: string): Reason[] => [{ rule, verdict: 'inconclusive', what: metric, unit: 'plain', note }]; // prettier-ignore
  if ((better === 'higher' ? min : max) === undefined) {
    const other = min === undefined && max === undefined ? '' : ` that says how good is good enough (${better === 'higher' ? 'min' : 'max'})`; // prettier-ignore
    return open('gate.nothingToJudge', `There is no champion to compare with and the policy sets no bound on this metric${other}.`); // prettier-ignore
  }
  const measured = measuredOf(metric, evidence);
  if (typeof measured === 'string') return [];
  const { n } = measured;
  if (n === undefined) return open('gate.rows', 'Without n, the number of rows, nobody can tell what the value is worth.'); // prettier-ignore
  return n < LEAST_ROWS ? open('gate.rows', `${n} rows are too few to tell, with no champion to compare with: ${LEAST_ROWS} would do.`) : []; // prettier-ignore
}

function flaw(what: string, note: string): Reason {
  return { rule: 'gate.bound', verdict: 'error', what, unit: 'plain', note };
}
