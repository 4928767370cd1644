import { stewardId } from '../names.ts';
import type { TrainingPolicy } from '../policy/policy.ts';
import { step } from '../release/transitions.ts';
import type { CollectedFact, Step, TrainingFacts, TrainingNeeds, TrainingPlanFact } from '../step.ts';
import { mayNotWithAny, type No, type Wish } from './controls.ts';
import { refuse } from './refuse.ts';
import { MOST_COLLECTED, type CollectedWindow, type Collecting, type TrainingRequest } from './state.ts';

const HOUR_MS = 3_600_000;
/** How long an hour is left alone after its end: what was asked in it is written a little later. */
const SETTLE_MS = 15 * 60_000;
const LOOK_MS = 60_000;

type Wanted = NonNullable<TrainingPolicy['collected']>;
type Collects = Wish & { readonly facts: TrainingFacts };

/** What was collected is looked at once for a request, then only the version that was asked for. */
export function collectNeeds({ lifecycle, training: { collected }, request, now }: Wish): TrainingNeeds {
  if (!collected) return {};
  const collecting = begun(request, collected);
  if (!collecting) return { collected: windowOf(collected, now) };
  if (collecting.done) return {};
  const { data, version } = collecting;
  return { collectedVersion: { data, version, stewardId: stewardId(lifecycle, `${data}:${version}`) } };
}

/**
 * Makes a version of what the endpoint was asked, for a job that could run now and takes that data. Undefined: it is
 * there, or there is nothing new: what remains is asked of the plan.
 */
export function collect(wish: Collects, plan: TrainingPlanFact): Step | undefined {
  const { collected } = wish.training;
  const collecting = collected && begun(wish.request, collected);
  if (!collected || collecting?.done) return undefined;
  const no = mayNotWithAny(wish, plan) ?? notTaken(plan, collected);
  if (no) return refuse(wish, no);
  return collecting ? goOn(wish, collecting) : begin(wish, collected);
}

/** A version of other data belongs to an older policy. */
function begun({ collecting }: TrainingRequest, { data }: Wanted): Collecting | undefined {
  return collecting?.data === data ? collecting : undefined;
}

/** Complete hours only: a file that still grows is part of no version. */
function windowOf({ data, collections, windowMs }: Wanted, now: Date): CollectedWindow {
  const to = Math.floor((now.getTime() - SETTLE_MS) / HOUR_MS) * HOUR_MS;
  return { data, collections, from: new Date(to - windowMs).toISOString(), to: new Date(to).toISOString() };
}

function notTaken({ source, pins }: TrainingPlanFact, { data }: Wanted): No | undefined {
  return pins.some((pin) => pin.data === data)
    ? undefined
    : { reason: 'noSource', sentence: `No input of ${source} names ${data}, the data of training.collected (or it has no version yet).` }; // prettier-ignore
}

function begin(wish: Collects, wanted: Wanted): Step | undefined {
  const { lifecycle, request, now, facts } = wish;
  const away = facts.away?.collected;
  if (away) return refuse(wish, { reason: 'unreachable', sentence: away.reason });
  if (!facts.collected) return step(lifecycle, { lookInMs: 0 });
  if (facts.collected.newFiles === 0) return undefined;
  const much = tooMuch(facts.collected);
  if (much) return refuse(wish, much);
  const { refused: _, ...open } = request;
  const collecting: Collecting = { ...windowOf(wanted, now), version: facts.collected.nextVersion };
  return ask({ ...lifecycle, request: { ...open, collecting } }, collecting, 'collect.begin');
}

function tooMuch({ files, bytes }: CollectedFact): No | undefined {
  if (files > MOST_COLLECTED.files)
    return { reason: 'notCollected', sentence: `More than ${MOST_COLLECTED.files} files were collected: a shorter training.collected.window, or fewer collections.` }; // prettier-ignore
  if (bytes > MOST_COLLECTED.bytes)
    return { reason: 'notCollected', sentence: `More than ${MOST_COLLECTED.bytes / 1024 ** 3} GiB were collected: a shorter training.collected.window, or a lower sampling rate.` }; // prettier-ignore
  return undefined;
}

/** The version that is saved is asked for until it shows; then the plan is made anew, for it pins the newest. */
function goOn(wish: Collects, { trouble, ...collecting }: Collecting): Step {
  const { lifecycle, request, now, facts } = wish;
  const { refused: _, ...open } = request;
  if (facts.collectedVersion) {
    const next = { ...lifecycle, request: { ...open, collecting: { ...collecting, done: true } as const } };
    return step(next, { rules: ['collect.made'], lookInMs: 0 });
  }
  const away = facts.away?.collectedVersion;
  if (away) return refuse(wish, { reason: 'unreachable', sentence: away.reason });
  if (facts.collectedVersion === undefined) return step(lifecycle, { lookInMs: 0 });
  if (!trouble || Date.parse(trouble.notBefore) <= now.getTime()) return ask(lifecycle, collecting, 'collect.again');
  return refuse(wish, { reason: trouble.reason, sentence: trouble.sentence });
}

function ask(lifecycle: Wish['lifecycle'], { data, collections, from, to, version }: Collecting, rule: string): Step {
  return step(lifecycle, {
    actions: [{ do: 'collectData', data, collections, from, to, version }],
    rules: [rule],
    lookInMs: LOOK_MS,
  });
}
