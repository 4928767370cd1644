import { z } from 'zod';
import { identitySchema, isoDuration, resourceReadOnly, skuSchema, words, writable } from './body.ts';

const count = z.int().min(1).exactOptional();
const probe = z
  .strictObject({
    initialDelay: isoDuration.exactOptional(),
    period: isoDuration.exactOptional(),
    timeout: isoDuration.exactOptional(),
    failureThreshold: count,
    successThreshold: count,
  })
  .exactOptional();

/** Limit of the service: 180 seconds (documented quota). */
const requestTimeout = z
  .string()
  .regex(/^PT(?:[0-2]M(?:[0-5]?\d(?:\.\d+)?S)?|3M|(?:1[0-7]\d|180|\d{1,2})(?:\.\d+)?S)$/, 'is not a duration of at most 180 s (PT180S)'); // prettier-ignore

const dataCollector = z.strictObject({
  collections: z.record(
    z.string(),
    z.strictObject({
      clientId: z.string().exactOptional(),
      dataCollectionMode: z.enum(['Enabled', 'Disabled']).exactOptional(),
      dataId: z.string().exactOptional(),
      samplingRate: z.number().min(0).max(1).exactOptional(),
    }),
  ),
  requestLogging: z.strictObject({ captureHeaders: z.array(z.string()).exactOptional() }).exactOptional(),
  rollingRate: z.enum(['Year', 'Month', 'Day', 'Hour', 'Minute']).exactOptional(),
});

/** The body of a managed online deployment (api-version 2024-10-01), closed. */
export const deploymentBody = writable(resourceReadOnly, {
  location: z.string(),
  kind: z.string().exactOptional(),
  identity: identitySchema.exactOptional(),
  sku: skuSchema.default({ name: 'Default', capacity: 1 }),
  tags: words.default({}),
  properties: writable(['provisioningState'], {
    endpointComputeType: z.literal('Managed'),
    model: z.string().min(1).exactOptional(),
    modelMountPath: z.string().exactOptional(),
    description: z.string().exactOptional(),
    codeConfiguration: z
      .strictObject({ codeId: z.string().min(1).exactOptional(), scoringScript: z.string().min(1) })
      .exactOptional(),
    environmentId: z.string().min(1).exactOptional(),
    environmentVariables: words.exactOptional(),
    instanceType: z.string('is required for managed deployments').min(1),
    requestSettings: z
      .strictObject({
        requestTimeout: requestTimeout.exactOptional(),
        maxConcurrentRequestsPerInstance: count,
        maxQueueWait: isoDuration.exactOptional(),
      })
      .exactOptional(),
    livenessProbe: probe,
    readinessProbe: probe,
    startupProbe: probe,
    scaleSettings: z.strictObject({ scaleType: z.literal('Default') }).exactOptional(),
    appInsightsEnabled: z.boolean().exactOptional(),
    egressPublicNetworkAccess: z.enum(['Enabled', 'Disabled']).exactOptional(),
    dataCollector: dataCollector.exactOptional(),
    properties: words.exactOptional(),
  }),
});
export type DeploymentBody = z.infer<typeof deploymentBody>;

export const deploymentPatch = z.strictObject({
  tags: words.exactOptional(),
  sku: skuSchema.partial().exactOptional(),
});

export const logsBody = z.strictObject({
  containerType: z.enum(['StorageInitializer', 'InferenceServer']).default('InferenceServer'),
  tail: z.int().min(1).exactOptional(),
});
