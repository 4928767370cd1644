import { isComplete } from '../approval.ts';
import type { Decision, Known } from '../decide.ts';
import { isQuiet, type Lifecycle } from '../lifecycle.ts';
import type { Notice } from '../notice.ts';
import { elapsedMs, restartClock, step } from '../release/transitions.ts';
import type { Step, Unreachable } from '../step.ts';
import { noteRelease } from '../training/memory.ts';
import { stageOf } from './stages.ts';
import { closedBy, ledgerBy, takeItems } from './taking.ts';
import { train } from './training.ts';
import { overdue, unsafe } from './unreachable.ts';

/** Azure's 404 for a whole workspace is believed when it has lasted so long: traffic may be on an unproven version. */
const BELIEVED_MS = 15 * 60_000;
const HOUR_MS = 3_600_000;
const UNSAFE_LOOK_MS = 5 * 60_000;

/** Why nothing may, or can, be done in the workspace; undefined while that is not so, or not sure. */
export function withdrawnBy({ facts, lifecycle, now }: Pick<Known, 'facts' | 'lifecycle' | 'now'>): Unreachable | undefined {
  const why = 'unreachable' in facts ? facts.unreachable : undefined;
  if (why?.gone === undefined) return undefined;
  const { unreachable, withdrawn } = lifecycle.conditions;
  const sure = why.gone === 'estate' || withdrawn !== undefined || (unreachable !== undefined && elapsedMs(unreachable.since, now) >= BELIEVED_MS);
  return sure ? why : undefined;
} // prettier-ignore

/**
 * One pass without a workspace: items enter the row and deadlines end what they end, so that all goes on from there when it
 * comes back; nothing is done in it. People are paged once, with what is left there.
 */
export function decideWithdrawn(known: Known, why: Unreachable): Decision {
  const { policy, now } = known;
  const taken = takeItems(known, {});
  const late = taken.changed ? undefined : (overdue(taken.step.lifecycle, policy, now) ?? undecided(known, taken.step.lifecycle)); // prettier-ignore
  const released = late ?? step(taken.step.lifecycle);
  const away = { ...why, retryAfterMs: HOUR_MS };
  const trained = released.lifecycle.training ? train(known, released, { training: { away: { job: away, result: away } } }) : released; // prettier-ignore
  const closed = taken.step.closed ?? late?.closed;
  const noted = closed ? noteRelease(trained.lifecycle, closed) : { lifecycle: trained.lifecycle };
  const told = withdraw(noted.lifecycle, why, now);
  return {
    next: told.lifecycle,
    actions: [],
    notices: [...taken.step.notices, ...trained.notices, ...told.notices],
    rules: [...taken.step.rules, ...trained.rules, ...told.rules],
    refused: taken.refused,
    ...closedBy(closed),
    ...ledgerBy(taken.step.ledger ?? trained.ledger ?? noted.ledger),
    ...lookAgain(told.lifecycle),
  };
}

/** What waits for a person's word, and needs nothing of Azure to end when nobody gives it. */
function undecided({ policy, estate: { calendars }, now }: Known, lifecycle: Lifecycle): Step | undefined {
  const { release } = lifecycle;
  const waits =
    release?.phase === 'awaitingApproval'
      ? release.approval !== undefined && !isComplete(release)
      : release?.phase === 'awaitingDecision' && !release.decision;
  if (!release || !waits) return undefined;
  return stageOf(release).decide({ lifecycle, release, facts: {}, policy, now, mayMove: false, calendars });
}

/** Whoever has nothing under way there is only looked at when something happens. */
function lookAgain(lifecycle: Lifecycle): { readonly lookInMs?: number } {
  const { nextLook: _, ...row } = lifecycle;
  return isQuiet(row) ? {} : { lookInMs: unsafe(row) ? UNSAFE_LOOK_MS : HOUR_MS };
}

/** The condition, told when it begins. */
export function withdraw(lifecycle: Lifecycle, { reason }: Unreachable, now: Date) {
  const { unreachable: _, ...conditions } = lifecycle.conditions;
  const since = conditions.withdrawn?.since ?? now.toISOString();
  const next: Lifecycle = { ...lifecycle, conditions: { ...conditions, withdrawn: { since, reason } } };
  if (conditions.withdrawn) return step(next, { rules: ['workspace.withdrawn'] });
  return step(next, { rules: ['workspace.withdrawn'], notices: [notice(lifecycle, reason, now)] });
}

function notice(lifecycle: Lifecycle, reason: string, now: Date): Notice {
  const { environment, model, release, champion, traffic } = lifecycle;
  const at = now.toISOString();
  const split = traffic?.verified?.split;
  return {
    id: `workspaceWithdrawn-${at}`, kind: 'workspaceWithdrawn', audience: 'page', environment, model, at, reasons: [], sentence: reason,
    ...(release ? { release: release.number, version: release.version } : {}), ...(champion ? { champion: champion.version } : {}),
    ...(split && traffic ? { live: split, expected: traffic.desired } : {}),
  }; // prettier-ignore
}

/** A policy speaks of it and its workspace answers: what stood still goes on. */
export function back(lifecycle: Lifecycle, now: Date): { readonly lifecycle: Lifecycle; readonly rules: readonly string[] } {
  const { unpublished, withdrawn, ...conditions } = lifecycle.conditions;
  if (!unpublished && !withdrawn) return { lifecycle, rules: [] };
  const rules = [...(unpublished ? ['policy.back'] : []), ...(withdrawn ? ['workspace.back'] : [])];
  return { lifecycle: restartClock({ ...lifecycle, conditions }, now), rules };
} // prettier-ignore
