import type { Decision } from '../core/decide.ts';
import type { Lifecycle } from '../core/lifecycle.ts';
import type { Unread } from '../ports.ts';
import { schedule } from './looks.ts';
import { announce, save } from './save.ts';
import type { ReconcileDeps, Situation } from './situation.ts';

const STALLED_LOOK_MS = 600_000;

/**
 * Sets the condition `stalled` and tells people, once. With items `held` the others go on at once; without any the whole
 * lifecycle is tried again every ten minutes.
 */
export async function stall(
  situation: Situation,
  held: readonly Unread[],
  reason: string,
  deps: ReconcileDeps,
): Promise<void> {
  const { row, key, now } = situation;
  const since = now.toISOString();
  // Half a surrogate may be what cannot be saved, and must not spoil this save, too.
  const names = held.map(({ item }) => item.factKey.toWellFormed()).join(', ');
  const sentence =
    held.length === 0 ? `Every pass fails: ${reason}` : `Set aside, because a pass fails with it: ${names}: ${reason}`;
  const notice = {
    // Two instances whose clocks differ may stop at what each calls the same time.
    id: `stalled-${row.sequence + 1}`,
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
  await announce(situation.loaded.outbox, key, deps, saved.outbox);
}

/** Passes work again: the condition ends by itself, unless items are set aside that only `resume` brings back. */
export async function healed(next: Lifecycle, { key, row }: Situation, { history }: ReconcileDeps): Promise<Lifecycle> {
  const { stalled, ...conditions } = next.conditions;
  // Nobody asked, or a command has ended it in this pass.
  if (!stalled || !row.conditions.stalled || (await history.heldItems(key)).length > 0) return next;
  return { ...next, conditions };
}
