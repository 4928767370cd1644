import type { Job, Workspace, World } from '../world.ts';
import { runBatchJob } from './batchRun.ts';
import { runCommandJob } from './commandRun.ts';
import { move, preemption, startRun } from './jobRuns.ts';
import { runPipelineJob } from './pipelineRun.ts';
import { isTerminal } from './runs.ts';
import { runSweepJob } from './sweepRun.ts';

export interface JobRunner {
  run(workspace: Workspace, job: Job): void;
  cancel(workspace: Workspace, job: Job): void;
  /** False when it does not run. */
  preempt(workspace: Workspace, job: Job): boolean;
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
      const ended = begin(world, workspace, job, stop)
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
    preempt(_, job) {
      const found = running.get(job);
      if (found === undefined || isTerminal(job.status) || found.stop.signal.aborted) return false;
      found.stop.abort(preemption);
      return true;
    },
    async stop() {
      const left = [...running.values()];
      for (const { stop } of left) stop.abort('the emulator stops');
      await Promise.all(left.map(({ ended }) => ended));
    },
  };
}

/** The run begins at once, so that whoever submitted the job finds it. */
async function begin(world: World, workspace: Workspace, job: Job, stop: AbortController): Promise<void> {
  if (job.batch !== undefined) {
    const properties = { 'azureml.runsource': 'azureml.PipelineRun' };
    return runBatchJob(startRun(world, workspace, job, { runType: 'azureml.PipelineRun', properties }), stop);
  }
  switch (job.properties['jobType']) {
    case 'Pipeline': {
      const properties = { 'azureml.runsource': 'azureml.PipelineRun', 'azureml.pipelineComponent': 'pipelinerun' };
      return runPipelineJob(startRun(world, workspace, job, { runType: 'azureml.PipelineRun', properties }), stop);
    }
    case 'Sweep': {
      const properties = {
        'azureml.runsource': 'hyperdrive',
        runTemplate: 'HyperDrive',
        platform: 'AML',
        resume_from: 'null',
      };
      return runSweepJob(startRun(world, workspace, job, { runType: 'hyperdrive', properties }), stop);
    }
    default:
      return runCommandJob(startRun(world, workspace, job, { runType: 'azureml.scriptrun' }), stop);
  }
}
