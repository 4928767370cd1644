import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { z } from 'zod';
import type { Workspace, World } from '../world.ts';
import { assetVersion, isAssetReference, UnknownReference, type AssetKind } from './assets.ts';
import { download, downloadFile, uploadFolder } from './blobFiles.ts';
import { blobLocation, outputUri } from './blobLocations.ts';
import type { CommandJob, CommandValues, JobInput } from './commandJob.ts';

export interface JobFolder {
  /** Where the process starts; holds the code. */
  readonly code: string;
  readonly outputs: string;
  /** What the placeholders of the command mean: literals, or paths relative to `code` (so they never hold blanks). */
  readonly values: CommandValues;
}

const codeSchema = z.object({ codeUri: z.string() });
const dataSchema = z.object({ dataUri: z.string() });
const modelSchema = z.object({ modelUri: z.string() });

/** Makes the job's folder afresh and downloads code and inputs into it. */
export async function prepareJobFolder(
  world: World,
  workspace: Workspace,
  name: string,
  job: CommandJob,
): Promise<JobFolder> {
  const folder = join(world.folder, 'jobs', workspace.guid, name);
  const [code, inputs, outputs] = [join(folder, 'code'), join(folder, 'inputs'), join(folder, 'outputs')];
  await rm(folder, { recursive: true, force: true });
  for (const made of [code, inputs, outputs]) await mkdir(made, { recursive: true });
  // Node looks upwards for a package.json to learn what `.js` means; it must not find one outside the job.
  await writeFile(join(folder, 'package.json'), '{}\n');

  if (job.codeId) await downloadCode(world, workspace, job.codeId, code);
  const inputValues = new Map<string, string>();
  for (const [key, input] of Object.entries(job.inputs ?? {})) {
    inputValues.set(key, await inputValue(world, workspace, input, { code, target: join(inputs, key) }));
  }
  const outputValues = new Map<string, string>();
  for (const [key, output] of Object.entries(job.outputs ?? {})) {
    const path = output.jobOutputType === 'uri_file' ? join(outputs, key, key) : join(outputs, key);
    await mkdir(join(outputs, key), { recursive: true });
    outputValues.set(key, fromCode(code, path));
  }
  return { code, outputs, values: { inputs: inputValues, outputs: outputValues } };
}

export async function downloadCode(world: World, workspace: Workspace, codeId: string, folder: string): Promise<void> {
  const { codeUri } = codeSchema.parse(assetVersion(workspace, 'codes', codeId).properties);
  await download(world.storage, blobLocation(world, workspace, codeUri), folder);
}

/** Answers how many files were uploaded. */
export async function uploadOutputs(
  world: World,
  workspace: Workspace,
  name: string,
  job: CommandJob,
  folder: JobFolder,
): Promise<number> {
  let files = 0;
  for (const key of Object.keys(job.outputs ?? {})) {
    const to = blobLocation(world, workspace, outputUri(workspace, name, key));
    files += await uploadFolder(world.storage, join(folder.outputs, key), to);
  }
  return files;
}

async function inputValue(
  world: World,
  workspace: Workspace,
  input: JobInput,
  { code, target }: { code: string; target: string },
): Promise<string> {
  if (input.jobInputType === 'literal') return input.value;
  const isModel = input.jobInputType === 'custom_model' || input.jobInputType === 'mlflow_model';
  const from = blobLocation(world, workspace, assetUri(workspace, isModel ? 'models' : 'data', input.uri));
  const copy = input.jobInputType === 'uri_file' ? downloadFile : download;
  return fromCode(code, await copy(world.storage, from, target));
}

/** The place that a registered version names, or the text itself when it is a place. */
export function assetUri(workspace: Workspace, kind: Extract<AssetKind, 'data' | 'models'>, reference: string): string {
  if (!isAssetReference(reference)) return reference;
  const { properties, id } = assetVersion(workspace, kind, reference);
  const parsed = z.union([dataSchema, modelSchema]).safeParse(properties);
  if (!parsed.success) throw new UnknownReference(`${id} names no place`);
  return 'dataUri' in parsed.data ? parsed.data.dataUri : parsed.data.modelUri;
}

function fromCode(code: string, path: string): string {
  return relative(code, path).split(sep).join('/');
}
