import { lnRising } from '../statistics/binomial.ts';
import { logMixture } from '../statistics/mixture.ts';
import { wilson } from '../statistics/independent.ts';
import type { CanaryPolicy } from '../policy/policy.ts';
import type { ArmMinute, Baseline, ErrorState, Rates } from './state.ts';

/**
 * How many times as often the challenger may really fail, as multiples of the policy's `errors`; the weights are what is
 * betted on each. Where a bet is no harm (a multiple of at most 1) it is left out.
 */
const MULTIPLES = [0.75, 1, 1.5, 2.5, 5, 15];
const MULTIPLE_WEIGHTS = [0.1, 0.45, 0.2, 0.1, 0.1, 0.05];
/** Rates that it may really have, where hardly anybody asks the champion. */
const RATES = [0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 0.95];
const RATE_WEIGHTS = RATES.map(() => 1 / RATES.length);
/** Rates scatter at least so much from minute to minute, whatever the past says. */
const LEAST_SCATTER = 0.01;
/** Beyond this the law below has more weight at its ends than in its middle, which no real share has. */
const MOST_SCATTER = 1.4;
/** Real rates have heavier tails than the law that is used for them. */
const SCATTER_MARGIN = 1.3;
/** The champion is unwell where this many times its own rate of before explains its failures better. */
const UNWELL_TIMES = 3;
const MOST_RATE = 0.95;
export const UNWELL_AT = Math.log(1000);
/** No more than this is remembered of it, and a fourteenth less each minute (half in ten), so that one bad minute is over soon. */
const MOST_UNWELL = 1.5 * UNWELL_AT;
const FORGETS = 0.5 ** 0.1;
/** From here on it is no measure for what only its past is held against. */
const SUSPECT_AT = Math.log(5);

export const NO_ERRORS_SEEN: ErrorState = {
  relative: MULTIPLES.map(() => 0), absolute: RATES.map(() => 0), limit: MULTIPLES.map(() => 0), safe: 0, rare: 0, unwell: 0,
}; // prettier-ignore

export interface ErrorMinute {
  readonly challenger: ArmMinute | undefined;
  readonly champion: ArmMinute | undefined;
  /** The champion serves no more: its rates of before stand for it. */
  readonly alone: boolean;
  readonly before: Baseline | undefined;
  readonly policy: CanaryPolicy;
}

/**
 * Adds a minute. Given all E failures of a minute, each was the challenger's with probability q(r) = rho r / (1 + rho (r -
 * 1)), where rho is its share of requests and r how many times as often it fails. How often both fail cancels out, so an
 * outage of both tells nothing, and rho may change from minute to minute. Each sum is the logarithm of a likelihood ratio;
 * its expectation is at most 1 for each r that is no harm (monotone likelihood ratio), so a mixture of them exceeds 1 /
 * alpha at any time with probability at most alpha (Ville). Lindon and Malek, arXiv 2011.03567; rare failures only: for
 * frequent ones the conditional law is narrower than the binomial (Hoeffding 1963), which errs to the safe side.
 */
export function addErrors(state: ErrorState, minute: ErrorMinute): ErrorState {
  const { challenger, before, policy } = minute;
  const unwell = addUnwell(state.unwell, minute);
  if (!challenger || challenger.requests === 0) return { ...state, unwell };
  const { requests, errors } = challenger;
  const bearable = atWorst(minute);
  const forbidden = policy.negligible;
  const hoped = rareHope(before && before.requests > 0 ? before.errors / before.requests : 0, forbidden);
  const limit = policy.limits.errorRate;
  return {
    ...(minute.alone ? addAlone(state, challenger, minute) : addRelative(state, minute)),
    // While the champion is ill itself, failing much is no sign of being worse than it.
    absolute: unwell >= SUSPECT_AT ? state.absolute : raise(state.absolute, RATES, bearable, requests, errors, spread(before, requests * bearable)),
    limit: limit === undefined || unwell >= SUSPECT_AT ? state.limit : raise(state.limit, timesOf(limit), limit, requests, errors, spread(before, requests * limit)),
    rare: state.rare + binomialRatio(hoped, forbidden, requests, errors) / spread(before, requests * forbidden),
    unwell,
  };
} // prettier-ignore

function addRelative(state: ErrorState, minute: ErrorMinute): ErrorState {
  const { challenger, champion, before, policy } = minute;
  if (!challenger || !champion || champion.requests === 0) return state;
  const all = challenger.errors + champion.errors;
  if (all === 0) return state;
  const share = challenger.requests / (challenger.requests + champion.requests);
  const scatter = Math.max(LEAST_SCATTER, Math.min(MOST_SCATTER, SCATTER_MARGIN * (before?.dispersion ?? 0)));
  const log = (times: number) => shareOfFailures(challenger.errors, all, (share * times) / (1 + share * (times - 1)), scatter);
  const equal = log(1);
  // Where rates scatter much by themselves one wild minute is no proof; cutting off what speaks for harm is always valid.
  const most = 1 / scatter;
  return {
    ...state,
    relative: state.relative.map((sum, i) => sum + Math.min(most, log(Math.max(1, (MULTIPLES[i] ?? 1) * policy.errors)) - equal)),
    safe: state.safe + Math.min(most, equal - log(policy.errors)),
  };
} // prettier-ignore

/** Where the champion serves no more its past is the measure: safe is what fails less than the policy forbids beside that. */
function addAlone(state: ErrorState, { requests, errors }: ArmMinute, { before, policy }: ErrorMinute): ErrorState {
  if (before === undefined || before.requests === 0) return state;
  const forbidden = Math.min(0.9, Math.max(policy.errors * (before.errors / before.requests), policy.negligible));
  const wider = spread(before, requests * forbidden);
  // Nobody is beside it, and the hours of a day differ: what the policy would allow beside the champion is borne.
  const bearable = Math.min(0.9, Math.max(policy.errors * (upper(before) ?? 1), policy.negligible));
  const relative = raise(state.relative, timesOf(bearable, policy.errors), bearable, requests, errors, wider);
  const ratio = binomialRatio(forbidden / policy.errors, forbidden, requests, errors);
  return { ...state, relative, safe: state.safe + ratio / wider };
}

/** What is betted on above a rate. */
function timesOf(rate: number, errors = 2): number[] {
  return MULTIPLES.map((multiple) => Math.min(0.99, rate * Math.max(1, multiple * errors)));
}

/**
 * ln of the probability that `some` of `all` failures are the challenger's, but for a constant: beta-binomial, because the
 * two rates scatter apart from minute to minute by more than chance (squared coefficient of variation `scatter` each, so
 * that the share q varies by 2 scatter q^2 (1 - q)^2).
 */
function shareOfFailures(some: number, all: number, q: number, scatter: number): number {
  const weight = 1 / (2 * scatter * q * (1 - q)) - 1;
  const [a, b] = [weight * q, weight * (1 - q)];
  return lnRising(a, some) + lnRising(b, all - some) - lnRising(weight, all);
}

/** Variance of a minute's failures in that of chance alone, where `mean` of them are expected. */
function spread(before: Baseline | undefined, mean: number): number {
  return 1 + (before?.dispersion ?? 0) * mean;
}

/** ln of the likelihood of `rate` over that of `other`, after so many failures of so many requests. */
function binomialRatio(rate: number, other: number, requests: number, errors: number): number {
  return errors * Math.log(rate / other) + (requests - errors) * (Math.log1p(-rate) - Math.log1p(-other));
}

function raise(logs: readonly number[], rates: readonly number[], other: number, requests: number, errors: number, wider = 1): number[] {
  return logs.map((log, i) => {
    const rate = rates[i] ?? 1;
    return rate > other ? log + binomialRatio(rate, other, requests, errors) / wider : log;
  });
} // prettier-ignore

/** What is hoped of a challenger that hardly ever fails, beside a champion of that rate: a tenth of what is negligible, or that rate. */
export function rareHope(rate: number, negligible: number): number {
  return Math.min(negligible / 2, Math.max(negligible / 10, rate));
}

/** The most that the champion may really fail: as before, or as now where that is worse. */
function atWorst({ champion, before, policy }: ErrorMinute): number {
  const [past, present] = [upper(before), upper(champion)];
  return Math.min(
    0.99,
    Math.max(past ?? present ?? 1, champion && champion.errors > 0 ? (present ?? 0) : 0, policy.negligible),
  );
}

function upper(rates: Pick<Rates, 'requests' | 'errors'> | undefined): number | undefined {
  if (rates === undefined || rates.requests === 0) return undefined;
  return wilson({ value: rates.errors / rates.requests, n: rates.requests }, 0.975).high;
}

/** Page's sum: likelihood of three times its old rate over that rate, never below nothing, so that it recovers. */
function addUnwell(sum: number, { champion, before, policy }: ErrorMinute): number {
  const past = upper(before);
  if (past === undefined || !champion || champion.requests === 0) return sum;
  const ill = Math.min(MOST_RATE, Math.max(UNWELL_TIMES * past, policy.negligible));
  const more = ill > past ? binomialRatio(ill, past, champion.requests, champion.errors) / spread(before, champion.requests * past) : 0;
  return Math.max(0, Math.min(MOST_UNWELL, sum * FORGETS + more));
} // prettier-ignore

/** ln of the evidence that it fails more often. `slow`: so few ask the champion that its past tells more than its present. */
export function errorsHarm(state: ErrorState, policy: CanaryPolicy, slow: boolean): number {
  const weights = MULTIPLE_WEIGHTS.map((weight, i) => ((MULTIPLES[i] ?? 0) * policy.errors > 1 ? weight : 0));
  const [relative, absolute] = slow ? [0.4, 0.6] : [0.9, 0.1];
  return logMixture(
    [relative, absolute],
    [logMixture(weights, state.relative), logMixture(RATE_WEIGHTS, state.absolute)],
  );
}

/** ln of the evidence that it fails more often than the policy's limit. */
export function limitHarm(state: ErrorState): number {
  return logMixture(MULTIPLE_WEIGHTS, state.limit);
}

/** ln of the evidence that it fails less often than the policy forbids, or than is negligible: where `alone`, than its past allows. */
export function errorsSafe({ safe, rare }: ErrorState, bet: 'rare' | 'often' | 'alone'): number {
  const share = { rare: 0.05, often: 0.95, alone: 1 }[bet];
  return logMixture([share, 1 - share], [safe, rare]);
}
