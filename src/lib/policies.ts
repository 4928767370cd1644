import { BadInput, Refused } from './core/errors.ts';
import type { Estate } from './core/policy/estate.ts';
import type { Policy } from './core/policy/policy.ts';
import { resolveEnvironment } from './core/policy/resolvePolicy.ts';
import { parseStoredEstate, parseStoredPolicy } from './core/policy/stored.ts';
import type { Clock, Policies, PolicyStore, Publication } from './ports.ts';

const CACHED_MS = 30_000;
/** Before the first publish no workspace is ours: its events are kept under `refused/`. */
const NOTHING_YET: Estate = { workspaces: {}, channels: {}, calendars: {}, roles: {}, computes: {}, floor: {} };

/** What the store says, remembered: the pointer for 30 s, the text of a hash for good. */
function remembered(store: PolicyStore, clock: Clock) {
  const texts = new Map<string, Promise<unknown>>();
  let pointer: { readonly publication: Promise<Publication | undefined>; readonly until: number } | undefined;
  const publication = ({ fresh = false } = {}): Promise<Publication | undefined> => {
    const now = clock.now().getTime();
    if (fresh || !pointer || pointer.until <= now)
      pointer = { publication: readPointer(store), until: now + CACHED_MS };
    // A failed read must not be remembered.
    pointer.publication.catch(() => (pointer = undefined));
    return pointer.publication;
  };
  const parsed = async <T>(hash: string, parse: (text: string) => T): Promise<T> => {
    const known = texts.get(hash) ?? readText(store, hash).then(parse);
    texts.set(hash, known);
    known.catch(() => texts.delete(hash));
    // The same hash is only ever read with the same parser: hashes of policies and estates come from the pointer.
    return known as Promise<T>;
  };
  return { publication, parsed };
}

/** Published policies as passes use them: up to 30 s old where `fresh` is not asked for. */
export function publishedPolicies(store: PolicyStore, clock: Clock): Policies {
  const { publication, parsed } = remembered(store, clock);
  const policy = (hash: string): Promise<Policy> => parsed(hash, parseStoredPolicy);
  let lastEstate: Estate | undefined;

  return {
    async estate({ fresh = false } = {}) {
      try {
        const current = await publication({ fresh });
        if (!current) return NOTHING_YET;
        return (lastEstate = await parsed(current.estateHash, parseStoredEstate));
      } catch (error) {
        // Releases under way must not stand still, nor rollbacks; health tells.
        if (error instanceof BadInput && lastEstate) return lastEstate;
        throw error;
      }
    },
    async all() {
      const read = await readAll(policy, (await publication())?.policies ?? {});
      return read.flatMap((each) => ('policy' in each ? [each] : []));
    },
    async keys() {
      const read = await readAll(policy, (await publication())?.policies ?? {});
      return read.flatMap((each) => ('policy' in each ? Object.values(each.policy.environments) : []).map(({ environment, model }) => ({ environment, model }))); // prettier-ignore
    },
    async unreadable() {
      const current = await publication();
      const read = await readAll(policy, current?.policies ?? {});
      const estate = current && (await readable(parsed(current.estateHash, parseStoredEstate)));
      return { models: read.flatMap((each) => ('policy' in each ? [] : [each.model])), estate: estate === false };
    },
    async of({ environment, model }, pinned) {
      const hash = pinned ?? (await publication())?.policies[model]?.hash;
      const found = hash === undefined ? undefined : resolveEnvironment(await policy(hash), environment);
      return found && hash !== undefined ? { policy: found, hash } : undefined;
    },
  };
}

async function readable(reading: Promise<unknown>): Promise<boolean> {
  try {
    await reading;
    return true;
  } catch (error) {
    if (error instanceof BadInput) return false;
    throw error;
  }
}

type Read = Awaited<ReturnType<Policies['all']>>[number] | { readonly model: string };

/** A policy that this version cannot obey whole must not stop the others. */
async function readAll(
  policy: (hash: string) => Promise<Policy>,
  published: Publication['policies'],
): Promise<readonly Read[]> {
  return Promise.all(
    Object.entries(published).map(async ([model, { hash, publishedAt, changedAt = publishedAt }]): Promise<Read> => {
      try {
        return { policy: await policy(hash), hash, publishedAt, changedAt };
      } catch (error) {
        if (error instanceof BadInput) return { model };
        throw error;
      }
    }),
  );
}

async function readPointer(store: PolicyStore): Promise<Publication | undefined> {
  return (await store.current())?.publication;
}

async function readText(store: PolicyStore, hash: string): Promise<string> {
  const text = await store.read(hash);
  if (text === undefined) throw new Refused('notFound', 'policies', `The published text ${hash} is gone`);
  return text;
}
