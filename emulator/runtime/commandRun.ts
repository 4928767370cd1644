import type { JobStatus } from '../world.ts';
import { uploadArtifacts } from './artifacts.ts';
import { assetVersion, UnknownReference } from './assets.ts';
import { fillCommand, parseCommandJob, timeoutMs, type CommandJob } from './commandJob.ts';
import { containerEnvironment, pathForImage } from './containers.ts';
import { prepareJobFolder, uploadOutputs, type JobFolder } from './jobFolder.ts';
import { endOf, move, type JobContext } from './jobRuns.ts';
import { appendNote } from './log.ts';
import { nodeFree } from './nodes.ts';
import { runCommand } from './processes.ts';

/** A command's way from Queued to its end, as a job of its own or as a part of another. */
export async function runCommandJob(context: JobContext, stop: AbortController): Promise<void> {
  const { world, job } = context;
  let outcome: JobStatus = 'Failed';
  let cancelTimer: (() => void) | undefined;
  try {
    move(context, 'Queued');
    const command = parseCommandJob(job.properties);
    const limitMs = timeoutMs(command);
    await nodeFree(context, stop.signal);
    if (!stop.signal.aborted) move(context, 'Preparing');
    const prepared = await prepare(context, command);
    if (limitMs !== undefined)
      cancelTimer = world.clock.after(limitMs, () => stop.abort('ran longer than limits.timeout'));
    outcome = await perform(context, command, prepared, stop.signal);
  } catch (error) {
    const isTheirs = error instanceof UnknownReference;
    context.run.error = {
      code: isTheirs ? 'UserError' : 'SystemError',
      message: isTheirs ? error.message : String(error),
    };
    appendNote(job, context.run.error.message);
  }
  cancelTimer?.();
  if (stop.signal.aborted) appendNote(job, `stopped: ${String(stop.signal.reason)}`);
  move(context, endOf(context, stop.signal, outcome));
}

/** The same as a part of another job: what stops that one stops its parts. */
export async function runPart(context: JobContext, whole: AbortSignal): Promise<void> {
  const ownStop = new AbortController();
  const pass = () => ownStop.abort(whole.reason);
  whole.addEventListener('abort', pass);
  if (whole.aborted) pass();
  await runCommandJob(context, ownStop);
  whole.removeEventListener('abort', pass);
}

interface Prepared {
  readonly folder: JobFolder;
  readonly path: string;
  readonly line: string;
}

async function prepare({ world, workspace, job }: JobContext, command: CommandJob): Promise<Prepared> {
  const path = pathForImage(assetVersion(workspace, 'environments', command.environmentId));
  const folder = await prepareJobFolder(world, workspace, job.name, command);
  return { folder, path, line: fillCommand(command.command, folder.values) };
}

async function perform(
  context: JobContext,
  command: CommandJob,
  { folder, path, line }: Prepared,
  stop: AbortSignal,
): Promise<JobStatus> {
  const { world, workspace, job } = context;
  if (stop.aborted) return 'Canceled';
  move(context, 'Running');
  const environment = { ...jobEnvironment(context, path), ...command.environmentVariables };
  const exitCode = await runCommand({ command: line, folder: folder.code, environment }, job, stop);
  if (stop.aborted) return 'Canceled';
  move(context, 'Finalizing');
  const artifacts = await uploadArtifacts(world, workspace, context.run, folder.code);
  const files = artifacts + (await uploadOutputs(world, workspace, job.name, command, folder));
  appendNote(job, `exit code ${exitCode ?? 'none (ended by a signal)'}; ${files} output files stored`);
  if (exitCode === 0) return 'Completed';
  const status = exitCode === null ? 'by a signal' : `with status code ${exitCode}`;
  context.run.error = {
    code: 'UserError',
    message: `Execution failed. User process exited ${status}; its log says why.`,
  };
  return 'Failed';
}

/** What plain code needs to log to MLflow over REST. */
function jobEnvironment({ world, workspace, run }: JobContext, path: string): Record<string, string> {
  return {
    ...containerEnvironment(path, world.ca.path),
    MLFLOW_TRACKING_URI: `${world.origin}/mlflow/v1.0${workspace.id}`,
    MLFLOW_TRACKING_TOKEN: world.tokens.issue('https://management.azure.com')?.token ?? '',
    MLFLOW_RUN_ID: run.id,
    MLFLOW_EXPERIMENT_ID: run.experimentId,
    MLFLOW_EXPERIMENT_NAME: run.experimentName,
  };
}
