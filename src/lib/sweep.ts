import { BadInput, Refused, Unavailable } from './core/errors.ts';
import type { Log } from './log.ts';
import type { Lifecycles, Policies } from './ports.ts';
import { LISTINGS, LISTINGS_WITHOUT_ROW, type ListingDeps } from './sweep/listing.ts';
import { askOverdue, type OverdueDeps } from './sweep/overdue.ts';
import { everyPlace, LISTING_EVERY_MINUTES, type Listed, type Place } from './sweep/place.ts';
import { findPublished } from './sweep/publishedListing.ts';
import { takeSlot } from './sweep/schedule.ts';

export interface SweepDeps extends OverdueDeps, ListingDeps {
  readonly index: OverdueDeps['index'] & ListingDeps['index'];
  readonly lifecycles: Pick<Lifecycles, 'load' | 'append' | 'knows'>;
  readonly policies: Pick<Policies, 'estate' | 'all'>;
}

/**
 * The net under lost messages, events and hands in the portal, and the clock of schedules. Runs each minute; twice at once
 * does no harm.
 */
export async function sweep(deps: SweepDeps): Promise<void> {
  await askOverdue(deps);
  const listing = deps.clock.now().getUTCMinutes() % LISTING_EVERY_MINUTES === 0;
  const met: unknown[] = [];
  const shared = {
    watched: oncePerWorkspace((workspace) => deps.monitors.watched(workspace)),
    ourJobs: oncePerWorkspace((workspace) => deps.jobs.ours(workspace)),
  };
  for (const place of await everyPlace(deps.policies)) {
    met.push(await attempt('Schedule skipped', place, deps.log, () => takeSlot(place, deps)));
    if (listing) met.push(...(await list(place, shared, deps)));
  }
  const bug = met.find((error) => error !== undefined && !isKnown(error));
  if (bug !== undefined) throw bug;
}

/** Finds what no event told. A service that does not answer is not asked for the next thing in this place. */
async function list(place: Place, shared: Pick<Listed, 'watched' | 'ourJobs'>, deps: SweepDeps): Promise<unknown[]> {
  const met: unknown[] = [];
  const unread = await attempt('Listing skipped', place, deps.log, async () => {
    const { lifecycle, unread, outbox } = await deps.lifecycles.load(place.key);
    // Whatever became of their messages, and of what the index was promised.
    if (unread.length > 0 || outbox.length > 0) await deps.queue.look(place.key);
    const elsewhere = await findPublished({ ...place, lifecycle, ...shared }, deps);
    for (const find of elsewhere ? LISTINGS_WITHOUT_ROW : LISTINGS) {
      met.push(await attempt('Listing skipped', place, deps.log, () => find({ ...place, lifecycle, ...shared }, deps)));
      if (met.at(-1) instanceof Unavailable) return;
    }
  });
  return [...met, unread];
}

/** What is the same for all models of a workspace. A workspace that did not answer is not asked again in this sweep. */
function oncePerWorkspace<T>(ask: (workspace: string) => Promise<T>): (workspace: string) => Promise<T> {
  const asked = new Map<string, Promise<T>>();
  return (workspace) => {
    const answer = asked.get(workspace) ?? ask(workspace);
    asked.set(workspace, answer);
    return answer;
  };
}

/** What it met, if anything. One that cannot be read must not hide the others. */
async function attempt(message: string, { key }: Place, log: Log, run: () => Promise<void>): Promise<unknown> {
  try {
    return await run();
  } catch (error) {
    log[error instanceof Unavailable ? 'warn' : 'error'](message, { ...key, error });
    return error;
  }
}

/** Not a bug: somebody else's doing, which is logged and looked at again next time. */
function isKnown(error: unknown): boolean {
  return error instanceof Unavailable || error instanceof Refused || error instanceof BadInput;
}
