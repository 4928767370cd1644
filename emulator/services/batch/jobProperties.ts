import { z } from 'zod';
import { UnknownReference } from '../../runtime/assets.ts';
import { componentNamed } from '../../runtime/components.ts';
import { parsePipelineJob } from '../../runtime/pipelineJob.ts';
import type { BatchDeployment, BatchEndpoint, Job, Workspace } from '../../world.ts';
import type { Invocation } from './invocation.ts';

interface Invoked {
  readonly endpoint: BatchEndpoint;
  readonly deployment: BatchDeployment;
  readonly asked: Invocation;
}

const pipeline = z.object({
  componentId: z.object({ assetId: z.string() }),
  settings: z.record(z.string(), z.string()).default({}),
});

/** The job that an invocation becomes; throws `UnknownReference` for what could never run. */
export function jobProperties(workspace: Workspace, invoked: Invoked): Pick<Job, 'properties' | 'batch'> {
  const { endpoint, deployment, asked } = invoked;
  const common = {
    jobType: 'Pipeline',
    inputs: inputsOf(asked),
    properties: { 'azureml.endpointname': endpoint.name, 'azureml.deploymentname': deployment.name },
  };
  const configuration = deployment.properties['deploymentConfiguration'];
  if (configuration === undefined) return ofModel(common, invoked);
  const { componentId, settings } = pipeline.parse(configuration);
  const properties = {
    ...common,
    componentId: componentId.assetId,
    outputs: { ...declared(workspace, componentId.assetId), ...outputsOf(asked) },
    settings: {
      ...(settings['default_compute'] !== undefined && { default_compute: settings['default_compute'] }),
      continue_on_step_failure: settings['continue_on_step_failure']?.toLowerCase() === 'true',
      // The same data again is asked for again: nobody invokes for what was cached.
      force_rerun: settings['force_rerun']?.toLowerCase() !== 'false',
    },
  };
  parsePipelineJob(workspace, properties);
  return { properties };
}

function ofModel(common: Readonly<Record<string, unknown>>, { deployment, asked }: Invoked): ReturnType<typeof jobProperties> {
  const places = Object.values(asked.InputData).filter(({ JobInputType }) => JobInputType !== 'Literal');
  if (places.length !== 1 || Object.keys(asked.InputData).length !== 1)
    throw new UnknownReference('a deployment of a model takes exactly one data input, and no literals');
  const strange = Object.keys(asked.OutputData).find((name) => name !== 'score');
  if (strange !== undefined) throw new UnknownReference(`a deployment of a model has the output score, not ${strange}`);
  const outputs = { score: { jobOutputType: 'uri_folder', ...outputsOf(asked)['score'] } };
  return { properties: { ...common, outputs }, batch: deployment.properties };
} // prettier-ignore

/** The outputs of the component are those of the job. */
function declared(workspace: Workspace, componentId: string): Record<string, object> {
  const { outputs } = componentNamed(workspace, componentId, 'pipeline').component;
  return Object.fromEntries(Object.entries(outputs).map(([name, { type }]) => [name, { jobOutputType: type }]));
}

function inputsOf({ InputData }: Invocation): Record<string, object> {
  return Object.fromEntries(
    Object.entries(InputData).map(([name, input]) => [
      name,
      input.JobInputType === 'Literal'
        ? { jobInputType: 'literal', value: String(input.Value) }
        : { jobInputType: wordOf(input.JobInputType), uri: placeOf(input.Uri) },
    ]),
  );
}

function outputsOf({ OutputData }: Invocation): Record<string, object> {
  return Object.fromEntries(
    Object.entries(OutputData).map(([name, { JobOutputType, Uri }]) => [
      name,
      { jobOutputType: wordOf(JobOutputType), uri: placeOf(Uri) },
    ]),
  );
}

function wordOf(type: 'UriFile' | 'UriFolder'): string {
  return type === 'UriFile' ? 'uri_file' : 'uri_folder';
}

/** Invocations name places in a datastore by the datastore's id. */
function placeOf(uri: string): string {
  return /^\/subscriptions\/.*\/datastores\//i.test(uri) ? `azureml:/${uri}` : uri;
}
