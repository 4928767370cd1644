import { Conflict, Refused } from './core/errors.ts';
import type { Key } from './core/lifecycle.ts';
import { perform } from './perform.ts';
import type { Loaded } from './ports.ts';
import { askLater, schedule } from './reconcile/looks.ts';
import { announce, save, type Saved } from './reconcile/save.ts';
import { gather, situate, type ReconcileDeps } from './reconcile/situation.ts';
import { healed, stall } from './reconcile/stall.ts';

const TRIES = 3;

/** One request for a pass over a lifecycle. A lost race is decided anew, at most three times here, then by a later message. */
export async function reconcile(
  ask: { readonly key: Key; readonly look?: string },
  deps: ReconcileDeps,
): Promise<void> {
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    try {
      return await pass(ask, deps);
    } catch (error) {
      if (!(error instanceof Conflict)) throw error;
      deps.log.info('Lost a race, deciding anew', { ...ask.key, attempt });
    }
  }
  await deps.queue.look(ask.key, { delayMs: Math.round(2000 + deps.chance() * 8000) });
}

/** One pass over at most `most` items: load, observe, decide, save, schedule, perform, announce. */
async function pass(
  ask: { readonly key: Key; readonly look?: string },
  deps: ReconcileDeps,
  most = Number.POSITIVE_INFINITY,
): Promise<void> {
  const { key } = ask;
  const loaded = firstOf(await deps.lifecycles.load(key), most);
  const now = deps.clock.now();
  if (!wanted(loaded, ask.look, now)) return announce(loaded.outbox, key, deps);
  const situation = await situate(ask, loaded, now, deps);
  if (!situation) {
    await announce(loaded.outbox, key, deps);
    return loaded.unread.length > 0 ? askLater(key, deps) : undefined;
  }
  const known = await gather(situation, loaded.unread, deps);
  const decision = { ...known.decision, next: await healed(known.decision.next, situation, deps) };
  let saved: Saved;
  try {
    saved = await save(situation, decision, known.facts, known.taken, deps);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    // Each item may tell several people: what is too much for one save fits into several.
    const fewer = Math.floor(loaded.unread.length / 2);
    if (fewer > 0) return pass(ask, deps, fewer);
    // What storage refuses (too long, too many), or cannot be written down at all, is so again: people must hear of it, and
    // an item that alone is too much must not keep a release from its canary.
    return stall(situation, loaded.unread, error.message, deps);
  }
  await schedule(situation, saved.lifecycle, loaded.more, deps.queue);
  const { policy, workspace } = situation.standing;
  try {
    if (policy && workspace !== undefined)
      await perform(decision.actions, { policy, workspace, lifecycle: saved.lifecycle, etag: saved.etag }, deps);
  } finally {
    await announce(loaded.outbox, key, deps, saved.outbox);
  }
}

/** The others are looked at right after these. */
function firstOf(loaded: Loaded, most: number): Loaded {
  const { unread } = loaded;
  return unread.length <= most ? loaded : { ...loaded, unread: unread.slice(0, most), more: true };
}

/** A timed message of a look that was moved since, with nothing unread and nothing due, would only start another chain. */
function wanted(loaded: Loaded, look: string | undefined, now: Date): boolean {
  const due = loaded.lifecycle?.nextLook;
  if (loaded.unread.length > 0) return true;
  return due !== undefined && (due === look || Date.parse(due) <= now.getTime());
}
