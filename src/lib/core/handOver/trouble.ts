import type { Taken } from '../command.ts';
import type { Outcome } from '../inbox.ts';
import type { Lifecycle } from '../lifecycle.ts';
import { broughtId } from '../names.ts';
import type { Notice } from '../notice.ts';
import { elapsedMs, later, step } from '../release/transitions.ts';
import type { Step, Unreachable } from '../step.ts';
import type { Arriving, Trouble } from './state.ts';

/** Roles get granted, firewalls opened, full disks emptied: for so long it is tried again. */
const LIMIT_MS = 24 * 3_600_000;
/** A no is told at once; what may pass by itself when it has lasted. */
const PASSES_MS = 3_600_000;
const AGAIN_MS = { unavailable: 60_000, refused: 15 * 60_000 } as const;
const LONGEST_WAIT_MS = 3_600_000;
const SENTENCE_CHARS = 300;
/** The files changed since they were judged, or the version is gone or archived: no later try mends that. */
const FINAL = new Set(['stale', 'gone']);

/** What an outcome must be about to count: the version that is on its way now, under the number that it has now. */
export function aboutArriving(key: Lifecycle, { from, version, as }: Arriving): string {
  return `${broughtId(key, from, version)} ${as ?? ''}`;
}

/** What bringing it met, for the look that follows. */
export function takeBringOutcome(lifecycle: Lifecycle, outcome: Outcome, now: Date): Taken {
  const { arriving } = lifecycle;
  const rule = `outcome.${outcome.of}.${outcome.result}`;
  if (!arriving || outcome.result === 'answered' || outcome.about !== aboutArriving(lifecycle, arriving))
    return { lifecycle, rules: [`${rule}.late`] };
  const { bringingUntil: _, ...still } = arriving;
  const rules = [rule];
  if (outcome.result === 'done') return { lifecycle: { ...lifecycle, arriving: untroubled(still) }, rules };
  if (outcome.result === 'refused' && outcome.code === 'foreign')
    return { lifecycle: { ...lifecycle, arriving: withoutNumber(still) }, rules };
  const met = outcome.result === 'refused' ? refusal(outcome.code) : { waitMs: waitOf(outcome.retryAfterMs) };
  return { lifecycle: { ...lifecycle, arriving: inTrouble(still, outcome.message, met, now) }, rules };
}

function refusal(code: string) {
  return { waitMs: AGAIN_MS.refused, refused: FINAL.has(code) ? 'final' : 'mendable' } as const;
}

function waitOf(retryAfterMs = 0): number {
  return Math.min(LONGEST_WAIT_MS, Math.max(AGAIN_MS.unavailable, retryAfterMs));
}

export function untroubled(arriving: Arriving): Arriving {
  const { trouble: _, ...well } = arriving;
  return well;
}

/** Somebody else has that number: it is not asked for again. */
export function withoutNumber({ as, ...arriving }: Arriving): Arriving {
  return { ...arriving, ...(as === undefined ? {} : { taken: as }) };
}

function inTrouble(arriving: Arriving, message: string, { waitMs, refused }: { readonly waitMs: number; readonly refused?: NonNullable<Trouble['refused']> }, now: Date): Arriving {
  const trouble: Trouble = {
    sentence: message.slice(0, SENTENCE_CHARS), since: arriving.trouble?.since ?? now.toISOString(), notBefore: later(now, waitMs),
    ...(refused === undefined ? {} : { refused }),
  };
  return { ...arriving, trouble };
} // prettier-ignore

/** Whether it is here could not be read. */
export function cannotTell(lifecycle: Lifecycle, arriving: Arriving, away: Unreachable, now: Date): Step {
  const waitMs = waitOf(away.retryAfterMs);
  const troubled = inTrouble(arriving, away.reason, { waitMs }, now);
  return step({ ...lifecycle, arriving: troubled }, { rules: ['handOver.unreachable'], lookInMs: waitMs });
}

/** Tells people, gives it up, or waits; undefined where nothing is in the way of another try. */
export function meetTrouble(lifecycle: Lifecycle, arriving: Arriving, now: Date): Step | undefined {
  const { trouble, toldAt } = arriving;
  if (!trouble) return undefined;
  const lastedMs = elapsedMs(trouble.since, now);
  if (trouble.refused === 'final' || lastedMs > LIMIT_MS) {
    const { arriving: _, ...rest } = lifecycle;
    const notices = [failed(lifecycle, arriving, now, { sentence: trouble.sentence })];
    return step(rest, { notices, rules: ['handOver.failed'] });
  }
  if (toldAt === undefined && (trouble.refused || lastedMs > PASSES_MS)) {
    const deadline = later(new Date(trouble.since), LIMIT_MS);
    const notices = [failed(lifecycle, arriving, now, { sentence: trouble.sentence, deadline })];
    const told = { ...arriving, toldAt: now.toISOString() };
    return step({ ...lifecycle, arriving: told }, { notices, rules: ['handOver.trouble'], lookInMs: 0 });
  }
  const waitMs = Date.parse(trouble.notBefore) - now.getTime();
  return waitMs > 0 ? step(lifecycle, { lookInMs: waitMs }) : undefined;
}

/** `deadline`: until when it is tried again. Without one it is over. */
export function failed({ environment, model, champion }: Lifecycle, { from, version, origin, release }: Omit<Arriving, 'since' | 'workspace'>, now: Date, facts: Pick<Notice, 'sentence' | 'deadline'>): Notice {
  return {
    id: `handOver-${from}-${release}-${facts.deadline === undefined ? 'failed' : 'trouble'}`, kind: 'handOverFailed', audience: 'decide',
    environment, model, at: now.toISOString(), reasons: [], origin: { ...origin, from: { environment: from, version } }, cause: from, version,
    ...(champion ? { champion: champion.version } : {}), ...facts,
  };
} // prettier-ignore
