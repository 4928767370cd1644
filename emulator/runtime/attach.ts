import type { World } from '../world.ts';
import { deploymentRunner } from './deployments.ts';
import { jobRunner } from './jobs.ts';

/** Fills the world's slots with what really runs jobs and really serves; `stop` ends every process it started. */
export function attachRuntime(world: World): { stop(): Promise<void> } {
  const jobs = jobRunner(world);
  const deployments = deploymentRunner(world);
  world.runJob = (workspace, job) => jobs.run(workspace, job);
  world.cancelJob = (workspace, job) => jobs.cancel(workspace, job);
  world.preemptJob = (workspace, job) => jobs.preempt(workspace, job);
  world.startDeployment = (workspace, endpoint, deployment) => deployments.start(workspace, endpoint, deployment);
  world.stopDeployment = (workspace, endpoint, deployment) => deployments.stop(workspace, endpoint, deployment);
  return {
    async stop() {
      await Promise.all([jobs.stop(), deployments.stopAll()]);
    },
  };
}
