import { z } from 'zod';
import type { StorageAddresses, Workspace, World } from '../world.ts';
import { UnknownReference } from './assets.ts';

/** A blob or a folder of blobs; `path` has neither a leading nor a trailing slash. */
export interface BlobLocation {
  readonly container: string;
  readonly path: string;
}

const longForm =
  /^azureml:\/\/subscriptions\/([^/]+)\/resourcegroups\/([^/]+)\/(?:providers\/Microsoft\.MachineLearningServices\/)?workspaces\/([^/]+)\/datastores\/([^/]+)\/paths\/(.*)$/i;
const shortForm = /^azureml:\/\/datastores\/([^/]+)\/paths\/(.*)$/i;
const jobForm = /^azureml:\/\/jobs\/([^/]+)\/outputs\/([^/]+)(?:\/paths\/(.*)|\/)?$/i;

const runForm = /^runs:\/([^/]+)\/(.*)$/i;

const datastoreSchema = z.object({ datastoreType: z.literal('AzureBlob'), containerName: z.string() });
const outputsSchema = z.object({
  outputs: z.record(z.string(), z.looseObject({ uri: z.string().nullish() })).nullish(),
});

/** Where a job's output goes and is found again. */
export function outputUri(workspace: Workspace, jobName: string, output: string): string {
  const job = workspace.jobs.get(jobName);
  const given = outputsSchema.safeParse(job?.properties).data?.outputs?.[output]?.uri;
  return (
    given ?? job?.outputs?.get(output) ?? `azureml://datastores/workspaceblobstore/paths/azureml/${jobName}/${output}/`
  );
}

/** The place behind a datastore, job-output or storage URI; registered assets are resolved before (`assets.ts`). */
export function blobLocation(world: World, workspace: Workspace, uri: string): BlobLocation {
  const [, datastore, path] = shortForm.exec(uri) ?? [];
  if (datastore !== undefined && path !== undefined) return inDatastore(workspace, datastore, path);

  const [, subscription, group, name, otherDatastore, otherPath] = longForm.exec(uri) ?? [];
  if (otherDatastore !== undefined && otherPath !== undefined) {
    const id = `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.MachineLearningServices/workspaces/${name}`;
    const other = world.workspaces.get(id.toLowerCase());
    if (other === undefined) throw new UnknownReference(`${uri}: no workspace ${name} in resource group ${group}`);
    return inDatastore(other, otherDatastore, otherPath);
  }

  const [, job, output, file] = jobForm.exec(uri) ?? [];
  if (job !== undefined && output !== undefined)
    return below(inJobOutput(world, workspace, { uri, job, output }), file);
  const [, run, artifact] = runForm.exec(uri) ?? [];
  if (run !== undefined) {
    if (!workspace.runs.has(run)) throw new UnknownReference(`${uri}: no run ${run} in workspace ${workspace.name}`);
    return below(artifactLocation(workspace, run), artifact);
  }
  return inAccount(world.storage, uri);
}

function inJobOutput(
  world: World,
  workspace: Workspace,
  { uri, job, output }: { uri: string; job: string; output: string },
): BlobLocation {
  if (!workspace.jobs.has(job)) throw new UnknownReference(`${uri}: no job ${job} in workspace ${workspace.name}`);
  if (output === 'artifacts') return artifactLocation(workspace, job);
  return blobLocation(world, workspace, outputUri(workspace, job, output));
}

function below({ container, path }: BlobLocation, more: string | undefined): BlobLocation {
  return { container, path: trimmed(`${path}/${more ?? ''}`) };
}

/** Where what a run's process left in its working folder is kept, without being declared as an output. */
export function artifactLocation(workspace: Workspace, runId: string): BlobLocation {
  return inDatastore(workspace, 'workspaceartifactstore', `ExperimentRun/dcid.${runId}`);
}

function inDatastore(workspace: Workspace, datastore: string, path: string): BlobLocation {
  const resource = workspace.datastores.get(datastore);
  if (resource === undefined) throw new UnknownReference(`no datastore ${datastore} in workspace ${workspace.name}`);
  const parsed = datastoreSchema.safeParse(resource.properties);
  if (!parsed.success) throw new UnknownReference(`datastore ${datastore} is not a blob datastore`);
  return { container: parsed.data.containerName, path: trimmed(path) };
}

/** `https://{account}.blob.core.windows.net/{container}/{path}`, or the same below the local account's address. */
function inAccount(storage: StorageAddresses, uri: string): BlobLocation {
  const prefixes = [`${storage.blob}/`, `https://${storage.account}.blob.core.windows.net/`];
  const prefix = prefixes.find((candidate) => uri.startsWith(candidate));
  const [container, ...segments] = prefix === undefined ? [] : uri.slice(prefix.length).split('/');
  if (container === undefined || container === '') {
    throw new UnknownReference(`${uri} is neither an azureml:// path nor in storage account ${storage.account}`);
  }
  return { container, path: trimmed(segments.map(decodeURIComponent).join('/')) };
}

function trimmed(path: string): string {
  return path.split('/').filter((segment) => segment !== '').join('/'); // prettier-ignore
}
