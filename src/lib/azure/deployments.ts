import { z } from 'zod';
import { Refused } from '../core/errors.ts';
import type { DeploymentFact } from '../core/step.ts';
import type { Endpoints, WorkspaceId } from '../ports.ts';
import type { Arm } from './arm.ts';
import { parsed } from './armErrors.ts';
import { deploymentBody, onlineDeployment } from './deploymentsClone.ts';
import { firstBody } from './deploymentsFirst.ts';
import { modelVersionOf } from './modelVersions.ts';
import { createEndpoint } from './onlineEndpointsCreate.ts';
import { busy, busyInstead, endpointOf, endpointPath, generationIn, stateOf } from './onlineEndpointsState.ts';

type Plan = Parameters<Endpoints['createDeployment']>[2];
const provisioningStates = ['Creating', 'Deleting', 'Scaling', 'Updating', 'Succeeded', 'Failed', 'Canceled'] as const;
const states: Record<(typeof provisioningStates)[number], DeploymentFact['state']> = {
  Creating: 'creating',
  Scaling: 'updating',
  Updating: 'updating',
  Deleting: 'deleting',
  Succeeded: 'ready',
  Failed: 'failed',
  Canceled: 'failed',
};
const listed = z.object({
  name: z.string(),
  tags: z.record(z.string(), z.string()).nullish(),
  properties: z.object({ provisioningState: z.enum(provisioningStates), model: z.string().nullish() }),
});

export async function listDeployments(
  arm: Arm,
  workspace: WorkspaceId,
  endpoint: string,
): Promise<readonly DeploymentFact[]> {
  const asked = `GET deployments of ${endpoint}`;
  const found = await arm.factsOrAbsent(workspace, asked, async ({ client, group, workspace: at, options }) => {
    const facts: DeploymentFact[] = [];
    for await (const deployment of client.onlineDeployments.list(group, at, endpoint, options)) {
      facts.push(deploymentFact(parsed('Azure ML', asked, listed, deployment)));
    }
    return facts;
  });
  return found ?? [];
}

/** At 0 %: a new deployment has no traffic until a split names it. */
export async function createDeployment(arm: Arm, workspace: WorkspaceId, endpoint: string, plan: Plan): Promise<void> {
  if (await isThere(arm, workspace, endpoint, plan)) return;
  const at = await endpointOf(arm, workspace, endpoint);
  if (at === undefined && plan.plan.createEndpoint !== undefined)
    return createEndpoint(arm, workspace, endpoint, plan.plan.createEndpoint);
  const body = await bodyOf(arm, workspace, endpoint, plan, at?.location);
  const path = deploymentPath(endpoint, plan.deployment);
  try {
    const done = await arm.change(workspace, 'PUT', path, body);
    if (done === undefined) throw new Refused('notFound', 'Azure ML', `There is no endpoint ${endpoint}`);
  } catch (error) {
    if (!(error instanceof Refused) || error.code === 'quota') throw error;
    // A no may mean that somebody (a late call of ours, too) was first under this name.
    if (await isThere(arm, workspace, endpoint, plan)) return;
    throw await busyInstead(arm, workspace, endpoint, error);
  }
}

/** Gone already is fine. Live and mirrored traffic both count. */
export async function deleteDeployment(
  arm: Arm,
  workspace: WorkspaceId,
  endpoint: string,
  name: string,
  allowed?: { readonly foreign?: boolean },
): Promise<void> {
  const found = await arm.read(workspace, { path: deploymentPath(endpoint, name) }, onlineDeployment);
  if (found === undefined || found.properties.provisioningState === 'Deleting') return;
  if (found.tags?.['stewardId'] === undefined && allowed?.foreign !== true) {
    throw new Refused('foreign', 'Azure ML', `Deployment ${name} of ${endpoint} was not made by Steward`);
  }
  const at = await endpointOf(arm, workspace, endpoint);
  if (at === undefined) return;
  const { traffic, mirrorTraffic } = at.properties;
  if ((traffic?.[name] ?? 0) > 0 || (mirrorTraffic?.[name] ?? 0) > 0) {
    throw new Refused('conflict', 'Azure ML', `Deployment ${name} of ${endpoint} still has traffic`);
  }
  if (stateOf(at) === 'busy') throw busy(endpoint);
  try {
    await arm.change(workspace, 'DELETE', deploymentPath(endpoint, name));
  } catch (error) {
    throw await busyInstead(arm, workspace, endpoint, error);
  }
}

async function isThere(arm: Arm, workspace: WorkspaceId, endpoint: string, plan: Plan): Promise<boolean> {
  const found = await arm.read(workspace, { path: deploymentPath(endpoint, plan.deployment) }, onlineDeployment);
  if (found === undefined) return false;
  if (found.tags?.['stewardId'] === plan.stewardId) return true;
  throw new Refused('foreign', 'Azure ML', `There is a deployment ${plan.deployment} already that is not ours`);
}

async function bodyOf(
  arm: Arm,
  workspace: WorkspaceId,
  endpoint: string,
  { like: name, model, version: number, plan, stewardId, again }: Plan,
  location: string | undefined,
): Promise<unknown> {
  if (location === undefined) throw new Refused('notFound', 'Azure ML', `There is no endpoint ${endpoint}`);
  const version = await modelVersionOf(arm, workspace, model, number);
  if (version === undefined)
    throw new Refused('notFound', 'Azure ML', `There is no version ${number} of model ${model}`);
  if (name === undefined) return firstBody(version, plan, { endpoint, location, workspace, stewardId });
  const like = await arm.read(workspace, { path: deploymentPath(endpoint, name) }, onlineDeployment);
  if (like === undefined) throw new Refused('notFound', 'Azure ML', `There is no deployment ${name} at ${endpoint} to copy`); // prettier-ignore
  return deploymentBody(like, version, plan, { workspace, stewardId, again });
}

function deploymentPath(endpoint: string, name: string): string {
  return `${endpointPath(endpoint)}/deployments/${encodeURIComponent(name)}`;
}

function deploymentFact({ name, tags, properties }: z.output<typeof listed>): DeploymentFact {
  const { model } = properties;
  const version = /(?:\/models\/[^/]+\/versions\/|^azureml:[^/:]+:)([^/:]+)$/i.exec(model ?? '')?.[1];
  const { stewardId } = tags ?? {};
  const stewardGeneration = generationIn(tags);
  return {
    name,
    state: states[properties.provisioningState],
    ...(typeof model === 'string' && { model }),
    ...(version !== undefined && { version }),
    ...(stewardId !== undefined && { stewardId }),
    ...(stewardGeneration !== undefined && { stewardGeneration }),
  };
}
