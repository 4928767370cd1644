import type { MonitorFact, ReadMonitor } from '../../src/lib/core/step.ts';
import type { Breach } from '../../src/lib/core/training/state.ts';
import type { Monitors } from '../../src/lib/ports/training.ts';

export interface TwinMonitorRun {
  readonly run: string;
  readonly at: string;
  ended: boolean;
  incomplete?: true;
  readonly breaches: readonly Omit<Breach, 'run' | 'at'>[];
  /** Its step runs: an event may name any of them. */
  readonly steps?: readonly string[];
}

export interface TwinMonitor {
  readonly endpoint: string;
  /** In any order. */
  readonly runs: TwinMonitorRun[];
  readonly signals?: readonly string[];
}

/** A job that says that a signal is over its threshold, as only steps of monitors should. */
export interface TwinStranger {
  readonly name: string;
  readonly signal: string;
}

export interface MonitorsTwin extends Monitors {
  /** `<workspace>|<monitor>` -> monitor. */
  readonly all: Map<string, TwinMonitor>;
  /** `<workspace>|<run>` */
  readonly strangers: Map<string, TwinStranger>;
}

/** Model monitors in memory. */
export function monitorsTwin(): MonitorsTwin {
  const all: MonitorsTwin['all'] = new Map();
  const strangers: MonitorsTwin['strangers'] = new Map();
  return {
    all,
    strangers,
    async monitor(workspace, endpoint, wanted) {
      const here = [...all].filter(([key]) => key.startsWith(`${workspace}|`));
      const known = here.map(([key, monitor]) => ({ name: key.slice(workspace.length + 1), ...monitor }));
      const isWanted = ({ name, endpoint: watched }: (typeof known)[number]) =>
        watched.toLowerCase() === endpoint.toLowerCase() && (wanted.name === undefined || name === wanted.name);
      const [found, ...others] = known.filter(isWanted);
      if (found === undefined) return { found: 'none', names: known.map(({ name }) => name).toSorted() };
      const read = (monitor: typeof found) => ({
        name: monitor.name,
        runs: newest(monitor, wanted.runs),
        rootOf: rootOf(monitor, wanted.hints),
        ...strangersTo(monitor, new Map(wanted.hints.map((hint) => [hint, strangers.get(`${workspace}|${hint}`)]))),
      });
      if (others.length === 0) return { found: 'one', ...read(found) };
      const these = [found, ...others].toSorted((a, b) => a.name.localeCompare(b.name));
      if (wanted.each) return { found: 'each', monitors: these.map(read) };
      return { found: 'several', names: these.map(({ name }) => name) };
    },
    async watched(workspace) {
      const here = [...all].filter(([key]) => key.startsWith(`${workspace}|`));
      return [...new Set(here.map(([, { endpoint }]) => endpoint.toLowerCase()))];
    },
  };
}

function newest({ runs }: TwinMonitor, count: number): Extract<MonitorFact, { found: 'one' }>['runs'] {
  return runs
    .toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at))
    .slice(0, count)
    .map(({ run, at, ended, incomplete, breaches }) => ({
      run,
      at,
      ended,
      ...(incomplete && { incomplete }),
      breaches: breaches.map((breach) => ({ ...breach, run, at })).toSorted((a, b) => a.signal.localeCompare(b.signal)),
    }));
}

function rootOf({ runs }: TwinMonitor, hints: readonly string[]): Record<string, string> {
  const roots = runs.flatMap(({ run, steps = [] }) => [run, ...steps].map((name): [string, string] => [name, run]));
  return Object.fromEntries(roots.filter(([name]) => hints.includes(name)));
}

function strangersTo({ signals = [] }: TwinMonitor, hinted: ReadonlyMap<string, TwinStranger | undefined>): Pick<ReadMonitor, 'strangers'> {
  const strangers = [...hinted].flatMap(([hint, job]) => (job && signals.includes(job.signal) ? [{ hint, ...job }] : []));
  return strangers.length > 0 ? { strangers } : {};
} // prettier-ignore
