import { Refused } from '../core/errors.ts';
import type { WorkspaceId } from '../ports.ts';
import type { Arm } from './arm.ts';
import { modelVersionOf } from './modelVersions.ts';

/** A version of a model as it is to be called, and the tag that shows it is ours. */
export interface Named {
  readonly model: string;
  readonly version: string;
  readonly stewardId: string;
}

/** GET before PUT, as everything that makes something; the service makes the model itself with its first version. */
export async function putVersion(arm: Arm, workspace: WorkspaceId, named: Named, body: object): Promise<void> {
  if (await isOurs(arm, workspace, named)) return;
  const { model, version } = named;
  const path = `/models/${encodeURIComponent(model)}/versions/${encodeURIComponent(version)}`;
  try {
    const done = await arm.change(workspace, 'PUT', path, body);
    if (done === undefined) throw new Refused('notFound', 'Azure ML', `PUT model ${model}:${version}: 404`);
  } catch (error) {
    // Somebody (a late call of ours, too) may have taken the number between the two calls.
    if (error instanceof Refused && (await isOurs(arm, workspace, named))) return;
    throw error;
  }
}

/** Throws `foreign` when there is one of that number that is not. */
export async function isOurs(arm: Arm, workspace: WorkspaceId, { model, version, stewardId }: Named): Promise<boolean> {
  const found = await modelVersionOf(arm, workspace, model, version);
  if (found === undefined) return false;
  if (found.tags['stewardId'] === stewardId) return true;
  throw new Refused('foreign', 'Azure ML', `There is a ${model}:${version} already that is not ours`);
}
