import { z } from 'zod';
import { BadInput, Refused, Unavailable } from '../core/errors.ts';
import type { Artifact } from '../core/release/state.ts';
import { digest } from '../core/names.ts';
import type { Artifacts, WorkspaceId } from '../ports.ts';
import { openArm, partsOf, type Arm, type ArmOptions } from './arm.ts';
import { asking, parsed } from './armErrors.ts';
import {
  datastoreProvider, defaultOutput, filesAt, openDatastore, placeOf, type DatastoreOptions, type Place,
} from './datastoreFiles.ts'; // prettier-ignore
import { jobPath } from './jobFacts.ts';

const modelVersion = z.object({ id: z.string(), properties: z.object({ modelUri: z.string().nullish() }) });
const outputs = z.record(z.string(), z.object({ uri: z.string().nullish() }).nullable());
/** Steps of a pipeline are found by their name, but without what they are. */
const producer = z.object({ properties: z.object({ outputs: outputs.nullish() }).nullish() });

/** More files than a model has; listing them would take a pass too long. */
const maxFiles = 10_000;
const maxWhyChars = 300;

/** The files behind model versions, as their datastores list them. */
export function armArtifacts(options: ArmOptions & DatastoreOptions): Artifacts {
  const arm = openArm(options);
  return {
    async identity(workspace, model, version) {
      const asked = `GET model ${model}:${version}`;
      const answer = await arm.facts(workspace, asked, ({ client, group, workspace: name, options: call }) =>
        client.modelVersions.get(group, name, model, version, call),
      );
      const { id, properties } = parsed('Azure ML', asked, modelVersion, answer);
      const uri = properties.modelUri ?? undefined;
      return artifactOf(versionIdentity(id, uri), await listed(arm, workspace, uri, options));
    },
  };
}

export function versionIdentity(id: string, uri: string | undefined): { readonly id: string; readonly uri?: string } {
  return { id: id.toLowerCase(), ...(uri !== undefined && { uri }) };
}

/** Name, size, ETag and MD5; the last only where the writer sent it. */
export type ModelFile = readonly [name: string, bytes: number, etag: string, md5: string];
type Files = readonly ModelFile[] | { readonly why: string };

/** The same files in the same place give the same digest; writing one of them, even with the same content, another. */
export function artifactOf(version: { readonly id: string; readonly uri?: string }, files: Files): Artifact {
  if ('why' in files) {
    const why = files.why
      .replaceAll(/\s+/g, ' ')
      .slice(0, maxWhyChars)
      .replace(/[ .]+$/, '');
    return { digest: digest(version), files: 0, verifiable: false, why };
  }
  return { digest: digest({ ...version, files }), files: files.length, verifiable: true };
}

/** A datastore that nobody lets us read is an answer; one that stumbles is asked again later. */
async function listed(
  arm: Arm,
  workspace: WorkspaceId,
  uri: string | undefined,
  options: DatastoreOptions,
): Promise<Files> {
  try {
    const place = await placeOfModel(arm, workspace, uri);
    return 'why' in place ? place : await filesIn(arm, workspace, place, options);
  } catch (error) {
    const isOutOfReach = error instanceof Unavailable && error.provider === datastoreProvider && error.code === 'unreachable'; // prettier-ignore
    if (error instanceof Refused || error instanceof BadInput || isOutOfReach) return { why: error.message };
    throw error;
  }
}

export async function filesIn(
  arm: Arm,
  workspace: WorkspaceId,
  { datastore, path }: Place,
  options: DatastoreOptions,
): Promise<Files> {
  const client = await openDatastore(arm, workspace, datastore, options);
  return asking(datastoreProvider, `files at ${path}`, async () => {
    const files: ModelFile[] = [];
    for await (const { name, properties } of filesAt(client, path)) {
      const { contentLength = 0, etag, contentMD5 } = properties;
      files.push([name.slice(path.length), contentLength, etag, Buffer.from(contentMD5 ?? []).toString('base64')]);
      if (files.length > maxFiles)
        return { why: `there are more than ${maxFiles.toLocaleString('en')} files at ${path}` };
    }
    return files.length > 0 ? files : { why: `there is no file at ${path} of datastore ${datastore}` };
  });
}

/** Where the files of a version lie, or why nobody can say. */
export async function placeOfModel(
  arm: Arm,
  workspace: WorkspaceId,
  uri: string | undefined,
): Promise<Place | { readonly why: string }> {
  if (uri === undefined) return { why: 'the version does not say where it lies' };
  const address = await addressOf(arm, workspace, uri);
  const place = isIn(workspace, address) ? placeOf(address) : undefined;
  return place ?? { why: `it lies at ${uri}, which is not in a datastore of its workspace` };
}

/** An address that names no workspace is of its own. Groups may hold namesakes. */
function isIn(workspace: WorkspaceId, address: string): boolean {
  const { subscription, group, name } = partsOf(workspace);
  const own = { subscriptions: subscription, resourcegroups: group, workspaces: name };
  return Object.entries(own).every(([kind, mine]) => {
    const [, named = mine] = new RegExp(`^azureml://.*?/?${kind}/([^/]+)/`, 'i').exec(address) ?? [];
    return named.toLowerCase() === mine.toLowerCase();
  });
}

const jobOutput = /^azureml:\/\/jobs\/([^/]+)\/outputs\/([^/]+)\/?(?:paths\/(.*))?$/i;

/** The datastore address behind an output or an artifact of a job. */
async function addressOf(arm: Arm, workspace: WorkspaceId, uri: string): Promise<string> {
  const [, run, artifact = ''] = /^runs:\/([^/]+)\/(.*)$/i.exec(uri) ?? [];
  if (run !== undefined) return artifactAddress(run, artifact);
  const [, job, output, below = ''] = jobOutput.exec(uri) ?? [];
  if (job === undefined || output === undefined) return uri;
  if (output === 'artifacts') return artifactAddress(job, below);
  const found = await arm.read(workspace, { path: jobPath(job) }, producer);
  const at = found?.properties?.outputs?.[output]?.uri ?? defaultOutput(job, output);
  return `${at.replace(/\/$/, '')}/${below}`;
}

/** Unverified: where runs keep their artifacts is seen in addresses only. Were it elsewhere, no file would be found, which is told. */
function artifactAddress(run: string, path: string): string {
  return `azureml://datastores/workspaceartifactstore/paths/ExperimentRun/dcid.${run}/${path}`;
}
