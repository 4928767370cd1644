import { z } from 'zod';
import { latestMetrics } from '../../runtime/metrics.ts';
import type { JobStatus, Metric, Run } from '../../world.ts';

/** Numbers that JSON lacks travel as these strings [unverified for Azure; MLflow's own server does it so]. */
const words = ['NaN', 'Infinity', '-Infinity'] as const;

export const wireNumber = z.union([z.number(), z.enum(words).transform(Number)]);

function toWire(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

/** Counts and times; MLflow's JSON writes 64-bit integers as numbers or as strings. */
export const wireInteger = z.union([z.int(), z.string().regex(/^-?\d+$/).transform(Number)]); // prettier-ignore

export const mlflowStatuses = ['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED'] as const;
type MlflowStatus = (typeof mlflowStatuses)[number];

export const mlflowStatus: Readonly<Record<JobStatus, MlflowStatus>> = {
  NotStarted: 'SCHEDULED',
  Starting: 'SCHEDULED',
  Provisioning: 'SCHEDULED',
  Queued: 'SCHEDULED',
  Preparing: 'SCHEDULED',
  Running: 'RUNNING',
  Finalizing: 'RUNNING',
  CancelRequested: 'RUNNING',
  NotResponding: 'RUNNING',
  Paused: 'RUNNING',
  Unknown: 'RUNNING',
  Completed: 'FINISHED',
  Failed: 'FAILED',
  Canceled: 'KILLED',
};

export const jobStatus: Readonly<Record<MlflowStatus, JobStatus>> = {
  SCHEDULED: 'Queued',
  RUNNING: 'Running',
  FINISHED: 'Completed',
  FAILED: 'Failed',
  KILLED: 'Canceled',
};

export function metricOnWire({ key, value, timestamp, step }: Metric) {
  return { key, value: toWire(value), timestamp, step };
}

export function runInfo(run: Run) {
  return {
    run_id: run.id,
    run_uuid: run.id,
    run_name: run.name,
    experiment_id: run.experimentId,
    status: mlflowStatus[run.status],
    start_time: run.startedAt.getTime(),
    ...(run.endedAt && { end_time: run.endedAt.getTime() }),
    artifact_uri: `azureml://artifacts/ExperimentRun/dcid.${run.id}`,
    lifecycle_stage: 'active',
  };
}

export function runOnWire(run: Run) {
  return {
    info: runInfo(run),
    data: {
      metrics: [...latestMetrics(run.metrics).values()].map(metricOnWire),
      params: pairs(run.params),
      tags: pairs(tagsOf(run)),
    },
    inputs: { dataset_inputs: [] },
  };
}

export function experimentOnWire({ id, name }: { id: string; name: string }) {
  return { experiment_id: id, name, artifact_location: '', lifecycle_stage: 'active', tags: [] };
}

/** A job's properties named `mlflow.*` (its git keys) are seen as tags [unverified]. */
export function tagsOf(run: Run): Map<string, string> {
  const shown = [...run.properties].filter(([key]) => key.startsWith('mlflow.'));
  return new Map([...shown, ...run.tags]);
}

function pairs(map: ReadonlyMap<string, string>): { key: string; value: string }[] {
  return [...map].map(([key, value]) => ({ key, value }));
}
