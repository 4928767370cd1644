import { z } from 'zod';
import type { VersionFact } from '../core/step.ts';
import type { WorkspaceId } from '../ports.ts';
import type { Arm } from './arm.ts';
import { parsed } from './armErrors.ts';

const modelVersion = z.object({
  id: z.string(),
  name: z.string(),
  properties: z.object({
    isArchived: z.boolean().nullish(),
    jobName: z.string().nullish(),
    modelUri: z.string().nullish(),
    tags: z.record(z.string(), z.string()).nullish(),
  }),
  systemData: z.object({
    createdAt: z.coerce.date(),
    createdBy: z.string().nullish(),
    createdByType: z.string().nullish(),
  }),
});
const named = z.object({ name: z.string() });
const container = z.object({ properties: z.object({ nextVersion: z.string().nullish() }) });

/** Undefined = there is no such version. */
export async function modelVersionOf(
  arm: Arm,
  workspace: WorkspaceId,
  model: string,
  version: string,
): Promise<VersionFact | undefined> {
  const found = await readVersion(arm, workspace, model, version);
  return found && factOf(found);
}

/** What people wrote on a version, the job that made it, and the run in whose outputs its files lie: of a sweep that is the best trial. */
export async function runsOfVersion(
  arm: Arm,
  workspace: WorkspaceId,
  model: string,
  version: string,
): Promise<(Pick<VersionFact, 'tags'> & { readonly job?: string; readonly leftBy?: string }) | undefined> {
  const found = await readVersion(arm, workspace, model, version);
  if (found === undefined) return undefined;
  const { jobName: job, tags } = factOf(found);
  const leftBy = runInUri(found);
  return { tags, ...(job !== undefined && { job }), ...(leftBy !== undefined && { leftBy }) };
}

type ReadVersion = z.output<typeof modelVersion>;

async function readVersion(
  arm: Arm,
  workspace: WorkspaceId,
  model: string,
  version: string,
): Promise<ReadVersion | undefined> {
  const asked = `GET model ${model}:${version}`;
  const answer = await arm.factsOrAbsent(workspace, asked, ({ client, group, workspace: name, options }) =>
    client.modelVersions.get(group, name, model, version, options),
  );
  return answer && parsed('Azure ML', asked, modelVersion, answer);
}

function factOf(found: ReadVersion): VersionFact {
  const { id, name: version, properties, systemData } = found;
  const jobName = properties.jobName ?? runInUri(found);
  return {
    version,
    id,
    archived: properties.isArchived ?? false,
    tags: properties.tags ?? {},
    ...(jobName !== undefined && { jobName }),
    ...(systemData.createdByType === 'User' && systemData.createdBy ? { registeredBy: systemData.createdBy } : {}),
  };
}

/** The run that left the files, where their address names it. */
export function runInUri({ properties: { modelUri } }: { readonly properties: { readonly modelUri?: string | null | undefined } }): string | undefined {
  return /^(?:azureml:\/\/jobs\/|runs:\/)([^/]+)\//.exec(modelUri ?? '')?.[1];
} // prettier-ignore

/** The newest of them by the time of its making. */
export async function newestModelVersion(arm: Arm, workspace: WorkspaceId, model: string) {
  const asked = `GET newest version of model ${model}`;
  const found = await arm.factsOrAbsent(workspace, asked, async ({ client, group, workspace: name, options }) => {
    const newestFirst = { ...options, orderBy: 'createdtime desc', top: 1 };
    for await (const version of client.modelVersions.list(group, name, model, newestFirst)) return version;
    return undefined;
  });
  if (found === undefined) return undefined;
  const { name: version, systemData } = parsed('Azure ML', asked, modelVersion, found);
  return { version, registeredAt: systemData.createdAt.toISOString() };
}

/** All of them: a number that is free must be above each. */
export async function modelVersionNames(arm: Arm, workspace: WorkspaceId, model: string): Promise<readonly string[]> {
  const asked = `GET versions of model ${model}`;
  const found = await arm.factsOrAbsent(workspace, asked, async ({ client, group, workspace: name, options }) => {
    const names: unknown[] = [];
    for await (const version of client.modelVersions.list(group, name, model, options)) names.push(version);
    return names;
  });
  return (found ?? []).map((version) => parsed('Azure ML', asked, named, version).name);
}

/** As the service would number it. A model without any version has no container yet. */
export async function nextToldVersion(arm: Arm, workspace: WorkspaceId, model: string): Promise<string | undefined> {
  const found = await arm.read(workspace, { path: `/models/${encodeURIComponent(model)}` }, container);
  return found?.properties.nextVersion ?? undefined;
}

/** Above each of them, for where the service does not say. */
export function numberAfter(names: readonly string[]): string {
  return String(Math.max(0, ...names.map(Number).filter(Number.isInteger)) + 1);
}
