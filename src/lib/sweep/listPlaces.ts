import { Unavailable } from '../core/errors.ts';
import type { Lifecycle } from '../core/lifecycle.ts';
import { sha256 } from '../core/names.ts';
import type { Lifecycles, Policies } from '../ports.ts';
import { attempt, throwBug } from './attempt.ts';
import { LISTINGS, LISTINGS_OF_STORAGE, type ListingDeps } from './listing.ts';
import { everyPlace, listingSlot, type Listed, type Place } from './place.ts';
import { findPublished } from './publishedListing.ts';

export interface ListPlacesDeps extends ListingDeps {
  readonly lifecycles: Pick<Lifecycles, 'load' | 'append' | 'knows'>;
  readonly policies: Pick<Policies, 'estate' | 'all'>;
}

/** Real time. With what the last place still takes it ends before the next is due, and long before the host would end it. */
const LONGEST_MS = 10 * 60_000;

/** Longer than the index and a sweep take, clocks that are off included. */
const MISSED_MS = 10 * 60_000;

interface Run extends Pick<Listed, 'watched' | 'ourJobs'> {
  /** `<workspace> <listing>` that nobody answered: not asked again in this run, however many models there are. */
  readonly silent: Set<string>;
}

/** Finds what no event told: the net under lost events and hands in the portal. Twice at once does no harm. */
export async function listPlaces(deps: ListPlacesDeps, realMs = () => performance.now()): Promise<void> {
  const untilMs = realMs() + LONGEST_MS;
  const run: Run = {
    silent: new Set(),
    watched: oncePerWorkspace((workspace) => deps.monitors.watched(workspace)),
    ourJobs: oncePerWorkspace((workspace) => deps.jobs.ours(workspace)),
  };
  const met: unknown[] = [];
  const places = inTurn(await everyPlace(deps.policies), Number(listingSlot(deps.clock.now())));
  let listed = 0;
  for (const place of places) {
    if (realMs() >= untilMs) break;
    met.push(...(await list(place, run, deps)));
    listed += 1;
  }
  const left = places.length - listed;
  if (left > 0) deps.log.warn('The listing ran out of time', { listed, left });
  if (run.silent.size > 0) deps.log.warn('Workspaces do not answer the listing', { silent: [...run.silent] });
  throwBug(met);
}

/**
 * In an order by chance, then in that order from its end, then in another one: what one listing did not come to, or what a
 * silent neighbour hid, stands before it in one of the next.
 */
function inTurn(places: readonly Place[], slot: number): Place[] {
  const turns = places.map((place) => ({ place, turn: sha256(`${Math.floor(slot / 2)}|${place.key.environment}|${place.key.model}`) }));
  const ordered = turns.toSorted((a, b) => (a.turn < b.turn ? -1 : 1)).map(({ place }) => place);
  return slot % 2 === 0 ? ordered : ordered.toReversed();
} // prettier-ignore

async function list(place: Place, { silent, ...shared }: Run, deps: ListPlacesDeps): Promise<unknown[]> {
  const met: unknown[] = [];
  const unread = await attempt('Listing skipped', place, deps.log, async () => {
    const { lifecycle, unread, outbox } = await deps.lifecycles.load(place.key);
    // Whatever became of their messages, and of what the index was promised.
    if (unread.length > 0 || outbox.length > 0 || isMissed(lifecycle, deps.clock.now()))
      await deps.queue.look(place.key);
    const listed = { ...place, lifecycle, ...shared };
    const elsewhere = await findPublished(listed, deps);
    for (const find of elsewhere ? LISTINGS_OF_STORAGE : LISTINGS) {
      const asked = `${place.workspace} ${find.name}`;
      if (silent.has(asked)) continue;
      met.push(await attempt('Listing skipped', place, deps.log, () => find(listed, deps)));
      const error = met.at(-1);
      if (!(error instanceof Unavailable)) continue;
      // What is busy answers: somebody else was at the same thing.
      if (error.code !== 'busy') silent.add(asked);
      return;
    }
  });
  return [...met, unread];
}

/** Its look is long over, so that the index must have forgotten it. */
function isMissed(lifecycle: Lifecycle | undefined, now: Date): boolean {
  return Date.parse(lifecycle?.nextLook ?? '') < now.getTime() - MISSED_MS;
}

/** What is the same for all models of a workspace. */
function oncePerWorkspace<T>(ask: (workspace: string) => Promise<T>): (workspace: string) => Promise<T> {
  const asked = new Map<string, Promise<T>>();
  return (workspace) => {
    const answer = asked.get(workspace) ?? ask(workspace);
    asked.set(workspace, answer);
    return answer;
  };
}
