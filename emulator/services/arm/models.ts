import { z } from 'zod';
import { plainContainer, versionDescribed } from './assetBody.ts';
import type { AssetFamily } from './assets.ts';
import { resourceReadOnly, writable } from './body.ts';
import { userError } from './errors.ts';

/** Places that a model version may name; `runs:/` is MLflow's own form. */
const modelUri =
  /^(azureml:\/\/jobs\/[^/]+\/outputs\/[^/]+(\/paths\/.*)?|azureml:\/\/(subscriptions\/.+\/)?datastores\/[^/]+\/paths\/.*|runs:\/.+|https:\/\/.+)$/i;
const producedBy = /^(?:azureml:\/\/jobs\/([^/]+)\/|runs:\/([^/]+)\/)/i;

/** Registered models. A new version is an event. */
export const models: AssetFamily = {
  segment: 'models',
  container: plainContainer,
  version: writable(resourceReadOnly, {
    properties: writable(['provisioningState'], {
      ...versionDescribed,
      modelUri: z.string().regex(modelUri, 'is not a place that a model can be registered from').exactOptional(),
      modelType: z.enum(['custom_model', 'mlflow_model', 'triton_model']).exactOptional(),
      jobName: z.string().exactOptional(),
      flavors: z.record(z.string(), z.unknown()).exactOptional(),
      stage: z.string().exactOptional(),
    }),
  }),
  immutable: ['modelUri', 'modelType', 'jobName'],
  versionFault: (version) =>
    /^[1-9]\d*$/.test(version) ? undefined : `The version of a registered model must be a positive integer, not '${version}'.`, // prettier-ignore
  complete(workspace, properties) {
    const { modelUri: uri } = properties;
    if (typeof uri !== 'string') throw userError('modelUri is required.');
    const [, job, run] = producedBy.exec(uri) ?? [];
    const producer = job ?? run;
    if (producer !== undefined && !workspace.jobs.has(producer) && !workspace.runs.has(producer)) {
      throw userError(`${uri}: there is no job ${producer} in workspace ${workspace.name}.`);
    }
    return { modelType: 'custom_model', ...(producer !== undefined && { jobName: producer }), ...properties };
  },
  created(world, workspace, name, version) {
    const { tags, properties } = version;
    const own = properties['properties'] as Record<string, string>;
    world.raise({ kind: 'modelRegistered', workspace: workspace.id, name, version: version.name, tags, properties: own }); // prettier-ignore
  },
};
