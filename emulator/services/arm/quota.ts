import { z } from 'zod';
import type { Deployment, Workspace } from '../../world.ts';
import { ArmError } from './errors.ts';

/** Instances of one deployment, and deployments of one endpoint (documented quotas). */
export const mostInstances = 50;
export const mostDeployments = 20;

const capacitySchema = z.object({ capacity: z.int() });

/**
 * The quota 400, as the service words it. An update in place is a rolling one and needs a fifth more on top of what it
 * has, as documented.
 */
export function checkQuota(workspace: Workspace, sku: unknown, instanceType: string, existing?: Deployment): void {
  const wanted = capacityOf(sku);
  const others = [...workspace.endpoints.values()]
    .flatMap(({ deployments }) => [...deployments.values()])
    .filter((deployment) => deployment !== existing);
  const used = others.reduce((total, deployment) => total + capacityOf(deployment.sku), 0);
  const needed = wanted + (existing === undefined ? 0 : Math.ceil(wanted * 0.2));
  const missing = used + needed - workspace.quota;
  if (missing <= 0) return;
  const message = `Not enough quota available for ${instanceType} in SubscriptionId ${workspace.subscriptionId}. Current usage/limit: ${used}/${workspace.quota}. Additional needed: ${missing} Please see troubleshooting guide, available here: https://aka.ms/oe-tsg#error-outofquota`;
  throw new ArmError(400, 'BadRequest', message, {
    details: [{ code: 'InferencingClientCreateDeploymentFailed', message }],
    innererror: { code: 'InferencingClientCreateDeploymentFailed' },
  });
}

export function capacityOf(sku: unknown): number {
  return capacitySchema.safeParse(sku).data?.capacity ?? 1;
}
