import type { Taken } from '../command.ts';
import type { Outcome } from '../inbox.ts';
import type { Lifecycle } from '../lifecycle.ts';
import { stewardId } from '../names.ts';
import type { Notice } from '../notice.ts';
import type { EnvironmentPolicy } from '../policy/policy.ts';
import { elapsedMs, later, step } from '../release/transitions.ts';
import type { Action, Facts, HandOverNeeds, Step } from '../step.ts';
import { compareVersions } from '../versions.ts';
import type { Arriving, HandedOver, Trouble } from './state.ts';

const LOOK_MS = 60_000;
/** Bringing tells when it is done; longer than that may take, so that no second one runs beside the first. */
const BRINGING_LOOK_MS = 5 * 60_000;
/** Roles get granted, firewalls opened, full disks emptied: until then it is tried again. */
const LIMIT_MS = 24 * 3_600_000;
const AGAIN_MS = { unavailable: 60_000, refused: 15 * 60_000 } as const;
const LONGEST_WAIT_MS = 3_600_000;
const SENTENCE_CHARS = 300;
/** The files changed since they were judged, or the version is gone: no later try mends that. */
const FINAL = new Set(['stale', 'notFound']);

interface Pass {
  readonly policy: EnvironmentPolicy;
  readonly now: Date;
}

/** Takes in what another environment released. A newer one takes the place of one that has not arrived. */
export function takeHandedOver(lifecycle: Lifecycle, handed: HandedOver, { policy, now }: Pass): Taken {
  const refuse = (refused: string): Taken => ({ lifecycle, refused, rules: ['handOver.refused'] });
  const { from, version } = handed;
  if (policy.after !== from) return refuse(`the policy takes no versions from ${from}`);
  const before = [lifecycle.arriving, lifecycle.arrived].find((known) => known?.from === from);
  if (before && compareVersions(version, before.version) <= 0)
    return refuse(`not newer than version ${before.version} of ${from}, which was handed over before`);
  return {
    lifecycle: { ...lifecycle, arriving: { ...handed, since: now.toISOString() } },
    rules: [`handOver.arrives ${from}:${version}`],
  };
}

/** The number it could have here; once it has one, what is there under it. */
export function arriveNeeds({ arriving }: Lifecycle): HandOverNeeds {
  if (!arriving) return {};
  return { arriving: arriving.as === undefined ? {} : { as: arriving.as } };
}

/** Takes a version in as if its event had come; told by the caller, which knows how versions enter. */
export type TakeVersion = (lifecycle: Lifecycle, version: string) => Taken;

/** Brings the version into this environment's own workspace; from there on it goes the way of every version. */
export function arrive(lifecycle: Lifecycle, facts: Facts, pass: Pass, takeVersion: TakeVersion): Step {
  const { arriving } = lifecycle;
  if (!arriving) return step(lifecycle);
  const { trouble } = arriving;
  if (pass.policy.after !== arriving.from) return step(gone(lifecycle), { rules: ['handOver.noLonger'] });
  if (trouble?.refused === 'final' || elapsedMs(arriving.since, pass.now) > LIMIT_MS) return giveUp(lifecycle, arriving, pass.now);
  if (trouble?.refused && arriving.toldAt === undefined) return tellTrouble(lifecycle, arriving, trouble, pass.now);
  const waitMs = trouble ? Date.parse(trouble.notBefore) - pass.now.getTime() : 0;
  if (waitMs > 0) return step(lifecycle, { lookInMs: waitMs });
  const { arriving: here, away } = facts.handOver ?? {};
  if (away?.arriving) return step(lifecycle, { rules: ['handOver.unreachable'], lookInMs: Math.min(LONGEST_WAIT_MS, Math.max(LOOK_MS, away.arriving.retryAfterMs ?? 0)) }); // prettier-ignore
  if (!here || here.as !== arriving.as) return step(lifecycle, { lookInMs: 0 });
  if (here.as === undefined) return bring(lifecycle, { ...arriving, as: numberOf(arriving, here.next) }, 'handOver.number');
  if (here.version === 'absent') return bring(lifecycle, { ...arriving, as: here.as }, 'handOver.bring');
  if (here.version.tags['stewardId'] === idOf(lifecycle, arriving)) return arrived(lifecycle, arriving, here.as, takeVersion);
  const { as: _, ...nameless } = arriving;
  return step({ ...lifecycle, arriving: nameless }, { rules: [`handOver.taken ${here.as}`], lookInMs: 0 });
} // prettier-ignore

/** The same number as where it comes from, unless this registry is further; numbers only ever rise. */
function numberOf({ version }: Arriving, next: string): string {
  return /^[1-9]\d*$/.test(version) && Number(version) >= Number(next) ? version : next;
}

/** What it is tagged with here, whatever number it gets. */
function idOf(lifecycle: Lifecycle, { from, version }: Arriving): string {
  return stewardId(lifecycle, `${from}|${version}`);
}

function bring(lifecycle: Lifecycle, arriving: Arriving & Required<Pick<Arriving, 'as'>>, rule: string): Step {
  const { from, workspace, version, artifact, as } = arriving;
  const files = artifact === undefined ? {} : { artifact };
  const action: Action = { do: 'bringVersion', from, workspace, version, as, stewardId: idOf(lifecycle, arriving), ...files };
  return step({ ...lifecycle, arriving }, { actions: [action], rules: [`${rule} ${as}`], lookInMs: BRINGING_LOOK_MS });
} // prettier-ignore

function arrived(lifecycle: Lifecycle, arriving: Arriving, as: string, takeVersion: TakeVersion): Step {
  const { from, release, version, origin } = arriving;
  const there = { ...gone(lifecycle), arrived: { from, release, version, as, origin } };
  const taken = takeVersion(there, as);
  const refused = taken.refused === undefined ? [] : [`handOver.notTaken: ${taken.refused}`];
  return step(taken.lifecycle, { rules: ['handOver.arrived', ...taken.rules, ...refused], lookInMs: 0 });
}

function gone(lifecycle: Lifecycle): Lifecycle {
  const { arriving: _, ...rest } = lifecycle;
  return rest;
}

function tellTrouble(lifecycle: Lifecycle, arriving: Arriving, trouble: Trouble, now: Date): Step {
  const told = { ...arriving, toldAt: now.toISOString() };
  const deadline = later(new Date(arriving.since), LIMIT_MS);
  const notice = failed(lifecycle, arriving, now, { sentence: trouble.sentence, deadline });
  return step({ ...lifecycle, arriving: told }, { notices: [notice], rules: ['handOver.trouble'], lookInMs: 0 });
} // prettier-ignore

function giveUp(lifecycle: Lifecycle, arriving: Arriving, now: Date): Step {
  const sentence = arriving.trouble?.sentence ?? 'For a whole day nothing could be learned about it.';
  return step(gone(lifecycle), {
    notices: [failed(lifecycle, arriving, now, { sentence })],
    rules: ['handOver.failed'],
  });
}

function failed({ environment, model, champion }: Lifecycle, { from, version, origin, release }: Arriving, now: Date, facts: Partial<Notice>): Notice {
  const at = now.toISOString();
  return {
    id: `handOver-${from}-${release}-${facts.deadline === undefined ? 'failed' : 'trouble'}`, kind: 'handOverFailed', audience: 'decide',
    environment, model, at, reasons: [], origin: { ...origin, from: { environment: from, version } }, cause: from, version,
    ...(champion ? { champion: champion.version } : {}), ...facts,
  };
} // prettier-ignore

/** What bringing it met, for the look that follows. */
export function takeBringOutcome(lifecycle: Lifecycle, outcome: Outcome, now: Date): Taken {
  const rules = [`outcome.${outcome.of}.${outcome.result}`];
  const { arriving } = lifecycle;
  if (!arriving || outcome.result === 'answered' || outcome.result === 'done') return { lifecycle, rules };
  if (outcome.result === 'refused' && outcome.code === 'foreign') {
    const { as: _, ...nameless } = arriving;
    return { lifecycle: { ...lifecycle, arriving: nameless }, rules };
  }
  const asked = outcome.result === 'unavailable' ? Math.min(outcome.retryAfterMs ?? 0, LONGEST_WAIT_MS) : 0;
  const trouble: Trouble = {
    sentence: outcome.message.slice(0, SENTENCE_CHARS),
    notBefore: later(now, Math.max(asked, AGAIN_MS[outcome.result])),
    ...(outcome.result === 'refused' ? { refused: FINAL.has(outcome.code) ? 'final' : 'once' } : {}),
  };
  return { lifecycle: { ...lifecycle, arriving: { ...arriving, trouble } }, rules };
}
