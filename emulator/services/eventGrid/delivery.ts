import type { Clock } from '../../world.ts';
import { type DeadLetter, type Outcome, writeDeadLetter } from './deadLetter.ts';
import { envelope, envelopeHeaders } from './envelope.ts';
import type { EventRecord } from './ledger.ts';
import type { Subscription } from './subscription.ts';

/** Real milliseconds that an endpoint has to answer. */
const answerLimitMs = 30_000;
const seconds = 1000;
const minutes = 60 * seconds;
const hours = 60 * minutes;
/** Virtual waits before the second, third ... try; the last one repeats. */
const waitsMs = [10 * seconds, 30 * seconds, minutes, 5 * minutes, 10 * minutes, 30 * minutes, hours, 3 * hours, 6 * hours, 12 * hours]; // prettier-ignore
const successes = new Set([200, 201, 202, 203, 204]);
/** Answers after which the event is given up at once. A function app is not sent away by 401, a web hook is. */
const hopeless = { azureFunction: new Set([400, 403, 413]), webHook: new Set([400, 401, 403, 413]) };
/** Least wait after an answer, where it is more than the schedule's. */
const leastWaitsMs: ReadonlyMap<number, number> = new Map([
  [401, 5 * minutes],
  [404, 5 * minutes],
  [408, 2 * minutes],
  [503, 30 * seconds],
]);

async function post(subscription: Subscription, record: EventRecord, count: number): Promise<number> {
  const { schema, name, endpointUrl } = subscription;
  const body = envelope(record.event, schema);
  try {
    const answer = await fetch(endpointUrl, {
      method: 'POST',
      headers: {
        ...envelopeHeaders(schema),
        'aeg-event-type': 'Notification',
        'aeg-subscription-name': name.toUpperCase(),
        'aeg-delivery-count': String(count),
      },
      // One event a delivery: an array of one, or the CloudEvent itself.
      body: JSON.stringify(schema === 'EventGridSchema' ? [body] : body),
      signal: AbortSignal.timeout(answerLimitMs),
    });
    await answer.arrayBuffer();
    return answer.status;
  } catch {
    return 0;
  }
}

/** Why there will be no further try, or how long to wait for it. */
function verdict(subscription: Subscription, tries: number, status: number, firstAt: Date, now: Date) {
  const { maxDeliveryAttempts, eventTimeToLiveInMinutes } = subscription.retry;
  if (hopeless[subscription.endpointType].has(status)) return { reason: 'Undeliverable' } as const;
  if (tries >= maxDeliveryAttempts) return { reason: 'MaxDeliveryAttemptsExceeded' } as const;
  const scheduledMs = waitsMs[Math.min(tries, waitsMs.length) - 1] ?? 0;
  const waitMs = Math.max(scheduledMs, leastWaitsMs.get(status) ?? 0);
  const endsAtMs = firstAt.getTime() + eventTimeToLiveInMinutes * minutes;
  if (now.getTime() + waitMs > endsAtMs) return { reason: 'TimeToLiveExceeded' } as const;
  return { waitMs };
}

function outcomeOf(status: number): Outcome {
  const known: Readonly<Record<number, Outcome>> = { 0: 'TimedOut', 400: 'BadRequest', 401: 'Unauthorized', 403: 'Forbidden', 404: 'NotFound', 413: 'PayloadTooLarge', 503: 'Busy' }; // prettier-ignore
  return known[status] ?? 'GenericError';
}

/** Delivers one event to one subscription until it is taken or given up; all waits are virtual. */
export function deliver(subscription: Subscription, record: EventRecord, clock: Clock, storage: string): void {
  const firstAt = clock.now();
  let tries = 0;
  const attempt = async () => {
    const status = await post(subscription, record, tries);
    tries += 1;
    const at = clock.now();
    record.attempts.push({ at, subscription: subscription.name, status });
    if (successes.has(status)) {
      record.delivered += 1;
      return;
    }
    const next = verdict(subscription, tries, status, firstAt, at);
    if (next.reason === undefined) clock.after(next.waitMs, () => void attempt());
    else giveUp({ reason: next.reason, attempts: tries, outcome: outcomeOf(status), publishedAt: firstAt, lastAt: at });
  };
  const giveUp = (letter: DeadLetter) => {
    if (subscription.deadLetter === undefined) record.dropped += 1;
    else writeDeadLetter(subscription, subscription.deadLetter, record, letter, clock, storage);
  };
  void attempt();
}
