import type { Lifecycle } from '../lifecycle.ts';
import type { EnvironmentPolicy, TrainingPolicy } from '../policy/policy.ts';
import type { MonitorFact, MonitorRunFact, Step, TrainingNeeds } from '../step.ts';
import { step } from '../release/transitions.ts';
import { coalesce, releasedSince } from './causes.ts';
import { NOTHING_REMEMBERED, remember } from './memory.ts';
import { badDataNotice, findingNotice } from './notices.ts';
import type { Breach, Cause } from './state.ts';

const MINUTE_MS = 60_000;
/** A monitor's run is judged when it has ended: its signals breach one after the other. One that does not end is judged so late. */
const RUN_LIMIT_MS = 6 * 60 * MINUTE_MS;
const RUN_LOOK_MS = MINUTE_MS;
/** Enough to see the end of broken data. Twice what the policy counts is read, so that a run told late has its window too. */
const LEAST_RUNS = 3;
const HINTS_KEPT = 20;
/** A finding that is older is no news: nobody looked at it while it was. */
const STALE_MS = 7 * 24 * 60 * MINUTE_MS;
/** Of one run. A tag holds 1000 characters, and a request's causes must fit into one mail and one inbox item (32 Ki). */
const BREACHES_KEPT = 4;
const NOT_TRAINED = 'The policy does not train on findings of a monitor.';

/** What a hint asks to be read: the monitor with as many of its runs as the policy counts. */
export function monitorNeeds(
  hints: readonly string[],
  { training }: EnvironmentPolicy,
): Pick<TrainingNeeds, 'monitor'> {
  const drift = training?.when.drift;
  const name = drift?.monitor === undefined ? {} : { name: drift.monitor };
  return { monitor: { hints, runs: Math.max(2 * (drift?.of ?? 1), LEAST_RUNS), ...name } };
}

/** Notes that an event named a run: nothing it says is believed before the monitor has been read. */
export function noteHint(lifecycle: Lifecycle, run: string): Lifecycle {
  const { hints } = lifecycle.trained ?? NOTHING_REMEMBERED;
  return hints.includes(run) ? lifecycle : remember(lifecycle, { hints: [...hints, run].slice(-HINTS_KEPT) });
}

export interface Heard {
  readonly monitor: MonitorFact;
  /** The hints that the fact was asked for; later ones stay. */
  readonly asked: readonly string[];
}

/** Judges the monitor's runs: causes, broken data, or news for people where the policy does not train on findings. */
export function judgeMonitor(lifecycle: Lifecycle, policy: EnvironmentPolicy, { monitor, asked }: Heard, now: Date): Step {
  const later = (lifecycle.trained ?? NOTHING_REMEMBERED).hints.filter((hint) => !asked.includes(hint));
  const read = remember(lifecycle, { hints: later });
  if (monitor.found !== 'one') return noMonitor(read, policy, monitor, asked, now);
  const unjudged = fresh(lifecycle, monitor, now);
  const running = unjudged.findLast(({ ended, at }) => !ended && now.getTime() - Date.parse(at) < RUN_LIMIT_MS);
  // Runs before the one that still runs are judged now, that one when it has ended.
  const due = running ? unjudged.filter(({ at }) => at < running.at) : unjudged;
  const strangers = asked.filter((hint) => monitor.rootOf[hint] === undefined);
  const rules = strangers.map((hint) => `monitor.stranger ${hint}`);
  const waiting = running ? remember(read, { hints: [...later, running.run] }) : read;
  const judged = due
    .toSorted((a, b) => a.at.localeCompare(b.at))
    .reduce((before, run) => judgeRun(before, policy, { ...monitor, run }, now), step(waiting, { rules }));
  return running ? { ...judged, lookInMs: later.length > 0 ? 0 : RUN_LOOK_MS } : judged;
} // prettier-ignore

/** Newest first, without those that were judged, or are older than one that was, or too old to be news. */
function fresh(lifecycle: Lifecycle, { runs, rootOf }: FoundMonitor, now: Date): readonly MonitorRunFact[] {
  const judged = lifecycle.trained?.judgedRun;
  const hinted = runs.filter(({ run }) => Object.values(rootOf).includes(run)).map(({ at }) => at).toSorted()[0];
  const known = judged
    ? runs.filter(({ run, at }) => run !== judged.run && at >= judged.at)
    : runs.filter(({ at }) => hinted !== undefined && at >= hinted);
  const since = releasedSince(lifecycle);
  // What a monitor found before the champion was released is not about it.
  const about = since === undefined ? known : known.filter(({ at }) => at >= since);
  return about.filter(({ at }) => now.getTime() - Date.parse(at) < STALE_MS);
} // prettier-ignore

type FoundMonitor = Extract<MonitorFact, { found: 'one' }>;

interface JudgedRun {
  readonly name: string;
  readonly runs: readonly MonitorRunFact[];
  readonly run: MonitorRunFact;
}

function judgeRun(before: Step, policy: EnvironmentPolicy, judged: JudgedRun, now: Date): Step {
  const { name, run } = judged;
  const seen = remember(before.lifecycle, { judgedRun: { run: run.run, at: run.at } });
  const { rules, notices } = before;
  if (policy.training?.when.drift)
    return judgeQuality(
      judgeDrift({ ...before, lifecycle: seen }, policy.training.when.drift, judged, now),
      judged,
      now,
    );
  const causes = [causeOf(name, run, run.breaches)];
  const told = run.breaches.length > 0 ? [findingNotice(seen, run.run, causes, NOT_TRAINED, now)] : [];
  return step(seen, { rules: [...rules, 'monitor.told'], notices: [...notices, ...told] });
}

type DriftRule = NonNullable<TrainingPolicy['when']['drift']>;

/** So many of the newest runs with a finding ask for a training. */
function judgeDrift(before: Step, drift: DriftRule, { name, runs, run }: JudgedRun, now: Date): Step {
  const found = run.breaches.filter(({ kind }) => kind !== 'quality');
  if (found.length === 0) return before;
  const counted = breachedAmong(runs, run, drift.of, releasedSince(before.lifecycle));
  if (counted < drift.breaches)
    return { ...before, rules: [...before.rules, `monitor.notYet ${counted} of ${drift.of}`] };
  const request = coalesce(before.lifecycle.request, [causeOf(name, run, found)], now.toISOString());
  return { ...before, lifecycle: { ...before.lifecycle, ...(request ? { request } : {}) }, rules: [...before.rules, 'monitor.cause'] }; // prettier-ignore
}

/** Broken data holds training until a later run finds none. */
function judgeQuality(before: Step, { name, run }: JudgedRun, now: Date): Step {
  const { lifecycle, rules, notices } = before;
  const quality = run.breaches.find(({ kind }) => kind === 'quality');
  const { badData: held, ...memory } = lifecycle.trained ?? NOTHING_REMEMBERED;
  // A run that broke off may have broken off at the very data.
  if (!quality && run.incomplete) return before;
  if (!quality)
    return { ...before, lifecycle: { ...lifecycle, trained: memory }, rules: held ? [...rules, 'monitor.dataIsWell'] : rules };
  const asks = lifecycle.request ?? { causes: [], more: 0 };
  return {
    ...before, lifecycle: { ...lifecycle, trained: { ...memory, badData: quality } }, rules: [...rules, 'monitor.badData'],
    notices: held?.signal === quality.signal ? notices : [...notices, badDataNotice(lifecycle, name, quality, asks, now)],
  };
} // prettier-ignore

const found = ({ breaches }: MonitorRunFact) => breaches.some(({ kind }) => kind !== 'quality');

/** Runs with a finding among the newest `of` up to this one; one that broke off without a finding is not counted at all. */
function breachedAmong(runs: readonly MonitorRunFact[], last: MonitorRunFact, of: number, since: string | undefined): number {
  const counted = runs.filter((run) => run.at <= last.at && (since === undefined || run.at >= since) && (!run.incomplete || found(run)));
  return counted.slice(0, of).filter(found).length;
} // prettier-ignore

function causeOf(monitor: string, { run, at }: MonitorRunFact, breaches: readonly Breach[]): Cause {
  return {
    kind: 'monitor',
    id: `monitor|${run}`.slice(0, 200),
    at,
    monitor,
    run,
    breaches: breaches.slice(0, BREACHES_KEPT),
  };
}

/** Without the one monitor nothing follows; people hear of it once, where it is the policy that must say more. */
function noMonitor(
  lifecycle: Lifecycle,
  { training }: EnvironmentPolicy,
  { found, names }: Exclude<MonitorFact, FoundMonitor>,
  hints: readonly string[],
  now: Date,
): Step {
  const named = training?.when.drift?.monitor;
  const rules = [`monitor.${found}`];
  if (found === 'none' && named === undefined) return step(lifecycle, { rules });
  const sentence = found === 'none'
    ? `No enabled monitor ${named} watches this endpoint, although the policy names it in training.when.drift.monitor.`
    : `${names.length} monitors watch this endpoint (${names.join(', ')}): the policy must name the one that counts in training.when.drift.monitor.`; // prettier-ignore
  if (lifecycle.trained?.monitorTold === sentence || !training?.when.drift) return step(lifecycle, { rules });
  const told = remember(lifecycle, { monitorTold: sentence });
  return step(told, {
    rules,
    notices: [findingNotice(lifecycle, `monitors-${hints.at(-1) ?? ''}`, [], sentence, now)],
  });
}
