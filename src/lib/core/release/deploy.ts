import { stewardId } from '../names.ts';
import type { DeploymentFact, Stage, StageInput, Step } from '../step.ts';
import { elapsedMs, moveTo, step, turnBack } from './transitions.ts';

/** Deployments take minutes; nothing tells us when they are done. */
const DEPLOY_LOOK_MS = 30_000;

/** Phase `deploying`: the challenger stands beside the champion at 0 %. */
export const deploy: Stage = {
  needs: () => ({ endpoint: true, deployments: true }),
  decide(input) {
    const { lifecycle, release, facts, policy, now, mayMove } = input;
    const { deployments } = facts;
    if (!deployments || !release.deployment) return step(lifecycle, { lookInMs: DEPLOY_LOOK_MS });
    if (mayMove && elapsedMs(release.phaseSince, now) > policy.rollout.deployDeadlineMs) {
      return turnBack(lifecycle, release, now, {
        cause: 'deadline',
        sentence: `Deployment ${release.deployment} was not ready in time.`,
      });
    }
    const mine = deployments.find(({ name }) => name === release.deployment);
    return mine ? follow(input, mine) : create(input, release.deployment, deployments);
  },
};

function create(
  { lifecycle, release, mayMove }: StageInput,
  deployment: string,
  deployments: readonly DeploymentFact[],
): Step {
  if (!mayMove) return step(lifecycle, { lookInMs: DEPLOY_LOOK_MS });
  const like = release.fallback?.deployment ?? (deployments.length === 1 ? deployments[0]?.name : undefined);
  const action = {
    do: 'createDeployment',
    deployment,
    version: release.version,
    ...(like === undefined ? {} : { like }),
  } as const;
  return step(lifecycle, { actions: [action], rules: ['deploy.create'], lookInMs: DEPLOY_LOOK_MS });
}

function follow({ lifecycle, release, policy, now }: StageInput, mine: DeploymentFact): Step {
  if (mine.stewardId !== stewardId(lifecycle, mine.name)) {
    return turnBack(lifecycle, release, now, {
      cause: 'nameTaken',
      sentence: `A deployment ${mine.name} that Steward did not create is in the way.`,
    });
  }
  switch (mine.state) {
    case 'ready':
      return step(moveTo(lifecycle, release, policy.rollout.smokeTest ? 'smokeTesting' : 'shifting', now), {
        rules: ['deploy.ready'],
        lookInMs: 0,
      });
    case 'failed':
      return turnBack(lifecycle, release, now, {
        cause: 'deploymentFailed',
        sentence: `Deployment ${mine.name} failed to start; its log says why.`,
      });
    case 'creating':
    case 'updating':
    case 'deleting':
      return step(lifecycle, { lookInMs: DEPLOY_LOOK_MS });
  }
}
