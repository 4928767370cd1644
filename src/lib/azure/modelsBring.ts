import { z } from 'zod';
import { Refused } from '../core/errors.ts';
import type { Brought, WorkspaceId } from '../ports.ts';
import { partsOf, type Arm } from './arm.ts';
import { parsed } from './armErrors.ts';
import { artifactOf, filesIn, placeOfModel, versionIdentity, type ModelFile } from './artifacts.ts';
import { datastoreProvider, openDatastore, type DatastoreOptions } from './datastoreFiles.ts';
import { copyFiles } from './modelsCopy.ts';
import { isOurs, putVersion } from './modelsRegister.ts';

/** Where it is brought to, as everything else that Steward writes: below `steward/` of the workspace's own container. */
const targetDatastore = 'workspaceblobstore';

const sourceVersion = z.object({
  id: z.string(),
  properties: z.object({
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

/** Files before the version: what is registered is whole. Both ends are the workspaces' own, so neither lives by the other. */
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
  if (answer === undefined) throw new Refused('notFound', 'Azure ML', `There is no ${model}:${version} in ${from} any more`); // prettier-ignore
  return parsed('Azure ML', asked, sourceVersion, answer);
}

/** What was judged is what goes on: the digest is that of the files when the other environment judged them. */
async function filesOf(arm: Arm, { id, properties }: SourceVersion, { workspace, artifact, from }: Brought, options: DatastoreOptions) {
  const uri = properties.modelUri ?? undefined;
  const place = await placeOfModel(arm, workspace, uri);
  const files = 'why' in place ? place : await filesIn(arm, workspace, place, options);
  if ('why' in files) throw new Refused('invalid', datastoreProvider, `The files of the version in ${from} cannot be copied: ${files.why}`);
  if ('why' in place) throw new Error('unreachable: files without a place');
  if (artifact !== undefined && artifactOf(versionIdentity(id, uri), files).digest !== artifact)
    throw new Refused('stale', datastoreProvider, `The files of the version in ${from} changed since they were judged there`);
  return { place, files: files satisfies readonly ModelFile[] };
} // prettier-ignore

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
