import { z } from 'zod';
import { Refused } from '../core/errors.ts';
import type { WorkspaceId } from '../ports.ts';
import type { Arm } from './arm.ts';
import { parsed } from './armErrors.ts';
import { assetReference } from './assetReference.ts';
import type { Environments } from './trainingsClone.ts';

const environmentVersion = z.object({ id: z.string() });

/** For each environment that names no version: the id of its newest one. Those of a registry are taken as they are. */
export async function newestEnvironments(
  arm: Arm,
  workspace: WorkspaceId,
  named: readonly string[],
): Promise<Environments> {
  const found = new Map<string, string>();
  for (const environment of named) {
    const { name, version } = assetReference('environments', environment) ?? {};
    if (name !== undefined && version === undefined) found.set(environment, await newestId(arm, workspace, name));
  }
  return found;
}

async function newestId(arm: Arm, workspace: WorkspaceId, name: string): Promise<string> {
  const asked = `GET newest version of environment ${name}`;
  const found = await arm.factsOrAbsent(workspace, asked, async ({ client, group, workspace: at, options }) => {
    const newestFirst = { ...options, orderBy: 'createdtime desc', top: 1 };
    for await (const version of client.environmentVersions.list(group, at, name, newestFirst)) return version;
    return undefined;
  });
  if (found === undefined) throw new Refused('notFound', 'Azure ML', `There is no environment ${name}`);
  return parsed('Azure ML', asked, environmentVersion, found).id;
}
