import { baselineOf } from '../canary/baseline.ts';
import { allowedNow, harm, settledMinutes } from '../canary/harm.ts';
import { errorRate } from '../canary/rates.ts';
import type { Lifecycle } from '../lifecycle.ts';
import type { Release, Rollback } from './state.ts';
import type { Notice } from '../notice.ts';
import { servedVersion, type DeploymentFact, type Stage, type StageInput, type Step } from '../step.ts';
import { checkArtifact, noted } from './artifact.ts';
import { beforeTraffic, elapsedMs, endRelease, moveTo, step, tell, turnBack, withRelease } from './transitions.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** A rolling update takes minutes; nothing tells us when it is done. */
const LOOK_MS = 30_000;
/** An update back takes as long as the one forward did; one that is not done by then pages a person. */
const ALARM_MS = 15 * MINUTE_MS;
/** Served by the old version again, but errors not down by then: people are told that it is not verified. */
const VERIFY_MS = 20 * MINUTE_MS;
/** People were told; the release ends as it is. */
const GIVE_UP_MS = 60 * MINUTE_MS;

/**
 * Phase `deploying` where the policy updates the champion's own deployment: all its traffic meets the new version as it
 * rolls, so nothing is proven live before. What it had is what it gets back: only the model (and the code that the model
 * brings) changes.
 */
export const updateInPlace: Stage = {
  needs: (_lifecycle, release, _policy, now) => ({
    endpoint: true,
    deployments: true,
    ...(release.artifact && { artifact: release.version }),
    ...(release.baseline ? {} : { minutes: { from: new Date(now.getTime() - DAY_MS).toISOString(), to: now.toISOString() } }), // prettier-ignore
  }),
  decide(input) {
    const { lifecycle, release, facts, policy, now, mayMove } = input;
    const { deployment = '', fallback } = release;
    if (!facts.deployments || !fallback) return step(lifecycle, { lookInMs: LOOK_MS });
    if (!release.baseline) {
      if (!facts.minutes) return step(lifecycle, { lookInMs: LOOK_MS });
      const baseline = baselineOf(facts.minutes, deployment);
      return step(withRelease(lifecycle, { ...release, baseline }), { rules: ['inPlace.baseline'], lookInMs: 0 });
    }
    const mine = facts.deployments.find(({ name }) => name === deployment);
    // Stopped before anything was asked for, it only waits.
    const counts = mayMove || release.exposedSince !== undefined;
    if (counts && elapsedMs(release.phaseSince, now) > policy.rollout.deployDeadlineMs)
      return turnBack(lifecycle, release, now, { cause: 'deadline', sentence: `Deployment ${deployment} was not updated in time.` }); // prettier-ignore
    if (mine?.state === 'failed')
      return turnBack(lifecycle, release, now, { cause: 'deploymentFailed', sentence: `Deployment ${deployment} failed to start with the new version; its log says why.` }); // prettier-ignore
    // One that has all traffic cannot be gone: a listing without it is not believed, for the new version may be live.
    if (mine?.state !== 'ready') return step(lifecycle, { lookInMs: LOOK_MS });
    const serves = servedVersion(mine, lifecycle.model);
    if (serves === release.version) return updated(input);
    if (serves !== fallback.version) return foreign(input, mine);
    return update(input, fallback.version, mine);
  },
};

function update(input: StageInput, expected: string, mine: DeploymentFact): Step {
  const { lifecycle, release, now, mayMove } = input;
  if (!mayMove) return step(lifecycle, { lookInMs: LOOK_MS });
  const check = checkArtifact(input);
  if (check === 'later') return step(lifecycle, { rules: ['deploy.notVerified'], lookInMs: LOOK_MS });
  if (check !== 'fine' && release.exposedSince === undefined)
    return endRelease(lifecycle, release, now, { end: 'rejected', ...check, tell: {} });
  if (check !== 'fine') return turnBack(lifecycle, release, now, check);
  const generation = newer(lifecycle, mine);
  const asking = {
    ...release,
    exposedSince: release.exposedSince ?? now.toISOString(),
    inPlace: { asked: generation },
  };
  return ask(lifecycle, asking, generation, { version: release.version, expected }, 'inPlace.update');
}

/** Each asking is of a newer generation, so that a late write of an older one is refused; a tag that a hand spoilt, too. */
function newer({ generation }: Lifecycle, { stewardGeneration = 0 }: DeploymentFact): number {
  return Math.max(generation, stewardGeneration) + 1;
}

function ask(lifecycle: Lifecycle, release: Release, generation: number, to: { version: string; expected: string; back?: true }, rule: string): Step {
  const action = { do: 'updateDeployment', deployment: release.deployment ?? '', ...to, generation } as const;
  return step(withRelease({ ...lifecycle, generation }, release), { actions: [action], rules: [rule], lookInMs: LOOK_MS });
} // prettier-ignore

function updated(input: StageInput): Step {
  const { lifecycle, release, facts, policy, now } = input;
  const check = checkArtifact(input);
  if (check === 'later') return step(lifecycle, { rules: ['deploy.notVerified'], lookInMs: LOOK_MS });
  if (check !== 'fine') return turnBack(lifecycle, release, now, check);
  const at = now.toISOString();
  const live: Release = { ...noted(release, facts.artifact), stepVerifiedAt: at, trail: [{ percent: 100, at }] };
  const next = policy.rollout.smokeTest ? 'smokeTesting' : beforeTraffic(release, policy);
  return step(moveTo(lifecycle, live, next, now), { rules: ['inPlace.updated'], lookInMs: 0 });
}

/** What somebody else put there stands, and is met like an endpoint never seen before. */
function foreign({ lifecycle, release, now }: StageInput, mine: DeploymentFact | undefined): Step {
  const { champion: _, traffic: __, ...rest } = lifecycle;
  const what = mine ? `serves ${mine.model ?? 'no model that it names'}` : 'does not exist any more';
  const sentence = `Deployment ${release.deployment} ${what}: somebody else changed it while it was to be updated. It is left as it is.`;
  return endRelease(rest, release, now, { end: 'aborted', cause: 'foreign', sentence, tell: {} });
}

/** Phase `rollingBack` of an update in place: the deployment is updated back, and read back as it is with traffic. */
export const updateBack: Stage = {
  needs: (_lifecycle, release, _policy, now) => ({
    endpoint: true,
    deployments: true,
    ...(release.rollback?.restoredAt === undefined ? {} : { minutes: { from: release.exposedSince ?? release.rollback.restoredAt, to: now.toISOString() } }), // prettier-ignore
  }),
  decide(input) {
    const { lifecycle, release, facts, now } = input;
    const { rollback, fallback, deployment = '' } = release;
    if (!rollback || !fallback || !facts.deployments) return step(lifecycle, { lookInMs: LOOK_MS });
    if (release.exposedSince === undefined) return finish(input, rollback, {});
    const mine = facts.deployments.find(({ name }) => name === deployment);
    const serves = servedVersion(mine, lifecycle.model);
    // One 404 is not believed: the new version may be live.
    if (!mine && elapsedMs(rollback.decidedAt, now) <= GIVE_UP_MS) return waiting(input, rollback, `deployment ${deployment} does not exist any more`);
    if (!mine || (serves !== fallback.version && serves !== release.version)) return foreign(input, mine);
    if (mine.state === 'creating' || mine.state === 'updating' || mine.state === 'deleting')
      return waiting(input, rollback, `deployment ${deployment} is still being updated`);
    if (serves === release.version || mine.state === 'failed' || mayStillCome(release, mine)) {
      const to = { version: fallback.version, expected: serves ?? '', back: true } as const;
      const asked = ask(lifecycle, reopened(release, rollback), newer(lifecycle, mine), to, 'inPlace.updateBack');
      const told = waiting({ ...input, lifecycle: asked.lifecycle, release: reopened(release, rollback) }, rollback, `deployment ${deployment} serves version ${serves}`); // prettier-ignore
      return { ...told, actions: asked.actions, rules: [...asked.rules, ...told.rules] };
    }
    if (rollback.restoredAt === undefined) {
      const restored = { ...rollback, restoredAt: now.toISOString() };
      return step(withRelease(lifecycle, { ...release, rollback: restored }), { rules: ['rollback.restored'], lookInMs: MINUTE_MS });
    }
    return verify(input, rollback, rollback.restoredAt);
  },
}; // prettier-ignore

/** Our update forward may be under way from a process that stalled: the old version under a newer tag gets it refused. */
function mayStillCome({ inPlace }: Release, { stewardGeneration }: DeploymentFact): boolean {
  return (inPlace?.asked ?? -1) >= (stewardGeneration ?? -1) && inPlace?.asked !== undefined;
}

/** Back once and off again: what was verified no longer is. */
function reopened(release: Release, rollback: Rollback): Release {
  const { restoredAt: _, ...open } = rollback;
  return { ...release, rollback: open };
}

/** Looks again soon; pages once when it takes too long. */
function waiting({ lifecycle, release, now }: StageInput, rollback: Rollback, why: string): Step {
  if (rollback.alarmedAt || elapsedMs(rollback.decidedAt, now) < ALARM_MS)
    return step(lifecycle, { rules: ['rollback.waiting'], lookInMs: LOOK_MS });
  return alarm(lifecycle, release, rollback, now, why);
}

function alarm(lifecycle: Lifecycle, release: Release, rollback: Rollback, now: Date, why: string): Step {
  const alarmed = withRelease(lifecycle, { ...release, rollback: { ...rollback, alarmedAt: now.toISOString() } });
  const notice = tell(lifecycle, release, now, 'rollbackNotVerified', 'page', {
    cause: rollback.cause, sentence: `${why}.`, reasons: rollback.reasons, wayBack: 'updating',
  }); // prettier-ignore
  return step(alarmed, { notices: [notice], rules: ['rollback.alarm'], lookInMs: LOOK_MS });
}

/** One deployment serves all the time, so what can be seen is that it serves the old version again and errors are down. */
function verify(input: StageInput, rollback: Rollback, restoredAt: string): Step {
  const { lifecycle, release, facts, policy, now } = input;
  const settled = settledMinutes(release.deployment ?? '', facts.minutes ?? [], restoredAt, policy, now);
  if (!settled) return step(lifecycle, { lookInMs: MINUTE_MS });
  const rate = errorRate(settled.all);
  const seen = rate === undefined ? {} : { errorsNow: rate };
  if ((rate ?? 0) <= allowedNow(release, policy)) return finish(input, rollback, seen);
  const unverified = 'the old version serves again, but errors are not down';
  if (rollback.alarmedAt && elapsedMs(restoredAt, now) > GIVE_UP_MS) return finish(input, rollback, { ...seen, unverified }); // prettier-ignore
  if (rollback.alarmedAt || elapsedMs(restoredAt, now) < VERIFY_MS)
    return step(lifecycle, { rules: ['rollback.notDownYet'], lookInMs: MINUTE_MS });
  return alarm(lifecycle, release, rollback, now, unverified);
}

function finish({ lifecycle, release, facts, now }: StageInput, rollback: Rollback, seen: Partial<Notice>): Step {
  const { cause, sentence, reasons, restoredAt, actor } = rollback;
  const exposed = (facts.minutes ?? []).filter(({ at }) => at < (restoredAt ?? ''));
  return endRelease(lifecycle, release, now, {
    end: cause === 'superseded' ? 'superseded' : 'rolledBack', cause, sentence, reasons,
    tell: {
      ...(restoredAt === undefined ? {} : { restoredAt }), ...(actor === undefined ? {} : { actor }),
      ...(release.exposedSince === undefined ? {} : { steps: release.trail ?? [] }), ...harm(release, exposed), ...seen,
    },
  }); // prettier-ignore
}
