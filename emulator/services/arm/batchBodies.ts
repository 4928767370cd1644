import { z } from 'zod';
import { identitySchema, isoDuration, resourceReadOnly, skuSchema, words, writable } from './body.ts';

const tracked = {
  location: z.string(),
  kind: z.string().exactOptional(),
  identity: identitySchema.exactOptional(),
  sku: skuSchema.exactOptional(),
  tags: words.default({}),
};

/** The body of a batch endpoint (api-version 2024-10-01), closed. */
export const batchEndpointBody = writable(resourceReadOnly, {
  ...tracked,
  properties: writable(['provisioningState', 'scoringUri', 'swaggerUri'], {
    authMode: z.literal('AADToken'),
    description: z.string().exactOptional(),
    defaults: z.strictObject({ deploymentName: z.string().min(1).exactOptional() }).exactOptional(),
    properties: words.exactOptional(),
  }),
});
export type BatchEndpointBody = z.infer<typeof batchEndpointBody>;

/** All that PATCH of an endpoint can carry. */
export const batchEndpointPatch = z.strictObject({
  tags: words.exactOptional(),
  identity: identitySchema.exactOptional(),
});

const assetById = z.strictObject({ referenceType: z.literal('Id'), assetId: z.string().min(1) });
const count = z.int().min(1);

const common = {
  description: z.string().exactOptional(),
  compute: z.string().min(1).exactOptional(),
  resources: z
    .strictObject({
      instanceCount: count.exactOptional(),
      instanceType: z.string().exactOptional(),
      properties: z.record(z.string(), z.unknown()).exactOptional(),
    })
    .exactOptional(),
  environmentVariables: words.exactOptional(),
  properties: words.exactOptional(),
};

/** A model, by a scoring script; the defaults are the service's. */
const modelProperties = {
  ...common,
  model: assetById,
  codeConfiguration: z
    .strictObject({ codeId: z.string().min(1).exactOptional(), scoringScript: z.string().min(1) })
    .exactOptional(),
  environmentId: z.string().min(1).exactOptional(),
  maxConcurrencyPerInstance: count.default(1),
  miniBatchSize: count.default(10),
  retrySettings: z.strictObject({ maxRetries: z.int().min(0), timeout: isoDuration }).default({ maxRetries: 3, timeout: 'PT30S' }), // prettier-ignore
  outputAction: z.enum(['AppendRow', 'SummaryOnly']).default('AppendRow'),
  outputFileName: z.string().min(1).default('predictions.csv'),
  errorThreshold: z.int().min(-1).default(-1),
  loggingLevel: z.enum(['Info', 'Warning', 'Debug']).default('Info'),
};

/** A pipeline component, which names no model. */
const pipelineProperties = {
  ...common,
  deploymentConfiguration: z.strictObject({
    deploymentConfigurationType: z.literal('PipelineComponent'),
    componentId: assetById,
    description: z.string().exactOptional(),
    settings: words.exactOptional(),
    tags: words.exactOptional(),
  }),
};

/** The body of a batch deployment, closed. */
export const modelDeploymentBody = writable(resourceReadOnly, {
  ...tracked,
  properties: writable(['provisioningState'], modelProperties),
});
export const pipelineDeploymentBody = writable(resourceReadOnly, {
  ...tracked,
  properties: writable(['provisioningState'], pipelineProperties),
});
export type BatchDeploymentBody = z.infer<typeof modelDeploymentBody> | z.infer<typeof pipelineDeploymentBody>;

/** Only which of the two it is. */
export const batchDeploymentKind = z.looseObject({
  properties: z.looseObject({ deploymentConfiguration: z.unknown().exactOptional() }),
});
