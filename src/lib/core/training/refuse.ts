import type { Lifecycle } from '../lifecycle.ts';
import { step } from '../release/transitions.ts';
import type { Step } from '../step.ts';
import type { No, Wish } from './controls.ts';
import { refusedNotice } from './notices.ts';
import type { Refusal } from './state.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** How soon a reason is looked at again that no clock ends. */
const LOOK_AGAIN_MS: Readonly<Record<Refusal, number>> = {
  badData: HOUR_MS, paused: HOUR_MS, freeze: HOUR_MS, oneAtATime: 5 * MINUTE_MS, cooldown: HOUR_MS, budget: HOUR_MS,
  noSource: HOUR_MS, sameDataAsChampion: HOUR_MS, sameDataAsLastRejected: HOUR_MS, computeBusy: 5 * MINUTE_MS, unreachable: MINUTE_MS,
}; // prettier-ignore
/** What a person could do something about; the others end by themselves soon. */
const TOLD: ReadonlySet<Refusal> = new Set(['budget', 'noSource', 'sameDataAsChampion', 'sameDataAsLastRejected']);

/** Keeps the reason while it is the same; told once, where a person could do something about it. */
export function refuse({ lifecycle, request, now }: Wish, no: No): Step {
  const before = request.refused;
  const same = before?.reason === no.reason && before.sentence === no.sentence;
  const refused = { ...no, since: same ? before.since : now.toISOString() };
  const next = { ...lifecycle, request: { ...request, refused } };
  const untilMs = no.until === undefined ? undefined : Date.parse(no.until) - now.getTime();
  return step(next, {
    lookInMs: Math.max(0, untilMs ?? LOOK_AGAIN_MS[no.reason]),
    notices: !same && TOLD.has(no.reason) ? [refusedNotice(next, request, no, now)] : [],
    rules: same ? [] : [`request.refused.${no.reason}`],
  });
}

export function withoutRequest(lifecycle: Lifecycle): Lifecycle {
  const { request: _, ...rest } = lifecycle;
  return rest;
}
