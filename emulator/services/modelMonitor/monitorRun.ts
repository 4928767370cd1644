import { randomUUID } from 'node:crypto';
import { appendNote } from '../../runtime/log.ts';
import { addRun, changeRunStatus } from '../../runtime/runs.ts';
import type { Job, JobStatus, Resource, Run, Workspace, World } from '../../world.ts';
import { parseMonitor, type InputData, type Monitor, type Signal } from './definition.ts';
import { signalMetrics, type SignalMetric, type Tables } from './metrics.ts';
import { NotDone } from './notDone.ts';
import type { MonitorContext } from './preprocessing.ts';
import { inStep } from './steps.ts';
import { readTable, type Row } from './tables.ts';
import { asTag, breachesOf, breachMessage, breachTag } from './threshold.ts';

/** The step that sets the threshold tag is named as in the vendor's pipelines; their other steps are one here. */
const preprocessing = 'preprocess_data';
const computing = 'compute_metrics';
const evaluating = 'evaluate_metric_thresholds';

export interface StartedMonitor {
  readonly run: Run;
  /** Resolves when the run has ended, well or not. */
  readonly ended: Promise<void>;
}

/** Starts one run of a monitor: a pipeline job named after the schedule and the time it is for. */
export function startMonitorRun(
  world: World,
  workspace: Workspace,
  schedule: Resource,
  { at, stop }: { readonly at: Date; readonly stop: AbortSignal },
): StartedMonitor {
  const job = addJob(world, workspace, schedule, at);
  const run = addRootRun(world, workspace, job);
  const move = (status: JobStatus) => {
    job.status = status;
    changeRunStatus(world, workspace, run, status);
  };
  move('NotStarted');
  const context: MonitorContext = { world, workspace, job, at, stop };
  const work = async () => {
    move('Preparing');
    const monitor = parseMonitor(schedule);
    move('Running');
    await runSignals(context, run, monitor);
    move('Finalizing');
    move('Completed');
  };
  const ended = work().catch((error: unknown) => {
    if (error instanceof NotDone) world.unimplemented.push(error.message);
    appendNote(job, error instanceof Error ? error.message : String(error));
    move(stop.aborted ? 'Canceled' : 'Failed');
  });
  return { run, ended };
}

/** `<schedule>-YYYYMMDDThhmmssZ`: documented for jobs that schedules trigger, unverified for monitors. */
function displayNameOf(schedule: Resource, at: Date): string {
  return `${schedule.name}-${at.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
}

function addJob(world: World, workspace: Workspace, schedule: Resource, at: Date): Job {
  const name = randomUUID();
  const now = world.clock.now();
  const job: Job = {
    id: `${workspace.id}/jobs/${name}`,
    name,
    type: 'Microsoft.MachineLearningServices/workspaces/jobs',
    tags: {},
    properties: {
      jobType: 'Pipeline',
      displayName: displayNameOf(schedule, at),
      experimentName: schedule.name,
      isArchived: false,
      settings: {},
      jobs: {},
      properties: { 'azureml.runsource': 'azureml.PipelineRun', runSource: 'Unavailable', runType: 'Schedule' },
    },
    createdAt: now,
    modifiedAt: now,
    status: 'NotStarted',
    log: '',
  };
  workspace.jobs.set(name, job);
  return job;
}

function addRootRun(world: World, workspace: Workspace, { name, properties }: Job): Run {
  const displayName = String(properties['displayName']);
  return addRun(workspace, {
    id: name,
    experimentName: String(properties['experimentName']),
    runType: 'azureml.PipelineRun',
    name: displayName,
    status: 'NotStarted',
    startedAt: world.clock.now(),
    tags: { 'azureml.pipelineComponent': 'pipelinerun', 'mlflow.rootRunId': name, 'mlflow.runName': displayName },
    properties: properties['properties'] as Record<string, string>,
  });
}

async function runSignals(context: MonitorContext, root: Run, monitor: Monitor): Promise<void> {
  const tables = await inStep(context, preprocessing, () => readTables(context, monitor));
  for (const [name, signal] of Object.entries(monitor.signals)) {
    const metrics = await inStep(context, computing, (run) => {
      const computed = signalMetrics(signal, tablesOf(signal, tables));
      logMetrics(context.world, run, computed);
      return computed;
    });
    await inStep(context, evaluating, (run) =>
      evaluate(name, metrics, { run, root, emails: emailsOf(monitor, signal) }),
    );
  }
}

/** Each place is read once, however many signals look at it. */
async function readTables(context: MonitorContext, { signals }: Monitor): Promise<ReadonlyMap<string, readonly Row[]>> {
  const tables = new Map<string, readonly Row[]>();
  for (const input of Object.values(signals).flatMap(inputsOf)) {
    const key = JSON.stringify(input);
    if (!tables.has(key)) tables.set(key, await readTable(context, input, `table-${tables.size + 1}`));
  }
  return tables;
}

function inputsOf({ referenceData, productionData }: Signal): InputData[] {
  return [referenceData, ...[productionData].flat()];
}

function tablesOf(signal: Signal, tables: ReadonlyMap<string, readonly Row[]>): Tables {
  const [reference = [], production = []] = inputsOf(signal).map((input) => tables.get(JSON.stringify(input)) ?? []);
  return { reference, production };
}

/** So that people see what was computed; where the service shows its figures is another place [unverified]. */
function logMetrics(world: World, run: Run, metrics: readonly SignalMetric[]): void {
  const timestamp = world.clock.now().getTime();
  for (const { group, name, value } of metrics) {
    run.metrics.push({ key: group === undefined ? name : `${group}.${name}`, value, timestamp, step: 0 });
  }
}

/** The breach is told by a tag of the step while it runs, and by nothing else: the step completes all the same. */
function evaluate(
  signal: string,
  metrics: readonly SignalMetric[],
  { run, root, emails }: { readonly run: Run; readonly root: Run; readonly emails: readonly string[] },
): void {
  const breaches = breachesOf(metrics);
  if (breaches.length === 0) return;
  const message = asTag(breachMessage(signal, breaches));
  run.tags.set(breachTag, message);
  if (emails.length === 0) return;
  root.tags.set('azureml.notification.email.address', emails.join(','));
  root.tags.set(`azureml.modelmonitor.threshold.breached.${signal}`, message);
}

function emailsOf(monitor: Monitor, { notificationTypes }: Signal): readonly string[] {
  const wanted = notificationTypes?.includes('AmlNotification') ?? false;
  return (wanted && monitor.alertNotificationSettings?.emailNotificationSettings?.emails) || [];
}
