import type { AuditRow } from './core/audit.ts';
import { decide, needs, type Decision } from './core/decide.ts';
import { BadInput, Conflict } from './core/errors.ts';
import { record, recorded, recordedFacts } from './core/ledger.ts';
import { isQuiet, newLifecycle, type Key, type Lifecycle } from './core/lifecycle.ts';
import { recipients } from './core/message/recipients.ts';
import { digest } from './core/names.ts';
import type { Delivery } from './core/notice.ts';
import type { Estate } from './core/policy/estate.ts';
import type { EnvironmentPolicy } from './core/policy/policy.ts';
import type { Facts, Unreachable } from './core/step.ts';
import type { Log } from './log.ts';
import { observe, type ObserveDeps } from './observe.ts';
import { perform, type PerformDeps } from './perform.ts';
import type { ActiveIndex, Clock, Lifecycles, Loaded, Policies, Unread, WorkQueue } from './ports.ts';

export interface ReconcileDeps extends ObserveDeps, Omit<PerformDeps, 'lifecycles' | 'queue'> {
  readonly lifecycles: Lifecycles;
  readonly index: Pick<ActiveIndex, 'promise'>;
  readonly queue: WorkQueue;
  readonly policies: Policies;
  readonly clock: Clock;
  readonly log: Log;
  /** 0 <= x < 1; spreads repeats after lost races. */
  readonly chance: () => number;
}

/** How long after its next look a lifecycle is missed: the message got lost, or the pass died. */
const CHECK_GRACE_MS = 120_000;
/** What a queue message can be delayed at most; longer waits live in the index. */
const LONGEST_DELAY_MS = 3_600_000;
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

interface Situation {
  readonly key: Key;
  /** The look that the message was timed for: its message is spent. */
  readonly look: string | undefined;
  readonly loaded: Loaded;
  readonly row: Lifecycle;
  readonly policy: EnvironmentPolicy;
  readonly policyHash: string;
  readonly estate: Estate;
  readonly workspace: string;
  readonly now: Date;
}

async function pass(ask: { readonly key: Key; readonly look?: string }, deps: ReconcileDeps): Promise<void> {
  const { key } = ask;
  const loaded = await deps.lifecycles.load(key);
  const now = deps.clock.now();
  if (!wanted(loaded, ask.look, now)) return announce(loaded, key, deps);
  const situation = await situate(ask, loaded, now, deps);
  if (!situation) return deps.log.warn('No policy speaks of this lifecycle', { ...key });
  const known = await gather(situation, loaded.unread, deps);
  const saved = await save(situation, known.decision, known.facts, loaded.unread, deps);
  await schedule(situation, saved.lifecycle, loaded.more, deps.queue);
  try {
    await perform(known.decision.actions, { ...situation, lifecycle: saved.lifecycle, etag: saved.etag }, deps);
  } finally {
    if (saved.announce) await announce(await deps.lifecycles.load(key), key, deps);
  }
}

/** A timed message of a look that was moved since, with nothing unread and nothing due, would only start another chain. */
function wanted(loaded: Loaded, look: string | undefined, now: Date): boolean {
  const due = loaded.lifecycle?.nextLook;
  if (loaded.unread.length > 0) return true;
  return due !== undefined && (due === look || Date.parse(due) <= now.getTime());
}

async function situate(
  { key, look }: { readonly key: Key; readonly look?: string },
  loaded: Loaded,
  now: Date,
  deps: ReconcileDeps,
): Promise<Situation | undefined> {
  const found = await policyOf(key, loaded, deps);
  const estate = await deps.policies.estate();
  const workspace = found && estate.workspaces[found.policy.workspace]?.id;
  if (!found || workspace === undefined) return undefined;
  return {
    key,
    look,
    loaded,
    row: loaded.lifecycle ?? newLifecycle(key),
    policy: found.policy,
    policyHash: found.hash,
    estate,
    workspace,
    now,
  };
}

/** A policy that this version cannot obey whole is not obeyed in part; the sweep asks again, health tells. */
async function policyOf(key: Key, { lifecycle }: Loaded, { policies, log }: ReconcileDeps) {
  try {
    return await policies.of(key, lifecycle?.release?.policy);
  } catch (error) {
    if (!(error instanceof BadInput)) throw error;
    log.error('The published policy cannot be read by this version', { ...key, error });
    return undefined;
  }
}

async function gather(situation: Situation, unread: readonly Unread[], deps: ReconcileDeps) {
  const { row, policy, policyHash, workspace, now } = situation;
  const items = unread.map(({ item }) => item);
  const facts = await observe(needs(row, items, policy, now), policy, workspace, deps);
  return { facts, decision: decide({ lifecycle: row, items, facts, policy, policyHash, now }) };
}

interface Saved {
  readonly lifecycle: Lifecycle;
  readonly etag: string;
  readonly announce: boolean;
}

/** Everything a pass decided, in one transaction under the row's ETag. The index is told first: a crash in between only costs a look. */
async function save(
  situation: Situation,
  decision: Decision,
  facts: Facts | { readonly unreachable: Unreachable },
  unread: readonly Unread[],
  deps: ReconcileDeps,
  held: readonly Unread[] = [],
): Promise<Saved> {
  const { key, loaded, row, policy, estate, policyHash, now } = situation;
  // What acts or tells is on record even when the row stays as it is (a write asked for again).
  const acts = decision.actions.length > 0 || decision.notices.length > 0;
  const audited = acts || unread.length > 0 || held.length > 0 || digest(recorded(decision.next)) !== digest(recorded(row)); // prettier-ignore
  const entry: Omit<AuditRow, 'sequence' | 'previous' | 'patch' | 'rowDigest'> = {
    at: now.toISOString(), policy: policyHash, items: unread.map(({ item }) => item), refused: decision.refused,
    facts: 'unreachable' in facts ? {} : recordedFacts(facts), rules: decision.rules, actions: decision.actions, notices: decision.notices.map(({ id }) => id),
  }; // prettier-ignore
  const { row: audit, lifecycle: chained } = audited
    ? record(loaded.lifecycle, decision.next, entry)
    : { row: undefined, lifecycle: decision.next };
  const deliveries = deliveriesOf(decision, policy, estate, chained.sequence, now);
  const timed = await promised(
    withLook(chained, outstanding(situation), decision.lookInMs, now),
    row,
    deliveries.length > 0 || loaded.more,
    now,
    key,
    deps,
  );
  if (!audited && timed.nextLook === row.nextLook && timed.checkBy === row.checkBy && loaded.etag !== undefined) {
    return { lifecycle: timed, etag: loaded.etag, announce: loaded.outbox.length > 0 };
  }
  const etag = await deps.lifecycles.save(key, {
    lifecycle: timed, taken: unread.map(({ rowKey }) => rowKey), deliveries, held,
    released: row.conditions.stalled !== undefined && timed.conditions.stalled === undefined,
    ...(loaded.etag === undefined ? {} : { etag: loaded.etag }), ...(audit ? { audit } : {}), ...(decision.closed ? { closed: decision.closed } : {}),
  }); // prettier-ignore
  deps.log.info('Pass saved', { ...key, sequence: timed.sequence, rules: decision.rules, nextLook: timed.nextLook });
  return { lifecycle: timed, etag, announce: deliveries.length > 0 || loaded.outbox.length > 0 };
}

function deliveriesOf(
  decision: Decision,
  policy: EnvironmentPolicy,
  estate: Estate,
  audit: number,
  now: Date,
): Delivery[] {
  return decision.notices.flatMap((notice) =>
    recipients(notice, policy, estate).map((channel) => ({
      notice: { ...notice, audit, endpoint: policy.endpoint },
      channel,
      createdAt: now.toISOString(),
    })),
  );
}

/** The look whose message is still on its way. One that came early (clocks differ) is spent all the same. */
function outstanding({ row, look, now }: Situation): string | undefined {
  const { nextLook } = row;
  return nextLook !== undefined && nextLook !== look && Date.parse(nextLook) > now.getTime() ? nextLook : undefined;
}

/** The next look: the one that is awaited already when it comes earlier, else a new one. */
function withLook(next: Lifecycle, awaited: string | undefined, lookInMs: number | undefined, now: Date): Lifecycle {
  const { nextLook: _, ...rest } = next;
  if (lookInMs === undefined) return rest;
  const at = new Date(now.getTime() + lookInMs).toISOString();
  return { ...rest, nextLook: awaited !== undefined && awaited <= at ? awaited : at };
}

/** Promises the index to be back by then. Only ever earlier; a promise that has passed may have been moved by the sweep. */
async function promised(
  next: Lifecycle,
  before: Lifecycle,
  more: boolean,
  now: Date,
  key: Key,
  { index }: ReconcileDeps,
): Promise<Lifecycle> {
  if (isQuiet(next) && !more) return next;
  const soon = now.getTime() + CHECK_GRACE_MS;
  const wantedBy =
    more || next.nextLook === undefined ? soon : Math.max(soon, Date.parse(next.nextLook) + CHECK_GRACE_MS);
  const known = before.checkBy === undefined ? Number.NaN : Date.parse(before.checkBy);
  // A quiet lifecycle's promise may be removed by a sweep at any moment, so it is never relied on.
  if (!isQuiet(before) && known > now.getTime() && known <= wantedBy) return next;
  await index.promise(key, new Date(wantedBy));
  return { ...next, checkBy: new Date(wantedBy).toISOString() };
}

/** Enqueues the next look, unless the earlier one that is outstanding serves. */
async function schedule(situation: Situation, saved: Lifecycle, more: boolean, queue: WorkQueue): Promise<void> {
  const { key, now } = situation;
  if (more) await queue.look(key);
  const { nextLook } = saved;
  if (nextLook === undefined || nextLook === outstanding(situation)) return;
  const delayMs = Date.parse(nextLook) - now.getTime();
  if (delayMs <= LONGEST_DELAY_MS) await queue.look(key, { look: nextLook, delayMs: Math.max(0, delayMs) });
}

/** Asks for the delivery of every outbox row; a row that is asked for twice is claimed once. */
async function announce(loaded: Loaded, key: Key, { queue }: ReconcileDeps): Promise<void> {
  for (const { rowKey, abandoned } of loaded.outbox) if (abandoned === undefined) await queue.notify(key, rowKey);
}

/**
 * A key whose passes kept throwing: finds the items that throw, one by one, and moves them out of the way in the same
 * guarded save that sets the condition `stalled` and tells people. Everything else goes on. When the row alone makes a
 * pass throw, nothing can be moved: people are told, and it is looked at again every ten minutes.
 */
export async function unpoison(key: Key, deps: ReconcileDeps): Promise<void> {
  const loaded = await deps.lifecycles.load(key);
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

const STALLED_LOOK_MS = 600_000;

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
  if (saved.announce) await announce(await deps.lifecycles.load(key), key, deps);
}
