import { z } from 'zod';
import type { TrainingNeeds, TrainingResultFact } from '../core/step.ts';
import type { WorkspaceId } from '../ports.ts';
import type { Arm } from './arm.ts';
import { parsed } from './armErrors.ts';
import { readJob, triesMany, type ReadJob } from './jobBody.ts';
import { jobPath } from './jobFacts.ts';
import { nextToldVersion, numberAfter, runInUri } from './modelVersions.ts';
import { openMlflow, type MlflowRun, type MlflowRuns } from './mlflowRuns.ts';

const listedVersion = z.object({
  name: z.string(),
  properties: z.object({ jobName: z.string().nullish(), modelUri: z.string().nullish() }),
});
type ListedVersion = z.output<typeof listedVersion>;

/** A job that has just ended registered its model moments ago. */
const versionsLookedAt = 20;

/** What a job that ran to its end left behind: a version that somebody registered from it, or a model to register. */
export async function resultOf(
  arm: Arm,
  workspace: WorkspaceId,
  model: string,
  { job, output }: NonNullable<TrainingNeeds['result']>,
): Promise<TrainingResultFact> {
  // In this order: a version that is made in between is found then, and no other is made under the number after it.
  const told = await nextToldVersion(arm, workspace, model);
  const versions = await newestVersions(arm, workspace, model);
  const nextVersion = told ?? numberAfter(versions.map(({ name }) => name));
  const mlflow = await openMlflow(arm, workspace);
  const root = await mlflow.run(job);
  const made = await versionsFrom(versions, job, root, mlflow);
  const readOwn = () => arm.read(workspace, { path: jobPath(job) }, readJob);
  const [last, ...others] = made;
  if (last) {
    const best = others.some(({ run }) => run !== last.run) ? bestOf(await readOwn(), root) : undefined;
    const { version } = made.find(({ run }) => run === best) ?? last;
    return { version, nextVersion };
  }
  const found = await readOwn();
  const left = found && modelOutput(found, output, root);
  return { ...(left && { output: left }), nextVersion };
}

interface Made {
  readonly version: string;
  readonly run: string;
}

/** The highest number first: of several versions from one run the last is meant. */
async function versionsFrom(
  versions: readonly ListedVersion[],
  job: string,
  root: MlflowRun | undefined,
  mlflow: MlflowRuns,
): Promise<readonly Made[]> {
  const made = versions.flatMap((version): Made[] => {
    const run = runOf(version);
    return run === undefined ? [] : [{ version: version.name, run }];
  });
  const tree = root && made.some(({ run }) => run !== job) ? await mlflow.tree(root) : [];
  const runs = new Set([job, ...tree.map(({ id }) => id)]);
  return made.filter(({ run }) => runs.has(run)).toSorted((a, b) => Number(b.version) - Number(a.version));
}

/** The run that a version came from: a job, a step, a trial. */
function runOf(version: ListedVersion): string | undefined {
  return version.properties.jobName ?? runInUri(version);
}

/** Of children that each registered their model the one that won. */
function bestOf(job: ReadJob | undefined, root: MlflowRun | undefined): string | undefined {
  return job && triesMany(job.properties.jobType) ? bestChild(job.properties.properties ?? {}, root) : undefined;
}

/** What could be registered: the output of that name, for jobs that try many things the one of their best child. */
export function modelOutput(
  { name, properties }: ReadJob,
  output: string,
  root: MlflowRun | undefined,
): TrainingResultFact['output'] {
  const { jobType, outputs } = properties;
  const best = bestChild(properties.properties ?? {}, root);
  const source = triesMany(jobType) ? best : name;
  const type = outputs?.[output]?.jobOutputType;
  if (source === undefined || type === undefined) return undefined;
  const isModel = type.endsWith('_model');
  return {
    uri: `azureml://jobs/${source}/outputs/${output}/paths/`,
    type: isModel ? type : 'custom_model',
  };
}

/** Unverified: a sweep is seen to write its best child into a property of the job, AutoML into a tag of the run. */
function bestChild(properties: Readonly<Record<string, string>>, root: MlflowRun | undefined): string | undefined {
  return properties['best_child_run_id'] ?? root?.tags.get('automl_best_child_run_id');
}

async function newestVersions(arm: Arm, workspace: WorkspaceId, model: string): Promise<readonly ListedVersion[]> {
  const asked = `GET newest versions of model ${model}`;
  const found = await arm.factsOrAbsent(workspace, asked, async ({ client, group, workspace: at, options }) => {
    const newestFirst = { ...options, orderBy: 'createdtime desc', top: versionsLookedAt };
    const listed: ListedVersion[] = [];
    for await (const version of client.modelVersions.list(group, at, model, newestFirst)) {
      listed.push(parsed('Azure ML', asked, listedVersion, version));
      if (listed.length >= versionsLookedAt) break;
    }
    return listed;
  });
  return found ?? [];
}
