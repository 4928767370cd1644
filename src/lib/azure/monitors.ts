import type { ReadMonitor, TrainingNeeds } from '../core/step.ts';
import type { WorkspaceId } from '../ports.ts';
import type { Monitors } from '../ports/training.ts';
import { openArm, type Arm, type ArmOptions } from './arm.ts';
import { openMlflow, type MlflowRun, type MlflowRuns } from './mlflowRuns.ts';
import { hinted, isRunOf, newestRoots, runFact, signalTold } from './monitorsRuns.ts';
import { monitorSchedules, watching, type MonitorSchedule } from './monitorsSchedules.ts';

type Wanted = NonNullable<TrainingNeeds['monitor']>;

/** Model monitors: which one watches an endpoint, and what its newest runs found. */
export function armMonitors(options: ArmOptions): Monitors {
  const arm = openArm(options);
  return {
    async monitor(workspace, endpoint, wanted) {
      const all = await monitorSchedules(arm, workspace);
      const [found, ...others] = watching(all, endpoint, wanted.name);
      if (found === undefined) return { found: 'none', names: namesOf(all) };
      if (others.length > 0 && !wanted.each) return { found: 'several', names: namesOf([found, ...others]) };
      const mlflow = await openMlflow(arm, workspace);
      const read = (monitor: MonitorSchedule) => readMonitor({ arm, mlflow, workspace, all }, monitor, wanted);
      if (others.length === 0) return { found: 'one', ...(await read(found)) };
      const monitors = [];
      for (const monitor of [found, ...others].toSorted((a, b) => a.name.localeCompare(b.name)))
        monitors.push(await read(monitor));
      return { found: 'each', monitors };
    },
    async watched(workspace) {
      const all = await monitorSchedules(arm, workspace);
      return [...new Set(all.flatMap(({ endpoint }) => endpoint?.toLowerCase() ?? []))];
    },
  };
}

interface Reading {
  readonly arm: Arm;
  readonly mlflow: MlflowRuns;
  readonly workspace: WorkspaceId;
  /** The workspace's monitors: a run of another one is no stranger. */
  readonly all: readonly MonitorSchedule[];
}

async function readMonitor(
  { arm, mlflow, workspace, all }: Reading,
  monitor: MonitorSchedule,
  { hints, runs: count }: Wanted,
): Promise<ReadMonitor> {
  const roots = new Map<string, MlflowRun>();
  const rootOf: Record<string, string> = {};
  const strangers: NonNullable<ReadMonitor['strangers']>[number][] = [];
  for (const hint of hints) {
    const found = await hinted(mlflow, hint);
    if (found === undefined) continue;
    const { run, root, name = '' } = found;
    if (isRunOf(monitor.name, name)) {
      rootOf[hint] = root.id;
      roots.set(root.id, root);
      continue;
    }
    const signal = all.some((other) => isRunOf(other.name, name)) ? undefined : signalTold(run, monitor);
    if (signal !== undefined) strangers.push({ hint, signal, ...(found.name !== undefined && { name }) });
  }
  for (const name of await newestRoots(arm, workspace, monitor.name, count)) {
    const root = roots.get(name) ?? (await mlflow.run(name));
    if (root !== undefined) roots.set(name, root);
  }
  const newest = [...roots.values()].toSorted((a, b) => startOf(b) - startOf(a)).slice(0, count);
  const runs = await judged(mlflow, monitor, newest);
  return { name: monitor.name, runs, rootOf, ...(strangers.length > 0 && { strangers }) };
}

async function judged(mlflow: MlflowRuns, monitor: MonitorSchedule, roots: readonly MlflowRun[]) {
  const facts = [];
  for (const root of roots) facts.push(runFact(monitor, root, await mlflow.tree(root)));
  return facts;
}

function namesOf(monitors: readonly MonitorSchedule[]): readonly string[] {
  return monitors.map(({ name }) => name).toSorted();
}

function startOf({ startedAt }: MlflowRun): number {
  return startedAt?.getTime() ?? 0;
}
