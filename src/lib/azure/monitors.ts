import type { MonitorFact, TrainingNeeds } from '../core/step.ts';
import type { WorkspaceId } from '../ports.ts';
import type { Monitors } from '../ports/training.ts';
import { openArm, type Arm, type ArmOptions } from './arm.ts';
import { openMlflow, type MlflowRun, type MlflowRuns } from './mlflowRuns.ts';
import { newestRoots, rootOfHint, runFact } from './monitorsRuns.ts';
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
      return others.length > 0
        ? { found: 'several', names: namesOf([found, ...others]) }
        : monitorFact(arm, workspace, found, wanted);
    },
  };
}

async function monitorFact(
  arm: Arm,
  workspace: WorkspaceId,
  monitor: MonitorSchedule,
  { hints, runs: count }: Wanted,
): Promise<MonitorFact> {
  const mlflow = await openMlflow(arm, workspace);
  const roots = new Map<string, MlflowRun>();
  const rootOf: Record<string, string> = {};
  for (const hint of hints) {
    const root = await rootOfHint(mlflow, monitor.name, hint);
    if (root === undefined) continue;
    rootOf[hint] = root.id;
    roots.set(root.id, root);
  }
  for (const name of await newestRoots(arm, workspace, monitor.name, count)) {
    const root = roots.get(name) ?? (await mlflow.run(name));
    if (root !== undefined) roots.set(name, root);
  }
  const newest = [...roots.values()].toSorted((a, b) => startOf(b) - startOf(a)).slice(0, count);
  return { found: 'one', name: monitor.name, runs: await judged(mlflow, monitor, newest), rootOf };
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
