import type { ContainerClient } from '@azure/storage-blob';
import { z } from 'zod';
import { Refused, Unavailable } from '../core/errors.ts';
import type { CollectedFact } from '../core/step.ts';
import { MOST_COLLECTED, type CollectedWindow } from '../core/training/state.ts';
import type { WorkspaceId } from '../ports.ts';
import type { CollectedVersion, DataAssets } from '../ports/training.ts';
import { partsOf, type Arm } from './arm.ts';
import { asking, parsed } from './armErrors.ts';
import { collectedDatastore, collectedFiles, type CollectedFile } from './collectedFiles.ts';
import { datastoreProvider, openDatastore, type DatastoreOptions } from './datastoreFiles.ts';

/** Versions by hand or of other endpoints may lie between ours. */
const versionsLookedAt = 20;
/** Said on the version, so that the next one knows what is new. */
const tagOf = { endpoint: 'steward.endpoint', from: 'steward.from', to: 'steward.to' };
const copiesAtOnce = 8;
const copyTimeoutMs = 30_000;

const tags = z.record(z.string(), z.string().nullish()).nullish();
const listedVersion = z.object({ name: z.string(), properties: z.object({ tags }) });
type ListedVersion = z.output<typeof listedVersion>;
/** There by now, or being written. */
const lostRace = z.object({ statusCode: z.union([z.literal(409), z.literal(412)]) });
const dataContainer = z.object({ properties: z.object({ nextVersion: z.string().nullish() }) });

/** What a version of what the endpoint was asked would hold now. */
export async function collectedNow(
  arm: Arm,
  workspace: WorkspaceId,
  { endpoint, window }: { readonly endpoint: string; readonly window: CollectedWindow },
  options: DatastoreOptions,
): Promise<CollectedFact> {
  const versions = await newestVersions(arm, workspace, window.data);
  const reached = reachedBy(versions, endpoint);
  const client = await openDatastore(arm, workspace, collectedDatastore, options);
  const files = await asking(datastoreProvider, `what ${endpoint} was asked`, () => filesIn(client, endpoint, window));
  return {
    files: files.length,
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    newFiles: files.filter(({ until }) => reached === undefined || until > reached).length,
    nextVersion: await nextVersion(arm, workspace, window.data, versions),
  };
}

/** One more than a version may take in says that there are too many. */
async function filesIn(client: ContainerClient, endpoint: string, window: CollectedWindow): Promise<CollectedFile[]> {
  const files: CollectedFile[] = [];
  for await (const file of collectedFiles(client, endpoint, window)) {
    files.push(file);
    if (files.length > MOST_COLLECTED.files) break;
  }
  return files;
}

/** The end of the newest window of this endpoint that a version holds. */
function reachedBy(versions: readonly ListedVersion[], endpoint: string): string | undefined {
  return versions
    .filter(({ properties }) => properties.tags?.[tagOf.endpoint] === endpoint)
    .flatMap(({ properties }) => properties.tags?.[tagOf.to] ?? [])
    .toSorted()
    .at(-1);
}

export async function hasVersion(
  arm: Arm,
  workspace: WorkspaceId,
  { data, version, stewardId }: Parameters<DataAssets['has']>[1],
): Promise<boolean> {
  const found = await versionTags(arm, workspace, data, version);
  return found?.['stewardId'] === stewardId;
}

/** GET before PUT, copies before the version: what is registered is whole. */
export async function collectVersion(
  arm: Arm,
  workspace: WorkspaceId,
  { endpoint, version }: { readonly endpoint: string; readonly version: CollectedVersion },
  options: DatastoreOptions,
): Promise<void> {
  if (await isOurs(arm, workspace, version)) return;
  const folder = `steward/collected/${version.data}/${version.version}`;
  const client = await openDatastore(arm, workspace, collectedDatastore, options);
  await asking(datastoreProvider, `copies for ${version.data}:${version.version}`, async () => {
    const files = await filesIn(client, endpoint, version);
    if (files.length === 0 || files.length > MOST_COLLECTED.files)
      throw new Refused('invalid', datastoreProvider, `${files.length} files were collected, 1 to ${MOST_COLLECTED.files} can become a version`); // prettier-ignore
    await copyAll(client, files, folder);
  });
  await register(arm, workspace, endpoint, version, folder);
}

/** Copies that are there stay as they are; a copy that failed is made anew. */
async function copyAll(client: ContainerClient, files: readonly CollectedFile[], folder: string): Promise<void> {
  const known = new Map<string, string | undefined>();
  for await (const { name, properties } of client.listBlobsFlat({ prefix: `${folder}/`, includeCopy: true }))
    known.set(name, properties.copyStatus);
  const wanted = files.filter(({ path }) => {
    const state = known.get(`${folder}/${path}`);
    return state !== 'success' && state !== 'pending';
  });
  let waiting = [...known.values()].filter((state) => state === 'pending').length;
  for (let at = 0; at < wanted.length; at += copiesAtOnce) {
    const copied = await Promise.all(
      wanted.slice(at, at + copiesAtOnce).map(({ name, path }) => {
        const target = `${folder}/${path}`;
        return copy(client, name, target, known.has(target));
      }),
    );
    waiting += copied.filter((done) => !done).length;
  }
  if (waiting > 0) throw new Unavailable('timeout', datastoreProvider, `${waiting} copies in ${folder} are still under way`); // prettier-ignore
}

/**
 * Inside the account, so without moving bytes through here; of any kind of blob. False: it is under way. Unverified: that
 * Azure, asked with an identity, takes the source's address without a signature (its own tools do so within one account).
 */
async function copy(client: ContainerClient, source: string, target: string, anew: boolean): Promise<boolean> {
  try {
    const poller = await client.getBlobClient(target).beginCopyFromURL(client.getBlobClient(source).url, {
      abortSignal: AbortSignal.timeout(copyTimeoutMs),
      ...(!anew && { conditions: { ifNoneMatch: '*' } }),
    });
    return poller.getOperationState().result?.copyStatus === 'success';
  } catch (error) {
    // A pass beside this one makes the same copy: the next look sees how it went.
    if (lostRace.safeParse(error).success) return false;
    throw error;
  }
}

async function register(
  arm: Arm,
  workspace: WorkspaceId,
  endpoint: string,
  version: CollectedVersion,
  folder: string,
): Promise<void> {
  const path = `/data/${encodeURIComponent(version.data)}/versions/${encodeURIComponent(version.version)}`;
  try {
    const done = await arm.change(workspace, 'PUT', path, versionBody(workspace, endpoint, version, folder));
    if (done === undefined) throw new Refused('notFound', 'Azure ML', `PUT data ${version.data}:${version.version}: 404`);
  } catch (error) {
    // Somebody (a late call of ours, too) may have taken the number between the two calls.
    if (error instanceof Refused && (await isOurs(arm, workspace, version))) return;
    throw error;
  }
} // prettier-ignore

function versionBody(
  workspace: WorkspaceId,
  endpoint: string,
  { from, to, collections, stewardId }: CollectedVersion,
  folder: string,
): object {
  const { subscription, group, name } = partsOf(workspace);
  const store = `azureml://subscriptions/${subscription}/resourcegroups/${group}/workspaces/${name}/datastores/${collectedDatastore}`;
  return {
    properties: {
      dataType: 'uri_folder',
      dataUri: `${store}/paths/${folder}/`,
      description: `What ${endpoint} was asked from ${from} to ${to}: ${collections.join(', ')}`,
      tags: { stewardId, [tagOf.endpoint]: endpoint, [tagOf.from]: from, [tagOf.to]: to },
    },
  };
}

async function isOurs(arm: Arm, workspace: WorkspaceId, { data, version, stewardId }: CollectedVersion): Promise<boolean> {
  const found = await versionTags(arm, workspace, data, version);
  if (found === undefined) return false;
  if (found['stewardId'] === stewardId) return true;
  throw new Refused('foreign', 'Azure ML', `There is a ${data}:${version} already that is not ours`);
} // prettier-ignore

/** Undefined = there is no such version. */
async function versionTags(arm: Arm, workspace: WorkspaceId, data: string, version: string) {
  const asked = `GET data ${data}:${version}`;
  const answer = await arm.factsOrAbsent(workspace, asked, ({ client, group, workspace: name, options }) =>
    client.dataVersions.get(group, name, data, version, options),
  );
  return answer && (parsed('Azure ML', asked, listedVersion, answer).properties.tags ?? {});
}

async function newestVersions(arm: Arm, workspace: WorkspaceId, data: string): Promise<readonly ListedVersion[]> {
  const asked = `GET newest versions of data ${data}`;
  const found = await arm.factsOrAbsent(workspace, asked, async ({ client, group, workspace: at, options }) => {
    const newestFirst = { ...options, orderBy: 'createdtime desc', top: versionsLookedAt };
    const listed: ListedVersion[] = [];
    for await (const version of client.dataVersions.list(group, at, data, newestFirst)) {
      listed.push(parsed('Azure ML', asked, listedVersion, version));
      if (listed.length >= versionsLookedAt) break;
    }
    return listed;
  });
  return found ?? [];
}

/** As the service would number it. */
async function nextVersion(
  arm: Arm,
  workspace: WorkspaceId,
  data: string,
  versions: readonly ListedVersion[],
): Promise<string> {
  const found = await arm.read(workspace, { path: `/data/${encodeURIComponent(data)}` }, dataContainer);
  const highest = Math.max(0, ...versions.map(({ name }) => Number(name)).filter(Number.isInteger));
  return found?.properties.nextVersion ?? String(highest + 1);
}
