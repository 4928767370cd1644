import { z } from 'zod';
import { Refused } from '../core/errors.ts';
import type { VersionFact } from '../core/step.ts';
import type { WorkspaceId } from '../ports.ts';
import { serversFields, without } from './armBody.ts';
import { writableIdentity } from './onlineEndpointsBody.ts';
import { identity } from './onlineEndpointsState.ts';

/** A deployment as the service tells it, all fields kept: what is not named here is copied as it is. */
export const onlineDeployment = z.looseObject({
  location: z.string(),
  identity: identity.nullish(),
  tags: z.record(z.string(), z.string()).nullish(),
  properties: z.looseObject({
    provisioningState: z.string(),
    properties: z.record(z.string(), z.string()).nullish(),
    codeConfiguration: z.looseObject({ codeId: z.string().nullish(), scoringScript: z.string() }).nullish(),
  }),
});

/** Our convention: a model version that brings its own score script names the code asset, `<name>:<version>`. */
const scoringTag = 'steward.scoring';

/** Everything that `like` has (instances, environment, probes, timeouts, data collection ...), with another model. */
export function deploymentBody(
  like: z.output<typeof onlineDeployment>,
  version: VersionFact,
  workspace: WorkspaceId,
  stewardId: string,
): Record<string, unknown> {
  const { identity: own, tags, properties } = like;
  const marks = without(properties.properties ?? {}, isServers);
  const code = scoringCode(version, properties.codeConfiguration ?? undefined, workspace);
  return {
    ...without(like, [...serversFields, 'identity']),
    ...(own && { identity: writableIdentity(own) }),
    tags: { ...without(tags ?? {}, (tag) => tag.startsWith('steward')), stewardId },
    properties: {
      ...without(properties, ['provisioningState', 'properties']),
      ...(Object.keys(marks).length > 0 && { properties: marks }),
      ...(code && { codeConfiguration: code }),
      model: version.id,
    },
  };
}

/** Notes of the service on the deployment that is copied. */
function isServers(mark: string): boolean {
  return /^(AzureAsyncOperationUri$|_?azureml\.)/i.test(mark);
}

function scoringCode<Code extends { readonly scoringScript: string }>(
  { tags, version }: VersionFact,
  like: Code | undefined,
  workspace: WorkspaceId,
): Code | undefined {
  const own = tags[scoringTag];
  if (own === undefined) return like;
  const [, code, codeVersion] = /^([^:/]+):([^:/]+)$/.exec(own) ?? [];
  if (code === undefined || like === undefined) {
    const message =
      code === undefined
        ? `Tag ${scoringTag} of version ${version} is "${own}", expected <code asset>:<version>`
        : `Version ${version} brings its own score script, but the deployment to copy has none to name it like`;
    throw new Refused('invalid', 'Azure ML', message);
  }
  return { ...like, codeId: `${workspace}/codes/${code}/versions/${codeVersion}` };
}
