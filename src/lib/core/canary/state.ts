/** What one deployment answered in one minute, as the platform measured it. */
export interface ArmMinute {
  readonly requests: number;
  /** 5xx, 424 and 408 (model failures come as 424); 429 is shown, not judged. */
  readonly errors: number;
  readonly throttled: number;
  /** Mean over the minute's requests; absent when there were none. */
  readonly meanLatencyMs?: number;
  /** 95th percentile of the minute's requests; absent when there were none. */
  readonly p95LatencyMs?: number;
  /** Memory that its instances use, 0..100; absent where that is not measured. */
  readonly memoryPercent?: number;
  /** Requests by failing status code, for the message. */
  readonly failures: Readonly<Record<string, number>>;
}

/** One minute of an endpoint: deployment name -> what it answered. A deployment without requests is absent. */
export interface Minute {
  /** ISO start of the minute. */
  readonly at: string;
  readonly arms: Readonly<Record<string, ArmMinute>>;
}

/** Pooled counts over minutes. Means merge exactly (sum of mean times count); percentiles do not and are not kept. */
export interface Rates {
  readonly minutes: number;
  readonly requests: number;
  readonly errors: number;
  /** Sum of latencies in ms over `latencyRequests` requests. */
  readonly latencySumMs: number;
  readonly latencyRequests: number;
}

/** What the champion was like before anything moved. */
export interface Baseline extends Rates {
  /** Squared coefficient of variation of its error rate from minute to minute, beyond chance; absent: not known. */
  readonly dispersion?: number;
  /** From its first minute with requests to its last. */
  readonly spanMinutes?: number;
  /** Mean squared change of its memory (percent) from one minute to the next; absent: not measured, or too seldom. */
  readonly memoryNoise?: number;
}

/** What a step at a share of traffic will take to be judged, by the champion's own past. */
export interface StepEstimate {
  readonly percent: number;
  /** Until a challenger that is as good as the champion is passed; absent: by its errors it never is. */
  readonly minutes?: number;
  /** Requests that the challenger answers until then. */
  readonly requests?: number;
  /** Requests that meet one that fails as often as the policy forbids until it is taken back. */
  readonly atRisk?: number;
}

/** What the canary remembers of a step: O(1), folded once per minute by the watermark. */
export interface CanaryState extends Evidence {
  /** Start of the newest minute folded in; absent before the first. */
  readonly watermark?: string;
  readonly failures: Readonly<Record<string, number>>;
  /** The newest stretch alone, so that what begins late is not hidden by what was well before; absent in the first. */
  readonly recent?: Recent;
}

export interface Recent extends Evidence {
  /** Its first minute. */
  readonly since: string;
  /** Which stretch it is, from 1. */
  readonly number: number;
  /** ln of what the ones before it were worth together. */
  readonly lapsed: number;
}

export interface Evidence {
  readonly challenger: Rates;
  readonly champion: Rates;
  /** Each absent until something was seen of it; rows that an older version wrote have none. */
  readonly errors?: ErrorState;
  readonly meanLatency?: LatencyState;
  readonly p95Latency?: LatencyState;
  readonly memory?: MemoryState;
}

/** Log-likelihood ratios, natural; see `errors.ts`. */
export interface ErrorState {
  /** Of each ratio on the grid against "fails as often as the champion". */
  readonly relative: readonly number[];
  /** Of each rate on the grid against "fails as often as the champion at its worst". */
  readonly absolute: readonly number[];
  /** Of each rate on the grid against the policy's own limit. */
  readonly limit: readonly number[];
  /** Of "as often as the champion" against "as many times as often as the policy forbids". */
  readonly safe: number;
  /** Of "hardly ever" against "more often than is negligible". */
  readonly rare: number;
  /** How far the champion's own failures lie above what it had before: a sum that never falls below 0. */
  readonly unwell: number;
}

/** Sums over pairs of ln(challenger's latency / champion's). */
export interface LatencyState {
  readonly n: number;
  readonly sum: number;
  readonly squares: number;
  /** Of each pair times the one before. */
  readonly lagged: number;
  readonly first: number;
  readonly last: number;
  /** Too few requests for a pair yet: what waits for more. */
  readonly waiting?: { readonly challenger: Rates; readonly champion: Rates };
}

/** Percent of memory, challenger's less champion's, minute by minute; see `memory.ts`. */
export interface MemoryState {
  /** The challenger's when it was first seen. */
  readonly first: number;
  /** All minutes, for showing that nothing grows. */
  readonly n: number;
  readonly mean: number;
  readonly safe: number;
  /** Those after the warm-up, for showing that something does. */
  readonly warmN: number;
  readonly warmMean: number;
  readonly grows: readonly number[];
  /** Squared changes from one minute to the next, of either deployment. */
  readonly noise: {
    readonly n: number;
    readonly squares: number;
    readonly challenger: number;
    readonly champion?: number;
  };
}
