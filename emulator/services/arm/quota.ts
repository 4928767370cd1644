import { z } from 'zod';
import type { Deployment, Workspace } from '../../world.ts';
import { ArmError, userError } from './errors.ts';

/** Instances of one deployment, and deployments of one endpoint (documented quotas). */
export const mostInstances = 50;
export const mostDeployments = 20;

export interface Size {
  readonly name: string;
  readonly family: string;
  readonly vCPUs: number;
  readonly memoryGB: number;
}

/** A few sizes of two families. */
export const sizes: readonly Size[] = [
  { name: 'Standard_DS2_v2', family: 'standardDSv2Family', vCPUs: 2, memoryGB: 7 },
  { name: 'Standard_DS3_v2', family: 'standardDSv2Family', vCPUs: 4, memoryGB: 14 },
  { name: 'Standard_DS4_v2', family: 'standardDSv2Family', vCPUs: 8, memoryGB: 28 },
  { name: 'Standard_F2s_v2', family: 'standardFSv2Family', vCPUs: 2, memoryGB: 4 },
  { name: 'Standard_F4s_v2', family: 'standardFSv2Family', vCPUs: 4, memoryGB: 8 },
  { name: 'Standard_F8s_v2', family: 'standardFSv2Family', vCPUs: 8, memoryGB: 16 },
];

const capacitySchema = z.object({ capacity: z.int() });

/**
 * The quota 400, as the service words it; counted in cores of a family. An update in place is a rolling one and needs a
 * fifth more on top of what it has, as documented.
 */
export function checkQuota(workspace: Workspace, sku: unknown, instanceType: string, existing?: Deployment): void {
  const { family, vCPUs } = sizeOf(instanceType);
  const wanted = capacityOf(sku) * vCPUs;
  const used = coresInUse(workspace, family, existing);
  const needed = wanted + (existing === undefined ? 0 : Math.ceil(wanted * 0.2));
  const missing = used + needed - workspace.quota;
  if (missing <= 0) return;
  const message = `Not enough quota available for ${instanceType} in SubscriptionId ${workspace.subscriptionId}. Current usage/limit: ${used}/${workspace.quota}. Additional needed: ${missing} Please see troubleshooting guide, available here: https://aka.ms/oe-tsg#error-outofquota`;
  throw new ArmError(400, 'BadRequest', message, {
    details: [{ code: 'InferencingClientCreateDeploymentFailed', message }],
    innererror: { code: 'InferencingClientCreateDeploymentFailed' },
  });
}

export function coresInUse(workspace: Workspace, family: string, except?: Deployment): number {
  return [...workspace.endpoints.values()]
    .flatMap(({ deployments }) => [...deployments.values()])
    .filter((deployment) => deployment !== except)
    .map(({ sku, properties }) => ({ count: capacityOf(sku), size: sizeOf(String(properties['instanceType'])) }))
    .filter(({ size }) => size.family === family)
    .reduce((total, { count, size }) => total + count * size.vCPUs, 0);
}

function sizeOf(instanceType: string): Size {
  const found = sizes.find(({ name }) => name.toLowerCase() === instanceType.toLowerCase());
  if (found === undefined) throw userError(`properties.instanceType: there is no size '${instanceType}' in this region.`); // prettier-ignore
  return found;
}

export function capacityOf(sku: unknown): number {
  return capacitySchema.safeParse(sku).data?.capacity ?? 1;
}
