import type { Job, JobStatus, Run, Workspace, World } from '../world.ts';
import { assetVersion, UnknownReference } from './assets.ts';
import { parseCommandJob, fillCommand, timeoutMs, type CommandJob } from './commandJob.ts';
import { containerEnvironment, pathForImage } from './containers.ts';
import { prepareJobFolder, uploadOutputs, type JobFolder } from './jobFolder.ts';
import { appendNote } from './log.ts';
import { runCommand } from './processes.ts';
import { addRun, changeRunStatus, isTerminal } from './runs.ts';

export interface JobRunner {
  run(workspace: Workspace, job: Job): void;
  cancel(workspace: Workspace, job: Job): void;
  /** Kills what still runs. */
  stop(): Promise<void>;
}

interface Running {
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

export function jobRunner(world: World): JobRunner {
  const running = new Map<Job, Running>();
  return {
    run(workspace, job) {
      const stop = new AbortController();
      const run = startRun(world, workspace, job);
      const ended = execute({ world, workspace, job, run }, stop)
        .catch((error: unknown) => world.crashes.push(`job ${job.name}: ${String(error)}`))
        .then(() => void running.delete(job));
      running.set(job, { stop, ended });
    },
    cancel(workspace, job) {
      const found = running.get(job);
      if (found === undefined || isTerminal(job.status) || found.stop.signal.aborted) return;
      const run = workspace.runs.get(job.name);
      if (run !== undefined) move({ world, workspace, job, run }, 'CancelRequested');
      found.stop.abort('canceled on request');
    },
    async stop() {
      const left = [...running.values()];
      for (const { stop } of left) stop.abort('the emulator stops');
      await Promise.all(left.map(({ ended }) => ended));
    },
  };
}

interface Context {
  readonly world: World;
  readonly workspace: Workspace;
  readonly job: Job;
  readonly run: Run;
}

function startRun(world: World, workspace: Workspace, job: Job): Run {
  const { displayName, experimentName, tags, properties } = readable(job.properties);
  const run = addRun(workspace, {
    id: job.name,
    experimentName: experimentName ?? 'Default',
    runType: 'azureml.scriptrun',
    name: displayName ?? job.name,
    status: 'NotStarted',
    startedAt: world.clock.now(),
    tags: { ...job.tags, ...tags, 'mlflow.rootRunId': job.name, 'mlflow.runName': displayName ?? job.name },
    properties: { ...properties },
  });
  move({ world, workspace, job, run }, 'NotStarted');
  return run;
}

/** A job that cannot be read still gets a run, so that its failure is told like any other. */
function readable(properties: unknown): Partial<CommandJob> {
  try {
    return parseCommandJob(properties);
  } catch {
    return {};
  }
}

async function execute(context: Context, stop: AbortController): Promise<void> {
  const { world, job } = context;
  let outcome: JobStatus = 'Failed';
  let cancelTimer: (() => void) | undefined;
  try {
    move(context, 'Queued');
    const command = parseCommandJob(job.properties);
    const limitMs = timeoutMs(command);
    move(context, 'Preparing');
    const prepared = await prepare(context, command);
    if (limitMs !== undefined)
      cancelTimer = world.clock.after(limitMs, () => stop.abort('ran longer than limits.timeout'));
    outcome = await perform(context, command, prepared, stop.signal);
  } catch (error) {
    appendNote(job, error instanceof UnknownReference ? error.message : String(error));
  }
  cancelTimer?.();
  if (stop.signal.aborted) appendNote(job, `canceled: ${String(stop.signal.reason)}`);
  move(context, stop.signal.aborted ? 'Canceled' : outcome);
}

interface Prepared {
  readonly folder: JobFolder;
  readonly path: string;
  readonly line: string;
}

async function prepare({ world, workspace, job }: Context, command: CommandJob): Promise<Prepared> {
  const path = pathForImage(assetVersion(workspace, 'environments', command.environmentId));
  const folder = await prepareJobFolder(world, workspace, job.name, command);
  return { folder, path, line: fillCommand(command.command, folder.values) };
}

async function perform(
  context: Context,
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
  const files = await uploadOutputs(world, workspace, job.name, command, folder);
  appendNote(job, `exit code ${exitCode ?? 'none (ended by a signal)'}; ${files} output files stored`);
  return exitCode === 0 ? 'Completed' : 'Failed';
}

/** What plain code needs to log to MLflow over REST. */
function jobEnvironment({ world, workspace, run }: Context, path: string): Record<string, string> {
  return {
    ...containerEnvironment(path, world.ca.path),
    MLFLOW_TRACKING_URI: `${world.origin}/mlflow/v1.0${workspace.id}`,
    MLFLOW_TRACKING_TOKEN: world.tokens.issue('https://management.azure.com')?.token ?? '',
    MLFLOW_RUN_ID: run.id,
    MLFLOW_EXPERIMENT_ID: run.experimentId,
    MLFLOW_EXPERIMENT_NAME: run.experimentName,
  };
}

function move({ world, workspace, job, run }: Context, status: JobStatus): void {
  job.status = status;
  changeRunStatus(world, workspace, run, status);
}
