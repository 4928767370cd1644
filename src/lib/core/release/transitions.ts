/** The moves that several stages share: how a release changes phase, turns back, and ends. */
import { NO_RATES, sum } from '../canary/rates.ts';
import { startedBy } from '../approval.ts';
import type { Lifecycle, Retiring } from '../lifecycle.ts';
import type { ClosedRelease, EndedRelease, End, Phase, Release, Rollback } from './state.ts';
import { deploymentName } from '../names.ts';
import type { Audience, Notice, NoticeKind } from '../notice.ts';
import type { EnvironmentPolicy, RolloutPolicy } from '../policy/policy.ts';
import type { EndedTraining } from '../training/state.ts';
import type { Action, Step } from '../step.ts';
import { isLimited, type AnswersSeen } from '../shadow/judge.ts';
import type { Reason } from '../verdict.ts';

/** Ended releases kept in the row, newest first; all of them have rows of their own. */
const ENDED_KEPT = 10;

export interface Change {
  readonly actions?: readonly Action[];
  readonly notices?: readonly Notice[];
  readonly rules?: readonly string[];
  readonly lookInMs?: number;
  readonly closed?: ClosedRelease;
  readonly ledger?: EndedTraining;
}

export function step(lifecycle: Lifecycle, change: Change = {}): Step {
  return { actions: [], notices: [], rules: [], ...change, lifecycle };
}

export function withRelease(lifecycle: Lifecycle, release: Release): Lifecycle {
  return { ...lifecycle, release };
}

/**
 * A tested deployment gets copies of live requests first where the policy says so; without a champion there are none to
 * copy. One that was updated in place serves already.
 */
export function beforeTraffic(
  { fallback, inPlace, breakGlass }: Pick<Release, 'fallback' | 'inPlace' | 'breakGlass'>,
  { rollout }: EnvironmentPolicy,
): Phase {
  if (inPlace) return 'watching';
  return rollout.shadow && fallback && !breakGlass ? 'shadowing' : 'shifting';
}

/**
 * How many judged stretches share what the policy allows of false rollbacks: the steps, the last of which is the watch, a
 * shadow, and what is answered in it where that is limited.
 */
export function stretchesOf({ stepsPercent, shadow }: RolloutPolicy): number {
  return stepsPercent.length + (shadow ? 1 : 0) + (isLimited(shadow?.answers) ? 1 : 0);
}

/** Next phase; the pass that finds it looks again at once. */
export function moveTo(lifecycle: Lifecycle, release: Release, phase: Phase, now: Date): Lifecycle {
  return withRelease(lifecycle, { ...release, phase, phaseSince: now.toISOString() });
}

/** What was judged, and approved where that was asked for, is deployed: under a name of its own, or in the champion's place. */
export function letOut(
  lifecycle: Lifecycle,
  release: Release,
  { rollout }: EnvironmentPolicy,
  now: Date,
  rule: string,
): Step {
  const { fallback } = release;
  if (rollout.update === 'inPlace' && fallback) {
    const taking: Release = { ...release, deployment: fallback.deployment, inPlace: {} };
    return step(moveTo(lifecycle, taking, 'deploying', now), { rules: [rule], lookInMs: 0 });
  }
  const named = { ...release, deployment: deploymentName(lifecycle, release.version, release.number) };
  return step(moveTo(lifecycle, named, 'deploying', now), { rules: [rule], lookInMs: 0 });
}

/** When each step comes at the earliest, if nothing holds it up: after the shadow, where there is one. A first version has one. */
export function planned(policy: EnvironmentPolicy, release: Release, now: Date): { percent: number; at: string }[] {
  const { stepsPercent, bakeMs, shadow } = policy.rollout;
  const firstMs = beforeTraffic(release, policy) === 'shadowing' ? (shadow?.forMs ?? 0) : 0;
  const percents = release.fallback ? stepsPercent : stepsPercent.slice(-1);
  return percents.map((percent, index) => ({ percent, at: later(now, firstMs + index * bakeMs) }));
}

/** From deploying onward a release that cannot go on turns back: traffic first, then the ending. */
export function turnBack(
  lifecycle: Lifecycle, release: Release, now: Date,
  why: { readonly cause: string; readonly sentence: string; readonly reasons?: readonly Reason[]; readonly actor?: string },
): Step {
  const rollback: Rollback = {
    cause: why.cause, sentence: why.sentence, reasons: why.reasons ?? [], decidedAt: now.toISOString(),
    ...(why.actor === undefined ? {} : { actor: why.actor }),
  };
  // The canary stays readable for the message; this release counts no further step.
  const turned = { ...settleExposure(release), ...(release.canary ? { canary: release.canary } : {}), rollback };
  // Backing off was for what the phase before wanted to know: safety asks at once.
  const { unreachable: _, ...conditions } = lifecycle.conditions;
  return step(moveTo({ ...lifecycle, conditions }, turned, 'rollingBack', now), { rules: [`turnBack.${why.cause}`], lookInMs: 0 });
} // prettier-ignore

/** Moves what this step exposed into the release's total; the next step counts anew. */
export function settleExposure(release: Release): Release {
  const { canary, ...rest } = release;
  if (!canary) return release;
  const before = release.exposed ?? NO_RATES;
  return { ...rest, exposed: sum(before, canary.challenger) };
}

export interface Ending {
  readonly end: End;
  readonly cause: string;
  readonly sentence: string;
  readonly reasons?: readonly Reason[];
  /** Extra facts for the message; `undefined` = tell nobody. */
  readonly tell?: Partial<Notice>;
}

const NOTICE_OF: Readonly<Record<End, NoticeKind>> = {
  released: 'released', rejected: 'rejected', rolledBack: 'rolledBack', aborted: 'aborted', superseded: 'superseded',
}; // prettier-ignore

/** Ends the release: it leaves the row, stays in the list, and people are told where `tell` is given. */
export function endRelease(lifecycle: Lifecycle, release: Release, now: Date, ending: Ending): Step {
  const { release: _, ...rest } = lifecycle;
  const gain = release.gate?.gain;
  const starters = startedBy(release);
  const ended: EndedRelease = {
    number: release.number,
    version: release.version,
    end: ending.end,
    cause: ending.cause,
    at: now.toISOString(),
    ...(gain === undefined ? {} : { gain }),
    ...(starters.length > 0 ? { startedBy: starters } : {}),
  };
  const next: Lifecycle = { ...rest, ended: [ended, ...lifecycle.ended.map(withoutStarters)].slice(0, ENDED_KEPT) };
  const notices = ending.tell ? [tell(lifecycle, release, now, NOTICE_OF[ending.end], 'inform', { cause: ending.cause, sentence: ending.sentence, reasons: ending.reasons ?? [], policy: release.policy, ...ending.tell })] : []; // prettier-ignore
  const closed: ClosedRelease = { ...ended, sentence: ending.sentence, reasons: ending.reasons ?? [], release };
  return step(next, { closed, notices, rules: [`end.${ending.end}.${ending.cause}`], lookInMs: 0 });
}

/** Only the newest can be tried again; what older ones were is in rows of their own. */
function withoutStarters(ended: EndedRelease): EndedRelease {
  const { startedBy: _, ...rest } = ended;
  return rest;
}

export function tell(
  lifecycle: Lifecycle, release: Release, now: Date, kind: NoticeKind, audience: Audience, facts: Partial<Notice>,
): Notice {
  // The same may be told or asked again about other evidence: that is another message, and no repeat of the one before.
  const judgedAgain = release.voided ? `-${release.voided.times + 1}` : '';
  return {
    id: `r${release.number}-${kind}${judgedAgain}`, kind, audience, environment: lifecycle.environment, model: lifecycle.model, at: now.toISOString(),
    release: release.number, version: release.version, reasons: [],
    ...(release.fallback ? { champion: release.fallback.version } : {}),
    ...(release.origin ? { origin: release.origin } : {}),
    ...(release.evaluation ? { data: `${release.evaluation.data}:${release.evaluation.dataVersion}` } : {}),
    ...(release.artifact?.verifiable === false ? { artifact: release.artifact.why } : {}),
    ...(release.approval && release.approval.given.length > 0 ? { approvedBy: release.approval.given.map(({ actor, at }) => ({ actor, at })) } : {}),
    ...shadowOf(release),
    ...facts,
  };
} // prettier-ignore

function shadowOf({ shadow, rollback }: Release): Pick<Notice, 'shadow'> {
  if (shadow?.since === undefined) return {};
  const { percent, since, canary, answers, until = rollback?.decidedAt } = shadow;
  const judged = canary?.challenger.requests ?? 0;
  const both = answers && answeredBoth(answers);
  return {
    shadow: { percent, since, judged, ...(until === undefined ? {} : { until }), ...(both ? { answers: both } : {}) },
  };
}

function answeredBoth({ found, measured }: AnswersSeen): NonNullable<Notice['shadow']>['answers'] {
  const { flips: _, shift: __, ...counts } = found;
  return { ...counts, ...measured };
}

/** Tells that a champion which Steward did not release is its champion from now on, as a person asked. */
export function championAdopted(lifecycle: Lifecycle, now: Date, facts: Partial<Notice>): Notice {
  const { environment, model, champion } = lifecycle;
  return {
    id: `championAdopted-${champion?.version}-${now.toISOString()}`, kind: 'championAdopted', audience: 'inform', environment, model, at: now.toISOString(),
    reasons: [], ...(champion ? { champion: champion.version } : {}), ...facts,
  }; // prettier-ignore
}

const BEFORE_TRAFFIC: ReadonlySet<Phase> = new Set(['deploying', 'smokeTesting']);

/** Before it has traffic a release's deadline counts only time in which it was let go on: after a stop it starts anew. */
export function restartClock(lifecycle: Lifecycle, now: Date): Lifecycle {
  const { release } = lifecycle;
  return release && BEFORE_TRAFFIC.has(release.phase)
    ? withRelease(lifecycle, { ...release, phaseSince: now.toISOString() })
    : lifecycle;
}

/** Keeps a deployment at 0 % for a while; one entry per deployment. */
export function keep(lifecycle: Lifecycle, kept: Retiring): Lifecycle {
  return {
    ...lifecycle,
    retiring: [...lifecycle.retiring.filter(({ deployment }) => deployment !== kept.deployment), kept],
  };
}

export function later(now: Date, ms: number): string {
  return new Date(now.getTime() + ms).toISOString();
}

export function elapsedMs(since: string, now: Date): number {
  return now.getTime() - Date.parse(since);
}
