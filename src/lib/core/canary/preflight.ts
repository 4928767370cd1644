import type { CanaryPolicy, RolloutPolicy } from '../policy/policy.ts';
import { rareHope } from './errors.ts';
import { MISSED, SHARES } from './weigh.ts';
import type { Baseline, StepEstimate } from './state.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Nobody waits longer for a release. */
const LONGEST_MS = 14 * 24 * HOUR_MS;

type Plan = Pick<RolloutPolicy, 'stepsPercent' | 'bakeMs' | 'deadlineMs' | 'canary'>;

/** Shorter a past says nothing of what is to come. */
const MIN_SPAN_MINUTES = 60;
/** Evidence jumps over its goal by about half of what one minute or failure brings. */
const OVERSHOOT = 1.1;
/** Latency: two minutes of warming up, then pairs until a t-test of so few can be sure. */
const LATENCY_MINUTES = 9;
/** What the grid of bets costs, in nats. */
const BET = Math.log(1 / 0.45);

/** Undefined: nobody called it long enough to say. */
function estimate(percents: readonly number[], before: Baseline, policy: CanaryPolicy, stretches: number): StepEstimate[] | undefined {
  const span = before.spanMinutes ?? 0;
  if (span < MIN_SPAN_MINUTES || before.requests === 0) return undefined;
  const perMinute = before.requests / span;
  return percents.map((percent) => estimateStep(percent, perMinute, before, policy, policy.maxFalseRollback / stretches));
} // prettier-ignore

function estimateStep(percent: number, perMinute: number, before: Baseline, policy: CanaryPolicy, alpha: number): StepEstimate {
  const share = percent / 100;
  const rate = before.errors / before.requests;
  const mine = perMinute * share;
  const safePerMinute = Math.max(rareInformation(rate, policy) * mine, safeInformation(rate, share, perMinute, policy.errors, before));
  const needed = -Math.log(MISSED.errors) * OVERSHOOT;
  const harmPerMinute = harmInformation(Math.max(rate, policy.negligible / policy.errors), share, perMinute, policy.errors, before);
  const atRisk = Math.ceil(((BET - Math.log(alpha * SHARES.errors)) / harmPerMinute) * mine);
  if (!(safePerMinute > 0)) return { percent, atRisk };
  const minutes = Math.ceil(Math.max(needed / safePerMinute, LATENCY_MINUTES, policy.minRequests / mine));
  return { percent, minutes, requests: Math.ceil(minutes * mine), atRisk };
} // prettier-ignore

/**
 * Expected evidence a minute, in nats, by E failures of both of which a share q(r) is the challenger's: r = 1, held against
 * the r that the policy forbids. Scatter from minute to minute takes its part.
 */
function safeInformation(rate: number, share: number, perMinute: number, times: number, before: Baseline): number {
  const failures = perMinute * rate;
  const nats = failures * (Math.log1p(share * (times - 1)) - share * Math.log(times));
  return nats / scattered(failures, share, before);
}

/** The same of a challenger that fails as often as the policy forbids, held against r = 1. */
function harmInformation(rate: number, share: number, perMinute: number, times: number, before: Baseline): number {
  const [own, all] = [share * times, 1 + share * (times - 1)];
  const nats = perMinute * rate * (own * Math.log(times) - all * Math.log(all));
  return nats / scattered(perMinute * rate, share, before);
}

/** Expected evidence a request that it fails less than is negligible. */
function rareInformation(rate: number, { negligible }: CanaryPolicy): number {
  const hoped = rareHope(rate, negligible);
  return rate * Math.log(hoped / negligible) + (1 - rate) * (Math.log1p(-hoped) - Math.log1p(-negligible));
} // prettier-ignore

function scattered(failures: number, share: number, { dispersion = 0 }: Baseline): number {
  return 1 + 2 * dispersion * failures * share * (1 - share);
}

/** How long all judged steps take together, each at least its bake, in ms; infinite where one is never passed. */
function plannedMs(steps: readonly StepEstimate[], { bakeMs, canary }: Plan): number {
  const each = ({ minutes = Number.POSITIVE_INFINITY }: StepEstimate) => Math.max(bakeMs, minutes * MINUTE_MS) + canary.settleMs;
  return steps.reduce((total, one) => total + each(one), 0);
} // prettier-ignore

/**
 * Before anything moves: what each judged step will take, and why that cannot be done within the deadline, where it cannot.
 * Undefined: there is no past to tell by, so it is tried.
 */
export function preflight(before: Baseline, rollout: Plan, stretches: number): { readonly steps: StepEstimate[]; readonly refused?: string } | undefined {
  const percents = rollout.stepsPercent.filter((percent) => percent < 100);
  const steps = estimate(percents, before, rollout.canary, stretches);
  if (steps === undefined || plannedMs(steps, rollout) <= rollout.deadlineMs) return steps && { steps };
  const traffic = `${figure(before.requests / (before.spanMinutes ?? 1))} requests a minute, of which ${figure((100 * before.errors) / before.requests)} % fail`;
  const takes = steps.map(({ percent, minutes }) => `${percent} % ${minutes === undefined ? 'is never passed' : `takes about ${long(minutes)}`}`).join(', ');
  const instead = alternatives(before, rollout, stretches, steps).join('; ');
  return { steps, refused: `The steps cannot be judged within the deadline of ${long(rollout.deadlineMs / MINUTE_MS)} at ${traffic}: ${takes}. What the policy could say instead: ${instead}.` };
} // prettier-ignore

/** Each would do alone. */
function alternatives(before: Baseline, rollout: Plan, stretches: number, steps: readonly StepEstimate[]): string[] {
  const fits = (percents: readonly number[], canary = rollout.canary) =>
    plannedMs(estimate(percents, before, canary, stretches) ?? [], rollout) <= rollout.deadlineMs;
  const larger = [20, 30, 50].find((percent) => fits([percent]));
  const negligible = [0.005, 0.01, 0.02, 0.05].find((rate) => fits(rollout.stepsPercent.filter((percent) => percent < 100), { ...rollout.canary, negligible: rate }));
  const total = plannedMs(steps, rollout);
  return [
    ...(larger === undefined ? [] : [`rollout.steps: [${larger}%, 100%]`]),
    ...(negligible === undefined ? [] : [`canary.negligible: ${figure(100 * negligible)}%, if failing so often is no harm`]),
    ...(total <= LONGEST_MS ? [`rollout.deadline: ${Math.ceil(total / HOUR_MS) + 1}h`] : []),
    'rollout.steps: [100%], which is watched beside its past alone',
  ];
} // prettier-ignore

function long(minutes: number): string {
  return minutes < 120 ? `${Math.round(minutes)} minutes` : `${figure(minutes / 60)} hours`;
}

function figure(value: number): string {
  return String(Number(value.toPrecision(2)));
}
