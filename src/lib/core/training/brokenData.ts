import type { Lifecycle } from '../lifecycle.ts';
import type { Step } from '../step.ts';
import { NOTHING_REMEMBERED } from './memory.ts';
import { badDataNotice } from './notices.ts';
import type { MonitorRun } from './monitorRuns.ts';
import type { BrokenData } from './state.ts';

/** Monitors of one endpoint whose findings the row has room for. */
const KEPT = 4;

/**
 * Broken data holds training until a later run of the monitor that found it finds none. `monitors`: those that are there;
 * what one said that is there no more, a run of any of them ends.
 */
export function judgeQuality(before: Step, run: MonitorRun, monitors: readonly string[], now: Date): Step {
  const { lifecycle, rules, notices } = before;
  const quality = run.breaches.find(({ kind }) => kind === 'quality');
  // A run that broke off may have broken off at the very data.
  if (!quality && run.incomplete) return before;
  const known = heldBy(lifecycle);
  const isEnded = ({ monitor }: BrokenData) =>
    monitor === undefined || monitor === run.monitor || !monitors.includes(monitor);
  const held = known.find(isEnded);
  const others = known.filter((each) => !isEnded(each));
  if (!quality)
    return { ...before, lifecycle: holding(lifecycle, others), rules: held ? [...rules, 'monitor.dataIsWell'] : rules };
  const asks = lifecycle.request ?? { causes: [], more: 0 };
  return {
    ...before,
    lifecycle: holding(lifecycle, [{ ...quality, monitor: run.monitor }, ...others]),
    rules: [...rules, 'monitor.badData'],
    notices:
      held?.signal === quality.signal
        ? notices
        : [...notices, badDataNotice(lifecycle, run.monitor, quality, asks, now)],
  };
}

function heldBy({ trained }: Lifecycle): readonly BrokenData[] {
  return trained?.badData ? [trained.badData, ...(trained.badDataToo ?? [])] : [];
}

function holding(lifecycle: Lifecycle, broken: readonly BrokenData[]): Lifecycle {
  const { badData: _, badDataToo: __, ...memory } = lifecycle.trained ?? NOTHING_REMEMBERED;
  const [first, ...others] = broken.slice(0, KEPT);
  const trained = {
    ...memory,
    ...(first ? { badData: first } : {}),
    ...(others.length > 0 ? { badDataToo: others } : {}),
  };
  return { ...lifecycle, trained };
}
