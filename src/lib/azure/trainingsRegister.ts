import { Refused } from '../core/errors.ts';
import type { WorkspaceId } from '../ports.ts';
import type { ModelVersion } from '../ports/training.ts';
import type { Arm } from './arm.ts';
import { modelVersionOf } from './models.ts';

/** GET before PUT, as everything that makes something; the service makes the model itself with its first version. */
export async function registerVersion(
  arm: Arm,
  workspace: WorkspaceId,
  model: string,
  version: ModelVersion,
): Promise<void> {
  if (await isOurs(arm, workspace, model, version)) return;
  const path = `/models/${encodeURIComponent(model)}/versions/${encodeURIComponent(version.version)}`;
  try {
    const done = await arm.change(workspace, 'PUT', path, versionBody(version));
    if (done === undefined) throw new Refused('notFound', 'Azure ML', `PUT model ${model}:${version.version}: 404`);
  } catch (error) {
    // Somebody (a late call of ours, too) may have taken the number between the two calls.
    if (error instanceof Refused && (await isOurs(arm, workspace, model, version))) return;
    throw error;
  }
}

/** The body of a model version made from a job's output. */
export function versionBody({ uri, type, job, tags, stewardId }: ModelVersion): {
  readonly properties: Readonly<Record<string, unknown>>;
} {
  return {
    properties: {
      modelType: type,
      modelUri: uri,
      jobName: job,
      description: `Made by the training job ${job}`,
      tags: { ...tags, stewardId },
    },
  };
}

async function isOurs(arm: Arm, workspace: WorkspaceId, model: string, version: ModelVersion): Promise<boolean> {
  const found = await modelVersionOf(arm, workspace, model, version.version);
  if (found === undefined) return false;
  if (found.tags['stewardId'] === version.stewardId) return true;
  throw new Refused('foreign', 'Azure ML', `There is a ${model}:${version.version} already that is not ours`);
}
