import { z } from 'zod';
import type { TrainingJobFact } from '../core/step.ts';
import type { WorkspaceId } from '../ports.ts';
import type { Arm } from './arm.ts';
import { parsed } from './armErrors.ts';
import { bareJob, commitOf, readJob } from './jobBody.ts';
import { hasEnded, jobPath, jobStatus, states, templateTag } from './jobFacts.ts';
import { openMlflow, rootIdOf, type MlflowRun } from './mlflowRuns.ts';
import { ourTag } from './trainingsCompute.ts';
import { failureOf } from './trainingsFailure.ts';
import { dataInputs, givenData } from './trainingsInputs.ts';

const instances = z.number().nullish();
/** Loose: what the team's own job was given is read from the rest. */
const followed = z.looseObject({
  status: jobStatus,
  tags: z.record(z.string(), z.string()).nullish(),
  resources: z.looseObject({ instanceCount: instances }).nullish(),
  trial: z.looseObject({ resources: z.object({ instanceCount: instances }).nullish() }).nullish(),
  jobs: z.record(z.string(), z.looseObject({ resources: z.object({ instance_count: instances }).nullish() })).nullish(),
});
/** The step of a pipeline is told without properties: it is a run, and no job that anybody submitted. */
const followedJob = z.looseObject({ properties: followed.nullable() });
type Followed = Pick<z.output<typeof followed>, 'status' | 'resources' | 'trial' | 'jobs'>;

/** How a job goes: state from ARM, times from its runs. */
export async function trainingJob(arm: Arm, workspace: WorkspaceId, name: string): Promise<TrainingJobFact | 'absent'> {
  const found = await arm.read(workspace, { path: jobPath(name) }, followedJob);
  const properties = found?.properties ?? undefined;
  if (properties === undefined) return 'absent';
  const { status } = properties;
  const fact = { name, state: states[status] };
  // What waits has not begun, whatever its run says: the service writes there when the job was submitted.
  if (fact.state === 'waiting') return fact;
  const mlflow = await openMlflow(arm, workspace);
  const run = await mlflow.run(name);
  if (run === undefined) return fact;
  return {
    ...fact,
    ...(run.startedAt && { startedAt: run.startedAt.toISOString() }),
    ...(run.endedAt && { endedAt: run.endedAt.toISOString() }),
    ...(hasEnded(status) && (await outcomeOf(arm, workspace, properties, { run, tree: await mlflow.tree(run) }))),
    ...(rootIdOf(run) === name && templateOf(name, properties)),
  };
}

/** Of a job of the team's own that carries a template's name: which, and what it was given. */
function templateOf(name: string, properties: z.output<typeof followed>): Pick<TrainingJobFact, 'template' | 'given'> {
  const { [templateTag]: template, [ourTag]: ours } = properties.tags ?? {};
  if (template === undefined || ours !== undefined) return {};
  const job = parsed('Azure ML', `GET job ${name}`, readJob, { name, properties });
  const commit = commitOf(job);
  return { template, given: { ...givenData(dataInputs(bareJob(job))), ...(commit !== undefined && { commit }) } };
}

interface Runs {
  readonly run: MlflowRun;
  readonly tree: readonly MlflowRun[];
}

async function outcomeOf(
  arm: Arm,
  workspace: WorkspaceId,
  job: Followed,
  { run, tree }: Runs,
): Promise<Pick<TrainingJobFact, 'computeMinutes' | 'failure'>> {
  const spent = { computeMinutes: computeMinutes(job, run, tree) };
  const failure = job.status === 'Failed' ? await failureOf(arm, workspace, run, tree) : undefined;
  return failure === undefined ? spent : { ...spent, failure };
}

/**
 * Minutes times instances, summed over the runs that have none below them: what holds steps or trials runs nowhere. That
 * the run of a pipeline's step has the node's name is unverified; a step whose node is not found counts once.
 */
export function computeMinutes(job: Omit<Followed, 'status'>, root: MlflowRun, tree: readonly MlflowRun[]): number {
  const below = tree.filter(({ id }) => id !== root.id);
  const parents = new Set(below.map(({ tags }) => tags.get('mlflow.parentRunId')));
  const leaves = below.length === 0 ? [root] : below.filter(({ id }) => !parents.has(id));
  const ofAll = job.resources?.instanceCount ?? job.trial?.resources?.instanceCount ?? 1;
  return leaves.reduce((sum, { name = '', startedAt, endedAt = root.endedAt }) => {
    if (startedAt === undefined || endedAt === undefined) return sum;
    const instanceCount = job.jobs?.[name]?.resources?.instance_count ?? ofAll;
    return sum + (Math.max(0, endedAt.getTime() - startedAt.getTime()) / 60_000) * instanceCount;
  }, 0);
}
