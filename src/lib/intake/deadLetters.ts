import { z } from 'zod';
import { Refused, Unavailable } from '../core/errors.ts';
import { sha256 } from '../core/names.ts';
import type { Log } from '../log.ts';
import type { Clock, DeadLetters } from '../ports.ts';

/** How one event is taken in, and what cannot be read is kept for people. */
export interface Intake {
  take(event: unknown): Promise<void>;
  refuse(text: string, reason: string): Promise<void>;
  /** Keeps a whole letter for people, once. */
  keep(name: string, body: string): Promise<void>;
}

export interface RetakeDeps {
  readonly clock: Clock;
  readonly log: Log;
}

const LISTED = 1000;
/** In one run; the next one, a minute later, goes on. */
const TAKEN_AT_ONCE = 100;
/** As long as Event Grid itself tries: what a person mends meanwhile is taken in as if nothing had been. */
const GIVEN_UP_MS = 24 * 60 * 60_000;

/** Lower-case keys: CloudEvents know no others. */
const why = z
  .record(z.string(), z.unknown())
  .transform((event) => Object.fromEntries(Object.entries(event).map(([name, value]) => [name.toLowerCase(), value])))
  .pipe(z.object({ deadletterreason: z.string().optional(), lastdeliveryoutcome: z.string().optional(), deliveryattempts: z.number().optional() })); // prettier-ignore

/**
 * Takes in what Event Grid gave up to deliver, the oldest first, as if it had been delivered now; a file is removed once all
 * that it holds is stored. Dying in between, or a second run beside this one, tells a known fact again. What storage does
 * not take or give stays where it is; one file that cannot be taken must not hide the others, and is given to people after
 * a day.
 */
export async function retake(deadLetters: DeadLetters, intake: Intake, deps: RetakeDeps): Promise<void> {
  const { log } = deps;
  const names = await listed(deadLetters, log);
  let taken = 0;
  let bug: unknown;
  for (const name of names) {
    if (taken === TAKEN_AT_ONCE) break;
    try {
      await retakeOne(name, deadLetters, intake, deps);
      taken += 1;
    } catch (error) {
      log[error instanceof Unavailable ? 'warn' : 'error']('A dead letter stays where it is', { name, error });
      if (error instanceof Unavailable) break;
      if (!(error instanceof Refused)) bug ??= error;
    }
  }
  if (names.length > 0) log.info('Dead letters taken again', { taken, left: names.length - taken });
  if (bug !== undefined) throw bug;
}

async function listed(deadLetters: DeadLetters, log: Log): Promise<readonly string[]> {
  try {
    return await deadLetters.oldest(LISTED);
  } catch (error) {
    if (!(error instanceof Unavailable || error instanceof Refused)) throw error;
    log.error('Dead letters cannot be listed', { error });
    return [];
  }
}

async function retakeOne(name: string, deadLetters: DeadLetters, intake: Intake, deps: RetakeDeps): Promise<void> {
  const text = await deadLetters.read(name);
  if (text === undefined) return;
  const events = eventsIn(text);
  if (events === undefined) await intake.refuse(text, `the dead letter ${name} holds no JSON`);
  const error = await takeEach(events ?? [], name, intake, deps.log);
  if (error !== undefined) {
    const since = await deadLetters.failing(name, deps.clock.now());
    if (deps.clock.now().getTime() - since.getTime() < GIVEN_UP_MS) throw error;
    const reason = `the dead letter could not be taken in for a day: ${error instanceof Error ? error.message : 'no reason'}`;
    await intake.keep(`${name}.${sha256(text).slice(0, 8)}`, JSON.stringify({ reason, event: events }, null, 2));
    deps.log.error('Dead letter given up, kept for people', { name, error });
  }
  await deadLetters.remove(name);
}

/** What the first met that cannot be taken in, which must not hide the others of its file. Throws when storage is away. */
async function takeEach(events: readonly unknown[], name: string, intake: Intake, log: Log): Promise<unknown> {
  let met: unknown;
  for (const event of events) {
    log.info('Dead letter', { name, ...why.safeParse(event).data });
    try {
      await intake.take(event);
    } catch (error) {
      if (error instanceof Unavailable) throw error;
      met ??= error;
    }
  }
  return met;
}

/** As delivered: an array, or one event. */
function eventsIn(text: string): readonly unknown[] | undefined {
  try {
    const read: unknown = JSON.parse(text.replace(/^\ufeff/, ''));
    return Array.isArray(read) ? read : [read];
  } catch {
    return undefined;
  }
}
