import { z } from 'zod';
import { Refused } from '../core/errors.ts';
import type { VersionFact } from '../core/step.ts';
import type { WorkspaceId } from '../ports.ts';
import { serversFields, without } from './armBody.ts';
import { codeBefore, codeOfVersion, isServers, recalled, remembered } from './deploymentsClone.ts';
import { writableIdentity } from './onlineEndpointsBody.ts';
import { identity } from './onlineEndpointsState.ts';

const reference = z.looseObject({ referenceType: z.string(), assetId: z.string().nullish() });

/** A batch deployment as the service tells it, all fields kept: what is not named here is copied as it is. */
export const batchDeployment = z.looseObject({
  location: z.string(),
  identity: identity.nullish(),
  tags: z.record(z.string(), z.string()).nullish(),
  properties: z.looseObject({
    provisioningState: z.string(),
    properties: z.record(z.string(), z.string()).nullish(),
    codeConfiguration: z.looseObject({ codeId: z.string().nullish(), scoringScript: z.string() }).nullish(),
    deploymentConfiguration: z
      .looseObject({ deploymentConfigurationType: z.string(), componentId: reference.nullish() })
      .nullish(),
  }),
});
type BatchDeployment = z.output<typeof batchDeployment>;

/** Our convention: a deployment of a pipeline component names no model, so this tag of it does, `<name>:<version>`. */
export const modelTag = 'steward.model';
/** Our convention: a model version names the pipeline component that uses it, `<name>:<version>`. */
const componentTag = 'steward.component';

/** Everything that `like` has (compute, resources, mini-batches, retries, output ...), with another model or component. */
export function batchDeploymentBody(
  like: BatchDeployment,
  {
    model,
    version,
    again,
  }: { readonly model: string; readonly version: VersionFact; readonly again?: true | undefined },
  workspace: WorkspaceId,
  stewardId: string,
): Record<string, unknown> {
  const { identity: own, tags, properties } = like;
  const marks = without(properties.properties ?? {}, isServers);
  const kept = without(tags ?? {}, (tag) => tag.startsWith('steward'));
  const { deploymentConfiguration: pipeline, codeConfiguration } = properties;
  const brought = pipeline ? undefined : codeOfVersion(version, codeConfiguration, workspace);
  const had = tags?.[codeBefore] ?? remembered(codeConfiguration?.codeId, workspace);
  const before = again && tags?.[codeBefore] && codeConfiguration ? { ...codeConfiguration, codeId: recalled(tags[codeBefore], workspace) } : undefined; // prettier-ignore
  const code = brought ?? before;
  return {
    ...without(like, [...serversFields, 'identity']),
    ...(own && { identity: writableIdentity(own) }),
    tags: {
      ...kept,
      stewardId,
      ...(pipeline && { [modelTag]: `${model}:${version.version}` }),
      ...(brought && had && { [codeBefore]: had }),
    },
    properties: {
      ...without(properties, ['provisioningState', 'properties']),
      ...(Object.keys(marks).length > 0 && { properties: marks }),
      ...(pipeline
        ? withComponent(pipeline, version, workspace)
        : { model: { referenceType: 'Id', assetId: version.id }, ...(code && { codeConfiguration: code }) }),
    },
  };
}

/** Without a component of its own the new deployment would run what the old one runs, under another version's name. */
function withComponent(
  pipeline: NonNullable<BatchDeployment['properties']['deploymentConfiguration']>,
  { tags, version }: VersionFact,
  workspace: WorkspaceId,
): Record<string, unknown> {
  const named = tags[componentTag];
  const [, component, componentVersion] = /^([^:/]+):([^:/]+)$/.exec(named ?? '') ?? [];
  if (component === undefined) {
    const has = named === undefined ? 'has no tag' : `has "${named}" as its tag`;
    const message = `Version ${version} ${has} ${componentTag}, expected <component>:<version>: the deployment runs a pipeline component, which alone says which model it uses`;
    throw new Refused('invalid', 'Azure ML', message);
  }
  const assetId = `${workspace}/components/${component}/versions/${componentVersion}`;
  return { deploymentConfiguration: { ...pipeline, componentId: { referenceType: 'Id', assetId } } };
}
