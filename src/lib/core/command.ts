import { approve, mayBeStopped, objection, waitsForApproval } from './approval.ts';
import { breakGlass, letGo, mayBreakGlass, unfitGlass } from './breakGlass.ts';
import type { Command, CommandName } from './inbox.ts';
import type { Lifecycle, Retiring, Served } from './lifecycle.ts';
import type { ClosedRelease, Release } from './release/state.ts';
import { stewardId } from './names.ts';
import type { EnvironmentPolicy } from './policy/policy.ts';
import { withdraw } from './handOver/send.ts';
import { retriable, retry } from './retry.ts';
import { besides, desire, servingAlone, writing } from './release/traffic.ts';
import {
  championAdopted,
  endRelease,
  keep,
  later,
  restartClock,
  turnBack,
  withRelease,
} from './release/transitions.ts';
import { routingOf, type Action, type Facts, type Step } from './step.ts';
import type { Notice } from './notice.ts';
import { meantTraining, rejectTraining, retrain } from './training/command.ts';
import type { EndedTraining } from './training/state.ts';

/** A command that names no expiry ends unread after this long, so that a late one cannot hit a newer version. */
export const COMMAND_EXPIRES_MS = 15 * 60_000;

const TURNS_BACK = new Set(['deploying', 'smokeTesting', 'shadowing', 'shifting', 'watching']);

/** The commands that would do something now. What the console offers and what a refusal lists. `trains`: the policy has a training. */
export function allowed(lifecycle: Lifecycle, { trains }: { readonly trains: boolean }): CommandName[] {
  const { release, conditions } = lifecycle;
  const names: CommandName[] = stopped(lifecycle) ? ['resume', 'pause'] : ['pause'];
  if (trains) names.push('retrain');
  const asked = release !== undefined && (waitsForApproval(release) || mayBeStopped(release));
  if (release && waitsForApproval(release)) names.push('approve');
  if (asked || meantTraining(lifecycle) !== undefined) names.push('reject');
  if (retriable(lifecycle)) names.push('retry');
  if (release ? release.phase !== 'rollingBack' : previous(lifecycle) !== undefined) names.push('rollback');
  if (release && mayPromote(release)) names.push('promote');
  if (conditions.held) names.push('adopt', ...(lifecycle.traffic ? (['revert'] as const) : []));
  return names;
}

/** Break-glass is offered to nobody, and taken from an Admin. */
export function would(name: CommandName, lifecycle: Lifecycle, can: readonly CommandName[]): boolean {
  return name === 'breakGlass' ? mayBreakGlass(lifecycle) : can.includes(name);
}

export const NO_GLASS = 'breakGlass is not taken while a release has traffic or broke the glass already, nor while it is held or somebody paused it'; // prettier-ignore

/** A freeze ends with its calendar: nobody resumes it. */
function stopped({ conditions: { paused, stalled } }: Lifecycle): boolean {
  return stalled !== undefined || (paused !== undefined && paused.calendar === undefined);
}

function mayPromote(release: Release): boolean {
  return (
    ((release.phase === 'shifting' || release.phase === 'shadowing') && !release.promoted) ||
    (release.phase === 'awaitingDecision' && !release.decision)
  );
}

/** The deployment that the champion replaced, while it is kept. Others are kept too: challengers that failed. */
function previous({ champion, retiring }: Lifecycle): Lifecycle['retiring'][number] | undefined {
  return retiring.find(({ markedAt, deployment }) => markedAt === undefined && deployment === champion?.replaced);
}

/**
 * The release that a command names when it names the current one: the one under way. Without one, a rollback takes back
 * what serves, never a release that ended beside it.
 */
export function meantRelease({ release, champion, ended }: Lifecycle, name: CommandName): number | undefined {
  if (release) return release.number;
  return name === 'rollback' ? champion?.release : ended[0]?.number;
}

export interface Taken {
  readonly lifecycle: Lifecycle;
  readonly refused?: string;
  readonly rules: readonly string[];
  readonly actions?: readonly Action[];
  readonly notices?: readonly Notice[];
  readonly closed?: ClosedRelease;
  readonly ledger?: EndedTraining;
}

/** Applies one command to the row, or says why not and what is allowed instead. */
export function takeCommand(lifecycle: Lifecycle, command: Command, facts: Facts, { now, policy, policyHash, factKey, receivedAt }: { readonly now: Date; readonly policy: EnvironmentPolicy; readonly policyHash: string; readonly factKey: string; readonly receivedAt: string }): Taken {
  const { release } = lifecycle;
  const can = allowed(lifecycle, { trains: policy.training !== undefined });
  const refuse = (why: string): Taken => ({ lifecycle, refused: `${why}; allowed now: ${can.join(', ')}`, rules: [`command.${command.name}.refused`] });
  const why = unfit(lifecycle, command, policy, can, { now, receivedAt });
  if (why !== undefined) return refuse(why);
  const rules = [`command.${command.name}`];
  switch (command.name) {
    case 'retrain':
      return { lifecycle: retrain(lifecycle, command, factKey, now), rules };
    case 'approve':
      return { lifecycle: release ? withRelease(lifecycle, approve(release, command, now)) : lifecycle, rules };
    case 'reject':
      return taken(release && speaksOfRelease(command) ? rejectRelease(lifecycle, release, command, now) : rejectTraining(lifecycle, command, now), rules);
    case 'retry':
      return { lifecycle: retry(lifecycle, command, now), rules };
    case 'pause':
      return { lifecycle: { ...lifecycle, conditions: { ...lifecycle.conditions, paused: { since: now.toISOString(), actor: command.actor, reason: command.reason, ...(command.until ? { until: command.until } : {}) } } }, rules };
    case 'resume': {
      const { paused: _, stalled: __, ...conditions } = lifecycle.conditions;
      return { lifecycle: restartClock({ ...lifecycle, conditions }, now), rules };
    }
    case 'promote':
      return { lifecycle: promote(lifecycle, command, now), rules };
    case 'breakGlass':
      return breakGlass(lifecycle, command, now);
    case 'rollback':
      return taken(rollback(lifecycle, command, now, policyHash), rules);
    case 'adopt':
      if (!facts.endpoint) return refuse('the endpoint could not be read');
      return adopt(lifecycle, command, facts, policy, now) ?? refuse('live traffic is not one deployment of this model at 100 %');
    case 'revert':
      return revert(lifecycle, facts, rules, refuse);
  }
} // prettier-ignore

function unfit(lifecycle: Lifecycle, command: Command, policy: EnvironmentPolicy, can: readonly CommandName[], { now, receivedAt }: { readonly now: Date; readonly receivedAt: string }): string | undefined {
  const { name, release, training, expiresAt } = command;
  if (expiresAt !== undefined && Date.parse(expiresAt) < now.getTime()) return 'expired unread';
  const current = meantRelease(lifecycle, name);
  if (release !== undefined && release !== current) return `release ${release} is not the current one (${current ?? 'none'})`;
  const asked = meantTraining(lifecycle);
  if (training !== undefined && training !== asked) return `training ${training} is not the current one (${asked ?? 'none'})`;
  if (!would(name, lifecycle, can)) return name === 'breakGlass' ? NO_GLASS : `${name} does nothing now`;
  if (name === 'breakGlass') return unfitGlass(lifecycle, command, now) ?? objection(lifecycle.release, command, policy.approval, receivedAt)?.sentence;
  if (speaksOfRelease(command)) return release === undefined ? `${name} must name the release it means` : objection(lifecycle.release, command, policy.approval, receivedAt)?.sentence;
  return name === 'reject' && asked === undefined ? 'reject must name the release it means' : undefined;
} // prettier-ignore

function taken(step: Step, rules: readonly string[]): Taken {
  return {
    lifecycle: step.lifecycle,
    rules: [...rules, ...step.rules],
    actions: step.actions,
    notices: step.notices,
    ...(step.closed ? { closed: step.closed } : {}),
    ...(step.ledger ? { ledger: step.ledger } : {}),
  };
}

/** A person's no to a release; without its number, `reject` means a training. */
export function speaksOfRelease({ name, release }: Pick<Command, 'name' | 'release'>): boolean {
  return name === 'approve' || name === 'breakGlass' || (name === 'reject' && release !== undefined);
}

function rejectRelease(lifecycle: Lifecycle, release: Release, { actor, reason }: Command, now: Date): Step {
  const sentence = `${actor} said no: ${reason}`;
  const reasons = release.gate?.reasons ?? [];
  return endRelease(letGo(lifecycle, release, now), release, now, { end: 'rejected', cause: 'notApproved', sentence, reasons, tell: { actor } });
} // prettier-ignore

function promote(lifecycle: Lifecycle, command: Command, now: Date): Lifecycle {
  const { release } = lifecycle;
  if (!release) return lifecycle;
  const who = { actor: command.actor, reason: command.reason, at: now.toISOString() };
  const by = command.identity ? { by: command.identity.id } : {};
  return withRelease(
    lifecycle,
    release.phase === 'awaitingDecision' ? { ...release, decision: { ...who, ...by } } : { ...release, promoted: who },
  );
}

function rollback(lifecycle: Lifecycle, command: Command, now: Date, policyHash: string): Step {
  const sentence = command.reason
    ? `Asked for by ${command.actor}: ${command.reason}`
    : `Asked for by ${command.actor}.`;
  const { release } = lifecycle;
  if (release && TURNS_BACK.has(release.phase))
    return turnBack(lifecycle, release, now, { cause: 'command', sentence, actor: command.actor });
  if (release)
    return {
      ...endRelease(lifecycle, release, now, {
        end: 'aborted',
        cause: 'command',
        sentence,
        tell: { actor: command.actor },
      }),
      // Nobody waits for its answer any more; it need not cost anything either.
      actions: release.phase === 'evaluating' && release.evaluation?.job !== undefined ? [{ do: 'cancelJob', job: release.evaluation.job }] : [], // prettier-ignore
    };
  return backToPrevious(lifecycle, command, { sentence, policyHash }, now);
}

/** After a release has ended it stays ended: taking its version back is a release of its own, which only rolls back. */
function backToPrevious(
  lifecycle: Lifecycle,
  command: Command,
  { sentence, policyHash }: { readonly sentence: string; readonly policyHash: string },
  now: Date,
): Step {
  // prettier-ignore
  const kept = previous(lifecycle);
  const { champion } = lifecycle;
  if (!kept || !champion) return { lifecycle, actions: [], notices: [], rules: [] };
  const at = now.toISOString();
  const number = lifecycle.counters.release + 1;
  const undo: Release = {
    number, version: champion.version, startedAt: at, policy: policyHash, phase: 'watching', phaseSince: at,
    fallback: { version: kept.version, deployment: kept.deployment }, deployment: champion.deployment, exposedSince: champion.since,
  }; // prettier-ignore
  const next: Lifecycle = {
    ...withdraw(lifecycle, champion.version), counters: { ...lifecycle.counters, release: number }, release: undo,
    retiring: lifecycle.retiring.filter((entry) => entry !== kept),
  }; // prettier-ignore
  return turnBack(next, undo, now, { cause: 'command', sentence, actor: command.actor });
}

/** Takes live traffic as the truth: its one deployment is the champion from now on. */
function adopt(lifecycle: Lifecycle, command: Command, facts: Facts, policy: EnvironmentPolicy, now: Date): Taken | undefined {
  const { endpoint, deployments = [] } = facts;
  const serving = endpoint && endpoint !== 'absent' ? servingAlone(endpoint, deployments, lifecycle.model) : undefined;
  if (!serving) return undefined;
  const { version, deployment: name } = serving;
  const { held: _, ...conditions } = lifecycle.conditions;
  const generation = lifecycle.generation + 1;
  const split = { [name]: 100 };
  const { release, champion } = lifecycle;
  // A mirror that a person set up is adopted as well; one that copies to the challenger ends with its release.
  const { mirror: live } = endpoint && endpoint !== 'absent' ? endpoint : {};
  const mirror = besides(live, release?.deployment);
  const kept = Object.keys(mirror).length > 0 ? { mirror } : {};
  const before = champion?.deployment === name ? undefined : champion;
  const replaced = release?.deployment === name ? before : undefined;
  const adopted: Lifecycle = {
    ...lifecycle, conditions, generation, traffic: { desired: split, ...kept, generation, verified: { split, ...(live ? { mirror: live } : {}), at: now.toISOString() } },
    champion: {
      ...serving, since: now.toISOString(),
      ...(release && replaced ? { release: release.number, replaced: replaced.deployment } : {}),
    },
    retiring: lifecycle.retiring.filter(({ deployment }) => deployment !== name),
  }; // prettier-ignore
  const notice = championAdopted(adopted, now, { actor: command.actor, sentence: command.reason, live: split });
  const former = keptChampion(lifecycle, before, { facts, replaced: replaced !== undefined, until: later(now, policy.rollout.keepPreviousMs) }).reduce(keep, adopted);
  if (!release || release.phase === 'registered') return { lifecycle: former, rules: ['command.adopt'], notices: [notice] };
  const ended = endRelease(keptChallenger(lifecycle, release, name, facts, now).reduce(keep, former), release, now, {
    end: 'aborted',
    cause: 'adopted',
    sentence: `Live traffic was adopted: ${name} is the champion.`,
    tell: { champion: version, actor: command.actor },
  });
  return taken({ ...ended, notices: [notice, ...ended.notices] }, ['command.adopt']);
} // prettier-ignore

/** A challenger of ours that was not adopted has no further use; updated in place, it is the champion's deployment. */
function keptChallenger(lifecycle: Lifecycle, release: Release, serving: string, { deployments }: Facts, now: Date): Retiring[] {
  const mine = release.inPlace ? undefined : deployments?.find(({ name, stewardId: id }) => name === release.deployment && id === stewardId(lifecycle, name));
  return mine && mine.name !== serving ? [{ version: release.version, deployment: mine.name, until: later(now, 0) }] : [];
} // prettier-ignore

/**
 * The champion before stays for a while, as after any release. One that people made is theirs to delete, unless a
 * challenger of ours took over from it.
 */
function keptChampion(key: Lifecycle, before: Served | undefined, { facts: { deployments }, replaced, until }: { readonly facts: Facts; readonly replaced: boolean; readonly until: string }): Retiring[] {
  const there = before && deployments?.find(({ name }) => name === before.deployment);
  const kept = there && (replaced || there.stewardId === stewardId(key, there.name));
  return kept ? [{ version: before.version, deployment: before.deployment, until }] : [];
} // prettier-ignore

/** Puts live traffic back to what Steward last wanted, under a new generation. */
function revert(lifecycle: Lifecycle, facts: Facts, rules: readonly string[], refuse: (why: string) => Taken): Taken {
  const { traffic } = lifecycle;
  if (!traffic || !facts.endpoint || facts.endpoint === 'absent' || !facts.deployments)
    return refuse('the endpoint could not be read');
  const there = new Set(facts.deployments.map(({ name }) => name));
  const gone = Object.keys({ ...traffic.desired, ...traffic.mirror }).filter((name) => !there.has(name));
  if (gone.length > 0) return refuse(`there is no deployment ${gone.join(', ')} any more to give traffic back to`);
  const { held: _, ...conditions } = lifecycle.conditions;
  const desired = desire({ ...lifecycle, conditions }, traffic.desired, traffic.mirror);
  // What live traffic is now counts as the last verified state: until our write shows, it is expected.
  const next: Lifecycle = {
    ...desired,
    ...(desired.traffic
      ? {
          traffic: {
            ...desired.traffic,
            verified: { ...routingOf(facts.endpoint), at: lifecycle.traffic?.verified?.at ?? '' },
          },
        }
      : {}),
  };
  return {
    lifecycle: next,
    rules,
    actions: next.traffic ? [writing(facts.endpoint, next.traffic)] : [],
  };
}
