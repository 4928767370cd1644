import { z } from 'zod';
import { Refused } from '../core/errors.ts';
import type { DeploymentPlan } from '../core/policy/policy.ts';
import type { VersionFact } from '../core/step.ts';
import type { WorkspaceId } from '../ports.ts';
import { serversFields, without } from './armBody.ts';
import { planned } from './deploymentsPlan.ts';
import { writableIdentity } from './onlineEndpointsBody.ts';
import { identity } from './onlineEndpointsState.ts';

const codeConfiguration = z.looseObject({ codeId: z.string().nullish(), scoringScript: z.string() });

/** A deployment as the service tells it, all fields kept: what is not named here is copied as it is. */
export const onlineDeployment = z.looseObject({
  location: z.string(),
  identity: identity.nullish(),
  tags: z.record(z.string(), z.string()).nullish(),
  sku: z.looseObject({}).nullish(),
  properties: z.looseObject({
    provisioningState: z.string(),
    properties: z.record(z.string(), z.string()).nullish(),
    codeConfiguration: codeConfiguration.nullish(),
  }),
});

/** Our convention: a model version that brings its own score script names the code asset, `<name>:<version>`. */
const scoringTag = 'steward.scoring';
/** On a deployment whose version brought its own code: what its model's deployments had before. */
export const codeBefore = 'stewardCodeBefore';

/** Everything that `like` has (instances, environment, probes, timeouts, data collection ...), with what the plan says over it and another model. */
export function deploymentBody(
  like: z.output<typeof onlineDeployment>,
  version: VersionFact,
  plan: DeploymentPlan,
  {
    workspace,
    stewardId,
    again,
  }: { readonly workspace: WorkspaceId; readonly stewardId: string; readonly again?: true | undefined },
): Record<string, unknown> {
  const { identity: own, tags, sku, properties } = like;
  const marks = without(properties.properties ?? {}, isServers);
  const says = planned(plan, properties, workspace);
  const merged = { ...without(properties, ['provisioningState', 'properties']), ...says.properties };
  const brought = codeOfVersion(version, merged['codeConfiguration'], workspace);
  const had = tags?.[codeBefore] ?? remembered(properties.codeConfiguration?.codeId, workspace);
  const code = brought ?? (again && tags?.[codeBefore] ? { ...codeConfiguration.parse(merged['codeConfiguration']), codeId: recalled(tags[codeBefore], workspace) } : undefined); // prettier-ignore
  return {
    ...without(like, [...serversFields, 'identity']),
    ...(own && { identity: writableIdentity(own) }),
    ...(says.sku && { sku: { name: 'Default', ...sku, ...says.sku } }),
    tags: {
      ...without(tags ?? {}, (tag) => tag.startsWith('steward')),
      stewardId,
      ...(brought && had && { [codeBefore]: had }),
    },
    properties: {
      ...merged,
      ...(Object.keys(marks).length > 0 && { properties: marks }),
      ...(code && { codeConfiguration: code }),
      model: version.id,
    },
  };
}

/** A tag has 256 characters at most and an ARM id may have more: of the workspace's own code its end says enough. */
export function remembered(codeId: string | null | undefined, workspace: WorkspaceId): string | undefined {
  const own = codeId?.toLowerCase().startsWith(`${workspace.toLowerCase()}/`);
  return own ? codeId?.slice(workspace.length + 1) : (codeId ?? undefined);
}

export function recalled(tag: string, workspace: WorkspaceId): string {
  return tag.startsWith('codes/') ? `${workspace}/${tag}` : tag;
}

/** Notes of the service on the deployment that is copied. */
export function isServers(mark: string): boolean {
  return /^(AzureAsyncOperationUri$|_?azureml\.)/i.test(mark);
}

/** The code that a version brings by its tag; undefined: it brings none. */
export function codeOfVersion(
  { tags, version }: VersionFact,
  planned: unknown,
  workspace: WorkspaceId,
): z.output<typeof codeConfiguration> | undefined {
  const own = tags[scoringTag];
  if (own === undefined) return undefined;
  const like = codeConfiguration.safeParse(planned).data;
  const [, code, codeVersion] = /^([^:/]+):([^:/]+)$/.exec(own) ?? [];
  if (code === undefined || like === undefined) {
    const message =
      code === undefined
        ? `Tag ${scoringTag} of version ${version} is "${own}", expected <code asset>:<version>`
        : `Version ${version} brings its own score script, but neither the deployment to copy nor the policy has one to name it like`;
    throw new Refused('invalid', 'Azure ML', message);
  }
  return { ...like, codeId: `${workspace}/codes/${code}/versions/${codeVersion}` };
}
