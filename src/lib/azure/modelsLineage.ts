import { z } from 'zod';
import { Refused } from '../core/errors.ts';
import { reportsIn, TAG } from '../core/gate/lineage.ts';
import type { GivenData, GivenEnvironment, JobTold, Lineage, LineageNeeds, ReportFact } from '../core/gate/lineage.ts';
import type { WorkspaceId } from '../ports.ts';
import type { Arm } from './arm.ts';
import { assetReference } from './assetReference.ts';
import { testOutput } from './batchOutput.ts';
import { dataVersionOf } from './dataAssets.ts';
import type { DatastoreOptions } from './datastoreFiles.ts';
import { bareJob, codeOf, type ReadJob } from './jobBody.ts';
import { runsOfVersion } from './modelVersions.ts';
import { dataInputs, type DataInput } from './trainingsInputs.ts';
import { rootJob } from './trainingsPlan.ts';

/** Our convention: whoever validates data says so on its version. */
const validatedTag = 'steward.validated';

/** How a version came to be, as far as the demands ask for it: nothing of it is judged here, and nothing written. */
export async function lineageOf(
  arm: Arm,
  workspace: WorkspaceId,
  model: string,
  { version, demands, evaluation }: LineageNeeds,
  options: DatastoreOptions,
): Promise<Lineage> {
  const found = await runsOfVersion(arm, workspace, model, version);
  if (found === undefined) throw new Refused('notFound', 'Azure ML', `There is no version ${version} of ${model}`);
  const { tags, job: run, leftBy: place } = found;
  const asksJob = run !== undefined && demands.some((demand) => !demand.startsWith(TAG));
  const made = asksJob ? await rootJob(arm, workspace, run) : undefined;
  const told = made?.job && (await toldBy(arm, workspace, made.job, demands));
  const leftBy = made && (await otherJob(arm, workspace, made.name, place));
  const jobs = [evaluation, made?.name].filter((job) => job !== undefined);
  const reports = await reportsOf(arm, workspace, jobs, reportsIn(demands), options);
  return {
    tags,
    ...(made && { job: { name: made.name, ...(told && { told }), ...(leftBy !== undefined && { leftBy }) } }),
    ...(reports && { reports }),
  };
}

/** Whoever registers a version may name any job; where its files lie in a run's outputs, they say whose they are. */
async function otherJob(
  arm: Arm,
  workspace: WorkspaceId,
  named: string,
  run: string | undefined,
): Promise<string | undefined> {
  if (run === undefined || run === named) return undefined;
  const { name } = await rootJob(arm, workspace, run);
  return name === named ? undefined : name;
}

async function toldBy(arm: Arm, workspace: WorkspaceId, job: ReadJob, demands: readonly string[]): Promise<JobTold> {
  const asks = (demand: string) => demands.includes(demand);
  const inputs = dataInputs(bareJob(job)).map((input) => givenData(input));
  return {
    ...codeOf(job),
    data: asks('dataValidation') ? await withValidation(arm, workspace, inputs) : inputs,
    environments: asks('pinnedEnvironment') ? await environmentsOf(arm, workspace, job) : [],
  };
}

/** A label is whatever is newest today, and so is a version called like one. */
function concrete(version: string | undefined): version is string {
  return version !== undefined && version.toLowerCase() !== 'latest';
}

function givenData({ input, uri }: DataInput): GivenData {
  const version = pinnedAs('data', uri);
  return { input, uri, ...(version !== undefined && { version }) };
}

/** `name:version` of an asset of the workspace or of a registry; undefined for a path, a label or an asset without a version. */
function pinnedAs(kind: 'data' | 'environments', uri: string): string | undefined {
  const { name, version } = assetReference(kind, uri) ?? {};
  if (name !== undefined) return concrete(version) ? `${name}:${version}` : undefined;
  const pattern = new RegExp(`^azureml://registries/([^/]+)/${kind}/([^/]+)/versions/([^/]+)$`, 'i');
  const [, registry, asset, of] = pattern.exec(uri) ?? [];
  return concrete(of) ? `${registry}/${asset}:${of}` : undefined;
}

async function withValidation(
  arm: Arm,
  workspace: WorkspaceId,
  inputs: readonly GivenData[],
): Promise<readonly GivenData[]> {
  return Promise.all(
    inputs.map(async (input) => {
      const { name, version } = assetReference('data', input.uri) ?? {};
      if (name === undefined || !concrete(version)) return input;
      const found = await dataVersionOf(arm, workspace, name, version);
      return found === undefined ? input : { ...input, validated: found.tags[validatedTag] ?? '' };
    }),
  );
}

/** In a shape that we do not know it is as if it were not said: then it is not pinned. */
const reference = z.string().nullish().catch(undefined);
const named = z.object({
  environmentId: reference,
  trial: z.looseObject({ environmentId: reference }).nullish().catch(undefined),
});
const step = z.looseObject({ componentId: reference, environmentId: reference });
const componentVersion = z.object({
  properties: z.object({
    componentSpec: z.looseObject({ type: z.string().nullish(), environment: z.unknown() }),
  }),
});

/** A sweep names its environment in the trial that it repeats, a step in the component that it runs. */
async function environmentsOf(
  arm: Arm,
  workspace: WorkspaceId,
  { properties }: ReadJob,
): Promise<readonly GivenEnvironment[]> {
  const { environmentId, trial } = named.parse(properties);
  const own = [environmentId, trial?.environmentId].filter((uri) => typeof uri === 'string');
  const steps = await Promise.all(
    Object.entries(properties.jobs ?? {}).map(([name, node]) => ofStep(arm, workspace, name, step.parse(node))),
  );
  return [...own.map((uri) => environment(uri)), ...steps];
}

function environment(uri: string, at: { readonly step?: string } = {}): GivenEnvironment {
  const version = pinnedAs('environments', uri);
  return version === undefined ? { ...at, why: `it names ${uri}, no version` } : { ...at, version };
}

async function ofStep(
  arm: Arm,
  workspace: WorkspaceId,
  name: string,
  { environmentId, componentId }: z.output<typeof step>,
): Promise<GivenEnvironment> {
  const at = { step: name };
  if (typeof environmentId === 'string') return environment(environmentId, at);
  const { name: component, version } = assetReference('components', componentId ?? '') ?? {};
  if (component === undefined || !concrete(version)) return { ...at, why: 'it runs no component of this workspace with a version' }; // prettier-ignore
  const path = `/components/${encodeURIComponent(component)}/versions/${encodeURIComponent(version)}`;
  const spec = (await arm.read(workspace, { path }, componentVersion))?.properties.componentSpec;
  // Unverified: that the service keeps the address with the version, as it was registered.
  if (typeof spec?.environment === 'string') return environment(spec.environment, at);
  return { ...at, why: `its component ${component}:${version} tells no environment` };
}

/** Of each report the first of the jobs that left an output of that name with content. */
async function reportsOf(
  arm: Arm,
  workspace: WorkspaceId,
  jobs: readonly string[],
  reports: readonly string[],
  options: DatastoreOptions,
): Promise<Lineage['reports']> {
  if (reports.length === 0) return undefined;
  const found = await Promise.all(
    reports.map(async (report) => [report, await reportIn(arm, workspace, jobs, report, options)] as const),
  );
  return Object.fromEntries(found);
}

async function reportIn(
  arm: Arm,
  workspace: WorkspaceId,
  jobs: readonly string[],
  output: string,
  options: DatastoreOptions,
): Promise<ReportFact> {
  let fault: string | undefined;
  for (const job of jobs) {
    const left = await testOutput(arm, workspace, { job, output }, options);
    if (left.files > 0) return { job, files: left.files };
    fault ??= left.fault;
  }
  return { files: 0, ...(fault !== undefined && { fault }) };
}
