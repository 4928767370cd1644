import { isQuiet, type Key, type Lifecycle } from '../core/lifecycle.ts';
import type { ActiveIndex, Clock, WorkQueue } from '../ports.ts';
import type { Situation } from './situation.ts';

/** How long after its next look a lifecycle is missed: the message got lost, or the pass died. */
const CHECK_GRACE_MS = 120_000;
/** What a queue message can be delayed at most; longer waits live in the index. */
const LONGEST_DELAY_MS = 3_600_000;

/** The look whose message is still on its way. One that came early (clocks differ) is spent all the same. */
export function outstanding({ row, look, now }: Situation): string | undefined {
  const { nextLook } = row;
  return nextLook !== undefined && nextLook !== look && Date.parse(nextLook) > now.getTime() ? nextLook : undefined;
}

/** The next look: the one that is awaited already when it comes earlier, else a new one. */
export function withLook(
  next: Lifecycle,
  awaited: string | undefined,
  lookInMs: number | undefined,
  now: Date,
): Lifecycle {
  const { nextLook: _, ...rest } = next;
  if (lookInMs === undefined) return rest;
  const at = new Date(now.getTime() + lookInMs).toISOString();
  return { ...rest, nextLook: awaited !== undefined && awaited <= at ? awaited : at };
}

/** Promises the index to be back by then. Only ever earlier; a promise that has passed may have been moved by the sweep. */
export async function promised(
  next: Lifecycle,
  before: Lifecycle,
  more: boolean,
  now: Date,
  key: Key,
  index: Pick<ActiveIndex, 'promise'>,
): Promise<Lifecycle> {
  if (isQuiet(next) && !more) return next;
  const soon = now.getTime() + CHECK_GRACE_MS;
  const wantedBy =
    more || next.nextLook === undefined ? soon : Math.max(soon, Date.parse(next.nextLook) + CHECK_GRACE_MS);
  const known = before.checkBy === undefined ? Number.NaN : Date.parse(before.checkBy);
  // A quiet lifecycle's promise may be removed by a sweep at any moment, and one that was kept may have been moved behind
  // the look that was awaited then: neither is relied on.
  const lookBefore = before.nextLook === undefined ? Number.NaN : Date.parse(before.nextLook) + CHECK_GRACE_MS;
  if (!isQuiet(before) && known > now.getTime() && known <= wantedBy && lookBefore <= wantedBy) return next;
  await index.promise(key, new Date(wantedBy));
  return { ...next, checkBy: new Date(wantedBy).toISOString() };
}

/** What came in and cannot be decided on now is asked for again: its message is spent, and nobody tells it twice. */
export async function askLater(key: Key, { index, clock }: { readonly index: Pick<ActiveIndex, 'promise'>; readonly clock: Clock }): Promise<void> {
  await index.promise(key, new Date(clock.now().getTime() + CHECK_GRACE_MS));
} // prettier-ignore

/** Enqueues the next look, unless the earlier one that is outstanding serves. */
export async function schedule(situation: Situation, saved: Lifecycle, more: boolean, queue: WorkQueue): Promise<void> {
  const { key, now } = situation;
  if (more) await queue.look(key);
  const { nextLook } = saved;
  if (nextLook === undefined || nextLook === outstanding(situation)) return;
  const delayMs = Date.parse(nextLook) - now.getTime();
  if (delayMs <= LONGEST_DELAY_MS) await queue.look(key, { look: nextLook, delayMs: Math.max(0, delayMs) });
}
