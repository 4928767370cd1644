import type { Lifecycle } from '../lifecycle.ts';
import { frozenUntil } from '../policy/calendar.ts';
import type { Estate } from '../policy/estate.ts';
import type { EnvironmentPolicy, TrainingPolicy } from '../policy/policy.ts';
import type { TrainingPlanFact } from '../step.ts';
import { byPerson } from './causes.ts';
import { dataDigest, NOTHING_REMEMBERED, startsWithin } from './memory.ts';
import type { Pin, Refused, TrainingRequest } from './state.ts';

/** What the row has room for. */
const MOST_PINS = 30;

export type No = Pick<Refused, 'reason' | 'sentence' | 'until'>;

export interface Wish {
  readonly lifecycle: Lifecycle;
  readonly request: TrainingRequest;
  readonly policy: EnvironmentPolicy;
  readonly training: TrainingPolicy;
  readonly estate: Pick<Estate, 'calendars' | 'computes'>;
  readonly now: Date;
}

/** What stands in the way here, whoever trains: a person's stop, and data that is broken where the model serves. */
export function holds({ lifecycle, request }: Wish): No | undefined {
  const { paused } = lifecycle.conditions;
  // A freeze is asked about apart: it is no reason not to train elsewhere.
  if (paused && paused.calendar === undefined)
    return {
      reason: 'paused',
      sentence: `Paused by ${paused.actor}: ${paused.reason}`,
      ...(paused.until === undefined ? {} : { until: paused.until }),
    };
  const broken = lifecycle.trained?.badData;
  if (broken && !byPerson(request))
    return {
      reason: 'badData',
      sentence: `The data that the endpoint gets is broken: signal ${broken.signal} of ${broken.run}, since ${broken.at}. A later run of the monitor without it, or the command retrain, ends this.`,
    };
  return undefined;
}

/** What stands in the way of a job, before anything is asked of Azure. In the order in which people should hear of it. */
export function mayNot(wish: Wish): No | undefined {
  return holds(wish) ?? frozen(wish) ?? underWay(wish) ?? coolingDown(wish) ?? overBudget(wish);
}

function frozen({ policy: { freeze }, estate, now }: Wish): No | undefined {
  const until = freeze && frozenUntil(freeze, estate.calendars, now);
  return freeze && until
    ? { reason: 'freeze', sentence: `The calendar ${freeze.calendar} is closed.`, until: until.toISOString() }
    : undefined;
} // prettier-ignore

function underWay({ lifecycle: { training } }: Wish): No | undefined {
  return training
    ? { reason: 'oneAtATime', sentence: `Training ${training.number} (${training.job}) is under way.` }
    : undefined;
}

/** From the last submission on. A person who asks is not asked to wait. */
function coolingDown({ lifecycle, request, training, now }: Wish): No | undefined {
  const last = (lifecycle.trained ?? NOTHING_REMEMBERED).starts.at(-1);
  if (last === undefined || byPerson(request)) return undefined;
  const untilMs = Date.parse(last) + training.cooldownMs;
  if (untilMs <= now.getTime()) return undefined;
  return { reason: 'cooldown', sentence: `The last training was submitted at ${last}.`, until: new Date(untilMs).toISOString() }; // prettier-ignore
}

/** Counts jobs, so a second attempt counts too; nobody's wish goes past it. */
export function overBudget({ lifecycle, training, now }: Pick<Wish, 'lifecycle' | 'training' | 'now'>): No | undefined {
  const { runs, perMs } = training.budget;
  const starts = startsWithin((lifecycle.trained ?? NOTHING_REMEMBERED).starts, perMs, now);
  const freed = starts.at(-runs);
  if (freed === undefined) return undefined;
  return {
    reason: 'budget', sentence: `${starts.length} of ${runs} jobs of this budget are used up.`, until: new Date(Date.parse(freed) + perMs).toISOString(),
  }; // prettier-ignore
}

/** What stands in the way once Azure has said what a job would be made from. */
export function mayNotWith(wish: Wish, plan: TrainingPlanFact): No | undefined {
  return notFrom(wish, plan) ?? sameData(wish, plan) ?? busy(wish, plan);
}

/** As `mayNotWith`, whatever data there will be. */
export function mayNotWithAny(wish: Wish, plan: TrainingPlanFact): No | undefined {
  return notFrom(wish, plan) ?? busy(wish, plan);
}

function notFrom(wish: Wish, plan: TrainingPlanFact): No | undefined {
  if (plan.source === undefined) return { reason: 'noSource', sentence: noSource(wish.training) };
  if (plan.pins.length > MOST_PINS)
    return {
      reason: 'noSource',
      sentence: `${plan.source} has ${plan.pins.length} inputs that name data assets; Steward can pin ${MOST_PINS}.`,
    };
  return undefined;
}

function noSource({ from }: TrainingPolicy): string {
  switch (from.kind) {
    case 'champion':
      return 'The version that serves names no training job that could be cloned: name one in training.from.';
    case 'job':
      return `There is no job ${from.job}, and no completed job is tagged steward.template=${from.job}: run the training job once and tag it.`;
    case 'component':
      return `There is no registered component ${from.component}.`;
  }
}

function sameData({ lifecycle, request }: Wish, { pins, championPins, unpinned }: TrainingPlanFact): No | undefined {
  // A path may hold other content than last time: that it is the same cannot be known.
  if (byPerson(request) || unpinned.length > 0) return undefined;
  const data = dataDigest(pins);
  if (data === undefined) return undefined;
  if (championPins && data === dataDigest(championPins))
    return { reason: 'sameDataAsChampion', sentence: `The version that serves was trained on ${named(pins)}, and there is no newer version.` }; // prettier-ignore
  const rejected = lifecycle.trained?.rejected;
  if (rejected?.data === data)
    return {
      reason: 'sameDataAsLastRejected',
      sentence: `Version ${rejected.version} was trained on ${named(pins)} and was turned down; there is no newer version of the data.`,
    };
  return undefined;
}

function named(pins: readonly Pin[]): string {
  return pins.map(({ data, version }) => `${data}:${version}`).join(', ');
}

/** Soft: two lifecycles that look at the same moment may both go. */
function busy({ estate }: Wish, { compute, onCompute }: TrainingPlanFact): No | undefined {
  if (compute === undefined || !Object.hasOwn(estate.computes, compute)) return undefined;
  const jobs = estate.computes[compute]?.jobs ?? Number.POSITIVE_INFINITY;
  return onCompute >= jobs
    ? { reason: 'computeBusy', sentence: `${onCompute} jobs of Steward are on ${compute}, which takes ${jobs}.` }
    : undefined;
}
