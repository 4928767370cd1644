import type { Command, CommandName } from './inbox.ts';
import type { ClosedRelease, Lifecycle, Release, Retiring, Served } from './lifecycle.ts';
import { stewardId } from './names.ts';
import type { EnvironmentPolicy } from './policy/policy.ts';
import { desire } from './release/traffic.ts';
import {
  championAdopted,
  endRelease,
  keep,
  later,
  restartClock,
  turnBack,
  withRelease,
} from './release/transitions.ts';
import { servedVersion, type Action, type DeploymentFact, type Facts, type Step } from './step.ts';
import type { Notice } from './notice.ts';

/** A command that names no expiry ends unread after this long, so that a late one cannot hit a newer version. */
export const COMMAND_EXPIRES_MS = 15 * 60_000;

const TURNS_BACK = new Set(['deploying', 'smokeTesting', 'shifting', 'watching']);

/** The commands that would do something now. What the console offers and what a refusal lists. */
export function allowed(lifecycle: Lifecycle): CommandName[] {
  const { release, conditions } = lifecycle;
  const names: CommandName[] = conditions.paused || conditions.stalled ? ['resume', 'pause'] : ['pause'];
  if (release ? release.phase !== 'rollingBack' : previous(lifecycle) !== undefined) names.push('rollback');
  if (release && mayPromote(release)) names.push('promote');
  if (conditions.held) names.push('adopt', ...(lifecycle.traffic ? (['revert'] as const) : []));
  return names;
}

function mayPromote(release: Release): boolean {
  return (
    (release.phase === 'shifting' && !release.promoted) || (release.phase === 'awaitingDecision' && !release.decision)
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
}

/** Applies one command to the row, or says why not and what is allowed instead. */
export function takeCommand(lifecycle: Lifecycle, command: Command, facts: Facts, { now, policy, policyHash }: { readonly now: Date; readonly policy: EnvironmentPolicy; readonly policyHash: string }): Taken {
  const refuse = (why: string): Taken => ({ lifecycle, refused: `${why}; allowed now: ${allowed(lifecycle).join(', ')}`, rules: [`command.${command.name}.refused`] });
  if (command.expiresAt !== undefined && Date.parse(command.expiresAt) < now.getTime()) return refuse('expired unread');
  const current = meantRelease(lifecycle, command.name);
  if (command.release !== undefined && command.release !== current) return refuse(`release ${command.release} is not the current one (${current ?? 'none'})`);
  if (!allowed(lifecycle).includes(command.name)) return refuse(`${command.name} does nothing now`);
  const rules = [`command.${command.name}`];
  switch (command.name) {
    case 'pause':
      return { lifecycle: { ...lifecycle, conditions: { ...lifecycle.conditions, paused: { since: now.toISOString(), actor: command.actor, reason: command.reason, ...(command.until ? { until: command.until } : {}) } } }, rules };
    case 'resume': {
      const { paused: _, stalled: __, ...conditions } = lifecycle.conditions;
      return { lifecycle: restartClock({ ...lifecycle, conditions }, now), rules };
    }
    case 'promote':
      return { lifecycle: promote(lifecycle, command, now), rules };
    case 'rollback':
      return taken(rollback(lifecycle, command, now, policyHash), rules);
    case 'adopt':
      if (!facts.endpoint) return refuse('the endpoint could not be read');
      return adopt(lifecycle, command, facts, policy, now) ?? refuse('live traffic is not one deployment of this model at 100 %');
    case 'revert':
      return revert(lifecycle, facts, rules) ?? refuse('the endpoint could not be read');
  }
} // prettier-ignore

function taken(step: Step, rules: readonly string[]): Taken {
  return {
    lifecycle: step.lifecycle,
    rules: [...rules, ...step.rules],
    actions: step.actions,
    notices: step.notices,
    ...(step.closed ? { closed: step.closed } : {}),
  };
}

function promote(lifecycle: Lifecycle, command: Command, now: Date): Lifecycle {
  const { release } = lifecycle;
  if (!release) return lifecycle;
  const who = { actor: command.actor, reason: command.reason, at: now.toISOString() };
  return withRelease(
    lifecycle,
    release.phase === 'awaitingDecision' ? { ...release, decision: who } : { ...release, promoted: who },
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
      actions: release.phase === 'evaluating' && release.evaluation ? [{ do: 'cancelJob', job: release.evaluation.job }] : [], // prettier-ignore
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
    ...lifecycle, counters: { ...lifecycle.counters, release: number }, release: undo,
    retiring: lifecycle.retiring.filter((entry) => entry !== kept),
  }; // prettier-ignore
  return turnBack(next, undo, now, { cause: 'command', sentence, actor: command.actor });
}

/** Takes live traffic as the truth: its one deployment is the champion from now on. */
function adopt(lifecycle: Lifecycle, command: Command, facts: Facts, policy: EnvironmentPolicy, now: Date): Taken | undefined {
  const serving = servingAlone(facts);
  const version = servedVersion(serving, lifecycle.model);
  if (!serving || version === undefined) return undefined;
  const { held: _, ...conditions } = lifecycle.conditions;
  const generation = lifecycle.generation + 1;
  const split = { [serving.name]: 100 };
  const { release, champion } = lifecycle;
  const replaced = release?.deployment === serving.name && champion?.deployment !== serving.name ? champion : undefined;
  const adopted: Lifecycle = {
    ...lifecycle, conditions, generation, traffic: { desired: split, generation, verified: { split, at: now.toISOString() } },
    champion: {
      version, deployment: serving.name, since: now.toISOString(),
      ...(release && replaced ? { release: release.number, replaced: replaced.deployment } : {}),
    },
    retiring: lifecycle.retiring.filter(({ deployment }) => deployment !== serving.name),
  }; // prettier-ignore
  const notice = championAdopted(adopted, now, { actor: command.actor, sentence: command.reason, live: split });
  if (!release || release.phase === 'registered') return { lifecycle: adopted, rules: ['command.adopt'], notices: [notice] };
  const left = [...keptChallenger(lifecycle, release, serving.name, facts, now), ...keptChampion(replaced, facts, later(now, policy.rollout.keepPreviousMs))];
  const ended = endRelease(left.reduce(keep, adopted), release, now, {
    end: 'aborted',
    cause: 'adopted',
    sentence: `Live traffic was adopted: ${serving.name} is the champion.`,
    tell: { champion: version, actor: command.actor },
  });
  return taken({ ...ended, notices: [notice, ...ended.notices] }, ['command.adopt']);
} // prettier-ignore

/** The one deployment that has all traffic. */
function servingAlone({ endpoint, deployments }: Facts): DeploymentFact | undefined {
  if (!endpoint || endpoint === 'absent') return undefined;
  const [entry, ...others] = Object.entries(endpoint.traffic).filter(([, percent]) => percent > 0);
  return entry && others.length === 0 && entry[1] === 100 ? deployments?.find(({ name }) => name === entry[0]) : undefined; // prettier-ignore
}

/** A challenger of ours that was not adopted has no further use. */
function keptChallenger(lifecycle: Lifecycle, release: Release, serving: string, { deployments }: Facts, now: Date): Retiring[] {
  const mine = deployments?.find(({ name, stewardId: id }) => name === release.deployment && id === stewardId(lifecycle, name));
  return mine && mine.name !== serving ? [{ version: release.version, deployment: mine.name, until: later(now, 0) }] : [];
} // prettier-ignore

/** The champion that the adopted challenger took over from stays the way back, as after any release. */
function keptChampion(replaced: Served | undefined, { deployments }: Facts, until: string): Retiring[] {
  const there = replaced && deployments?.some(({ name }) => name === replaced.deployment);
  return there ? [{ version: replaced.version, deployment: replaced.deployment, until }] : [];
}

/** Puts live traffic back to what Steward last wanted, under a new generation. */
function revert(lifecycle: Lifecycle, facts: Facts, rules: readonly string[]): Taken | undefined {
  const { traffic } = lifecycle;
  if (!traffic || !facts.endpoint || facts.endpoint === 'absent') return undefined;
  const { held: _, ...conditions } = lifecycle.conditions;
  const live = facts.endpoint.traffic;
  const desired = desire({ ...lifecycle, conditions }, traffic.desired);
  // What live traffic is now counts as the last verified state: until our write shows, it is expected.
  const next: Lifecycle = {
    ...desired,
    ...(desired.traffic
      ? { traffic: { ...desired.traffic, verified: { split: live, at: lifecycle.traffic?.verified?.at ?? '' } } }
      : {}),
  };
  return {
    lifecycle: next,
    rules,
    actions: [{ do: 'setTraffic', expected: live, desired: traffic.desired, generation: next.generation }],
  };
}
