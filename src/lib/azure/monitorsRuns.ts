import { z } from 'zod';
import type { MonitorRunFact } from '../core/step.ts';
import type { Breach } from '../core/training/state.ts';
import type { WorkspaceId } from '../ports.ts';
import type { Arm } from './arm.ts';
import { parsed } from './armErrors.ts';
import { rootIdOf, type MlflowRun, type MlflowRuns } from './mlflowRuns.ts';
import { breachMessage, signalKind } from './monitorsMessage.ts';
import type { MonitorSchedule } from './monitorsSchedules.ts';

const breachTag = 'azureml_modelmonitor_threshold_breached';
/** With the signal's name behind it, where the monitor also mails what it finds. */
const rootTag = 'azureml.modelmonitor.threshold.breached.';
const listed = z.object({
  name: z.string(),
  properties: z.object({ displayName: z.string().nullish() }),
  systemData: z.object({ createdAt: z.coerce.date() }),
});
/** Newest first, as far as the service says so: far more than a workspace runs between two looks at a monitor. */
const listLimit = 500;
const featuresKept = 5;

/**
 * Jobs that a schedule starts are called by its name and the time of the slot: so the vendor's documentation of
 * schedules; that it holds for monitors too is unverified.
 */
export function isRunOf(monitor: string, displayName: string): boolean {
  return displayName.startsWith(`${monitor}-`) && /^\d{8}T\d{4,6}Z?$/.test(displayName.slice(monitor.length + 1));
}

/** Names of the newest jobs that the monitor's schedule started. */
export async function newestRoots(arm: Arm, workspace: WorkspaceId, monitor: string, count: number) {
  const asked = `GET jobs of monitor ${monitor}`;
  return arm.facts(workspace, asked, async ({ client, group, workspace: at, options }) => {
    const found: z.output<typeof listed>[] = [];
    let seen = 0;
    for await (const item of client.jobs.list(group, at, { ...options, jobType: 'Pipeline' })) {
      const job = parsed('Azure ML', asked, listed, item);
      if (isRunOf(monitor, job.properties.displayName ?? '')) found.push(job);
      if ((seen += 1) >= listLimit) break;
    }
    const newest = found.toSorted((a, b) => b.systemData.createdAt.getTime() - a.systemData.createdAt.getTime());
    return newest.slice(0, count).map(({ name }) => name);
  });
}

/** The run that a hint names, the root run that it leads to, and what that one is called. */
export interface Hinted {
  readonly run: MlflowRun;
  readonly root: MlflowRun;
  readonly name: string | undefined;
}

export async function hinted(mlflow: MlflowRuns, hint: string): Promise<Hinted | undefined> {
  const run = await mlflow.run(hint);
  const root = run && (rootIdOf(run) === hint ? run : await mlflow.run(rootIdOf(run)));
  return run && root && { run, root, name: root.name ?? root.tags.get('mlflow.runName') };
}

/** The monitor's signal that the run says is over its threshold: a step in its message, a root run in the name of a tag. */
export function signalTold({ tags }: MlflowRun, { signals }: MonitorSchedule): string | undefined {
  const told = [
    breachMessage(tags.get(breachTag) ?? '')?.signal,
    ...[...tags.keys()].filter((tag) => tag.startsWith(rootTag)).map((tag) => tag.slice(rootTag.length)),
  ];
  return told.find((signal) => signal !== undefined && signals.has(signal));
}

/** What a run of the monitor found: the tags that its steps carry, as far as they speak of the monitor's own signals. */
export function runFact(monitor: MonitorSchedule, root: MlflowRun, tree: readonly MlflowRun[]): MonitorRunFact {
  const at = (root.startedAt ?? new Date(0)).toISOString();
  const breaches = new Map<string, Breach>();
  for (const { tags } of tree) {
    const message = breachMessage(tags.get(breachTag) ?? '');
    if (message === undefined || !monitor.signals.has(message.signal)) continue;
    const { signal, features, cut } = message;
    const kind = signalKind(monitor.signals.get(signal), features);
    const kept = features.slice(0, featuresKept);
    breaches.set(signal, { signal, kind, run: root.id, at, features: kept, more: features.length - kept.length + cut });
  }
  return {
    run: root.id,
    at,
    ended: root.ended,
    ...(root.ended && !root.completed ? { incomplete: true } : {}),
    breaches: inOrder([...breaches.values()]),
  };
}

/** By name, so that a run reads the same however its steps are listed. */
function inOrder(breaches: readonly Breach[]): readonly Breach[] {
  return breaches.toSorted((a, b) => a.signal.localeCompare(b.signal));
}
