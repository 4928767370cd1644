import { isComplete } from '../approval.ts';
import { glassExpired } from '../breakGlass.ts';
import type { Lifecycle } from '../lifecycle.ts';
import type { Release } from '../release/state.ts';
import type { Notice } from '../notice.ts';
import type { EnvironmentPolicy } from '../policy/policy.ts';
import { elapsedMs, endRelease, later, step, turnBack } from '../release/transitions.ts';
import type { Step, Unreachable } from '../step.ts';

const FIRST_WAIT_MS = 10_000;
const LONGEST_WAIT_MS = 300_000;
/** A provider that is away this long is told to people. */
const TELL_MS = 15 * 60_000;
/** For a policy without evaluation, which only ever adopts a champion. */
const NO_EVALUATION_MS = 24 * 3_600_000;
/** A provider that asks to be called again at once is not believed. */
const SHORTEST_WAIT_MS = 1000;
/** Nor is one that asks to be left alone for long, least of all while traffic may be on an unproven version. */
const LONGEST_ASKED_MS = { safety: 5 * 60_000, else: 3_600_000 };
const SAFETY_PHASES = new Set(['shifting', 'watching', 'rollingBack']);

/** Backs off: 10 s doubling to 5 min, or as long as the provider asked, within bounds. Told once after 15 minutes. */
export function meetUnreachable(lifecycle: Lifecycle, unreachable: Unreachable, now: Date): Step {
  const before = lifecycle.conditions.unreachable;
  const tries = (before?.tries ?? 0) + 1;
  const waitMs =
    unreachable.retryAfterMs === undefined
      ? Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (tries - 1))
      : Math.min(Math.max(SHORTEST_WAIT_MS, unreachable.retryAfterMs), LONGEST_ASKED_MS[unsafe(lifecycle) ? 'safety' : 'else']); // prettier-ignore
  const since = before?.since ?? now.toISOString();
  const tell = before?.toldAt === undefined && elapsedMs(since, now) >= TELL_MS;
  const toldAt = tell ? { toldAt: now.toISOString() } : before?.toldAt === undefined ? {} : { toldAt: before.toldAt };
  const condition = {
    since,
    provider: unreachable.provider,
    reason: unreachable.reason,
    until: later(now, waitMs),
    tries,
    ...toldAt,
  };
  const next = { ...lifecycle, conditions: { ...lifecycle.conditions, unreachable: condition } };
  return step(next, {
    notices: tell ? [notice(lifecycle, unreachable, since, now)] : [],
    rules: ['unreachable'],
    lookInMs: waitMs,
  });
}

export function unsafe({ release }: Lifecycle): boolean {
  return release !== undefined && SAFETY_PHASES.has(release.phase);
}

function notice(lifecycle: Lifecycle, unreachable: Unreachable, since: string, now: Date): Notice {
  const { release } = lifecycle;
  return {
    id: `unreachable-${since}`, kind: 'unreachable', audience: unsafe(lifecycle) ? 'page' : 'inform',
    environment: lifecycle.environment, model: lifecycle.model, at: now.toISOString(), reasons: [],
    sentence: unreachable.reason, deadline: since,
    ...(unreachable.answered ? {} : { cause: unreachable.provider }),
    ...(release ? { release: release.number, version: release.version } : {}),
  }; // prettier-ignore
}

/** Every expectation has a deadline, also while the world cannot be read. Rolling back has none: it goes on trying. */
export function overdue(lifecycle: Lifecycle, policy: EnvironmentPolicy, now: Date): Step | undefined {
  const { release } = lifecycle;
  if (!release || release.phase === 'rollingBack') return undefined;
  const expired = glassExpired(lifecycle, release, now);
  if (expired) return expired;
  const why = { cause: 'deadline', sentence: 'Azure did not answer, or did not do what it was asked, for too long.' };
  switch (release.phase) {
    case 'registered':
    case 'evaluating':
    case 'gating': {
      const late = elapsedMs(release.phaseSince, now) > (policy.evaluation?.deadlineMs ?? NO_EVALUATION_MS);
      return late ? endRelease(lifecycle, release, now, { end: 'aborted', ...why, tell: {} }) : undefined;
    }
    case 'awaitingDecision':
      // A person's time to decide does not depend on Azure; the stage itself ends it.
      return undefined;
    case 'awaitingApproval': {
      // Who has not decided has his own deadline; what was agreed to must be read again, and cannot be for ever.
      const since = lifecycle.conditions.unreachable?.since ?? lifecycle.conditions.withdrawn?.since;
      if (!isComplete(release) || since === undefined) return undefined;
      const late = elapsedMs(since, now) > (policy.evaluation?.deadlineMs ?? NO_EVALUATION_MS);
      return late ? endRelease(lifecycle, release, now, { end: 'aborted', ...why, tell: {} }) : undefined;
    }
    case 'deploying':
    case 'smokeTesting':
      return !lifecycle.conditions.paused && elapsedMs(release.phaseSince, now) > beforeTrafficMs(release, policy)
        ? turnBack(lifecycle, release, now, why)
        : undefined;
    case 'shadowing':
      return elapsedMs(release.shadow?.askedAt ?? release.phaseSince, now) > policy.rollout.deadlineMs
        ? turnBack(lifecycle, release, now, why)
        : undefined;
    case 'shifting':
    case 'watching':
      return elapsedMs(release.exposedSince ?? release.phaseSince, now) >
        policy.rollout.deadlineMs + policy.rollout.watchMs
        ? turnBack(lifecycle, release, now, why)
        : undefined;
  }
}

/** A test job has a time of its own. */
function beforeTrafficMs({ phase }: Release, { rollout: { testRun, deployDeadlineMs } }: EnvironmentPolicy): number {
  return phase === 'smokeTesting' && testRun ? testRun.deadlineMs + deployDeadlineMs : deployDeadlineMs;
}

/**
 * The condition ends with a pass that could read what it needed and has nothing to ask: while it asks again, the answer
 * is still owed. So writes that keep failing beside reads that succeed back off as well, and are told.
 */
export function reached(done: Step): Step {
  const { unreachable, ...conditions } = done.lifecycle.conditions;
  if (!unreachable || done.actions.length > 0) return done;
  return { ...done, lifecycle: { ...done.lifecycle, conditions } };
}
