import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { JobStatus } from '../world.ts';
import { assetVersion, UnknownReference } from './assets.ts';
import { download, downloadFile, listFolder, uploadFolder } from './blobFiles.ts';
import { blobLocation, outputUri } from './blobLocations.ts';
import { jobInput } from './commandJob.ts';
import { containerEnvironment, pathForImage } from './containers.ts';
import { assetUri, downloadCode } from './jobFolder.ts';
import { endOf, move, type JobContext } from './jobRuns.ts';
import { appendNote } from './log.ts';
import { runCommand } from './processes.ts';

const deploymentSchema = z.object({
  model: z.object({ assetId: z.string() }),
  codeConfiguration: z.object({ codeId: z.string(), scoringScript: z.string() }),
  environmentId: z.string(),
  environmentVariables: z.record(z.string(), z.string()).default({}),
  miniBatchSize: z.int(),
  retrySettings: z.object({ maxRetries: z.int() }),
  outputAction: z.enum(['AppendRow', 'SummaryOnly']),
  outputFileName: z.string(),
  errorThreshold: z.int(),
});
type Deployment = z.infer<typeof deploymentSchema>;
const inputsSchema = z.record(z.string(), jobInput);

/** The job of a batch deployment of a model: its scoring script over the files of the input, in one process. */
export async function runBatchJob(context: JobContext, stop: AbortController): Promise<void> {
  const { job } = context;
  let outcome: JobStatus = 'Failed';
  try {
    move(context, 'Queued');
    const deployment = deploymentSchema.parse(job.batch);
    if (!stop.signal.aborted) move(context, 'Preparing');
    const folder = await prepare(context, deployment);
    if (!stop.signal.aborted) outcome = await perform(context, deployment, folder, stop.signal);
  } catch (error) {
    const isTheirs = error instanceof UnknownReference;
    context.run.error = {
      code: isTheirs ? 'UserError' : 'SystemError',
      message: isTheirs ? error.message : String(error),
    };
    appendNote(job, context.run.error.message);
  }
  if (stop.signal.aborted) appendNote(job, `stopped: ${String(stop.signal.reason)}`);
  move(context, endOf(context, stop.signal, outcome));
}

interface Folder {
  readonly root: string;
  readonly path: string;
}

async function prepare({ world, workspace, job }: JobContext, deployment: Deployment): Promise<Folder> {
  const path = pathForImage(assetVersion(workspace, 'environments', deployment.environmentId));
  const root = join(world.folder, 'jobs', job.name);
  await rm(root, { recursive: true, force: true });
  for (const name of ['code', 'model', 'input', 'output']) await mkdir(join(root, name), { recursive: true });
  await writeFile(join(root, 'package.json'), '{}\n');
  await copyFile(fileURLToPath(new URL('batchDriver.ts', import.meta.url)), join(root, 'batchDriver.mts'));
  await downloadCode(world, workspace, deployment.codeConfiguration.codeId, join(root, 'code'));
  const model = assetUri(workspace, 'models', deployment.model.assetId);
  await download(world.storage, blobLocation(world, workspace, model), join(root, 'model'));
  const [input] = Object.values(inputsSchema.parse(job.properties['inputs']));
  if (input === undefined || input.jobInputType === 'literal') throw new UnknownReference('the job has no data input');
  const copy = input.jobInputType === 'uri_file' ? downloadFile : download;
  await copy(world.storage, blobLocation(world, workspace, assetUri(workspace, 'data', input.uri)), join(root, 'input'));
  return { root, path };
} // prettier-ignore

async function perform(
  context: JobContext,
  deployment: Deployment,
  { root, path }: Folder,
  stop: AbortSignal,
): Promise<JobStatus> {
  const { world, workspace, job } = context;
  const uri = outputUri(workspace, job.name, 'score');
  const to = blobLocation(world, workspace, uri);
  if ((await listFolder(world.storage, to)).length > 0) throw new UnknownReference(`${uri} holds something already`);
  move(context, 'Running');
  const settings = {
    input: join(root, 'input'),
    output: join(root, 'output'),
    script: deployment.codeConfiguration.scoringScript,
    miniBatchSize: deployment.miniBatchSize,
    retries: deployment.retrySettings.maxRetries,
    errorThreshold: deployment.errorThreshold,
    ...(deployment.outputAction === 'AppendRow' && { outputFile: deployment.outputFileName }),
  };
  const environment = {
    ...containerEnvironment(path, world.ca.path),
    ...deployment.environmentVariables,
    AZUREML_MODEL_DIR: join(root, 'model'),
    AZUREML_BI_OUTPUT_PATH: settings.output,
    BATCH_JOB: JSON.stringify(settings),
  };
  const command = 'node --disable-warning=ExperimentalWarning ../batchDriver.mts';
  const exitCode = await runCommand({ command, folder: join(root, 'code'), environment }, job, stop);
  if (stop.aborted) return 'Canceled';
  move(context, 'Finalizing');
  const files = await uploadFolder(world.storage, settings.output, to);
  job.outputs = new Map([['score', uri]]);
  appendNote(job, `exit code ${exitCode ?? 'none (ended by a signal)'}; ${files} output files stored`);
  if (exitCode === 0) return 'Completed';
  context.run.error = { code: 'UserError', message: 'Execution failed. The scoring script failed; its log says why.' };
  return 'Failed';
}
