import { z } from 'zod';
import type { DeploymentPlan } from '../core/policy/policy.ts';
import type { WorkspaceId } from '../ports.ts';

const before = z.object({
  environmentVariables: z.record(z.string(), z.string()).nullish(),
  requestSettings: z.record(z.string(), z.unknown()).nullish(),
});

/** What a plan says, over what a deployment has: only the properties that the plan speaks of. */
export function planned(
  { instanceType, instances, environment, code, variables, requestTimeoutMs, concurrency }: DeploymentPlan,
  has: Readonly<Record<string, unknown>>,
  workspace: WorkspaceId,
): { readonly sku?: { readonly capacity: number }; readonly properties: Record<string, unknown> } {
  const { environmentVariables, requestSettings } = before.parse(has);
  const settings = {
    ...(requestTimeoutMs !== undefined && { requestTimeout: `PT${requestTimeoutMs / 1000}S` }),
    ...(concurrency !== undefined && { maxConcurrentRequestsPerInstance: concurrency }),
  };
  return {
    ...(instances !== undefined && { sku: { capacity: instances } }),
    properties: {
      ...(instanceType !== undefined && { instanceType }),
      ...(environment !== undefined && { environmentId: assetId('environments', environment, workspace) }),
      ...(code && { codeConfiguration: { codeId: assetId('codes', code.asset, workspace), scoringScript: code.script } }),
      ...(variables && { environmentVariables: { ...environmentVariables, ...variables } }),
      ...(Object.keys(settings).length > 0 && { requestSettings: { ...requestSettings, ...settings } }),
    },
  };
} // prettier-ignore

function assetId(family: 'environments' | 'codes', named: string, workspace: WorkspaceId): string {
  if (named.startsWith('azureml:')) return named;
  const [name, version] = named.split(':');
  return `${workspace}/${family}/${name}/versions/${version}`;
}
