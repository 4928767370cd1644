import type { Lifecycle } from '../lifecycle.ts';
import type { MonitorTrouble } from '../notice.ts';
import type { EnvironmentPolicy } from '../policy/policy.ts';
import { step } from '../release/transitions.ts';
import type { MonitorFact, MonitorRunFact, ReadMonitor, Step } from '../step.ts';
import { NOTHING_REMEMBERED, remember } from './memory.ts';
import { monitorNotice } from './notices.ts';

/** One may have met a cluster that was full. */
const FAILED_IN_A_ROW = 2;
/** Monitors of one endpoint, with both kinds of trouble. */
const TOLD_KEPT = 10;

/** What people must know of the monitors that the policy trains by; undefined where it does not, or one is there. */
export function unwatched(
  { training }: Pick<EnvironmentPolicy, 'training'>,
  { found, names }: Pick<Unwatched, 'found' | 'names'>,
): string | undefined {
  const drift = training?.when.drift;
  if (!drift) return undefined;
  if (found === 'several')
    return `${names.length} monitors watch this endpoint (${names.join(', ')}): the policy must name the one that counts in training.when.drift.monitor.`;
  return drift.monitor === undefined
    ? 'No enabled monitor watches this endpoint, although the policy trains on drift.'
    : `No enabled monitor ${drift.monitor} watches this endpoint, although the policy names it in training.when.drift.monitor.`;
}

type Unwatched = Extract<MonitorFact, { found: 'none' | 'several' }>;

/** People hear of it once, and again when it was mended in between. */
export function tellUnwatched(lifecycle: Lifecycle, policy: EnvironmentPolicy, fact: Unwatched, now: Date): Step {
  const rules = [`monitor.${fact.found}`];
  const sentence = unwatched(policy, fact);
  if (sentence === undefined || lifecycle.trained?.monitorTold === sentence) return step(lifecycle, { rules });
  const notices = [monitorNotice(lifecycle, { cause: fact.found, about: now.toISOString(), sentence, audience: 'decide' }, now)];
  return step(remember(lifecycle, { monitorTold: sentence }), { rules, notices });
} // prettier-ignore

/** The one that counts is there (again). */
export function watchedAgain(lifecycle: Lifecycle): Lifecycle {
  const { monitorTold, ...memory } = lifecycle.trained ?? NOTHING_REMEMBERED;
  return monitorTold === undefined ? lifecycle : { ...lifecycle, trained: memory };
}

/** A monitor that finds nothing because it fails, or that finds what does not count, would be silent for ever. */
export function tellTroubles(before: Step, policy: EnvironmentPolicy, monitors: readonly ReadMonitor[], now: Date): Step {
  return monitors.reduce((told, monitor) => tellStranger(tellFailing(told, policy, monitor, now), policy, monitor, now), before);
} // prettier-ignore

function tellFailing(before: Step, policy: EnvironmentPolicy, { name, runs }: ReadMonitor, now: Date): Step {
  const newest = runs.filter(({ ended }) => ended).slice(0, FAILED_IN_A_ROW);
  const key = `failing|${name}`;
  const known = before.lifecycle.trained?.monitorTroubles ?? [];
  const [last] = newest;
  if (!last || newest.length < FAILED_IN_A_ROW || !newest.every(brokeOff))
    return known.includes(key) ? { ...before, lifecycle: remember(before.lifecycle, { monitorTroubles: known.filter((each) => each !== key) }) } : before;
  const sentence = `The last ${FAILED_IN_A_ROW} runs of monitor ${name} failed or were canceled; the newest is ${last.run} of ${last.at}.`;
  return tellOnce(before, policy, { key, cause: 'failing', about: `${name}-${last.run}`, sentence }, now);
} // prettier-ignore

/** One that found something before it ended so did its work. */
function brokeOff({ incomplete, breaches }: MonitorRunFact): boolean {
  return incomplete === true && breaches.length === 0;
}

/** Once for a monitor: whoever copies a tag could make it say so each night. */
function tellStranger(before: Step, policy: EnvironmentPolicy, { name, strangers = [] }: ReadMonitor, now: Date): Step {
  const [first] = strangers;
  if (!first) return before;
  const called = first.name === undefined ? '' : ` (its job is called ${first.name})`;
  const sentence = `Run ${first.hint}${called} says that ${first.signal} is over its threshold, a signal of monitor ${name}; but it is not known as a run of that monitor, so nothing follows from it.`;
  return tellOnce(before, policy, { key: `strange|${name}`, cause: 'strange', about: `${name}-${first.hint}`, sentence }, now);
} // prettier-ignore

interface Trouble {
  readonly key: string;
  readonly cause: MonitorTrouble;
  readonly about: string;
  readonly sentence: string;
}

function tellOnce(before: Step, { training }: EnvironmentPolicy, { key, ...trouble }: Trouble, now: Date): Step {
  const { lifecycle, rules, notices } = before;
  const known = lifecycle.trained?.monitorTroubles ?? [];
  if (known.includes(key)) return before;
  // Where nothing is trained nothing depends on it, but for the news.
  const told = monitorNotice(lifecycle, { ...trouble, audience: training ? 'decide' : 'inform' }, now);
  return {
    ...before,
    lifecycle: remember(lifecycle, { monitorTroubles: [...known, key].slice(-TOLD_KEPT) }),
    rules: [...rules, `monitor.${trouble.cause}`],
    notices: [...notices, told],
  };
}
