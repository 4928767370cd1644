import type { Taken } from './command.ts';
import type { Command } from './inbox.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { BreakGlass, Release } from './release/state.ts';
import { elapsedMs, endRelease, keep, later } from './release/transitions.ts';
import type { Notice } from './notice.ts';
import type { Action, Step } from './step.ts';

export const BREAK_GLASS_MS = 4 * 3_600_000;
export const LONGEST_BREAK_GLASS_MS = 24 * 3_600_000;
const REASON_KEPT = 200;
/** A creation that was asked for and never seen may still come: until then its deployment is looked for. */
const LATE_MS = 10 * 60_000;

/** It takes the place of what has no traffic; what has is turned back first, by whoever may. Somebody's stop or hold stands. */
export function mayBreakGlass({ release, conditions }: Lifecycle): boolean {
  if (conditions.held || (conditions.paused && conditions.paused.calendar === undefined)) return false;
  return !release || !(release.breakGlass || mayHaveTraffic(release));
}

/** A write of ours gave it live requests or copies, or may still do so. */
export function mayHaveTraffic({ phase, exposedSince, shadow }: Release): boolean {
  return exposedSince !== undefined || shadow !== undefined || phase === 'rollingBack' || phase === 'watching';
}

/** Why this order is not obeyed, whoever gives it. */
export function unfitGlass({ champion }: Lifecycle, { version, until }: Pick<Command, 'version' | 'until'>, now: Date): string | undefined {
  if (version === undefined) return 'breakGlass must name the version';
  if (champion?.version === version) return `version ${version} serves already`;
  if (until === undefined || Date.parse(until) <= now.getTime()) return 'its time is over';
  return Date.parse(until) - now.getTime() > LONGEST_BREAK_GLASS_MS ? 'it may hold for 24 h at most' : undefined;
} // prettier-ignore

/** The version begins a release of its own at the next start; one under way without traffic makes room for it. */
export function breakGlass(lifecycle: Lifecycle, command: Command, now: Date): Taken {
  const { actor, identity, reason, version, until } = command;
  if (version === undefined || until === undefined) return { lifecycle, rules: [] };
  const order: BreakGlass = { actor, ...(identity ? { by: identity.id } : {}), reason: reason.slice(0, REASON_KEPT), at: now.toISOString(), until }; // prettier-ignore
  const { waiting, ...rest } = lifecycle;
  const asked: Lifecycle = {
    ...(waiting?.version === version ? rest : lifecycle),
    breakingGlass: { ...order, version },
  };
  if (!asked.release) return { lifecycle: asked, rules: ['breakGlass.asked'] };
  const sentence = `Version ${version} goes out in its place by break-glass, ordered by ${actor}: ${order.reason}`;
  const ended = endRelease(letGo(asked, asked.release, now), asked.release, now, { end: 'aborted', cause: 'breakGlass', sentence, tell: { actor } }); // prettier-ignore
  return {
    lifecycle: ended.lifecycle,
    actions: unneeded(asked.release),
    notices: ended.notices,
    rules: ['breakGlass.overtakes', ...ended.rules],
    ...(ended.closed ? { closed: ended.closed } : {}),
  };
}

/** Nobody waits for its evaluation or its test job any more. */
function unneeded({ phase, evaluation, testRun }: Release): readonly Action[] {
  const testing = testRun?.endedAt === undefined ? testRun?.job : undefined;
  const job = phase === 'evaluating' ? evaluation?.job : testing;
  return job === undefined ? [] : [{ do: 'cancelJob', job }];
}

/** Its deployment, made or about to be, is deleted like any that is no longer needed; not the champion's own. */
export function letGo(lifecycle: Lifecycle, { version, deployment, inPlace }: Release, now: Date): Lifecycle {
  return deployment === undefined || inPlace
    ? lifecycle
    : keep(lifecycle, { version, deployment, until: later(now, LATE_MS) });
}

/** What broke the glass and has no live traffic when its time is over ends. */
export function glassExpired(lifecycle: Lifecycle, release: Release, now: Date): Step | undefined {
  const { breakGlass: glass } = release;
  if (!glass || mayHaveTraffic(release) || elapsedMs(glass.until, now) < 0) return undefined;
  const sentence = `It had no live traffic by ${glass.until}, when its break-glass ended.`;
  const ended = endRelease(letGo(lifecycle, release, now), release, now, { end: 'aborted', cause: 'breakGlassExpired', sentence, tell: {} }); // prettier-ignore
  return { ...ended, actions: unneeded(release) };
}

/** Something stood in its way until its time was over. Who ordered it, and everybody else, hears of that too. */
export function neverBegun({ environment, model, champion }: Lifecycle, glass: NonNullable<Lifecycle['breakingGlass']>, now: Date): Notice {
  const { actor, reason, until, version, at } = glass;
  return {
    id: `breakGlass-${at}-over`, kind: 'breakGlass', audience: 'inform', environment, model, at: now.toISOString(), version, reasons: [],
    sentence: reason, actor, deadline: until, breakGlass: { actor, reason, until }, ...(champion ? { champion: champion.version } : {}),
  };
} // prettier-ignore
