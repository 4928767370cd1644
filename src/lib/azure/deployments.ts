import { z } from 'zod';
import { Refused } from '../core/errors.ts';
import type { DeploymentFact } from '../core/step.ts';
import type { Endpoints, WorkspaceId } from '../ports.ts';
import type { Arm } from './arm.ts';
import { parsed } from './armErrors.ts';
import { deploymentBody, onlineDeployment } from './deploymentsClone.ts';
import { firstBody } from './deploymentsFirst.ts';
import {
  deploymentStates,
  isOurs,
  provisioningStates,
  putDeployment,
  removeDeployment,
  type Guarded,
} from './deploymentsGuarded.ts';
import { modelVersionOf } from './modelVersions.ts';
import { createEndpoint } from './onlineEndpointsCreate.ts';
import { busy, busyInstead, endpointOf, endpointPath, generationIn, stateOf } from './onlineEndpointsState.ts';

type Plan = Parameters<Endpoints['createDeployment']>[2];
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
  const guarded = guardedAs(arm, workspace, endpoint, plan.deployment);
  if (await isOurs(guarded, plan.stewardId)) return;
  const at = await endpointOf(arm, workspace, endpoint);
  if (at === undefined && plan.plan.createEndpoint !== undefined)
    return createEndpoint(arm, workspace, endpoint, plan.plan.createEndpoint);
  await putDeployment(guarded, plan.stewardId, await bodyOf(arm, workspace, endpoint, plan, at?.location));
}

/** Gone already is fine. Live and mirrored traffic both count. */
export async function deleteDeployment(
  arm: Arm,
  workspace: WorkspaceId,
  endpoint: string,
  name: string,
  allowed?: { readonly foreign?: boolean },
): Promise<void> {
  await removeDeployment(guardedAs(arm, workspace, endpoint, name), allowed, async () => {
    const at = await endpointOf(arm, workspace, endpoint);
    if (at === undefined) return false;
    const { traffic, mirrorTraffic } = at.properties;
    if ((traffic?.[name] ?? 0) > 0 || (mirrorTraffic?.[name] ?? 0) > 0) {
      throw new Refused('conflict', 'Azure ML', `Deployment ${name} of ${endpoint} still has traffic`);
    }
    if (stateOf(at) === 'busy') throw busy(endpoint);
    return true;
  });
}

function guardedAs(arm: Arm, workspace: WorkspaceId, endpoint: string, name: string): Guarded {
  const path = deploymentPath(endpoint, name);
  return {
    arm, workspace, endpoint, name, path,
    read: () => arm.read(workspace, { path }, onlineDeployment),
    busyInstead: (error) => busyInstead(arm, workspace, endpoint, error),
  };
} // prettier-ignore

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
    state: deploymentStates[properties.provisioningState],
    ...(typeof model === 'string' && { model }),
    ...(version !== undefined && { version }),
    ...(stewardId !== undefined && { stewardId }),
    ...(stewardGeneration !== undefined && { stewardGeneration }),
  };
}
