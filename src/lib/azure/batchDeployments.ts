import { z } from 'zod';
import { Refused } from '../core/errors.ts';
import type { DeploymentFact } from '../core/step.ts';
import type { Endpoints, WorkspaceId } from '../ports.ts';
import type { Arm } from './arm.ts';
import { parsed } from './armErrors.ts';
import { batchDeployment, batchDeploymentBody, modelTag } from './batchDeploymentsClone.ts';
import { batchBusyInstead, batchEndpointOf, batchEndpointPath, defaultOf } from './batchEndpointsState.ts';
import {
  deploymentStates,
  isOurs,
  provisioningStates,
  putDeployment,
  removeDeployment,
  type Guarded,
} from './deploymentsGuarded.ts';
import { modelVersionOf } from './modelVersions.ts';
import { busy, stateOf } from './onlineEndpointsState.ts';

type Plan = Parameters<Endpoints['createDeployment']>[2];
const listed = z.object({
  name: z.string(),
  tags: z.record(z.string(), z.string()).nullish(),
  properties: z.object({
    provisioningState: z.enum(provisioningStates),
    model: z.object({ assetId: z.string().nullish() }).nullish(),
  }),
});

export async function listBatchDeployments(
  arm: Arm,
  workspace: WorkspaceId,
  endpoint: string,
): Promise<readonly DeploymentFact[]> {
  const asked = `GET deployments of batch endpoint ${endpoint}`;
  const found = await arm.factsOrAbsent(workspace, asked, async ({ client, group, workspace: at, options }) => {
    const facts: DeploymentFact[] = [];
    for await (const deployment of client.batchDeployments.list(group, at, endpoint, options)) {
      facts.push(deploymentFact(workspace, parsed('Azure ML', asked, listed, deployment)));
    }
    return facts;
  });
  return found ?? [];
}

/** Undefined = there is no such deployment. */
export async function batchDeploymentOf(arm: Arm, workspace: WorkspaceId, endpoint: string, name: string) {
  return arm.read(workspace, { path: deploymentPath(endpoint, name) }, batchDeployment);
}

/** A pipeline component's deployment serves what its tag says; whoever made the first one by hand wrote it there. */
function deploymentFact(workspace: WorkspaceId, { name, tags, properties }: z.output<typeof listed>): DeploymentFact {
  const [, tagged, taggedVersion] = /^([^:/]+):([^:/]+)$/.exec(tags?.[modelTag] ?? '') ?? [];
  const model = properties.model?.assetId ?? (tagged && `${workspace}/models/${tagged}/versions/${taggedVersion}`);
  const version = /\/models\/[^/]+\/versions\/([^/]+)$/i.exec(model ?? '')?.[1];
  const stewardId = tags?.['stewardId'];
  return {
    name,
    state: deploymentStates[properties.provisioningState],
    ...(model !== undefined && { model }),
    ...(version !== undefined && { version }),
    ...(stewardId !== undefined && { stewardId }),
  };
}

/** Nothing runs on it until it is the default, or somebody names it. */
export async function createBatchDeployment(
  arm: Arm,
  workspace: WorkspaceId,
  endpoint: string,
  plan: Plan,
): Promise<void> {
  const guarded = guardedAs(arm, workspace, endpoint, plan.deployment);
  if (await isOurs(guarded, plan.stewardId)) return;
  await putDeployment(guarded, plan.stewardId, await bodyOf(arm, workspace, endpoint, plan));
}

/** Gone already is fine. */
export async function deleteBatchDeployment(
  arm: Arm,
  workspace: WorkspaceId,
  endpoint: string,
  name: string,
  allowed?: { readonly foreign?: boolean },
): Promise<void> {
  await removeDeployment(guardedAs(arm, workspace, endpoint, name), allowed, async () => {
    const at = await batchEndpointOf(arm, workspace, endpoint);
    if (at === undefined) return false;
    if (defaultOf(at) === name)
      throw new Refused('conflict', 'Azure ML', `Deployment ${name} is the default of ${endpoint}`);
    if (stateOf(at) === 'busy') throw busy(endpoint);
    return true;
  });
}

function guardedAs(arm: Arm, workspace: WorkspaceId, endpoint: string, name: string): Guarded {
  return {
    arm, workspace, endpoint, name, path: deploymentPath(endpoint, name),
    read: () => batchDeploymentOf(arm, workspace, endpoint, name),
    busyInstead: (error) => batchBusyInstead(arm, workspace, endpoint, error),
  };
} // prettier-ignore

async function bodyOf(arm: Arm, workspace: WorkspaceId, endpoint: string, plan: Plan): Promise<unknown> {
  const { like: from, model } = plan;
  if (from === undefined) {
    const message = `Batch endpoint ${endpoint} has no deployment to take compute, code and environment from: make its first one by hand`;
    throw new Refused('invalid', 'Azure ML', message);
  }
  const like = await batchDeploymentOf(arm, workspace, endpoint, from);
  if (like === undefined) throw new Refused('notFound', 'Azure ML', `There is no deployment ${from} at ${endpoint} to copy`); // prettier-ignore
  const version = await modelVersionOf(arm, workspace, model, plan.version);
  if (version === undefined) throw new Refused('notFound', 'Azure ML', `There is no version ${plan.version} of model ${model}`); // prettier-ignore
  return batchDeploymentBody(like, { model, version, again: plan.again }, workspace, plan.stewardId);
}

function deploymentPath(endpoint: string, name: string): string {
  return `${batchEndpointPath(endpoint)}/deployments/${encodeURIComponent(name)}`;
}
