import { allowedNow, harm, settledMinutes } from '../canary/harm.ts';
import { errorRate } from '../canary/rates.ts';
import { sameRouting, sameSplit, wanted, type Lifecycle, type Split } from '../lifecycle.ts';
import { type Release, type Rollback } from './state.ts';
import type { Notice } from '../notice.ts';
import type { EnvironmentPolicy } from '../policy/policy.ts';
import { stewardId } from '../names.ts';
import {
  isReached,
  routingOf,
  type Action,
  type EndpointFact,
  type Stage,
  type StageInput,
  type Step,
} from '../step.ts';
import { desire, hold, othersMirror, outranking, whoseTraffic, writing } from './traffic.ts';
import { wayBack } from './rollback/wayBack.ts';
import { elapsedMs, endRelease, keep, later, step, tell, withRelease } from './transitions.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const READ_BACK_MS = 10_000;
/** Traffic that is not back by then pages a person; Steward keeps trying. */
const ALARM_MS = 3 * MINUTE_MS;
/** Split read back, but errors not down (or not to be seen) by then: people are told that it is not verified. */
const VERIFY_MS = 20 * MINUTE_MS;
/** People were told; the release ends as it is, for errors that stay have another cause. */
const GIVE_UP_MS = 60 * MINUTE_MS;
/** A creation that was asked for and never seen may still come. */
const LATE_MS = 10 * MINUTE_MS;

/**
 * Phase `rollingBack`: traffic goes back to the fallback while the challenger has any (safety wins over a hand in the
 * portal), and copies for the challenger are taken off. Where a hand took it out already, that change stands until a
 * person decides. Verified means: a GET after the PUT shows the split and no copies; and where it had live requests, in
 * settled minutes since then the challenger got nothing and errors are down, or there was no traffic to tell by.
 */
export const rollBack: Stage = {
  needs: (_lifecycle, release, policy, now) => ({
    endpoint: true,
    deployments: true,
    // Only afterwards: metrics that cannot be read must not stand in the way of safety.
    ...(release.rollback?.restoredAt === undefined || !isMeasured(release, policy)
      ? {}
      : { minutes: { from: exposureFrom(release, release.rollback.restoredAt, now), to: now.toISOString() } }),
  }),
  decide(input) {
    const { release, facts } = input;
    const { rollback } = release;
    if (!rollback || !facts.endpoint) return step(input.lifecycle, { lookInMs: READ_BACK_MS });
    if (facts.endpoint === 'absent') return gone(input, rollback);
    const { endpoint } = facts;
    const target: Split = release.fallback ? { [release.fallback.deployment]: 100 } : {};
    const reached = isReached(endpoint, release.deployment ?? '');
    if (!reached && !movedTraffic(release)) return neverExposed(input, rollback, endpoint.traffic, target);
    if (endpoint.state === 'busy') return waiting(input, rollback, 'the endpoint is being changed');
    const lifecycle = wanting(input.lifecycle, target, endpoint);
    const back = lifecycle.traffic !== undefined && sameRouting(routingOf(endpoint), wanted(lifecycle.traffic));
    if (!back) {
      if (!isUrgent(release, endpoint, target) && !isOrdered(release, rollback) && isForeign(endpoint, lifecycle)) return leave({ ...input, lifecycle }, rollback, endpoint); // prettier-ignore
      const missing = wayBack({ ...input, lifecycle }, rollback, endpoint.traffic);
      if (missing) return missing;
    }
    const free = { ...input, lifecycle: withoutHold(lifecycle) };
    if (!back || writeUnderWay(release, endpoint, lifecycle)) return restore(free, rollback, endpoint);
    if (!rollback.restoredAt) return restored(free, rollback);
    return verify(free, rollback, rollback.restoredAt);
  },
};

/** It had live requests, and of this kind of endpoint metrics tell what became of them. */
function isMeasured({ exposedSince }: Release, { serves }: EnvironmentPolicy): boolean {
  return exposedSince !== undefined && serves === 'online';
}

/** From where minutes are read: all that the challenger answered (a day at most), for people ask what it cost. */
function exposureFrom({ exposedSince = '', startedAt }: Release, restoredAt: string, now: Date): string {
  // Taking back a champion by command: what it answered since it was released is no harm of this.
  if (exposedSince < startedAt) return restoredAt;
  return new Date(Math.max(Date.parse(exposedSince), now.getTime() - DAY_MS)).toISOString();
}

/** A write of ours gave the challenger live requests or copies of them, or may still do so. */
function movedTraffic({ exposedSince, shadow }: Release): boolean {
  return exposedSince !== undefined || shadow !== undefined;
}

/** Live requests outrank a hand in the portal. Copies harm nobody: over them no split of somebody else's is written. */
function isUrgent({ deployment = '' }: Release, endpoint: EndpointFact, target: Split): boolean {
  if ((endpoint.traffic[deployment] ?? 0) > 0) return true;
  return isReached(endpoint, deployment) && sameSplit(endpoint.traffic, target);
}

/** A person's order outranks a hand, too, where there are live requests of ours to take back. */
function isOrdered({ exposedSince }: Release, { actor }: Rollback): boolean {
  return actor !== undefined && exposedSince !== undefined;
}

/** No write of ours gave it traffic: it ends as it is, and what others made of the endpoint meanwhile is theirs. */
function neverExposed(input: StageInput, rollback: Rollback, live: Split, target: Split): Step {
  if (sameSplit(live, target)) return finish(input, rollback, { restoredAt: input.now.toISOString() });
  const unverified = input.policy.serves === 'batch'
    ? 'The default deployment is not what Steward set; this release never changed it, so it is left as it is.'
    : 'Live traffic is not what Steward set; this release never moved any, so it is left as it is.'; // prettier-ignore
  return finish(input, rollback, { unverified, live, expected: target });
}

function wanting(lifecycle: Lifecycle, target: Split, { stewardGeneration: tag = 0 }: EndpointFact): Lifecycle {
  const mirror = othersMirror(lifecycle);
  const wants = lifecycle.traffic && sameRouting(wanted(lifecycle.traffic), { split: target, mirror });
  const asked = wants ? lifecycle : desire(lifecycle, target, mirror);
  // A generation that is behind the endpoint's tag would be refused as stale for ever.
  return (asked.traffic?.generation ?? tag) < tag ? desire({ ...asked, generation: tag }, target, mirror) : asked;
}

function isForeign(endpoint: EndpointFact, { traffic }: Lifecycle): boolean {
  return traffic !== undefined && whoseTraffic(endpoint, traffic) === 'foreign';
}

function withoutHold(lifecycle: Lifecycle): Lifecycle {
  const { held: _, ...conditions } = lifecycle.conditions;
  return { ...lifecycle, conditions };
}

/** Back once and off again (a late write, a hand): what was verified no longer is. */
function reopen(lifecycle: Lifecycle, release: Release, rollback: Rollback): Lifecycle & { readonly release: Release } {
  const { restoredAt: _, ...open } = rollback;
  return { ...lifecycle, release: { ...release, rollback: open } };
}

/** The challenger is out of traffic by somebody's hand, perhaps in an emergency: `adopt` keeps it, `revert` takes it back. */
function leave({ lifecycle, release, now }: StageInput, rollback: Rollback, endpoint: EndpointFact): Step {
  return hold(reopen(lifecycle, release, rollback), endpoint, now);
}

/**
 * This release has asked for traffic, and the endpoint does not carry the generation that takes it back: an older write
 * of ours may still be on its way, from a process that stalled. The same split under the newer tag gets it refused.
 */
function writeUnderWay(release: Release, { stewardGeneration }: EndpointFact, { traffic }: Lifecycle): boolean {
  return movedTraffic(release) && (stewardGeneration ?? 0) < (traffic?.generation ?? 0);
}

/** Nothing can be taken back on an endpoint that was deleted; its deployments went with it. */
function gone(input: StageInput, rollback: Rollback): Step {
  const { lifecycle, release, now } = input;
  // It was never there: this release was to make it.
  if (!lifecycle.traffic && !movedTraffic(release)) return finish(input, rollback, {});
  if (elapsedMs(rollback.decidedAt, now) <= GIVE_UP_MS) return waiting(input, rollback, 'the endpoint does not exist any more'); // prettier-ignore
  const { champion: _, traffic: __, ...rest } = lifecycle;
  return endRelease({ ...rest, retiring: [] }, release, now, {
    end: 'aborted', cause: 'noEndpoint', sentence: 'The endpoint was deleted while the release was under way.', tell: {},
  }); // prettier-ignore
}

function restore(input: StageInput, rollback: Rollback, endpoint: EndpointFact): Step {
  const lifecycle = outranking(input.lifecycle, endpoint);
  const { traffic } = lifecycle;
  const back = traffic !== undefined && sameSplit(endpoint.traffic, traffic.desired);
  const why = back ? 'copies of live requests are not off yet' : endpoint.serves === 'batch' ? 'the default deployment is not switched back yet' : 'traffic is not back yet'; // prettier-ignore
  const open = reopen(lifecycle, input.release, rollback);
  const again = { ...input, release: open.release, lifecycle: open };
  const looked = waiting(again, open.release.rollback ?? rollback, why, shown(endpoint, traffic));
  return { ...looked, actions: traffic ? [writing(endpoint, traffic)] : [], rules: ['rollback.restore'] };
}

function shown({ traffic: live, mirror }: EndpointFact, traffic: Lifecycle['traffic']): Partial<Notice> {
  return { live, ...(mirror ? { mirror: { live: mirror, expected: traffic?.mirror ?? {} } } : {}) };
}

/** Looks again soon; pages once when it takes too long. */
function waiting(
  { lifecycle, release, now }: StageInput,
  rollback: Rollback,
  why: string,
  seen: Partial<Notice> = {},
): Step {
  if (rollback.alarmedAt || elapsedMs(rollback.decidedAt, now) < ALARM_MS)
    return step(lifecycle, { rules: ['rollback.waiting'], lookInMs: READ_BACK_MS });
  const alarmed = withRelease(lifecycle, { ...release, rollback: { ...rollback, alarmedAt: now.toISOString() } });
  const notice = tell(lifecycle, release, now, 'rollbackNotVerified', 'page', {
    cause: rollback.cause, sentence: why, reasons: rollback.reasons, expected: lifecycle.traffic?.desired ?? {}, ...seen,
  }); // prettier-ignore
  return step(alarmed, { notices: [notice], rules: ['rollback.alarm'], lookInMs: READ_BACK_MS });
}

function restored(input: StageInput, rollback: Rollback): Step {
  const { lifecycle, release, policy, now } = input;
  const at = now.toISOString();
  const traffic = lifecycle.traffic
    ? { traffic: { ...lifecycle.traffic, verified: { ...wanted(lifecycle.traffic), at } } }
    : {};
  const row = withRelease({ ...lifecycle, ...traffic }, { ...release, rollback: { ...rollback, restoredAt: at } });
  // A hand exposed what we never did: there is nothing of ours to see in the minutes.
  const lookInMs = isMeasured(release, policy) ? MINUTE_MS : 0;
  return step(row, { rules: ['rollback.restored'], lookInMs });
}

function verify(input: StageInput, rollback: Rollback, restoredAt: string): Step {
  const { lifecycle, release, facts, policy, now } = input;
  if (!isMeasured(release, policy)) return finish(input, rollback, {});
  const settled = settledMinutes(release.deployment ?? '', facts.minutes ?? [], restoredAt, policy, now);
  if (!settled) return step(lifecycle, { lookInMs: MINUTE_MS });
  const { challenger, all } = settled;
  const quiet = all.requests === 0;
  const down = (errorRate(all) ?? 0) <= allowedNow(release, policy);
  const rate = errorRate(all);
  const seen = rate === undefined ? {} : { errorsNow: rate };
  if (challenger.requests === 0 && (quiet || down)) return finish(input, rollback, seen);
  const why =
    challenger.requests > 0
      ? 'the split is back, but requests still reach the challenger'
      : 'the split is back, but errors are not down';
  if (rollback.alarmedAt && elapsedMs(restoredAt, now) > GIVE_UP_MS)
    return finish(input, rollback, { ...seen, unverified: why });
  if (elapsedMs(restoredAt, now) < VERIFY_MS || rollback.alarmedAt)
    return step(lifecycle, { rules: ['rollback.notDownYet'], lookInMs: MINUTE_MS });
  return waiting({ ...input, now }, rollback, why, lifecycle.traffic ? { live: lifecycle.traffic.desired } : {});
}

function finish(input: StageInput, rollback: Rollback, seen: Partial<Notice>): Step {
  const { lifecycle, release, facts, policy, now } = input;
  // Nothing is wrong with what a newer version replaced: its deployment makes room, once it is sure not to come late.
  const superseded = rollback.cause === 'superseded';
  const until = later(now, superseded ? LATE_MS : policy.rollout.keepPreviousMs);
  const found = facts.deployments?.find(({ name }) => name === release.deployment);
  // A namesake that Steward did not create is left to its owner. One that is not there may still come: a late creation.
  const namesake = found !== undefined && found.stewardId !== stewardId(lifecycle, found.name);
  const kept =
    release.deployment && !namesake
      ? keep(lifecycle, { version: release.version, deployment: release.deployment, until })
      : lifecycle;
  const back: Lifecycle = release.fallback && kept.champion?.deployment !== release.fallback.deployment
    ? { ...kept, champion: { ...release.fallback, since: rollback.restoredAt ?? now.toISOString() } }
    : kept; // prettier-ignore
  const ended = endRelease(back, release, now, {
    end: superseded ? 'superseded' : 'rolledBack', cause: rollback.cause, sentence: rollback.sentence, reasons: rollback.reasons,
    tell: {
      ...(rollback.restoredAt ? { restoredAt: rollback.restoredAt } : {}), ...(found && !namesake && !superseded ? { keptUntil: until } : {}),
      ...(rollback.actor ? { actor: rollback.actor } : {}), ...(release.exposedSince ? { steps: release.trail ?? [] } : {}), ...harm(release, facts.minutes ?? []), ...seen,
    },
  }); // prettier-ignore
  return { ...ended, actions: unneeded(release) };
}

/** Nobody waits for its test job any more; it need not cost anything either. */
function unneeded({ testRun }: Release): readonly Action[] {
  return testRun?.job === undefined || testRun.endedAt !== undefined ? [] : [{ do: 'cancelJob', job: testRun.job }];
}
