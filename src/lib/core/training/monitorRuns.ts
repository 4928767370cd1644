import type { Lifecycle } from '../lifecycle.ts';
import type { MonitorRunFact, ReadMonitor } from '../step.ts';
import { releasedSince } from './causes.ts';

/** A finding that is older is no news: nobody looked at it while it was. */
const STALE_MS = 7 * 24 * 3_600_000;

/** A run with the name of its monitor: runs of several are judged as they began, as if they were of one. */
export interface MonitorRun extends MonitorRunFact {
  readonly monitor: string;
}

/** Earlier first; two monitors may begin in the same instant, and a run must stand on the same side each time. */
export function byTime(a: Pick<MonitorRun, 'at' | 'run'>, b: Pick<MonitorRun, 'at' | 'run'>): number {
  return a.at.localeCompare(b.at) || a.run.localeCompare(b.run);
}

/** Newest first, without those that were judged, or are older than one that was, or too old to be news. */
export function fresh(lifecycle: Lifecycle, monitors: readonly ReadMonitor[], now: Date): readonly MonitorRun[] {
  const judged = lifecycle.trained?.judgedRun;
  const roots = new Set(monitors.flatMap(({ rootOf }) => Object.values(rootOf)));
  const runs = monitors.flatMap(({ name, runs: own }) => own.map((run) => ({ ...run, monitor: name })));
  const hinted = runs.filter(({ run }) => roots.has(run)).map(({ at }) => at).toSorted()[0];
  const known = judged
    ? runs.filter((run) => byTime(run, judged) > 0)
    : runs.filter(({ at }) => hinted !== undefined && at >= hinted);
  const since = releasedSince(lifecycle);
  // What a monitor found before the champion was released is not about it.
  const about = since === undefined ? known : known.filter(({ at }) => at >= since);
  return about.filter(({ at }) => now.getTime() - Date.parse(at) < STALE_MS).toSorted((a, b) => byTime(b, a));
} // prettier-ignore
