import type { SmokeRequest, SmokeTest } from '../policy/policy.ts';

export interface Answer {
  readonly status: number;
  readonly latencyMs: number;
  /** What its body has that was not asked for, or lacks. */
  readonly faults?: readonly string[];
}

/** A cold container may be slow or still refuse; a model that answers 424 or a wrong status will do so again. */
const MAY_HEAL = new Set([408, 429, 502, 503, 504]);

/** In the order in which they are asked; the first that fails ends the test. */
export function requestsOf(test: SmokeTest): readonly SmokeRequest[] {
  return [test, ...test.also];
}

/** What is wrong with an answer, as a person reads it, and whether another try may find it mended; undefined: nothing. */
export function whatIsWrong(
  { expect }: SmokeRequest,
  { status, latencyMs, faults = [] }: Answer,
): { readonly met: string; readonly mayHeal: boolean } | undefined {
  if (status !== expect.status)
    return { met: `answered ${status}, expected ${expect.status}`, mayHeal: MAY_HEAL.has(status) };
  if (faults.length > 0) return { met: `answered ${status}, but ${faults.join('; ')}`, mayHeal: false };
  if (expect.latencyMs === undefined || latencyMs <= expect.latencyMs) return undefined;
  return { met: `answered in ${Math.round(latencyMs)} ms, allowed ${expect.latencyMs} ms`, mayHeal: true };
}
