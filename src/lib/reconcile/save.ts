import { whereOf } from '../core/policy/serves.ts';
import { Refused } from '../core/errors.ts';
import type { AuditRow } from '../core/audit.ts';
import type { Decision } from '../core/decide.ts';
import { patchBetween, record, recordedFacts } from '../core/ledger.ts';
import type { Key, Lifecycle } from '../core/lifecycle.ts';
import { recipients } from '../core/message/recipients.ts';
import type { Delivery, Notice } from '../core/notice.ts';
import type { Facts, Unreachable } from '../core/step.ts';
import { shortened } from '../core/training/shorten.ts';
import type { OutboxRow, Unread } from '../ports.ts';
import { outstanding, promised, withLook } from './looks.ts';
import type { ReconcileDeps, Situation } from './situation.ts';
import type { Standing } from './standing.ts';

export interface Saved {
  readonly lifecycle: Lifecycle;
  readonly etag: string;
  /** Row keys of the deliveries that this pass wrote. */
  readonly outbox: readonly string[];
}

/** Everything a pass decided, in one transaction under the row's ETag. The index is told first: a crash in between only costs a look. */
export async function save(
  situation: Situation,
  decision: Decision,
  facts: Facts | { readonly unreachable: Unreachable },
  unread: readonly Unread[],
  deps: ReconcileDeps,
  held: readonly Unread[] = [],
): Promise<Saved> {
  const { key, loaded, row, standing, now } = situation;
  const next = shortened(decision.next);
  // What acts or tells is on record even when the row stays as it is (a write asked for again).
  const acts = decision.actions.length > 0 || decision.notices.length > 0;
  const audited = acts || unread.length > 0 || held.length > 0 || patchBetween(row, next) !== undefined;
  const entry: Omit<AuditRow, 'sequence' | 'previous' | 'patch' | 'rowDigest'> = {
    at: now.toISOString(), ...(standing.hash === undefined ? {} : { policy: standing.hash }), items: unread.map(({ item }) => item), refused: decision.refused,
    facts: 'unreachable' in facts ? {} : recordedFacts(facts), rules: decision.rules, actions: decision.actions, notices: decision.notices.map(({ id }) => id),
  }; // prettier-ignore
  const { row: audit, lifecycle: chained } = audited
    ? written(() => record(loaded.lifecycle, placed(next, standing), entry))
    : { row: undefined, lifecycle: next };
  const deliveries = deliveriesOf(decision, standing, chained.sequence, now);
  const timed = await promised(
    withLook(chained, outstanding(situation), decision.lookInMs, now),
    row,
    deliveries.length > 0 || loaded.more,
    now,
    key,
    deps.index,
  );
  if (!audited && timed.nextLook === row.nextLook && timed.checkBy === row.checkBy && loaded.etag !== undefined) {
    return { lifecycle: timed, etag: loaded.etag, outbox: [] };
  }
  const { etag, outbox } = await deps.lifecycles.save(key, {
    lifecycle: timed, taken: unread.map(({ rowKey }) => rowKey), deliveries, held,
    released: row.conditions.stalled !== undefined && timed.conditions.stalled === undefined,
    ...(loaded.etag === undefined ? {} : { etag: loaded.etag }), ...(audit ? { audit } : {}),
    ...(decision.closed ? { closed: decision.closed } : {}), ...(decision.ledger ? { ledger: decision.ledger } : {}),
  }); // prettier-ignore
  deps.log.info('Pass saved', { ...key, sequence: timed.sequence, rules: decision.rules, nextLook: timed.nextLook });
  return { lifecycle: timed, etag, outbox };
}

/** What has no canonical form (a number without bounds, half a surrogate) has no digest: no repeat could ever save it. */
function written<T>(record: () => T): T {
  try {
    return record();
  } catch (error) {
    throw new Refused('invalid', 'Steward', `It cannot be written down: ${String(error)}`);
  }
}

/** Remembers where all that is: another policy, or another place, goes on from there. */
function placed(next: Lifecycle, { kind, policy, hash, workspace }: Standing): Lifecycle {
  if (kind === 'unpublished' || kind === 'leaving' || !policy || hash === undefined || workspace === undefined) return next; // prettier-ignore
  return { ...next, place: { workspace, ...whereOf(policy), policy: hash } };
}

function deliveriesOf(decision: Decision, { policy, estate }: Standing, audit: number, now: Date): Delivery[] {
  if (!policy) return [];
  return decision.notices
    .map((notice) => ({ ...notice, ...glassOf(notice, decision) }))
    .flatMap((notice) =>
      recipients(notice, policy, estate).map((channel) => ({
        notice: {
          ...notice,
          audit,
          endpoint: policy.endpoint,
          ...(policy.serves === 'batch' && { batch: true as const }),
          ...(policy.training?.when.drift && { monitored: true }),
        },
        channel,
        createdAt: now.toISOString(),
      })),
    );
}

/** Every message about a release that went out by break-glass says so, whichever stage wrote it. */
function glassOf({ release: number }: Notice, { next, closed }: Decision): Pick<Notice, 'breakGlass'> {
  const release = [next.release, closed?.release].find((one) => one !== undefined && one.number === number);
  if (!release?.breakGlass) return {};
  const { actor, reason, until } = release.breakGlass;
  return { breakGlass: { actor, reason, until } };
}

/**
 * Asks for the delivery of what a pass has just saved, by its own keys, so that nothing that waits already can hide it;
 * and of every row that waits and is due. A row that is asked for twice is claimed once.
 */
export async function announce(waiting: readonly OutboxRow[], key: Key, { queue, clock }: ReconcileDeps, saved: readonly string[] = []): Promise<void> {
  const now = clock.now().toISOString();
  const due = waiting.filter(({ notBefore = '' }) => notBefore <= now).map(({ rowKey }) => rowKey);
  for (const rowKey of new Set([...saved, ...due])) await queue.notify(key, rowKey);
} // prettier-ignore
