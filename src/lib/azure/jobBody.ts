import { z } from 'zod';
import { mapped, without } from './armBody.ts';

const input = z.looseObject({ jobInputType: z.string() });
const output = z.looseObject({ jobOutputType: z.string(), uri: z.string().nullish() });
export type JobInput = z.output<typeof input>;

/** A job as the service tells it, all fields kept: what is not named here is copied as it is. */
export const readJob = z.object({
  name: z.string(),
  properties: z.looseObject({
    jobType: z.string().optional(),
    tags: z.record(z.string(), z.string()).nullish(),
    properties: z.record(z.string(), z.string()).nullish(),
    inputs: z.record(z.string(), input).nullish(),
    outputs: z.record(z.string(), output.nullable()).nullish(),
    /** Steps of a pipeline: free-form, with keys in snake case. */
    jobs: z.record(z.string(), z.looseObject({})).nullish(),
    settings: z.looseObject({}).nullish(),
  }),
});
export type ReadJob = z.output<typeof readJob>;

const commitTag = 'steward.commit';
const treeTag = 'steward.tree';
const longestTag = 256;

/** What a clone is made from, and of which code. */
export function lineageTags(source: string, code: Code): Readonly<Record<string, string>> {
  return {
    'steward.source': source.slice(0, longestTag),
    ...(code.commit !== undefined && { [commitTag]: code.commit.slice(0, longestTag) }),
    ...(code.tree !== undefined && { [treeTag]: code.tree }),
  };
}

/** What a job was asked to do, without anything of its run; whoever clones it says what is new. */
export interface BareJob {
  readonly rest: Record<string, unknown>;
  readonly tags: Record<string, string>;
  readonly inputs: Record<string, JobInput>;
  /** Absent where the job has no steps. */
  readonly steps?: Record<string, Record<string, unknown>>;
}

/**
 * The git commit of the code. Of the properties the first is written by clients of today, the other by those of the first
 * generation. Unverified: that the service keeps what a body without a work tree brings; so clones carry the tag as well.
 */
export function commitOf({ properties: { properties, tags } }: ReadJob): string | undefined {
  return properties?.['mlflow.source.git.commit'] ?? properties?.['azureml.git.commit'] ?? tags?.[commitTag];
}

export interface Code {
  readonly commit?: string;
  readonly tree?: 'clean' | 'dirty';
}

/**
 * Commit and state of the work tree that a job was submitted from. Unverified: how the service spells the values; so any word
 * but these two says nothing. Of two that differ the worse counts.
 */
export function codeOf(job: ReadJob): Code {
  const { properties, tags } = job.properties;
  const dirty = properties?.['azureml.git.dirty']?.toLowerCase();
  const said = [dirty === 'true' ? 'dirty' : dirty === 'false' ? 'clean' : undefined, tags?.[treeTag]];
  const tree = (['dirty', 'clean'] as const).find((state) => said.includes(state));
  const commit = commitOf(job);
  return { ...(commit !== undefined && { commit }), ...(tree !== undefined && { tree }) };
}

const serversFields = ['status', 'services', 'parameters', 'isArchived', 'provisioningState', 'displayName'];

/** Drops what the service wrote and what belongs to the run that the job was. A pipeline is run anew, not served from its cache. */
export function bareJob({ name, properties: all }: ReadJob): BareJob {
  const { tags, properties, inputs, outputs, jobs, settings, ...rest } = all;
  const many = triesMany(all.jobType);
  return {
    rest: {
      ...without(rest, (key) => serversFields.includes(key) || rest[key] === null),
      properties: without(properties ?? {}, (key) => (isServers(key) && !isOfGit(key)) || (many && isOfTries(key))),
      outputs: mapped(outputs ?? {}, (value) => value && ownPlace(value, name)),
      ...(all.jobType === 'Pipeline' && { settings: { ...settings, force_rerun: true } }),
    },
    tags: without(tags ?? {}, (key) => isServers(key) || (many && isTagOfTries(key))),
    inputs: inputs ?? {},
    ...(jobs && { steps: mapped(jobs, (step) => bareStep(step, name)) }),
  };
}

const outputsOfStep = z.looseObject({ outputs: z.record(z.string(), z.unknown()) });
const place = z.looseObject({ uri: z.string() });

function bareStep(step: Record<string, unknown>, job: string): Record<string, unknown> {
  const { success, data } = outputsOfStep.safeParse(step);
  if (!success) return step;
  const own = (value: unknown) => {
    const found = place.safeParse(value);
    return found.success ? ownPlace(found.data, job) : value;
  };
  return { ...data, outputs: mapped(data.outputs, own) };
}

/** An output that names a run would be written into that run's results: the clone gets a place of its own. */
function ownPlace({ uri, ...rest }: { readonly uri?: string | null | undefined }, job: string) {
  return typeof uri !== 'string' || isPlaceOfRun(uri, job) ? rest : { ...rest, uri };
}

/** Where the service puts outputs of runs that were given no place, or a place with the run's own name in it. */
function isPlaceOfRun(uri: string, job: string): boolean {
  return /\/(paths\/azureml\/[^/]+|ExperimentRun\/dcid\.[^/]+)(\/|$)/.test(uri) || uri.split('/').includes(job);
}

/** What the service writes on every run, and our own marks on the source: neither belongs to the clone. */
function isServers(key: string): boolean {
  return /^(_?azureml\.|mlflow\.|steward)/.test(key) || /^(runSource|runType|ContentSnapshotId)$/i.test(key);
}

/** What a client wrote when it submitted from a git work tree: the clone runs the same code. */
function isOfGit(key: string): boolean {
  return /^(mlflow\.source|azureml)\.git\./.test(key);
}

/** A job of many children, of which one is the best. */
export function triesMany(jobType: string | undefined): boolean {
  return jobType === 'Sweep' || jobType === 'AutoML';
}

/**
 * What the service writes on a sweep or an AutoML job about what it tried. Which child was best is among it: a clone that
 * carried it would be taken to have left the old model. Unverified: seen on runs of sweeps, and as tags of AutoML's.
 */
function isOfTries(key: string): boolean {
  const ofSweep = /^(best_\w+|score|space_size|primary_metric_config|resume_from|runTemplate|platform|user_agent)$/;
  return ofSweep.test(key) || isTagOfTries(key);
}

/** Tags are people's, but for these. */
function isTagOfTries(key: string): boolean {
  const ofOneTry = /^(score|predicted_cost|fit_time|training_percent|iteration|run_preprocessor|run_algorithm|pipeline_id)_\d{3}$/; // prettier-ignore
  return ofOneTry.test(key) || /^(automl_best_child_run_id|model_explain_\w+)$/.test(key);
}
