import type { Decision } from '../core/decide.ts';
import { BadInput } from '../core/errors.ts';
import type { Key, Lifecycle } from '../core/lifecycle.ts';
import type { Loaded, Unread } from '../ports.ts';
import { schedule } from './looks.ts';
import { announce, save } from './save.ts';
import { gather, situate, type ReconcileDeps, type Situation } from './situation.ts';

const STALLED_LOOK_MS = 600_000;

/**
 * A key whose passes kept throwing: finds the items that throw, one by one, and moves them out of the way in the same
 * guarded save that sets the condition `stalled` and tells people. Everything else goes on. When the row alone makes a
 * pass throw, nothing can be moved: people are told, and it is looked at again every ten minutes.
 */
export async function unpoison(key: Key, deps: ReconcileDeps): Promise<void> {
  const loaded = await loadOrTell(key, deps);
  if (!loaded) return;
  const situation = await situate({ key }, loaded, deps.clock.now(), deps);
  if (!situation) return;
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

async function stall(
  situation: Situation,
  held: readonly Unread[],
  reason: string,
  deps: ReconcileDeps,
): Promise<void> {
  const { row, key, now } = situation;
  const since = now.toISOString();
  const names = held.map(({ item }) => item.factKey).join(', ');
  const sentence =
    held.length === 0 ? `Every pass fails: ${reason}` : `Set aside, because a pass fails with it: ${names}: ${reason}`;
  const notice = {
    id: `stalled-${since}`,
    kind: 'stalled',
    audience: 'page',
    ...key,
    at: since,
    reasons: [],
    sentence,
  } as const;
  const next: Lifecycle = {
    ...row,
    conditions: { ...row.conditions, stalled: row.conditions.stalled ?? { since, reason } },
  };
  const told = held.length === 0 && row.conditions.stalled !== undefined;
  const decision: Decision = { next, actions: [], notices: told ? [] : [notice], rules: ['stalled'], refused: {}, lookInMs: held.length === 0 ? STALLED_LOOK_MS : 0 }; // prettier-ignore
  const saved = await save(situation, decision, {}, [], deps, held);
  deps.log.error('A pass keeps failing', { ...key, held: held.length, reason });
  await schedule(situation, saved.lifecycle, held.length > 0, deps.queue);
  if (saved.announce) await announce(await deps.lifecycles.load(key), key, deps.queue);
}
