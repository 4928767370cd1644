import type { Happening } from '../core/inbox.ts';
import type { Key } from '../core/lifecycle.ts';
import type { Log } from '../log.ts';
import type { ActiveIndex, Clock, Lifecycles, WorkQueue } from '../ports.ts';

export interface FoundDeps {
  readonly index: Pick<ActiveIndex, 'promise'>;
  readonly lifecycles: Pick<Lifecycles, 'append' | 'knows'>;
  readonly queue: Pick<WorkQueue, 'look'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** A pass over what was taken in here is asked for again this soon, should the asking get lost. */
const GRACE_MS = 2 * 60_000;

/** Takes in what an event should have told. Known and unread: a pass is asked for again. */
export async function takeUntold(key: Key, factKey: string, happening: Happening, deps: FoundDeps): Promise<void> {
  const { known, unread } = await append(key, factKey, happening, deps);
  if (!known) deps.log.warn('Found what no event told', { ...key, factKey });
  if (!known || unread) await deps.queue.look(key);
}

/** Takes in what no event tells, and what is found again each time: known already, it costs one read. */
export async function takeOnce(key: Key, factKey: string, happening: Happening, deps: FoundDeps): Promise<void> {
  if (await deps.lifecycles.knows(key, factKey)) return;
  await append(key, factKey, happening, deps);
  deps.log.info('Item taken in', { ...key, factKey });
  await deps.queue.look(key);
}

/** The index learns of it first: nobody else tells it again. */
async function append(key: Key, factKey: string, happening: Happening, { index, lifecycles, clock }: FoundDeps) {
  const now = clock.now();
  await index.promise(key, new Date(now.getTime() + GRACE_MS));
  return lifecycles.append(key, { factKey, receivedAt: now.toISOString(), happening });
}
