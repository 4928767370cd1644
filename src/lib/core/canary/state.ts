/** What one deployment answered in one minute, as the platform measured it. */
export interface ArmMinute {
  readonly requests: number;
  /** 5xx, 424 and 408 (model failures come as 424); 429 is shown, not judged. */
  readonly errors: number;
  readonly throttled: number;
  /** Mean over the minute's requests; absent when there were none. */
  readonly meanLatencyMs?: number;
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

/** What the canary remembers of a step: O(1), folded once per minute by the watermark. */
export interface CanaryState {
  /** Start of the newest minute folded in; absent before the first. */
  readonly watermark?: string;
  readonly challenger: Rates;
  readonly champion: Rates;
  /** Minutes in which both answered after the warm-up, and in how many of them the challenger was too slow. */
  readonly pairedMinutes: number;
  readonly slowMinutes: number;
  readonly failures: Readonly<Record<string, number>>;
}
