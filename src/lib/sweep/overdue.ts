import { Unavailable } from '../core/errors.ts';
import { isQuiet, type Key } from '../core/lifecycle.ts';
import type { Log } from '../log.ts';
import type { ActiveIndex, Clock, Lifecycles, WorkQueue } from '../ports.ts';

export interface OverdueDeps {
  readonly index: Pick<ActiveIndex, 'overdue' | 'settle'>;
  readonly lifecycles: Pick<Lifecycles, 'load'>;
  readonly queue: Pick<WorkQueue, 'look'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Given to a pass that was asked for before it is asked for again. */
const GRACE_MS = 2 * 60_000;
/** Storage that takes so many in a row too long is away for all: to wait for each would only delay the next run. */
export const GIVES_UP_AFTER = 3;
/** As many as a minute's run can ask for; the next run goes on. */
const MOST = 1000;

/** Asks for a pass over what the index says is late. */
export async function askOverdue(deps: OverdueDeps): Promise<void> {
  const { index, clock, log } = deps;
  const now = clock.now();
  const late = await index.overdue(now, MOST, (error) => log.error('A row of the index cannot be read', { error }));
  let inARow = 0;
  for (const { key, checkBy, etag } of late) {
    const { next, away } = await askOne(key, checkBy, now, deps);
    inARow = away === undefined ? 0 : inARow + 1;
    if (inARow === GIVES_UP_AFTER) throw away;
    await index.settle(key, etag, next);
  }
  if (late.length === MOST) log.warn('More is overdue than one sweep asks for', { asked: MOST });
}

interface Asked {
  /** When to check this one again; undefined forgets what has become quiet. */
  readonly next: Date | undefined;
  readonly away?: Unavailable;
}

/** One that cannot be read must not hide the others, nor stand first each time. */
async function askOne(key: Key, checkBy: Date, now: Date, deps: OverdueDeps): Promise<Asked> {
  try {
    return { next: await askUnlessQuiet(key, checkBy, now, deps) };
  } catch (error) {
    deps.log.error('An overdue lifecycle cannot be checked', { ...key, error });
    return { next: new Date(now.getTime() + GRACE_MS), ...(error instanceof Unavailable && { away: error }) };
  }
}

async function askUnlessQuiet(
  key: Key,
  checkBy: Date,
  now: Date,
  { lifecycles, queue, log }: OverdueDeps,
): Promise<Date | undefined> {
  const { lifecycle, unread, outbox } = await lifecycles.load(key);
  if (unread.length === 0 && outbox.length === 0 && (lifecycle === undefined || isQuiet(lifecycle))) return undefined;
  // Without a next look it waits for a person: there is nothing that a pass could do.
  const awaited = lifecycle?.nextLook === undefined ? [] : [Date.parse(lifecycle.nextLook)];
  const nowMs = now.getTime();
  // Where every pass fails, its own look is the next try.
  const isStalled = lifecycle?.conditions.stalled !== undefined && awaited.length > 0;
  // Each of these has a message of its own, which may be lost, or come to an instance whose clock is behind.
  const due = [
    ...awaited,
    ...(isStalled ? [] : unread.map(() => nowMs)),
    ...outbox.map(({ notBefore }) => (notBefore === undefined ? nowMs : Date.parse(notBefore))),
  ].filter(Number.isFinite);
  if (due.some((ms) => ms <= nowMs)) {
    log.warn('Overdue, asking again', { ...key, checkBy: checkBy.toISOString() });
    await queue.look(key);
  }
  return new Date(Math.max(nowMs, due.length === 0 ? nowMs : Math.min(...due)) + GRACE_MS);
}
