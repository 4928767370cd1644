import type { Lifecycle } from '../lifecycle.ts';
import type { EnvironmentPolicy, TrainingPolicy } from '../policy/policy.ts';
import type { MonitorFact, MonitorRunFact, ReadMonitor, Step, TrainingNeeds } from '../step.ts';
import { step } from '../release/transitions.ts';
import { judgeQuality } from './brokenData.ts';
import { coalesce, releasedSince } from './causes.ts';
import { NOTHING_REMEMBERED, remember } from './memory.ts';
import { byTime, fresh, type MonitorRun } from './monitorRuns.ts';
import { tellTroubles, tellUnwatched, watchedAgain } from './monitorTrouble.ts';
import { findingNotice } from './notices.ts';
import type { Breach, Cause } from './state.ts';

const MINUTE_MS = 60_000;
/** A monitor's run is judged when it has ended: its signals breach one after the other. One that does not end is judged so late. */
const RUN_LIMIT_MS = 6 * 60 * MINUTE_MS;
const RUN_LOOK_MS = MINUTE_MS;
/** Enough to see the end of broken data. Twice what the policy counts is read, so that a run told late has its window too. */
const LEAST_RUNS = 3;
const HINTS_KEPT = 20;
/** Of one run. A tag holds 1000 characters, and a request's causes must fit into one mail and one inbox item (32 Ki). */
const BREACHES_KEPT = 4;
const NOT_TRAINED = 'The policy does not train on findings of a monitor.';

/**
 * What a hint asks to be read: the monitor with as many of its runs as the policy counts. Only drift asks which monitor
 * counts; whoever else is told of findings, or held by broken data, is so by each.
 */
export function monitorNeeds(
  hints: readonly string[],
  { training }: EnvironmentPolicy,
): Required<Pick<TrainingNeeds, 'monitor'>> {
  const drift = training?.when.drift;
  const name = drift?.monitor === undefined ? {} : { name: drift.monitor };
  const each = drift ? {} : { each: true as const };
  return { monitor: { hints, runs: Math.max(2 * (drift?.of ?? 1), LEAST_RUNS), ...name, ...each } };
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

/** Judges the runs of the monitor, or of each where the policy makes no choice: causes, broken data, or news for people. */
export function judgeMonitor(lifecycle: Lifecycle, policy: EnvironmentPolicy, { monitor, asked }: Heard, now: Date): Step {
  const later = (lifecycle.trained ?? NOTHING_REMEMBERED).hints.filter((hint) => !asked.includes(hint));
  const read = remember(lifecycle, { hints: later });
  if ('names' in monitor) return noMonitor(read, policy, monitor, now);
  const monitors = monitor.found === 'one' ? [monitor] : monitor.monitors;
  const unjudged = fresh(lifecycle, monitors, now);
  const running = unjudged.findLast(({ ended, at }) => !ended && now.getTime() - Date.parse(at) < RUN_LIMIT_MS);
  // Runs before the one that still runs are judged now, that one when it has ended.
  const due = running ? unjudged.filter((run) => byTime(run, running) < 0) : unjudged;
  const strangers = asked.filter((hint) => monitors.every(({ rootOf }) => rootOf[hint] === undefined));
  const rules = strangers.map((hint) => `monitor.stranger ${hint}`);
  const waiting = watchedAgain(running ? remember(read, { hints: [...later, running.run] }) : read);
  const told = tellTroubles(step(waiting, { rules }), policy, monitors, now);
  const judged = due.toSorted(byTime).reduce((before, run) => judgeRun(before, policy, { monitors, run }, now), told);
  return running ? { ...judged, lookInMs: later.length > 0 ? 0 : RUN_LOOK_MS } : judged;
} // prettier-ignore

/** Where an event led to no monitor at all it may have been about another model; the sweep looks for one that is missing. */
function noMonitor(lifecycle: Lifecycle, policy: EnvironmentPolicy, fact: Extract<MonitorFact, { found: 'none' | 'several' }>, now: Date): Step {
  const isAnybodys = fact.found === 'none' && policy.training?.when.drift?.monitor === undefined;
  return isAnybodys ? step(lifecycle, { rules: ['monitor.none'] }) : tellUnwatched(lifecycle, policy, fact, now);
} // prettier-ignore

interface JudgedRun {
  readonly monitors: readonly ReadMonitor[];
  readonly run: MonitorRun;
}

/** Without `training` nothing can be held: everything that was found is told, and that is all. */
function judgeRun(before: Step, { training }: EnvironmentPolicy, judged: JudgedRun, now: Date): Step {
  const { monitors, run } = judged;
  const seen = { ...before, lifecycle: remember(before.lifecycle, { judgedRun: { run: run.run, at: run.at } }) };
  if (!training) return tell(seen, run, run.breaches, now);
  const drifted = training.when.drift
    ? judgeDrift(seen, training.when.drift, judged, now)
    : tell(seen, run, driftOf(run), now);
  return judgeQuality(drifted, run, monitors.map(({ name }) => name), now);
} // prettier-ignore

function tell(before: Step, run: MonitorRun, breaches: readonly Breach[], now: Date): Step {
  const { lifecycle, rules, notices } = before;
  const told = breaches.length > 0 ? [findingNotice(lifecycle, run.run, [causeOf(run, breaches)], NOT_TRAINED, now)] : []; // prettier-ignore
  return { ...before, rules: [...rules, 'monitor.told'], notices: [...notices, ...told] };
}

type DriftRule = NonNullable<TrainingPolicy['when']['drift']>;

/** So many of the newest runs with a finding ask for a training. */
function judgeDrift(before: Step, drift: DriftRule, { monitors, run }: JudgedRun, now: Date): Step {
  const drifted = driftOf(run);
  if (drifted.length === 0) return before;
  const runs = monitors.find(({ name }) => name === run.monitor)?.runs ?? [];
  const counted = breachedAmong(runs, run, drift.of, releasedSince(before.lifecycle));
  if (counted < drift.breaches)
    return { ...before, rules: [...before.rules, `monitor.notYet ${counted} of ${drift.of}`] };
  const request = coalesce(before.lifecycle.request, [causeOf(run, drifted)], now.toISOString());
  return { ...before, lifecycle: { ...before.lifecycle, ...(request ? { request } : {}) }, rules: [...before.rules, 'monitor.cause'] }; // prettier-ignore
}

/** Broken data is no cause: it is judged apart. */
function driftOf({ breaches }: MonitorRunFact): readonly Breach[] {
  return breaches.filter(({ kind }) => kind !== 'quality');
}

function found(run: MonitorRunFact): boolean {
  return driftOf(run).length > 0;
}

/** Runs with a finding among the newest `of` up to this one; one that broke off without a finding is not counted at all. */
function breachedAmong(runs: readonly MonitorRunFact[], last: MonitorRunFact, of: number, since: string | undefined): number {
  const counted = runs.filter((run) => run.at <= last.at && (since === undefined || run.at >= since) && (!run.incomplete || found(run)));
  return counted.slice(0, of).filter(found).length;
} // prettier-ignore

function causeOf({ monitor, run, at }: MonitorRun, breaches: readonly Breach[]): Cause {
  return {
    kind: 'monitor',
    id: `monitor|${run}`.slice(0, 200),
    at,
    monitor,
    run,
    breaches: breaches.slice(0, BREACHES_KEPT),
  };
}
