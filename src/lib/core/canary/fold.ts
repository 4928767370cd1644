import { logSum } from '../statistics/mixture.ts';
import { addErrors, NO_ERRORS_SEEN } from './errors.ts';
import type { CanaryInput } from './judge.ts';
import { addMean, addP95 } from './latency.ts';
import { addMemory } from './memory.ts';
import { add, meanLatency, merge, NO_RATES } from './rates.ts';
import type { Baseline, CanaryState, ErrorState, Evidence, Minute, Recent } from './state.ts';
import { weigh, weightOf, type Measure } from './weigh.ts';

const MINUTE_MS = 60_000;
/** An identical cold challenger was measured 1.28 times slower for its first two minutes under traffic. */
export const WARM_UP_MINUTES = 2;
/** What begins later than this is looked for in stretches of this length. */
const RECENT_MS = 30 * MINUTE_MS;
/** Minutes without anything are waited for so long. */
const LATE_MS = 30 * MINUTE_MS;

const NOTHING: CanaryState = { challenger: NO_RATES, champion: NO_RATES, failures: {} };

/** Adds the whole minutes that ended `settleMs` ago and are not in the state yet. */
export function fold(input: CanaryInput, settleMs: number): CanaryState {
  const start = Math.ceil(input.since.getTime() / MINUTE_MS) * MINUTE_MS;
  const settled = Math.floor((input.now.getTime() - settleMs) / MINUTE_MS) * MINUTE_MS - MINUTE_MS;
  const from = input.state?.watermark === undefined ? start : Date.parse(input.state.watermark) + MINUTE_MS;
  const before = sound(input.state);
  if (settled < from) return before;
  const fresh = input.minutes.filter(({ at }) => Date.parse(at) >= from && Date.parse(at) <= settled);
  const folded = fresh.reduce((state, minute) => foldMinute(state, minute, input, start), before);
  // Nothing at all may mean that the platform is late; what comes within the patience still counts.
  const newest = Math.max(settled - LATE_MS, ...fresh.map(({ at }) => Date.parse(at)));
  return newest < from ? folded : { ...folded, watermark: new Date(newest).toISOString() };
}

/** A row that somebody damaged, or that another version wrote with other bets, begins anew with what it counts. */
function sound(state: CanaryState | undefined): CanaryState {
  if (state === undefined) return NOTHING;
  const { errors, ...rest } = state;
  if (errors === undefined || isSound(errors)) return state;
  return rest;
}

function isSound(errors: ErrorState): boolean {
  const numbers = [...errors.relative, ...errors.absolute, ...errors.limit, errors.safe, errors.rare, errors.unwell];
  return numbers.length === SUMS && numbers.every((value) => typeof value === 'number' && Number.isFinite(value));
}

const SUMS = NO_ERRORS_SEEN.relative.length + NO_ERRORS_SEEN.absolute.length + NO_ERRORS_SEEN.limit.length + 3; // prettier-ignore

function foldMinute(state: CanaryState, minute: Minute, input: CanaryInput, start: number): CanaryState {
  const at = Date.parse(minute.at);
  const warm = at >= start + WARM_UP_MINUTES * MINUTE_MS;
  const recent = addMinute(recentAt(state.recent, Math.floor((at - start) / RECENT_MS), minute.at, input), minute, input, warm);
  const { challenger, champion } = armsOf(minute, input);
  const memory = addMemory(state.memory, challenger, champion, pastOf(input)?.memoryNoise);
  return {
    ...addMinute(state, minute, input, warm),
    failures: merge(state.failures, challenger?.failures ?? {}),
    ...(memory && { memory }),
    ...(recent && { recent }),
  };
} // prettier-ignore

/** The stretch that a minute belongs to: the one that there is, or a new one. The first is the whole step itself. */
function recentAt(recent: Recent | undefined, number: number, since: string, input: CanaryInput): Recent | undefined {
  if (number < 1 || recent?.number === number) return recent;
  const lapsed = recent === undefined ? Number.NEGATIVE_INFINITY : recentWorth(recent, input);
  // JSON has no infinity; so little is nothing.
  return { challenger: NO_RATES, champion: NO_RATES, since, number, lapsed: Math.max(-1e6, lapsed) };
}

/** ln of what all stretches so far are worth: the k-th gets 1 / (k (k + 1)) of what is betted on harm that begins late. */
export function recentWorth(recent: Recent, input: Measure): number {
  const { number, lapsed } = recent;
  return logSum([lapsed, logSum(weigh(recent, input).map(weightOf)) - Math.log(number * (number + 1))]);
}

function armsOf(minute: Minute, { challenger, against }: CanaryInput) {
  return { challenger: minute.arms[challenger], champion: 'deployment' in against ? minute.arms[against.deployment] : undefined }; // prettier-ignore
}

function pastOf({ against, before }: Measure): Baseline | undefined {
  return 'rates' in against ? against.rates : before;
}

function addMinute<E extends Evidence>(evidence: E, minute: Minute, input: CanaryInput, warm: boolean): E;
function addMinute<E extends Evidence>(
  evidence: E | undefined,
  minute: Minute,
  input: CanaryInput,
  warm: boolean,
): E | undefined;
function addMinute(evidence: Evidence | undefined, minute: Minute, input: CanaryInput, warm: boolean): Evidence | undefined {
  if (evidence === undefined) return undefined;
  const { challenger, champion } = armsOf(minute, input);
  const { against, policy } = input;
  const before = pastOf(input);
  const pace = 'rates' in against ? meanLatency(against.rates) : champion;
  const means = warm ? addMean(evidence.meanLatency, challenger, pace) : evidence.meanLatency;
  const tails = warm ? addP95(evidence.p95Latency, challenger, pace) : evidence.p95Latency;
  return {
    ...evidence,
    challenger: add(evidence.challenger, challenger, warm),
    champion: add(evidence.champion, champion, warm),
    errors: addErrors(evidence.errors ?? NO_ERRORS_SEEN, { challenger, champion, alone: 'rates' in against, before, policy }),
    ...(means && { meanLatency: means }),
    ...(tails && { p95Latency: tails }),
  };
} // prettier-ignore
