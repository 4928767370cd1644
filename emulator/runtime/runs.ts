import { randomUUID } from 'node:crypto';
import type { JobStatus, Run, Workspace, World } from '../world.ts';

export interface NewRun {
  readonly id: string;
  readonly experimentName: string;
  readonly runType: string | null;
  readonly parentId?: string;
  readonly name: string;
  readonly status: JobStatus;
  readonly startedAt: Date;
  readonly tags?: Readonly<Record<string, string>>;
  readonly properties?: Readonly<Record<string, string>>;
}

/** The experiment of that name, made when missing: jobs and MLflow clients both rely on that. */
export function experimentNamed(workspace: Workspace, name: string): { id: string; name: string } {
  const known = workspace.experiments.get(name);
  if (known !== undefined) return known;
  const made = { id: randomUUID(), name };
  workspace.experiments.set(name, made);
  return made;
}

export function addRun(workspace: Workspace, { tags, properties, experimentName, ...rest }: NewRun): Run {
  const run: Run = {
    ...rest,
    experimentName,
    experimentId: experimentNamed(workspace, experimentName).id,
    tags: new Map(Object.entries(tags ?? {})),
    properties: new Map(Object.entries(properties ?? {})),
    params: new Map(),
    metrics: [],
  };
  workspace.runs.set(run.id, run);
  return run;
}

export function isTerminal(status: JobStatus): boolean {
  return status === 'Completed' || status === 'Failed' || status === 'Canceled';
}

/** Every change of status is an event; a completed run raises a second one that says the same (as Azure does). */
export function changeRunStatus(world: World, workspace: Workspace, run: Run, status: JobStatus): void {
  run.status = status;
  if (isTerminal(status)) run.endedAt ??= world.clock.now();
  world.raise({ kind: 'runStatusChanged', workspace: workspace.id, run, status });
  if (status === 'Completed') world.raise({ kind: 'runCompleted', workspace: workspace.id, run, status });
}
