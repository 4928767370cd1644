import { BadInput, Refused, Unavailable } from './core/errors.ts';
import type { Key } from './core/lifecycle.ts';
import type { EstateChannel } from './core/policy/estate.ts';
import type { Log } from './log.ts';
import type { Channel, Claimed, Clock, Outbox, Policies, WorkQueue } from './ports.ts';

/** A way out for each kind of channel that this version can send to. */
export interface Channels {
  readonly email: Channel<Extract<EstateChannel, { kind: 'email' }>>;
  readonly eventGrid: Channel<Extract<EstateChannel, { kind: 'eventGrid' }>>;
  readonly github: Channel<Extract<EstateChannel, { kind: 'github' }>>;
}

export interface DeliverDeps {
  readonly outbox: Outbox;
  readonly policies: Pick<Policies, 'estate'>;
  readonly queue: Pick<WorkQueue, 'notify'>;
  readonly channels: Channels;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Real time. Longer than all calls under a claim take at most, 30 s each, so that two workers never send at once: its own
 * answer, pointer and text of the estate, the sending, asking what became of that, and taking the row away.
 */
const CLAIM_MS = 300_000;
/** A refusal rarely heals (a role just granted, a domain just linked), so it gets few tries. */
const MAX_REFUSALS = 5;
/** Nobody acts on older news, and a later notice has told more. */
const GIVE_UP_AFTER_MS = 24 * 3_600_000;
const FIRST_WAIT_MS = 60_000;
/** What a queue message can be delayed at most. */
const LONGEST_WAIT_MS = 3_600_000;

interface Ask {
  readonly key: Key;
  readonly rowKey: string;
}

/**
 * Sends one outbox row: claim, send, delete. A repeat finds the row gone or claimed. A crash between send and delete
 * sends at most once more, under the same delivery id, and is logged when the claim is taken over.
 */
export async function deliver(ask: Ask, deps: DeliverDeps): Promise<void> {
  const claimed = await claim(ask, deps);
  if (claimed === undefined) return;
  const id = deliveryId(ask.key, claimed);
  const log = deps.log.bind({ ...ask.key, delivery: id });
  if (claimed.maybeSent) log.warn('A delivery may be sent twice: the last worker vanished while sending it');
  try {
    await send(claimed, id, deps);
  } catch (error) {
    await putOff(ask, claimed, error, { ...deps, log });
    return;
  }
  await deps.outbox.sent(ask.key, ask.rowKey);
  log.info('Delivered', { kind: claimed.notice.kind });
}

/** One that cannot be read (a newer version may) is put off like any other: thrown, it would be asked for in each sweep. */
async function claim({ key, rowKey }: Ask, { outbox, queue, clock, log }: DeliverDeps): Promise<Claimed | undefined> {
  const now = clock.now();
  try {
    return await outbox.claim(key, rowKey, CLAIM_MS, now);
  } catch (error) {
    if (!(error instanceof BadInput)) throw error;
    const next = (tries: number) => new Date(now.getTime() + delayAfter(tries, error));
    const failed = await outbox.failed(key, rowKey, { reason: error.message, refused: false }, next);
    if (failed) await queue.notify(key, rowKey, delayAfter(failed.all, error));
    log.error('A delivery cannot be read', { ...key, rowKey, error });
    return undefined;
  }
}

function deliveryId(key: Key, { notice, channel }: Claimed): string {
  return [key.environment, key.model, notice.id, channel].join('/');
}

async function send(claimed: Claimed, id: string, { policies, channels }: DeliverDeps): Promise<void> {
  const target = targetOf(claimed.channel, (await policies.estate()).channels);
  switch (target.kind) {
    case 'email':
      return channels.email.send(claimed, id, target);
    case 'eventGrid':
      return channels.eventGrid.send(claimed, id, target);
    case 'github':
      return channels.github.send(claimed, id, target);
    case 'webhook':
      throw new Refused('invalid', 'estate', `channel '${claimed.channel}' is a webhook; this version cannot send to webhooks`); // prettier-ignore
  }
}

function targetOf(channel: string, known: Readonly<Record<string, EstateChannel>>): EstateChannel {
  const target = Object.hasOwn(known, channel) ? known[channel] : undefined;
  if (target !== undefined) return target;
  if (channel.includes('@')) return { kind: 'email', to: [channel] };
  throw new Refused('notFound', 'estate', `the estate has no channel '${channel}', and it is no e-mail address`);
}

/** Whatever went wrong, the row says so; a fault of ours is put off like a refusal, so that it cannot loop. */
async function putOff(
  { key, rowKey }: Ask,
  { notice, createdAt }: Claimed,
  error: unknown,
  { outbox, queue, clock, log }: DeliverDeps,
): Promise<void> {
  const reason = error instanceof Error ? error.message : String(error);
  const now = clock.now().getTime();
  // An estate that cannot be read now will be published anew.
  const refused = !(error instanceof Unavailable || error instanceof BadInput);
  const next = (tries: number) => new Date(now + delayAfter(tries, error));
  const failed = await outbox.failed(key, rowKey, { reason, refused }, next);
  if (!failed) return;
  const ageMs = now - Date.parse(createdAt);
  if (failed.refused >= MAX_REFUSALS || ageMs >= GIVE_UP_AFTER_MS) {
    await outbox.abandon(key, rowKey, reason);
    log.error('A delivery was given up', { kind: notice.kind, audience: notice.audience, tries: failed.all, error });
    return;
  }
  const delayMs = delayAfter(failed.all, error);
  await queue.notify(key, rowKey, delayMs);
  log.warn('A delivery failed and will be tried again', { kind: notice.kind, tries: failed.all, delayMs, error });
}

function delayAfter(tries: number, error: unknown): number {
  const waitMs = FIRST_WAIT_MS * 2 ** (tries - 1);
  const askedMs = error instanceof Unavailable ? (error.retryAfterMs ?? 0) : 0;
  return Math.min(Math.max(waitMs, askedMs), LONGEST_WAIT_MS);
}
