import { add, errorRate, merge, NO_RATES, pool } from './rates.ts';
import type { Minute, Rates } from './state.ts';
import type { Release } from '../release/state.ts';
import type { Notice } from '../notice.ts';
import type { EnvironmentPolicy } from '../policy/policy.ts';

const MINUTE_MS = 60_000;
/** Chance makes no more of a few minutes. */
const TWICE = 2;

/** What errors may be once traffic is back: the champion's own rate from before, doubled for chance, or what it had beside the challenger. */
export function allowedNow(release: Release, policy: EnvironmentPolicy): number {
  const before = errorRate(release.baseline ?? NO_RATES);
  const beside = errorRate(release.canary?.champion ?? NO_RATES);
  const during = errorRate(release.exposed ?? NO_RATES);
  // A champion taken back by command was not measured against anything: that it gets no requests is all there is to see.
  if (before === undefined && beside === undefined && during === undefined) return 1;
  const { negligible } = policy.rollout.canary;
  return Math.max(TWICE * Math.max(before ?? 0, beside ?? 0), (during ?? 0) / TWICE, negligible);
}

/** Pooled settled minutes after the change, the first (shared) one left out; undefined while none has settled. */
export function settledMinutes(
  deployment: string,
  minutes: readonly Minute[],
  restoredAt: string,
  policy: EnvironmentPolicy,
  now: Date,
): { challenger: Rates; all: Rates } | undefined {
  const from = (Math.floor(Date.parse(restoredAt) / MINUTE_MS) + 1) * MINUTE_MS;
  const to = now.getTime() - policy.rollout.canary.settleMs - MINUTE_MS;
  if (to < from + MINUTE_MS) return undefined;
  const inside = minutes.filter(({ at }) => Date.parse(at) >= from && Date.parse(at) <= to);
  const all = inside.flatMap((minute) => Object.values(minute.arms)).reduce((rates, arm) => add(rates, arm), NO_RATES);
  return { all, challenger: pool(inside, deployment) };
}

/**
 * How many requests met the challenger, and how many of its failures the champion would have answered. Counted from the
 * minutes where they show more than what was judged: between the last judged minute and the way back people met it too.
 */
export function harm(release: Release, minutes: readonly Minute[]): Partial<Notice> {
  const own = (release.exposedSince ?? '') >= release.startedAt;
  const arms = own ? minutes.flatMap(({ arms }) => arms[release.deployment ?? ''] ?? []) : [];
  const counted = arms.reduce((rates, arm) => add(rates, arm), NO_RATES);
  const judged = release.exposed ?? NO_RATES;
  const exposed = counted.requests >= judged.requests ? counted : judged;
  if (exposed.requests === 0) return {};
  const failures =
    arms.length > 0 ? arms.map((arm) => arm.failures).reduce(merge, {}) : (release.canary?.failures ?? {});
  const expected = (errorRate(release.baseline ?? NO_RATES) ?? 0) * exposed.requests;
  const [mostCommon] = Object.entries(failures).toSorted(([, a], [, b]) => b - a)[0] ?? [];
  return {
    harm: {
      requests: exposed.requests,
      errors: exposed.errors,
      excess: Math.max(0, Math.round(exposed.errors - expected)),
      ...(mostCommon === undefined ? {} : { mostCommon }),
    },
  };
}
