import type { Lifecycle } from '../lifecycle.ts';
import { elapsedMs, step } from '../release/transitions.ts';
import type { Step } from '../step.ts';
import type { No, Wish } from './controls.ts';
import { refusedNotice } from './notices.ts';
import type { Refusal, Refused, TrainingRequest } from './state.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** How soon a reason is looked at again that no clock ends. */
const LOOK_AGAIN_MS: Readonly<Record<Refusal, number>> = {
  badData: HOUR_MS, paused: HOUR_MS, freeze: HOUR_MS, oneAtATime: 5 * MINUTE_MS, cooldown: HOUR_MS, budget: HOUR_MS,
  noSource: HOUR_MS, sameDataAsChampion: HOUR_MS, sameDataAsLastRejected: HOUR_MS, computeBusy: 5 * MINUTE_MS, notCollected: HOUR_MS,
  unreachable: MINUTE_MS,
}; // prettier-ignore
/** What a person could do something about; the others end by themselves soon. */
const TOLD: ReadonlySet<Refusal> = new Set([
  'budget',
  'noSource',
  'sameDataAsChampion',
  'sameDataAsLastRejected',
  'notCollected',
]);
/** An Azure that is away for so long is told as well. */
const TOLD_AFTER_MS = 15 * MINUTE_MS;

/** Keeps the reason while it is the same; told once, where a person could do something about it. */
export function refuse({ lifecycle, request, now }: Wish, no: No): Step {
  const before = request.refused;
  const same = before?.reason === no.reason && (before.sentence === no.sentence || no.reason === 'unreachable');
  const refused = { ...no, since: same ? before.since : now.toISOString() };
  const tell = mustBeTold(request, refused, now);
  const told = tell ? { told: { reason: no.reason, sentence: no.sentence } } : {};
  const next = { ...lifecycle, request: { ...request, refused, ...told } };
  return step(next, {
    lookInMs: lookInMs(refused, now),
    notices: tell ? [refusedNotice(next, request, no, now)] : [],
    rules: same ? [] : [`request.refused.${no.reason}`],
  });
}

function mustBeTold({ told }: TrainingRequest, { reason, sentence, since }: Refused, now: Date): boolean {
  if (told?.reason === reason && (told.sentence === sentence || reason === 'unreachable')) return false;
  return TOLD.has(reason) || (reason === 'unreachable' && elapsedMs(since, now) >= TOLD_AFTER_MS);
}

/** Each hour at least: a policy that is published anew may lift any reason. What stays away is asked less and less often. */
function lookInMs({ reason, since, until }: Refused, now: Date): number {
  if (reason === 'unreachable') return Math.min(HOUR_MS, Math.max(LOOK_AGAIN_MS.unreachable, elapsedMs(since, now) / 4));
  const untilMs = until === undefined ? LOOK_AGAIN_MS[reason] : Date.parse(until) - now.getTime();
  return Math.max(0, Math.min(HOUR_MS, untilMs));
} // prettier-ignore

/** A request that nothing could be done about for thirty days. */
export function giveUp({ lifecycle, request, now }: Wish): Step {
  const { reason, sentence } = request.refused ?? { reason: 'unreachable' as const, sentence: 'nobody knows why' };
  const notice = refusedNotice(
    lifecycle,
    request,
    { reason, sentence: `Given up after thirty days: ${sentence}` },
    now,
  );
  return step(withoutRequest(lifecycle), { notices: [notice], rules: ['request.expired'] });
}

export function withoutRequest(lifecycle: Lifecycle): Lifecycle {
  const { request: _, ...rest } = lifecycle;
  return rest;
}
