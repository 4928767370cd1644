import type { MonitorFact } from '../../src/lib/core/step.ts';
import type { Breach } from '../../src/lib/core/training/state.ts';
import type { Monitors } from '../../src/lib/ports/training.ts';

export interface TwinMonitorRun {
  readonly run: string;
  readonly at: string;
  ended: boolean;
  readonly breaches: readonly Omit<Breach, 'run' | 'at'>[];
  /** Its step runs: an event may name any of them. */
  readonly steps?: readonly string[];
}

export interface TwinMonitor {
  readonly endpoint: string;
  /** In any order. */
  readonly runs: TwinMonitorRun[];
}

export interface MonitorsTwin extends Monitors {
  /** `<workspace>|<monitor>` -> monitor. */
  readonly all: Map<string, TwinMonitor>;
}

/** Model monitors in memory. */
export function monitorsTwin(): MonitorsTwin {
  const all: MonitorsTwin['all'] = new Map();
  return {
    all,
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
    .map(({ run, at, ended, breaches }) => ({
      run,
      at,
      ended,
      breaches: breaches.map((breach) => ({ ...breach, run, at })).toSorted((a, b) => a.signal.localeCompare(b.signal)),
    }));
}

function rootOf({ runs }: TwinMonitor, hints: readonly string[]): Record<string, string> {
  const roots = runs.flatMap(({ run, steps = [] }) => [run, ...steps].map((name): [string, string] => [name, run]));
  return Object.fromEntries(roots.filter(([name]) => hints.includes(name)));
}
