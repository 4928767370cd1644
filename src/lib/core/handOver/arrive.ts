import type { Taken } from '../command.ts';
import type { Lifecycle } from '../lifecycle.ts';
import { broughtId } from '../names.ts';
import type { EnvironmentPolicy } from '../policy/policy.ts';
import { later, step } from '../release/transitions.ts';
import type { Action, Facts, HandOverNeeds, Step } from '../step.ts';
import { compareVersions } from '../versions.ts';
import { askPipeline } from './pipeline.ts';
import type { Arriving, HandedOver } from './state.ts';
import { cannotTell, failed, meetTrouble, withoutNumber } from './trouble.ts';

const LOOK_MS = 60_000;
/** Longer than the call may take, which tells when it is over. */
const BRINGING_MS = 5 * 60_000;

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
  const { now, policy } = pass;
  if (policy.after !== arriving.from) return step(gone(lifecycle), { rules: ['handOver.noLonger'] });
  const { arriving: here, away } = facts.handOver ?? {};
  const found = here?.as !== undefined && here.as === arriving.as ? here.version : undefined;
  if (found !== undefined && found !== 'absent' && found.tags['stewardId'] === idOf(lifecycle, arriving))
    return arrived(lifecycle, { ...arriving, as: found.version }, takeVersion, now);
  const trouble = meetTrouble(lifecycle, arriving, now);
  if (trouble) return trouble;
  const { bringingUntil } = arriving;
  if (bringingUntil !== undefined && bringingUntil > now.toISOString())
    return step(lifecycle, { lookInMs: Date.parse(bringingUntil) - now.getTime() });
  if (away?.arriving) return cannotTell(lifecycle, arriving, away.arriving, now);
  if (!here || here.as !== arriving.as) return step(lifecycle, { lookInMs: 0 });
  if (here.as === undefined) return bring(lifecycle, { ...arriving, as: numberOf(arriving, here.next) }, 'handOver.number', pass); // prettier-ignore
  if (found === 'absent') return bring(lifecycle, { ...arriving, as: here.as }, 'handOver.bring', pass);
  const other = { ...lifecycle, arriving: withoutNumber(arriving) };
  return step(other, { rules: [`handOver.taken ${here.as}`], lookInMs: LOOK_MS });
}

/** The same number as where it comes from, unless this registry is further; numbers only ever rise. */
function numberOf({ version, taken = '0' }: Arriving, next: string): string {
  const least = Math.max(Number(next), Number(taken) + 1);
  return /^[1-9]\d*$/.test(version) && Number(version) >= least ? version : String(least);
}

/** What it is tagged with here, whatever number it gets. */
function idOf(lifecycle: Lifecycle, { from, version }: Arriving): string {
  return broughtId(lifecycle, from, version);
}

type Numbered = Arriving & Required<Pick<Arriving, 'as'>>;

function bring(lifecycle: Lifecycle, arriving: Numbered, rule: string, { policy, now }: Pass): Step {
  if (policy.bring !== undefined) return askPipeline(lifecycle, arriving, policy, now);
  const { from, workspace, version, artifact, as } = arriving;
  const files = artifact === undefined ? {} : { artifact };
  const action: Action = { do: 'bringVersion', from, workspace, version, as, stewardId: idOf(lifecycle, arriving), ...files }; // prettier-ignore
  const begun = { ...lifecycle, arriving: { ...arriving, bringingUntil: later(now, BRINGING_MS) } };
  return step(begun, { actions: [action], rules: [`${rule} ${as}`], lookInMs: BRINGING_MS });
}

function arrived(lifecycle: Lifecycle, arriving: Numbered, takeVersion: TakeVersion, now: Date): Step {
  const { from, release, version, origin, as } = arriving;
  const there = { ...gone(lifecycle), arrived: { from, release, version, as, origin } };
  const { refused, ...taken } = takeVersion(there, as);
  if (refused === undefined || isKnown(there, as))
    return step(taken.lifecycle, { rules: ['handOver.arrived', ...taken.rules], lookInMs: 0 });
  const sentence = `It came as version ${as}, which is not released: ${refused}.`;
  const notices = [failed(lifecycle, arriving, now, { sentence })];
  return step(taken.lifecycle, { notices, rules: ['handOver.notTaken'], lookInMs: 0 });
}

/** Its own event came first, where the environment takes versions directly as well. */
function isKnown({ champion, release, waiting, ended }: Lifecycle, version: string): boolean {
  return [champion, release, waiting, ...ended].some((known) => known?.version === version);
}

function gone(lifecycle: Lifecycle): Lifecycle {
  const { arriving: _, ...rest } = lifecycle;
  return rest;
}
