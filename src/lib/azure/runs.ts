import { z } from 'zod';
import { Refused } from '../core/errors.ts';
import type { Asked, Evidence } from '../core/gate/evidence.ts';
import type { Runs } from '../ports.ts';
import { openArm, type ArmOptions } from './arm.ts';
import { assetReference, type AssetReference } from './assetReference.ts';
import type { DatastoreOptions } from './datastoreFiles.ts';
import { runsOfVersion } from './modelVersions.ts';
import { predictionPairs } from './predictions.ts';
import { measuringRuns, runMetrics, type RunMetrics } from './runsMetrics.ts';

const evaluationJob = z.object({
  properties: z.object({
    inputs: z.record(z.string(), z.object({ uri: z.string().nullish() }).nullable()).nullish(),
    outputs: z.record(z.string(), z.object({ uri: z.string().nullish() }).nullable()).nullish(),
  }),
});

/** What evaluation jobs and trainings measured: metrics from MLflow, paired predictions from the job's output. */
export function armRuns(options: ArmOptions & DatastoreOptions): Runs {
  const arm = openArm(options);
  return {
    async evidence(workspace, job, metrics, name = 'predictions', how: Omit<Asked, 'metrics'> = {}) {
      const found = await arm.read(workspace, { path: `/jobs/${encodeURIComponent(job)}` }, evaluationJob);
      if (found === undefined) throw new Refused('notFound', 'Azure ML', `There is no job ${job}`);
      const { inputs, outputs } = found.properties;
      const measured = await runMetrics(arm, workspace, job, metrics);
      const predictions = outputs?.[name];
      // A job that declares no predictions is accepted; the gate then says what it cannot decide without them.
      const pairs = predictions
        ? await predictionPairs(
            arm,
            workspace,
            job,
            { name, uri: predictions.uri ?? undefined },
            { metrics, ...how },
            options,
          )
        : undefined;
      return assemble(job, assetReference('data', inputs?.['data']?.uri ?? ''), measured, pairs);
    },
    async measured(workspace, model, version, metrics) {
      const found = await runsOfVersion(arm, workspace, model, version);
      if (found === undefined) throw new Refused('notFound', 'Azure ML', `There is no version ${version} of ${model}`);
      const { job, leftBy } = found;
      if (job === undefined) return { version, runs: [] };
      return { version, job, runs: await measuringRuns(arm, workspace, { job, leftBy }, metrics) };
    },
  };
}

type Pairs = Awaited<ReturnType<typeof predictionPairs>>;

function assemble(
  job: string,
  data: AssetReference | undefined,
  measured: RunMetrics,
  pairs: Pairs | undefined,
): Evidence {
  const faults = [...measured.faults, ...(pairs?.faults ?? [])];
  if (data?.version === undefined) faults.push(`the job ${job} names no pinned data version as its input "data"`);
  const { n, classes } = measured;
  if (n !== undefined && pairs !== undefined && pairs.faults.length === 0 && pairs.rows !== n) {
    faults.push(`the job logged n = ${n}, its predictions hold ${pairs.rows} rows`);
  }
  return {
    job,
    data: data?.name ?? '',
    dataVersion: data?.version ?? '',
    metrics: measured.metrics,
    ...(n !== undefined && { n }),
    ...(classes !== undefined && { classes }),
    ...(pairs?.paired !== undefined && { paired: pairs.paired }),
    ...(pairs?.compared !== undefined && { compared: pairs.compared }),
    ...(pairs?.slices !== undefined && { slices: pairs.slices }),
    faults,
  };
}
