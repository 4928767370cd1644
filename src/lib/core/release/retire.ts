import type { Lifecycle, Retiring } from '../lifecycle.ts';
import { isReached, type Facts, type Step } from '../step.ts';
import { elapsedMs, step } from './transitions.ts';

const MINUTE_MS = 60_000;

const AT_RISK: ReadonlySet<string> = new Set(['shifting', 'watching', 'rollingBack']);

/** An unproven version has live requests: a deletion may make the endpoint busy just when traffic must go back. */
function isAtRisk({ release }: Lifecycle): boolean {
  return release !== undefined && AT_RISK.has(release.phase);
}

/** A kept deployment whose time is over and that has to be looked at now. */
export function dueForRetirement(lifecycle: Lifecycle, now: Date): Retiring | undefined {
  if (isAtRisk(lifecycle)) return undefined;
  return lifecycle.retiring.find(({ until, markedAt }) =>
    markedAt ? elapsedMs(markedAt, now) >= MINUTE_MS : Date.parse(until) <= now.getTime(),
  );
}

/**
 * Deleting takes two passes: one marks, one deletes a minute later what is still marked, still at 0 % and still wanted
 * by nobody. A worker that slept between the two finds its mark gone or its row changed.
 */
export function retire(lifecycle: Lifecycle, facts: Facts, now: Date): Step {
  const due = dueForRetirement(lifecycle, now);
  if (!due) return step(lifecycle, waitFor(lifecycle, now));
  if (!facts.endpoint || !facts.deployments) return step(lifecycle, { lookInMs: MINUTE_MS });
  const without = { ...lifecycle, retiring: lifecycle.retiring.filter((kept) => kept !== due) };
  if (!facts.deployments.some(({ name }) => name === due.deployment))
    return step(without, { rules: ['retire.gone'], lookInMs: 0 });
  const { champion, release } = lifecycle;
  const wanted = [champion, release?.fallback, release].some((one) => one?.deployment === due.deployment);
  const reached = facts.endpoint !== 'absent' && isReached(facts.endpoint, due.deployment);
  if (wanted || reached) return step(without, { rules: [wanted ? 'retire.wanted' : 'retire.hasTraffic'], lookInMs: 0 });
  if (!due.markedAt) {
    const marked = {
      ...lifecycle,
      retiring: lifecycle.retiring.map((kept) => (kept === due ? { ...kept, markedAt: now.toISOString() } : kept)),
    };
    return step(marked, { rules: ['retire.mark'], lookInMs: MINUTE_MS });
  }
  return step(lifecycle, {
    actions: [{ do: 'deleteDeployment', deployment: due.deployment }],
    rules: ['retire.delete'],
    lookInMs: MINUTE_MS,
  });
}

function waitFor(lifecycle: Lifecycle, now: Date): { lookInMs?: number } {
  if (isAtRisk(lifecycle)) return {};
  const times = lifecycle.retiring.map(({ until, markedAt }) =>
    markedAt ? Date.parse(markedAt) + MINUTE_MS : Date.parse(until),
  );
  return times.length === 0 ? {} : { lookInMs: Math.max(0, Math.min(...times) - now.getTime()) };
}
