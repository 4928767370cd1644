/** Requests that the service takes in a sliding minute and hour; windows are virtual. */
export interface Limit {
  readonly perMinute: number;
  readonly perHour: number;
}

export interface DomainLimits {
  readonly send: Limit;
  readonly status: Limit;
}

/** A provider-managed domain (`...azurecomm.net`); cannot be raised. */
export const managedDomain: DomainLimits = {
  send: { perMinute: 5, perHour: 10 },
  status: { perMinute: 10, perHour: 20 },
};
/** A verified domain of one's own; a ticket raises it. */
export const customDomain: DomainLimits = {
  send: { perMinute: 30, perHour: 100 },
  status: { perMinute: 60, perHour: 200 },
};

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** How long until a window has room again: when the oldest of its last `limit` requests leaves it. */
function waitMs(takenAtMs: readonly number[], limit: number, windowMs: number, nowMs: number): number {
  const oldest = takenAtMs.at(-limit);
  return oldest === undefined ? 0 : Math.max(0, oldest + windowMs - nowMs);
}

/** Counts taken requests. */
export class RequestBudget {
  readonly #takenAtMs: number[] = [];

  /** Takes one and returns 0; or takes none and returns the virtual seconds to wait. */
  take(limit: Limit, now: Date): number {
    const nowMs = now.getTime();
    const wait = Math.max(
      waitMs(this.#takenAtMs, limit.perMinute, minuteMs, nowMs),
      waitMs(this.#takenAtMs, limit.perHour, hourMs, nowMs),
    );
    if (wait > 0) return Math.ceil(wait / 1000);
    this.#takenAtMs.push(nowMs);
    return 0;
  }
}
