import { z } from 'zod';
import { described, isoDuration, resourceReadOnly, words, writable } from './body.ts';

const description = z.string().exactOptional();
/** Required of every asset input: a client that drops it must not get through. */
const uri = z.string('is required').min(1);
const inputMode = z
  .enum(['ReadOnlyMount', 'ReadWriteMount', 'Download', 'Direct', 'EvalMount', 'EvalDownload'])
  .exactOptional();
const outputMode = z.enum(['ReadWriteMount', 'Upload', 'Direct']).exactOptional();

const assetInput = <Type extends string>(type: Type) =>
  z.strictObject({ jobInputType: z.literal(type), description, mode: inputMode, uri });
const assetOutput = <Type extends string>(type: Type) =>
  z.strictObject({
    jobOutputType: z.literal(type),
    description,
    mode: outputMode,
    uri: z.string().min(1).exactOptional(),
  });

const input = z.discriminatedUnion('jobInputType', [
  z.strictObject({ jobInputType: z.literal('literal'), description, value: z.string() }),
  assetInput('uri_file'),
  assetInput('uri_folder'),
  assetInput('mltable'),
  assetInput('custom_model'),
  assetInput('mlflow_model'),
  assetInput('triton_model'),
]);
const output = z.discriminatedUnion('jobOutputType', [
  assetOutput('uri_file'),
  assetOutput('uri_folder'),
  assetOutput('mltable'),
  assetOutput('custom_model'),
  assetOutput('mlflow_model'),
  assetOutput('triton_model'),
]);

const identity = z.discriminatedUnion('identityType', [
  z.strictObject({ identityType: z.literal('AMLToken') }),
  z.strictObject({ identityType: z.literal('UserIdentity') }),
  z.strictObject({
    identityType: z.literal('Managed'),
    clientId: z.string().exactOptional(),
    objectId: z.string().exactOptional(),
    resourceId: z.string().exactOptional(),
  }),
]);

/** What jobs of every kind have. */
export const common = {
  ...described,
  componentId: z.string().exactOptional(),
  computeId: z.string().exactOptional(),
  displayName: z.string().exactOptional(),
  experimentName: z.string().min(1).exactOptional(),
  isArchived: z.boolean().exactOptional(),
  identity: identity.exactOptional(),
  inputs: z.record(z.string(), input).exactOptional(),
  outputs: z.record(z.string(), output).exactOptional(),
  notificationSetting: z.record(z.string(), z.unknown()).exactOptional(),
};

export const resources = z.strictObject({
  instanceCount: z.int().min(1).exactOptional(),
  instanceType: z.string().exactOptional(),
  shmSize: z.string().exactOptional(),
  dockerArgs: z.string().exactOptional(),
  properties: z.record(z.string(), z.unknown()).exactOptional(),
});

/** The body of a command job (api-version 2024-10-01), closed. */
export const commandJobBody = writable(resourceReadOnly, {
  properties: writable(['status', 'services', 'parameters'], {
    ...common,
    jobType: z.literal('Command'),
    command: z.string().min(1),
    environmentId: z.string().min(1),
    codeId: z.string().exactOptional(),
    environmentVariables: words.exactOptional(),
    distribution: z.record(z.string(), z.unknown()).exactOptional(),
    limits: z
      .strictObject({ jobLimitsType: z.literal('Command'), timeout: isoDuration.exactOptional() })
      .exactOptional(),
    resources: resources.exactOptional(),
    queueSettings: z.record(z.string(), z.unknown()).exactOptional(),
  }),
});

/** The body of a pipeline job: closed, but for `jobs` and `settings`, which are free-form and written in snake_case. */
export const pipelineJobBody = writable(resourceReadOnly, {
  properties: writable(['status', 'services'], {
    ...common,
    jobType: z.literal('Pipeline'),
    jobs: z.record(z.string(), z.looseObject({ type: z.string() })).exactOptional(),
    settings: z
      .strictObject({
        _source: z.string().exactOptional(),
        default_compute: z.string().exactOptional(),
        default_datastore: z.string().exactOptional(),
        continue_on_step_failure: z.boolean().exactOptional(),
        force_rerun: z.boolean().exactOptional(),
      })
      .exactOptional(),
    sourceJobId: z.string().exactOptional(),
  }),
});

export type CommandJobProperties = z.infer<typeof commandJobBody>['properties'];
export type PipelineJobProperties = z.infer<typeof pipelineJobBody>['properties'];

/** Only the word that says which kind of job it is; other kinds are known and not done. */
export const jobKind = z.object({ properties: z.object({ jobType: z.string() }) });
