import type { Job, JobStatus, Run } from '../world.ts';
import { UnknownReference } from './assets.ts';
import { runPart } from './commandRun.ts';
import { endOf, move, startRun, type JobContext } from './jobRuns.ts';
import { appendNote } from './log.ts';
import { parseSweepJob, type Sweep } from './sweepJob.ts';
import { bestOf, trialJob } from './sweepTrials.ts';

/** A sweep's way to its end: each trial a run of its own, so many at a time as the job allows. */
export async function runSweepJob(context: JobContext, stop: AbortController): Promise<void> {
  const { world, job, run } = context;
  let outcome: JobStatus = 'Failed';
  let cancelTimer: (() => void) | undefined;
  try {
    const sweep = parseSweepJob(job.name, job.properties);
    describe(run, sweep);
    move(context, 'Running');
    if (sweep.timeoutMs !== undefined)
      cancelTimer = world.clock.after(sweep.timeoutMs, () => stop.abort('ran longer than limits.timeout'));
    outcome = await runTrials(context, sweep, stop.signal);
  } catch (error) {
    appendNote(job, error instanceof UnknownReference ? error.message : String(error));
  }
  cancelTimer?.();
  if (stop.signal.aborted) appendNote(job, `stopped: ${String(stop.signal.reason)}`);
  const end = endOf(context, stop.signal, outcome);
  // The root says no more than that: why is said by the trials.
  if (end === 'Failed')
    run.error = { code: 'UserError', message: 'User errors were found in at least one of the child runs.' };
  move(context, end);
}

/** What the service writes on the run of a sweep before it is known which trial is best. */
function describe({ properties }: Run, { objective: { primaryMetric, goal }, spaceSize }: Sweep): void {
  properties.set('primary_metric_config', JSON.stringify({ name: primaryMetric, goal: goal.toLowerCase() }));
  if (spaceSize !== undefined) properties.set('space_size', String(spaceSize));
}

async function runTrials(root: JobContext, sweep: Sweep, stop: AbortSignal): Promise<JobStatus> {
  const trials: Run[] = [];
  const waiting = [...sweep.tried.entries()];
  const follow = async () => {
    for (let next = waiting.shift(); next !== undefined && !stop.aborted; next = waiting.shift()) {
      const [number, values] = next;
      const trial = startTrial(root, trialJob(root, sweep, number, values), JSON.stringify(values));
      trials.push(trial.run);
      await runPart(trial, stop);
      appendNote(root.job, `trial ${trial.job.name} ${trial.job.status}`);
    }
  };
  await Promise.all(Array.from({ length: Math.min(sweep.concurrent, waiting.length) }, follow));
  const best = stop.aborted ? undefined : bestOf(trials, sweep);
  if (best !== undefined) {
    root.run.properties.set('best_child_run_id', best.trial);
    root.run.properties.set('score', String(best.score));
    root.run.properties.set('best_metric_status', 'Succeeded');
    root.run.properties.set('best_data_container_id', `dcid.${best.trial}`);
  }
  return trials.some(({ status }) => status === 'Completed') ? 'Completed' : 'Failed';
}

/** A trial begins when its turn has come, not before. */
function startTrial({ world, workspace, run }: JobContext, trial: Job, hyperparameters: string): JobContext {
  workspace.jobs.set(trial.name, trial);
  return startRun(world, workspace, trial, { runType: 'azureml.scriptrun', parent: run, tags: { hyperparameters } });
}
