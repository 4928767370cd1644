import { Refused } from '../core/errors.ts';
import type { DeploymentPlan } from '../core/policy/policy.ts';
import type { VersionFact } from '../core/step.ts';
import type { WorkspaceId } from '../ports.ts';
import { planned } from './deploymentsPlan.ts';
import { codeOfVersion } from './deploymentsClone.ts';

/** A deployment that has none to be like: all of it is as the policy says. */
export function firstBody(
  version: VersionFact,
  plan: DeploymentPlan,
  at: { readonly endpoint: string; readonly location: string; readonly workspace: WorkspaceId; readonly stewardId: string },
): Record<string, unknown> {
  if (plan.instanceType === undefined) {
    const message = `Endpoint ${at.endpoint} has no deployment to take instance type, code and environment from: say them in rollout.deployment, or make its first one by hand`;
    throw new Refused('invalid', 'Azure ML', message);
  }
  const { sku, properties } = planned(plan, {}, at.workspace);
  const code = codeOfVersion(version, properties['codeConfiguration'], at.workspace);
  return {
    location: at.location,
    sku: { name: 'Default', capacity: 1, ...sku },
    tags: { stewardId: at.stewardId },
    properties: { endpointComputeType: 'Managed', ...properties, ...(code && { codeConfiguration: code }), model: version.id },
  };
} // prettier-ignore
