import { z } from 'zod';
import { Refused } from '../core/errors.ts';
import type { Brought, WorkspaceId } from '../ports.ts';
import { partsOf, type Arm } from './arm.ts';
import { parsed } from './armErrors.ts';
import { artifactOf, filesIn, placeOfModel, versionIdentity, type ModelFile } from './artifacts.ts';
import { datastoreProvider, openDatastore, type DatastoreOptions, type Place } from './datastoreFiles.ts';
import { copyFiles } from './modelsCopy.ts';
import { isOurs, putVersion } from './modelsRegister.ts';

/** Where it is brought to, as everything else that Steward writes: below `steward/` of the workspace's own container. */
const targetDatastore = 'workspaceblobstore';

const sourceVersion = z.object({
  id: z.string(),
  properties: z.object({
    isArchived: z.boolean().nullish(),
    modelUri: z.string().nullish(),
    modelType: z.string().nullish(),
    flavors: z.record(z.string(), z.unknown()).nullish(),
    description: z.string().nullish(),
    tags: z.record(z.string(), z.string()).nullish(),
  }),
});
type SourceVersion = z.output<typeof sourceVersion>;

interface Bringing {
  readonly model: string;
  readonly version: Brought;
}

/** Files before the version: what is registered is whole, and lies in its own workspace. */
export async function bringVersion(
  arm: Arm,
  workspace: WorkspaceId,
  { model, version }: Bringing,
  options: DatastoreOptions,
): Promise<void> {
  const named = { model, version: version.as, stewardId: version.stewardId };
  if (await isOurs(arm, workspace, named)) return;
  const source = await sourceOf(arm, { model, version });
  const { place, files } = await filesOf(arm, source, version, options);
  const last = place.path.split('/').at(-1) ?? '';
  const folder = `steward/models/${model}/${version.as}/${version.stewardId}`;
  await copyFiles(files, {
    source: await openDatastore(arm, version.workspace, place.datastore, options),
    from: place.path,
    target: await openDatastore(arm, workspace, targetDatastore, options),
    to: `${folder}/${last}`,
  });
  await putVersion(arm, workspace, named, versionBody(workspace, version, source, `${folder}/${last}`));
}

async function sourceOf(arm: Arm, { model, version: { workspace, version, from } }: Bringing): Promise<SourceVersion> {
  const asked = `GET model ${model}:${version} of ${from}`;
  const answer = await arm.factsOrAbsent(workspace, asked, ({ client, group, workspace: name, options }) =>
    client.modelVersions.get(group, name, model, version, options),
  );
  if (answer === undefined) throw new Refused('gone', 'Azure ML', `There is no ${model}:${version} in ${from} any more`); // prettier-ignore
  const source = parsed('Azure ML', asked, sourceVersion, answer);
  if (source.properties.isArchived) throw new Refused('gone', 'Azure ML', `${model}:${version} of ${from} is archived`);
  return source;
}

/** What was judged is what goes on: the digest is that of the files when the other environment judged them. */
async function filesOf(
  arm: Arm,
  { id, properties }: SourceVersion,
  { workspace, artifact, from }: Brought,
  options: DatastoreOptions,
): Promise<{ readonly place: Place; readonly files: readonly ModelFile[] }> {
  const uri = properties.modelUri ?? undefined;
  const place = await placeOfModel(arm, workspace, uri);
  const files = 'why' in place ? place : await filesIn(arm, workspace, place, options);
  if ('why' in place || 'why' in files) {
    const { why } = 'why' in place ? place : (files as { readonly why: string });
    throw new Refused('invalid', datastoreProvider, `The files of the version in ${from} cannot be copied: ${why}`);
  }
  if (artifact !== undefined && artifactOf(versionIdentity(id, uri), files).digest !== artifact)
    throw new Refused('stale', datastoreProvider, `The files of the version in ${from} changed since they were judged there`); // prettier-ignore
  return { place, files };
}

function versionBody(workspace: WorkspaceId, { from, version, stewardId }: Brought, source: SourceVersion, path: string) {
  const { subscription, group, name } = partsOf(workspace);
  const { modelType, flavors, description, tags } = source.properties;
  return {
    properties: {
      modelType: modelType ?? 'custom_model',
      modelUri: `azureml://subscriptions/${subscription}/resourcegroups/${group}/workspaces/${name}/datastores/${targetDatastore}/paths/${path}`,
      ...(flavors && { flavors }),
      description: description || `Version ${version} of ${from}`,
      tags: { ...tags, 'steward.from': `${from}:${version}`, stewardId },
    },
  };
} // prettier-ignore
