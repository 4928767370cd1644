import { Refused, Unavailable } from '../core/errors.ts';
import type { DeploymentUpdates, WorkspaceId } from '../ports.ts';
import { openArm, type Arm, type ArmOptions } from './arm.ts';
import { without } from './armBody.ts';
import { deploymentBody, onlineDeployment } from './deploymentsClone.ts';
import { modelVersionOf } from './modelVersions.ts';
import { busyInstead, endpointPath, generationIn } from './onlineEndpointsState.ts';

type Change = Parameters<DeploymentUpdates['update']>[2];

/** By whom and when a deployment was last updated in place: a write of an older generation comes late. */
const generationTag = 'stewardGeneration';
const settled = new Set(['Succeeded', 'Failed', 'Canceled']);

/** Updates in place: the service rolls them over the instances, and needs a fifth more quota while it does. */
export function armDeploymentUpdates(options: ArmOptions): DeploymentUpdates {
  const arm = openArm(options);
  return { update: (workspace, endpoint, change) => update(arm, workspace, endpoint, change) };
}

async function update(arm: Arm, workspace: WorkspaceId, endpoint: string, change: Change): Promise<void> {
  const { deployment, model, version: number, expected, back, generation } = change;
  const path = `${endpointPath(endpoint)}/deployments/${encodeURIComponent(deployment)}`;
  const found = await arm.read(workspace, { path }, onlineDeployment);
  if (found === undefined) throw new Refused('notFound', 'Azure ML', `There is no deployment ${deployment} at ${endpoint}`); // prettier-ignore
  const { tags, properties } = found;
  const written = generationIn(tags) ?? -1;
  if (written > generation) throw new Refused('stale', 'Azure ML', `Deployment ${deployment} carries generation ${written}, newer than ${generation}`); // prettier-ignore
  if (!settled.has(properties.provisioningState)) throw new Unavailable('busy', 'Azure ML', `Deployment ${deployment} is being changed by another operation`); // prettier-ignore
  const served = versionIn(properties['model'], model);
  // The tag alone is written, so that a late write of an older generation is refused.
  if (served === number && properties.provisioningState === 'Succeeded')
    return written === generation
      ? undefined
      : mark(arm, workspace, { endpoint, path, tags: { ...tags, [generationTag]: String(generation) } });
  if (served !== expected && served !== number) throw new Refused('foreign', 'Azure ML', `Deployment ${deployment} serves ${String(properties['model'])}, not version ${expected}`); // prettier-ignore
  const version = await modelVersionOf(arm, workspace, model, number);
  if (version === undefined) throw new Refused('notFound', 'Azure ML', `There is no version ${number} of model ${model}`); // prettier-ignore
  const body = deploymentBody(found, version, {}, { workspace, stewardId: '', ...(back && { again: true }) });
  const { stewardId } = tags ?? {};
  const marks = { ...without(Object(body['tags']), ['stewardId']), ...(stewardId !== undefined && { stewardId }) };
  try {
    await arm.change(workspace, 'PUT', path, { ...body, tags: { ...marks, [generationTag]: String(generation) } });
  } catch (error) {
    throw await busyInstead(arm, workspace, endpoint, error);
  }
}

/** All tags: whether a PATCH adds to them or replaces them is unverified. */
async function mark(arm: Arm, workspace: WorkspaceId, { endpoint, path, tags }: { endpoint: string; path: string; tags: Record<string, string> }): Promise<void> {
  try {
    await arm.change(workspace, 'PATCH', path, { tags });
  } catch (error) {
    throw await busyInstead(arm, workspace, endpoint, error);
  }
} // prettier-ignore

function versionIn(id: unknown, model: string): string | undefined {
  const [, name, version] = /\/models\/([^/]+)\/versions\/([^/]+)$/i.exec(String(id)) ?? [];
  return name === model ? version : undefined;
}
