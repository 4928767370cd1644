import type { CanaryPolicy } from '../policy/policy.ts';
import { errorsHarm, errorsSafe, NO_ERRORS_SEEN } from './errors.ts';
import { MIN_PAIRS, notSlower, slower, typicalRatio } from './latency.ts';
import { leaks, leaksNot } from './memory.ts';
import { errorRate } from './rates.ts';
import type { Baseline, Evidence, LatencyState, Rates } from './state.ts';

/** Bounds on the probability of passing a challenger that does exactly as badly as the policy forbids. What happens is less often: most are taken back before. */
export const MISSED = { errors: 0.08, meanLatency: 0.001, p95Latency: 0.001, memory: 0.001 } as const;
/** Nothing is taken back for less than this part of what the policy forbids, however sure it is. */
const CLOSE = 0.75;
/** One failed request may be anything, a fresh deployment's first most of all. */
const MIN_FAILURES = 3;
/** What part of the latency that the policy forbids counts as none: slow wander of a few percent is no harm. */
const TOLERATED_LATENCY = 1 / 3;
/** Below this many failures of the champion a minute its past says more than its present. */
const QUIET_ERRORS_PER_MINUTE = 5 / 60;
/** Which part of maxFalseRollback each question may spend. */
export const SHARES = { errors: 0.65, meanLatency: 0.15, p95Latency: 0.1, memory: 0.1 } as const;

/** What a challenger is measured by. */
export interface Measure {
  /** The champion that serves beside the challenger, or its rates from before where it no longer serves. */
  readonly against: { readonly deployment: string } | { readonly rates: Baseline };
  /** What the champion was like before anything moved; tells more than its present where hardly anybody asks it. */
  readonly before?: Baseline;
  readonly policy: CanaryPolicy;
}

/** One question: how strongly the minutes speak for harm, both as logarithms, and whether they show that there is none. */
export interface Found {
  readonly of: keyof typeof SHARES;
  readonly harm: number;
  /** ln of the evidence that it is no worse than allowed, less what is asked for: from 0 on it is shown. */
  readonly safe: number;
}

/** ln of what a question is worth, by the part of alpha that it may spend. */
export function weightOf({ of, harm }: Found): number {
  return harm + Math.log(SHARES[of]);
}

/** What was seen, against everything that is asked. */
export function weigh(evidence: Evidence, input: Measure): Found[] {
  const { meanLatency, p95Latency, memory } = evidence;
  const allowed = input.policy.latencyPercent / 100;
  const tolerated = 'rates' in input.against ? allowed : allowed * TOLERATED_LATENCY;
  const slow = (pairs: LatencyState | undefined) =>
    typicalRatio(pairs) >= 1 + allowed * CLOSE ? slower(pairs, 1 + tolerated) : 0;
  // Where hardly a minute has enough requests for it, the mean has to do.
  const tail = (p95Latency?.n ?? 0) > MIN_PAIRS ? notSlower(p95Latency, 1 + allowed) : Number.POSITIVE_INFINITY;
  const found = (of: Found['of'], harm: number, safe: number): Found => ({
    of,
    harm,
    safe: safe + Math.log(MISSED[of]),
  });
  return [
    weighErrors(evidence, input, found),
    found('meanLatency', slow(meanLatency), notSlower(meanLatency, 1 + allowed)),
    found('p95Latency', slow(p95Latency), tail),
    found('memory', leaks(memory), leaksNot(memory)),
  ];
}

function weighErrors({ errors = NO_ERRORS_SEEN, challenger, champion }: Evidence, { policy, against, before }: Measure, found: (of: 'errors', harm: number, safe: number) => Found): Found {
  const past = 'rates' in against;
  const history = past ? against.rates : before;
  const quiet = history !== undefined && history.errors < QUIET_ERRORS_PER_MINUTE * history.minutes;
  const theirs = errorRate(past ? against.rates : champion) ?? 0;
  const near = CLOSE * Math.max(policy.errors * theirs, policy.negligible);
  const close = challenger.errors >= MIN_FAILURES && (errorRate(challenger) ?? 0) >= near;
  const bet = past ? 'alone' : rarely(history ?? champion, policy);
  return found('errors', close ? errorsHarm(errors, policy, quiet) : 0, errorsSafe(errors, bet));
} // prettier-ignore

/** Which of the two proofs of safety is betted on: `rare`, where even what is forbidden would be negligible. */
function rarely(champion: Rates, policy: CanaryPolicy): 'rare' | 'often' {
  return (errorRate(champion) ?? 1) * policy.errors <= policy.negligible ? 'rare' : 'often';
}
