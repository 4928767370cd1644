import { join } from 'node:path';
import type { Run, Workspace, World } from '../world.ts';
import { listFolder, uploadFolder, type StoredFile } from './blobFiles.ts';
import { artifactLocation } from './blobLocations.ts';

/** Folders of a job's working folder that are kept without being declared as outputs. */
const kept = ['outputs', 'logs'];

/** Answers how many files were stored. */
export async function uploadArtifacts(world: World, workspace: Workspace, run: Run, folder: string): Promise<number> {
  const { container, path } = artifactLocation(workspace, run.id);
  let files = 0;
  for (const name of kept) {
    files += await uploadFolder(world.storage, join(folder, name), { container, path: `${path}/${name}` });
  }
  return files;
}

/** What lies directly below `folder` of a run's artifacts; a reused step shows those of the earlier one. */
export async function listArtifacts(
  world: World,
  workspace: Workspace,
  run: Run,
  folder: string,
): Promise<readonly StoredFile[]> {
  const { container, path } = artifactLocation(workspace, run.properties.get('azureml.reusedrunid') ?? run.id);
  const found = await listFolder(world.storage, { container, path: folder === '' ? path : `${path}/${folder}` });
  return found.map(({ path: name, ...rest }) => ({ ...rest, path: name.slice(path.length + 1) }));
}
