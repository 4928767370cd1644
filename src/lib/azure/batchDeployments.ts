import { z } from 'zod';
import { Refused } from '../core/errors.ts';
import type { DeploymentFact } from '../core/step.ts';
import type { Endpoints, WorkspaceId } from '../ports.ts';
import type { Arm } from './arm.ts';
import { parsed } from './armErrors.ts';
import { batchDeployment, batchDeploymentBody, modelTag } from './batchDeploymentsClone.ts';
import { batchBusyInstead, batchEndpointOf, batchEndpointPath, defaultOf } from './batchEndpointsState.ts';
import { modelVersionOf } from './modelVersions.ts';
import { busy, stateOf } from './onlineEndpointsState.ts';

type Plan = Parameters<Endpoints['createDeployment']>[2];
const states = {
  Creating: 'creating',
  Scaling: 'updating',
  Updating: 'updating',
  Deleting: 'deleting',
  Succeeded: 'ready',
  Failed: 'failed',
  Canceled: 'failed',
} as const satisfies Record<string, DeploymentFact['state']>;
const listed = z.object({
  name: z.string(),
  tags: z.record(z.string(), z.string()).nullish(),
  properties: z.object({
    provisioningState: z.enum(Object.keys(states) as [keyof typeof states]),
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
    state: states[properties.provisioningState],
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
  if (await isThere(arm, workspace, endpoint, plan)) return;
  const body = await bodyOf(arm, workspace, endpoint, plan);
  try {
    const done = await arm.change(workspace, 'PUT', deploymentPath(endpoint, plan.deployment), body);
    if (done === undefined) throw new Refused('notFound', 'Azure ML', `There is no batch endpoint ${endpoint}`);
  } catch (error) {
    if (!(error instanceof Refused) || error.code === 'quota') throw error;
    // A no may mean that somebody (a late call of ours, too) was first under this name.
    if (await isThere(arm, workspace, endpoint, plan)) return;
    throw await batchBusyInstead(arm, workspace, endpoint, error);
  }
}

/** Gone already is fine. */
export async function deleteBatchDeployment(
  arm: Arm,
  workspace: WorkspaceId,
  endpoint: string,
  name: string,
  allowed?: { readonly foreign?: boolean },
): Promise<void> {
  const found = await batchDeploymentOf(arm, workspace, endpoint, name);
  if (found === undefined || found.properties.provisioningState === 'Deleting') return;
  if (found.tags?.['stewardId'] === undefined && allowed?.foreign !== true) {
    throw new Refused('foreign', 'Azure ML', `Deployment ${name} of ${endpoint} was not made by Steward`);
  }
  const at = await batchEndpointOf(arm, workspace, endpoint);
  if (at === undefined) return;
  if (defaultOf(at) === name) {
    throw new Refused('conflict', 'Azure ML', `Deployment ${name} is the default of ${endpoint}`);
  }
  if (stateOf(at) === 'busy') throw busy(endpoint);
  try {
    await arm.change(workspace, 'DELETE', deploymentPath(endpoint, name));
  } catch (error) {
    throw await batchBusyInstead(arm, workspace, endpoint, error);
  }
}

async function isThere(arm: Arm, workspace: WorkspaceId, endpoint: string, plan: Plan): Promise<boolean> {
  const found = await batchDeploymentOf(arm, workspace, endpoint, plan.deployment);
  if (found === undefined) return false;
  if (found.tags?.['stewardId'] === plan.stewardId) return true;
  throw new Refused('foreign', 'Azure ML', `There is a deployment ${plan.deployment} already that is not ours`);
}

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
