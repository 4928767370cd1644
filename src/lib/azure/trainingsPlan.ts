import type { TrainingNeeds, TrainingPlanFact } from '../core/step.ts';
import type { Pin } from '../core/training/state.ts';
import type { WorkspaceId } from '../ports.ts';
import type { Arm } from './arm.ts';
import { assetReference, isRegistryAsset } from './assetReference.ts';
import { newestData } from './dataAssets.ts';
import { bareJob, commitOf, readJob, type ReadJob } from './jobBody.ts';
import { jobPath, newestTemplate } from './jobFacts.ts';
import { openMlflow, rootIdOf } from './mlflowRuns.ts';
import { modelVersionOf } from './modelVersions.ts';
import { componentJob, componentOf, newestComponent } from './componentJob.ts';
import { computeOf, onCompute } from './trainingsCompute.ts';
import { dataInputs, exactPins, type DataInput } from './trainingsInputs.ts';

type From = NonNullable<TrainingNeeds['plan']>['from'];

/** What would be cloned or run: a job, or a component, in the same words. */
interface Source {
  readonly name: string;
  readonly data: readonly DataInput[];
  readonly compute?: string;
  readonly commit?: string;
}

/** What a training of this model would be made from now: nothing of it is decided here, and nothing written. */
export async function planOf(
  arm: Arm,
  workspace: WorkspaceId,
  model: string,
  { from, champion }: NonNullable<TrainingNeeds['plan']>,
): Promise<TrainingPlanFact> {
  const own = champion === undefined ? undefined : await championJob(arm, workspace, model, champion);
  const given = own && exactPins(dataInputs(bareJob(own)));
  const known = given && { championPins: given };
  const source = await sourceOf(arm, workspace, from, own);
  if (source === undefined) return { pins: [], unpinned: [], onCompute: 0, ...known };
  const { name, data, compute, commit } = source;
  return {
    source: name,
    ...(await pinned(arm, workspace, data)),
    onCompute: compute === undefined ? 0 : await onCompute(arm, workspace, compute),
    ...(compute !== undefined && { compute }),
    ...(commit !== undefined && { commit }),
    ...known,
  };
}

async function sourceOf(
  arm: Arm,
  workspace: WorkspaceId,
  from: From,
  own: ReadJob | undefined,
): Promise<Source | undefined> {
  if (from.kind === 'champion') return own && jobSource(own);
  if (from.kind === 'component') {
    const id = await newestComponent(arm, workspace, from.component);
    const found = id === undefined ? undefined : await componentOf(arm, workspace, id);
    if (found === undefined) return undefined;
    return { name: found.id, data: dataInputs(componentJob(found, from, from.compute)), compute: from.compute };
  }
  const named = await jobNamed(arm, workspace, from.job);
  if (named !== undefined) return jobSource(named);
  const template = await newestTemplate(arm, workspace, from.job);
  const job = template === undefined ? undefined : await jobNamed(arm, workspace, template);
  return job && jobSource(job);
}

function jobSource(job: ReadJob): Source {
  const compute = computeOf(job.properties);
  const commit = commitOf(job);
  return {
    name: job.name,
    data: dataInputs(bareJob(job)),
    ...(compute !== undefined && { compute }),
    ...(commit !== undefined && { commit }),
  };
}

/** The job that made a version. A version that names a step came from the pipeline of that step. */
async function championJob(
  arm: Arm,
  workspace: WorkspaceId,
  model: string,
  version: string,
): Promise<ReadJob | undefined> {
  const run = (await modelVersionOf(arm, workspace, model, version))?.jobName;
  return run === undefined ? undefined : (await rootJob(arm, workspace, run)).job;
}

/** The job that a run belongs to: of a step the pipeline, of a trial the sweep. Without `job` it is gone. */
export async function rootJob(
  arm: Arm,
  workspace: WorkspaceId,
  run: string,
): Promise<{ readonly name: string; readonly job: ReadJob | undefined }> {
  const found = await (await openMlflow(arm, workspace)).run(run);
  const name = found === undefined ? run : rootIdOf(found);
  return { name, job: await jobNamed(arm, workspace, name) };
}

function jobNamed(arm: Arm, workspace: WorkspaceId, name: string): Promise<ReadJob | undefined> {
  return arm.read(workspace, { path: jobPath(name) }, readJob);
}

/** Each input at the newest version of its data; data without any version is left as it stands. */
async function pinned(
  arm: Arm,
  workspace: WorkspaceId,
  inputs: readonly DataInput[],
): Promise<Pick<TrainingPlanFact, 'pins' | 'unpinned'>> {
  const pins: Pin[] = [];
  const unpinned: string[] = [];
  for (const { input, uri } of inputs) {
    const reference = assetReference('data', uri);
    const newest = reference && (await newestData(arm, workspace, reference.name))?.version;
    const version = newest ?? reference?.version;
    if (reference !== undefined && version !== undefined) pins.push({ input, data: reference.name, version });
    else if (!isRegistryAsset(uri)) unpinned.push(input);
  }
  return { pins, unpinned };
}
