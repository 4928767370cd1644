import type { Release } from './state.ts';
import { stewardId } from '../names.ts';
import { checkArtifact, noted } from './artifact.ts';
import type { EnvironmentPolicy } from '../policy/policy.ts';
import type { DeploymentFact, Needs, RoomFact, Stage, StageInput, Step } from '../step.ts';
import {
  beforeTraffic,
  elapsedMs,
  endRelease,
  keep,
  later,
  moveTo,
  step,
  tell,
  turnBack,
  withRelease,
} from './transitions.ts';

/** Deployments take minutes; nothing tells us when they are done. */
const DEPLOY_LOOK_MS = 30_000;
/** Quota is raised by people, in minutes to days. */
const ROOM_LOOK_MS = 5 * 60_000;
const SOON_MS = 1000;
/** A creation that was asked for and never seen may still come: until then it is looked for, to be deleted. */
const LATE_MS = 10 * 60_000;

/** Phase `deploying`: the challenger, still what was judged, stands beside the champion at 0 %. */
export const deploy: Stage = {
  needs: (_lifecycle, release, policy) => ({
    endpoint: true,
    deployments: true,
    ...(release.artifact && { artifact: release.version }),
    // Batch deployments take no cores until a job runs on them.
    ...(release.deployAskedAt === undefined && policy.serves === 'online' && { room: roomNeeded(release, policy) }),
  }),
  decide(input) {
    const { lifecycle, release, facts, policy, now, mayMove } = input;
    const { deployments } = facts;
    if (!deployments || !release.deployment) return step(lifecycle, { lookInMs: DEPLOY_LOOK_MS });
    if (mayMove && elapsedMs(release.phaseSince, now) > policy.rollout.deployDeadlineMs) {
      const why = release.noRoom
        ? { cause: 'quota', sentence: release.noRoom.sentence }
        : { cause: 'deadline', sentence: `Deployment ${release.deployment} was not ready in time.` };
      return turnBack(lifecycle, release, now, why);
    }
    const mine = deployments.find(({ name }) => name === release.deployment);
    return mine ? follow(input, mine) : create(input, release.deployment, deployments);
  },
};

function roomNeeded({ fallback }: Release, { rollout }: EnvironmentPolicy): NonNullable<Needs['room']> {
  return { plan: rollout.deployment, ...(fallback ? { like: fallback.deployment } : {}) };
}

function create(input: StageInput, deployment: string, deployments: readonly DeploymentFact[]): Step {
  const { lifecycle, release, facts, policy, now, mayMove } = input;
  const { createEndpoint, ...plan } = policy.rollout.deployment;
  const { endpoint } = facts;
  const absent = endpoint === 'absent';
  if (!mayMove || !endpoint || (absent && createEndpoint === undefined))
    return step(lifecycle, { lookInMs: DEPLOY_LOOK_MS });
  if (!absent && endpoint.state === 'busy')
    return step(lifecycle, { rules: ['deploy.endpointBusy'], lookInMs: DEPLOY_LOOK_MS });
  const check = checkArtifact(input);
  if (check === 'later') return step(lifecycle, { rules: ['deploy.notVerified'], lookInMs: DEPLOY_LOOK_MS });
  if (check !== 'fine') {
    const kept = keep(lifecycle, { version: release.version, deployment, until: later(now, LATE_MS) });
    return endRelease(kept, release, now, { end: 'rejected', ...check, tell: {} });
  }
  const { room } = facts;
  if (room && room !== 'unknown' && room.freeCores < room.neededCores) return waitForRoom(input, room);
  const like = release.fallback?.deployment ?? (deployments.length === 1 ? deployments[0]?.name : undefined);
  const action = {
    do: 'createDeployment',
    deployment,
    version: release.version,
    ...(like === undefined ? {} : { like }),
    plan: { ...plan, ...(absent && createEndpoint !== undefined ? { createEndpoint } : {}) },
  } as const;
  const { noRoom: _, ...found } = release;
  const asked = withRelease(lifecycle, { ...found, deployAskedAt: release.deployAskedAt ?? now.toISOString() });
  return step(asked, { actions: [action], rules: ['deploy.create'], lookInMs: DEPLOY_LOOK_MS });
}

/** People may make room before the deadline, so they hear of it once, at once. */
function waitForRoom(input: StageInput, room: Exclude<RoomFact, 'unknown'>): Step {
  const { lifecycle, release, policy, now } = input;
  const { neededCores, freeCores, family, instanceType } = room;
  const kept = lifecycle.retiring.map(({ deployment }) => deployment);
  const holding = kept.length === 0 ? '' : ` Kept at 0 % for now: ${kept.join(', ')}.`;
  const sentence = `Another deployment on ${instanceType} needs ${neededCores} cores of ${family}, and ${Math.max(0, freeCores)} are free.${holding}`;
  const since = release.noRoom?.since ?? now.toISOString();
  const deadline = later(new Date(release.phaseSince), policy.rollout.deployDeadlineMs);
  const lookInMs = Math.min(ROOM_LOOK_MS, Date.parse(deadline) - now.getTime() + SOON_MS);
  const notice = tell(lifecycle, release, now, 'noRoom', 'decide', { sentence, deadline });
  const next = withRelease(lifecycle, { ...release, noRoom: { since, sentence } });
  return step(next, { notices: release.noRoom ? [] : [notice], rules: ['deploy.noRoom'], lookInMs });
}

function follow(input: StageInput, mine: DeploymentFact): Step {
  const { lifecycle, release, policy, now } = input;
  if (mine.stewardId !== stewardId(lifecycle, mine.name)) {
    return turnBack(lifecycle, release, now, {
      cause: 'nameTaken',
      sentence: `A deployment ${mine.name} that Steward did not create is in the way.`,
    });
  }
  switch (mine.state) {
    case 'ready': {
      // It was read while the deployment was made: only now is it sure what that one holds.
      const check = checkArtifact(input);
      if (check === 'later') return step(lifecycle, { rules: ['deploy.notVerified'], lookInMs: DEPLOY_LOOK_MS });
      if (check !== 'fine') return turnBack(lifecycle, release, now, check);
      // A batch deployment without a test is refused there.
      const tests = policy.rollout.smokeTest !== undefined || policy.serves === 'batch';
      const next = tests ? 'smokeTesting' : beforeTraffic(release, policy);
      const known = moveTo(lifecycle, noted(release, input.facts.artifact), next, now);
      return step(known, { rules: ['deploy.ready'], lookInMs: 0 });
    }
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
