import type { WorkspaceId } from '../ports.ts';
import type { ModelVersion } from '../ports/training.ts';
import type { Arm } from './arm.ts';
import { putVersion } from './modelsRegister.ts';

export async function registerVersion(
  arm: Arm,
  workspace: WorkspaceId,
  model: string,
  version: ModelVersion,
): Promise<void> {
  await putVersion(arm, workspace, { ...version, model }, versionBody(version));
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
