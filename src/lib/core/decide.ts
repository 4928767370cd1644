import type { InboxItem } from './inbox.ts';
import { isVerified, type Lifecycle } from './lifecycle.ts';
import { type ClosedRelease, type Release } from './release/state.ts';
import { glassExpired, neverBegun } from './breakGlass.ts';
import { freeze, takenBack } from './decide/freeze.ts';
import { arriveNeeds } from './handOver/arrive.ts';
import { handOn, sendNeeds } from './handOver/send.ts';
import type { Notice } from './notice.ts';
import type { Estate } from './policy/estate.ts';
import type { EnvironmentPolicy } from './policy/policy.ts';
import { stageOf } from './decide/stages.ts';
import { makesRoom } from './decide/supersede.ts';
import { judgeTraffic } from './decide/traffic.ts';
import { beside, soon } from './decide/beside.ts';
import { closedBy, ledgerBy, takeItems } from './decide/taking.ts';
import { back, decideWithdrawn, withdrawnBy } from './decide/withdrawn.ts';
import { trainingNeeds } from './decide/training.ts';
import { meetUnreachable, overdue, reached } from './decide/unreachable.ts';
import { dueForRetirement, retire } from './release/retire.ts';
import { restartClock, step, tell } from './release/transitions.ts';
import type { Action, Facts, Needs, Step, Unreachable } from './step.ts';
import { noteRelease } from './training/memory.ts';
import type { EndedTraining } from './training/state.ts';

export interface Known {
  readonly lifecycle: Lifecycle;
  readonly items: readonly InboxItem[];
  /** What `needs` asked for, or why it could not be read. */
  readonly facts: Facts | { readonly unreachable: Unreachable };
  readonly policy: EnvironmentPolicy;
  readonly policyHash: string;
  /** Of the policy that is published now, where that is known. */
  readonly publishedHash?: string;
  /** Of the policy that `policy.training` is from, where a release is pinned to another one. */
  readonly trainingHash?: string;
  readonly estate: Pick<Estate, 'calendars' | 'computes'>;
  /** No policy speaks of it any more (or it speaks of another place): what is under way ends, nothing begins. */
  readonly ending?: true;
  readonly now: Date;
}

export interface Decision {
  readonly next: Lifecycle;
  readonly actions: readonly Action[];
  readonly notices: readonly Notice[];
  readonly rules: readonly string[];
  /** Fact key -> why the item was refused. */
  readonly refused: Readonly<Record<string, string>>;
  readonly closed?: ClosedRelease;
  readonly ledger?: EndedTraining;
  /** When to look again; absent when nothing is waited for. */
  readonly lookInMs?: number;
}

/** The facts that a decision about this row and these items will want; no others are read. */
export function needs({ lifecycle, items, policy, estate, now }: Omit<Known, 'facts' | 'policyHash'>): Needs {
  const { release, conditions } = lifecycle;
  const person = items.some(({ happening }) => happening.kind === 'command' && ['adopt', 'revert'].includes(happening.command.name)); // prettier-ignore
  const hands =
    person || items.some(({ happening: { kind } }) => kind === 'endpointDiffers' || kind === 'modelDeployed');
  const unsettled = lifecycle.traffic !== undefined && !isVerified(lifecycle.traffic);
  const wait = conditions.unreachable && Date.parse(conditions.unreachable.until) > now.getTime();
  // A person who waits is worth a question that Azure was to be spared.
  if (wait) return person ? { endpoint: true, deployments: true } : {};
  const stage = release ? stageOf(release).needs(lifecycle, release, policy, now) : {};
  const both =
    hands || conditions.held || (!conditions.paused && dueForRetirement(lifecycle, now))
      ? { endpoint: true, deployments: true }
      : {};
  const training = trainingNeeds({ lifecycle, policy, estate, now });
  const handOver = { ...sendNeeds(lifecycle), ...arriveNeeds(lifecycle) };
  return {
    ...(unsettled ? { endpoint: true } : {}), ...stage, ...both, ...training,
    ...(Object.keys(handOver).length > 0 ? { handOver } : {}),
  }; // prettier-ignore
}

/** One pass, pure: the row as it should be, what to do in the world, whom to tell. */
export function decide(given: Known): Decision {
  const gone = withdrawnBy(given);
  if (gone) return decideWithdrawn(given, gone);
  const again = back(given.lifecycle, given.now);
  const known = again.rules.length === 0 ? given : { ...given, lifecycle: again.lifecycle };
  const facts: Facts = 'unreachable' in known.facts ? {} : known.facts;
  const taken = takeItems(known, facts);
  const released = follow(known, taken.step.lifecycle, facts, taken.changed);
  const closed = taken.step.closed ?? released.closed;
  const done = [...taken.step.actions, ...released.actions];
  // A release goes first: all else waits for a pass in which nothing is done about it and nothing of it ends.
  const busy = taken.changed || closed !== undefined || taken.step.ledger !== undefined || done.length > 0;
  const after = busy ? soon(released) : beside(known, released, facts);
  const noted = closed
    ? noteRelease(handOn(after.lifecycle, closed, known.policy), closed)
    : { lifecycle: after.lifecycle };
  return {
    next: noted.lifecycle,
    actions: onlyOneKind(busy ? done : after.actions),
    notices: [...taken.step.notices, ...after.notices],
    rules: [...again.rules, ...taken.step.rules, ...after.rules],
    refused: taken.refused,
    ...closedBy(closed),
    // An entry that is new goes before one that learns what its release came to: the row remembers that as well.
    ...ledgerBy(taken.step.ledger ?? after.ledger ?? noted.ledger),
    ...(after.lookInMs === undefined ? {} : { lookInMs: after.lookInMs }),
  };
}

/** After one disruptive step, stop and look again: later kinds wait for the next pass, which asks for them anew. */
function onlyOneKind(actions: readonly Action[]): readonly Action[] {
  const first = actions[0];
  return first ? actions.filter((action) => action.do === first.do) : [];
}

/** What follows once the items are in: the conditions first, then the release's stage, then what was kept. */
function follow(known: Known, lifecycle: Lifecycle, facts: Facts, changed: boolean): Step {
  const { now } = known;
  if (changed) return step(lifecycle, { lookInMs: 0 });
  if ('unreachable' in known.facts)
    return overdue(lifecycle, known.policy, now) ?? meetUnreachable(lifecycle, known.facts.unreachable, now);
  const { unreachable } = lifecycle.conditions;
  if (unreachable && Date.parse(unreachable.until) > now.getTime())
    return step(lifecycle, { lookInMs: Date.parse(unreachable.until) - now.getTime() });
  const traffic = judgeTraffic(freeze(known, endPause(lifecycle, now)), facts, now);
  if (traffic.settled) return late(known, traffic.step.lifecycle) ?? traffic.step;
  const row = traffic.step.lifecycle;
  const after = row.release ? runStage(known, row, row.release, facts) : start(known, row);
  const told = {
    ...after,
    notices: [...traffic.step.notices, ...after.notices],
    rules: [...traffic.step.rules, ...after.rules],
  };
  return reached(after.actions.length > 0 || after.lookInMs === 0 ? told : alsoRetire(told, facts, now));
}

/** A write that never shows and an endpoint that is never ready end like an Azure that never answers; a hold waits for a person. */
function late({ policy, now }: Known, lifecycle: Lifecycle): Step | undefined {
  return lifecycle.conditions.held ? undefined : overdue(lifecycle, policy, now);
}

function runStage(known: Known, lifecycle: Lifecycle, release: Release, facts: Facts): Step {
  const back =
    glassExpired(lifecycle, release, known.now) ??
    takenBack(known, lifecycle, release) ??
    makesRoom(known, lifecycle, release);
  if (back) return back;
  const { paused, held } = lifecycle.conditions;
  return stageOf(release).decide({
    lifecycle,
    release,
    facts,
    policy: known.policy,
    now: known.now,
    mayMove: !paused && !held,
    calendars: known.estate.calendars,
    ...(known.publishedHash === undefined ? {} : { published: known.publishedHash }),
  });
}

function endPause(lifecycle: Lifecycle, now: Date): Lifecycle {
  const { paused, ...conditions } = lifecycle.conditions;
  if (!paused?.until || Date.parse(paused.until) > now.getTime()) return lifecycle;
  return restartClock({ ...lifecycle, conditions }, now);
}

/** Begins the release of the waiting version, unless a person said stop; one that an Admin sends goes first. */
function start(known: Known, lifecycle: Lifecycle): Step {
  const { breakingGlass: glass, ...row } = lifecycle;
  if (glass && Date.parse(glass.until) <= known.now.getTime()) {
    const after = start(known, row);
    return { ...after, notices: [...after.notices, neverBegun(row, glass, known.now)], rules: [...after.rules, 'breakGlass.expired'] }; // prettier-ignore
  }
  const { waiting, conditions } = lifecycle;
  const until = conditions.paused?.until;
  if ((!waiting && !glass) || conditions.held || known.ending) return step(lifecycle);
  if (conditions.paused)
    return step(lifecycle, until ? { lookInMs: Math.max(0, Date.parse(until) - known.now.getTime()) } : {});
  if (glass) {
    const { version, ...breakGlass } = glass;
    return startGlass(begun(known, row, version, { breakGlass }), known.now);
  }
  if (!waiting) return step(lifecycle);
  const { waiting: _, ...rest } = lifecycle;
  const begins = begun(known, rest, waiting.version, waiting.retry ? { retry: waiting.retry } : {});
  return step(begins, { rules: ['start'], lookInMs: 0 });
}

function begun(
  known: Known,
  row: Lifecycle,
  version: string,
  why: Pick<Release, 'retry' | 'breakGlass'>,
): Lifecycle & { readonly release: Release } {
  const number = row.counters.release + 1;
  const at = known.now.toISOString();
  const release: Release = {
    number,
    version,
    startedAt: at,
    policy: known.policyHash,
    phase: 'registered',
    phaseSince: at,
    ...why,
  };
  return { ...row, release, counters: { ...row.counters, release: number } };
}

/** Everybody is told at once. */
function startGlass(row: Lifecycle & { readonly release: Release }, now: Date): Step {
  const { release, champion } = row;
  const told = tell(row, release, now, 'breakGlass', 'page', {
    ...(release.breakGlass ? { sentence: release.breakGlass.reason, actor: release.breakGlass.actor, deadline: release.breakGlass.until } : {}),
    ...(champion ? { champion: champion.version } : {}), policy: release.policy,
  });
  return step(row, { notices: [told], rules: ['start.breakGlass'], lookInMs: 0 });
} // prettier-ignore

/** Kept deployments go on ageing while a release waits; at most one kind of action a pass. */
function alsoRetire(after: Step, facts: Facts, now: Date): Step {
  const { paused } = after.lifecycle.conditions;
  const retired = paused ? afterPause(after.lifecycle, paused.until, now) : retire(after.lifecycle, facts, now);
  const looks = [after.lookInMs, retired.lookInMs].filter((ms) => ms !== undefined);
  const { lookInMs: _, ...rest } = after;
  return {
    ...rest,
    lifecycle: retired.lifecycle,
    actions: retired.actions,
    rules: [...after.rules, ...retired.rules],
    ...(looks.length === 0 ? {} : { lookInMs: Math.min(...looks) }),
  };
}

/** Paused means that nothing is deleted either. */
function afterPause(lifecycle: Lifecycle, until: string | undefined, now: Date): Step {
  if (lifecycle.retiring.length === 0 || until === undefined) return step(lifecycle);
  return step(lifecycle, { lookInMs: Math.max(0, Date.parse(until) - now.getTime()) });
}
