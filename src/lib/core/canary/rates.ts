import type { ArmMinute, Minute, Rates } from './state.ts';

export const NO_RATES: Rates = { minutes: 0, requests: 0, errors: 0, latencySumMs: 0, latencyRequests: 0 };

/** Adds a minute to pooled rates; latency only from warm minutes. */
export function add(rates: Rates, arm: ArmMinute | undefined, warm = true): Rates {
  if (!arm || arm.requests === 0) return rates;
  const latency = warm && arm.meanLatencyMs !== undefined;
  return {
    minutes: rates.minutes + 1,
    requests: rates.requests + arm.requests,
    errors: rates.errors + arm.errors,
    latencySumMs: rates.latencySumMs + (latency ? (arm.meanLatencyMs ?? 0) * arm.requests : 0),
    latencyRequests: rates.latencyRequests + (latency ? arm.requests : 0),
  };
}

export function sum(a: Rates, b: Rates): Rates {
  return {
    minutes: a.minutes + b.minutes,
    requests: a.requests + b.requests,
    errors: a.errors + b.errors,
    latencySumMs: a.latencySumMs + b.latencySumMs,
    latencyRequests: a.latencyRequests + b.latencyRequests,
  };
}

/** A deployment's pooled rates over minutes. */
export function pool(minutes: readonly Minute[], deployment: string): Rates {
  return minutes.reduce((rates, minute) => add(rates, minute.arms[deployment]), NO_RATES);
}

export function merge(
  a: Readonly<Record<string, number>>,
  b: Readonly<Record<string, number>>,
): Record<string, number> {
  const total: Record<string, number> = { ...a };
  for (const [code, count] of Object.entries(b)) total[code] = (total[code] ?? 0) + count;
  return total;
}

export function errorRate(rates: Rates): number | undefined {
  return rates.requests > 0 ? rates.errors / rates.requests : undefined;
}

export function meanLatency(rates: Rates): number | undefined {
  return rates.latencyRequests > 0 ? rates.latencySumMs / rates.latencyRequests : undefined;
}
