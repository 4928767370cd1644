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
  systemData: z.object({ createdAt: z.coerce.date() }),
});
const container = z.object({ properties: z.object({ nextVersion: z.string().nullish() }) });

/** Undefined = there is no such version. */
export async function modelVersionOf(
  arm: Arm,
  workspace: WorkspaceId,
  model: string,
  version: string,
): Promise<VersionFact | undefined> {
  const asked = `GET model ${model}:${version}`;
  const answer = await arm.factsOrAbsent(workspace, asked, ({ client, group, workspace: name, options }) =>
    client.modelVersions.get(group, name, model, version, options),
  );
  if (answer === undefined) return undefined;
  const { id, properties } = parsed('Azure ML', asked, modelVersion, answer);
  const jobName = properties.jobName ?? /^azureml:\/\/jobs\/([^/]+)\//.exec(properties.modelUri ?? '')?.[1];
  return {
    version,
    id,
    archived: properties.isArchived ?? false,
    tags: properties.tags ?? {},
    ...(jobName !== undefined && { jobName }),
  };
}

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

/** As the service would number it: above each of `names`. A model without any version has no container yet. */
export async function nextModelVersion(
  arm: Arm,
  workspace: WorkspaceId,
  model: string,
  names: readonly string[],
): Promise<string> {
  const found = await arm.read(workspace, { path: `/models/${encodeURIComponent(model)}` }, container);
  const highest = Math.max(0, ...names.map(Number).filter(Number.isInteger));
  return found?.properties.nextVersion ?? String(highest + 1);
}
