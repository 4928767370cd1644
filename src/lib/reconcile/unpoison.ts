import { BadInput } from '../core/errors.ts';
import type { Key } from '../core/lifecycle.ts';
import type { Loaded, Unread } from '../ports.ts';
import { gather, situate, type ReconcileDeps, type Situation } from './situation.ts';
import { askLater } from './looks.ts';
import { stall } from './stall.ts';

/**
 * A key whose passes kept throwing: finds the items that throw, one by one, and moves them out of the way in the same
 * guarded save that sets the condition `stalled` and tells people. Everything else goes on. When the row alone makes a
 * pass throw, nothing can be moved: people are told, and it is looked at again every ten minutes.
 */
export async function unpoison(key: Key, deps: ReconcileDeps): Promise<void> {
  const loaded = await loadOrTell(key, deps);
  const situation = loaded && (await situate({ key }, loaded, deps.clock.now(), deps));
  if (!loaded || !situation) return askLater(key, deps);
  const alone = await whyThrows(situation, [], deps);
  if (alone !== undefined) return stall(situation, [], alone, deps);
  const held: Unread[] = [];
  let reason = '';
  for (const unread of loaded.unread) {
    const why = await whyThrows(situation, [unread], deps);
    if (why === undefined) continue;
    held.push(unread);
    reason = why;
  }
  return held.length === 0 ? deps.queue.look(key) : stall(situation, held, reason, deps);
}

/** Nothing can be decided on, nor saved over, what cannot be read: the status page shows it, and the sweep asks again. */
async function loadOrTell(key: Key, { lifecycles, log }: ReconcileDeps): Promise<Loaded | undefined> {
  try {
    return await lifecycles.load(key);
  } catch (error) {
    if (!(error instanceof BadInput)) throw error;
    log.error('The row of a lifecycle cannot be read', { ...key, error });
    return undefined;
  }
}

async function whyThrows(
  situation: Situation,
  unread: readonly Unread[],
  deps: ReconcileDeps,
): Promise<string | undefined> {
  try {
    await gather(situation, unread, deps);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
