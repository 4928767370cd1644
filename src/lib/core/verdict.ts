export type Verdict = 'pass' | 'fail' | 'inconclusive' | 'error';

/** Worst first. An error outranks a failure: a broken measurement must not hide behind a clear one. */
const WORST_FIRST: readonly Verdict[] = ['error', 'fail', 'inconclusive', 'pass'];

/** The worst of several verdicts. No verdict at all is an error: nothing was judged, and no data is never a pass. */
export function worst(verdicts: readonly Verdict[]): Verdict {
  return WORST_FIRST.find((verdict) => verdicts.includes(verdict)) ?? 'error';
}

export type Unit = 'fraction' | 'ratio' | 'ms' | 'count' | 'plain';

/** One judged statement: what was measured against what was allowed. All a person needs to check the verdict. */
export interface Reason {
  /** Stable code, e.g. `gate.superior`, `canary.errors`. */
  readonly rule: string;
  readonly verdict: Verdict;
  /** What was measured, e.g. `accuracy`, `errors`, `latency`. */
  readonly what: string;
  /** Of the arms' own values. */
  readonly unit: Unit;
  readonly challenger?: number;
  readonly champion?: number;
  /** The judged quantity (a difference, a ratio or a value, as `rule` says), its limit and interval, in the unit `judged`. */
  readonly measured?: number;
  readonly limit?: number;
  /** Absent: `unit`. */
  readonly judged?: Unit;
  readonly interval?: { readonly low: number; readonly high: number; readonly confidence: number };
  /** Evidence size: rows of the holdout, requests of the challenger. */
  readonly samples?: number;
  readonly championSamples?: number;
  /** Of a failure on live traffic: were they equal, evidence this strong would turn up at most this often. */
  readonly chance?: number;
  /** How often the policy allows that, over a whole release. */
  readonly allowed?: number;
  readonly window?: { readonly from: string; readonly to: string };
  /** What the numbers cannot say, as a sentence. */
  readonly note?: string;
}
