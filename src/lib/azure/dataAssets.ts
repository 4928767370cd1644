import { z } from 'zod';
import type { WorkspaceId } from '../ports.ts';
import type { DataAssets } from '../ports/training.ts';
import { openArm, type Arm, type ArmOptions } from './arm.ts';
import { parsed } from './armErrors.ts';
import { collectedNow, collectVersion, hasVersion } from './collectedVersion.ts';
import type { DatastoreOptions } from './datastoreFiles.ts';

const dataVersion = z.object({ name: z.string(), systemData: z.object({ createdAt: z.coerce.date() }) });

const describedVersion = z.object({
  id: z.string(),
  properties: z.object({
    dataType: z.string(),
    dataUri: z.string(),
    tags: z.record(z.string(), z.string()).nullish(),
  }),
});

/** One version of registered data: what it is and where it lies. */
export interface DataVersion {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly dataType: string;
  readonly dataUri: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** Registered data and its versions. */
export function armDataAssets(options: ArmOptions & DatastoreOptions): DataAssets {
  const arm = openArm(options);
  return {
    async newest(workspace, data) {
      const found = await newestData(arm, workspace, data);
      return found && { version: found.version, createdAt: found.createdAt.toISOString() };
    },
    collected: (workspace, endpoint, window) => collectedNow(arm, workspace, { endpoint, window }, options),
    has: (workspace, wanted) => hasVersion(arm, workspace, wanted),
    collect: (workspace, endpoint, version) => collectVersion(arm, workspace, { endpoint, version }, options),
  };
}

/** Undefined = there is no such data, or no version of it that is not archived. */
export async function newestData(
  arm: Arm,
  workspace: WorkspaceId,
  data: string,
): Promise<{ readonly version: string; readonly createdAt: Date } | undefined> {
  const asked = `GET newest version of data ${data}`;
  const found = await arm.factsOrAbsent(workspace, asked, async ({ client, group, workspace: at, options }) => {
    const newestFirst = { ...options, orderBy: 'createdtime desc', top: 1 };
    for await (const version of client.dataVersions.list(group, at, data, newestFirst)) return version;
    return undefined;
  });
  if (found === undefined) return undefined;
  const { name: version, systemData } = parsed('Azure ML', asked, dataVersion, found);
  return { version, createdAt: systemData.createdAt };
}

/** Undefined = there is no such version. */
export async function dataVersionOf(
  arm: Arm,
  workspace: WorkspaceId,
  name: string,
  version: string,
): Promise<DataVersion | undefined> {
  const path = `/data/${encodeURIComponent(name)}/versions/${encodeURIComponent(version)}`;
  const found = await arm.read(workspace, { path }, describedVersion);
  if (found === undefined) return undefined;
  const { tags, ...rest } = found.properties;
  return { id: found.id, name, version, tags: tags ?? {}, ...rest };
}
