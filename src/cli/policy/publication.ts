import { Conflict } from '../../lib/core/errors.ts';
import type { Estate } from '../../lib/core/policy/estate.ts';
import type { PolicyFault } from '../../lib/core/policy/fault.ts';
import type { ParsedEstate } from '../../lib/core/policy/parseEstate.ts';
import type { ParsedPolicy } from '../../lib/core/policy/parsePolicy.ts';
import type { PlacedPolicy } from '../../lib/core/policy/publicationRules.ts';
import { checkPublication } from '../../lib/core/policy/publicationRules.ts';
import { parseStoredEstate, restorePolicy, storedEstate, storedPolicy } from '../../lib/core/policy/stored.ts';
import type { Publication, PolicyStore, PublishedPolicy } from '../../lib/ports.ts';

const TRIES = 3;

export type Outcome =
  | { readonly kind: 'published'; readonly changed: readonly string[]; readonly kept: readonly string[] }
  | { readonly kind: 'refused'; readonly faults: readonly PolicyFault[] }
  | { readonly kind: 'noEstate' };

/**
 * Makes the given files what Steward goes by, together with what was published before: the rules between policies hold
 * over all of them, or nothing changes. Policies of other models stay. Twice is once.
 */
export async function publishTo(
  store: PolicyStore,
  policies: readonly ParsedPolicy[],
  estate: ParsedEstate | undefined,
  now: Date,
): Promise<Outcome> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await publishOnce(store, policies, estate, now);
    } catch (error) {
      if (!(error instanceof Conflict) || attempt === TRIES) throw error;
    }
  }
}

async function publishOnce(
  store: PolicyStore,
  policies: readonly ParsedPolicy[],
  given: ParsedEstate | undefined,
  now: Date,
): Promise<Outcome> {
  const current = await store.current();
  const before = current?.publication;
  const estate = given?.estate ?? (before === undefined ? undefined : await publishedEstate(store, before));
  if (estate === undefined) return { kind: 'noEstate' };
  const replaced = new Set(policies.map(({ policy }) => policy.model));
  const others = before === undefined ? [] : await publishedPolicies(store, before, replaced);
  const found = checkPublication([...others, ...policies], estate);
  const faults = found.filter(({ severity }) => severity === 'fault');
  if (faults.length > 0) return { kind: 'refused', faults };
  return move(store, policies, given, current, now);
}

async function move(
  store: PolicyStore,
  policies: readonly ParsedPolicy[],
  given: ParsedEstate | undefined,
  current: Awaited<ReturnType<PolicyStore['current']>>,
  now: Date,
): Promise<Outcome> {
  const published = { ...current?.publication.policies };
  const changed: string[] = [];
  const kept: string[] = [];
  for (const parsed of policies) {
    const { model } = parsed.policy;
    const { hash, text } = storedPolicy(parsed);
    (published[model]?.hash === hash ? kept : changed).push(model);
    if (published[model]?.hash === hash) continue;
    await store.write(hash, text);
    const changedAt = now.toISOString();
    // Since when its versions are Steward's business: a new text must not make an older version the team's own again.
    published[model] = { hash, publishedAt: published[model]?.publishedAt ?? changedAt, changedAt };
  }
  const estateHash = given === undefined ? current?.publication.estateHash : await writeEstate(store, given);
  if (estateHash === undefined) return { kind: 'noEstate' };
  if (estateHash === current?.publication.estateHash) {
    if (given !== undefined) kept.push('estate');
  } else changed.push('estate');
  if (changed.length > 0) await store.point({ estateHash, policies: published }, current?.etag);
  return { kind: 'published', changed, kept };
}

async function writeEstate(store: PolicyStore, estate: ParsedEstate): Promise<string> {
  const { hash, text } = storedEstate(estate);
  await store.write(hash, text);
  return hash;
}

async function publishedEstate(store: PolicyStore, { estateHash }: Publication): Promise<Estate> {
  return parseStoredEstate(await textOf(store, estateHash, 'estate'));
}

async function publishedPolicies(
  store: PolicyStore,
  { policies }: Publication,
  replaced: ReadonlySet<string>,
): Promise<readonly PlacedPolicy[]> {
  const others = Object.entries(policies).filter(([model]) => !replaced.has(model));
  return Promise.all(others.map(([model, policy]) => published(store, model, policy)));
}

async function published(store: PolicyStore, model: string, { hash }: PublishedPolicy): Promise<PlacedPolicy> {
  const name = `published policy of ${model}`;
  return restorePolicy(await textOf(store, hash, name), name);
}

async function textOf(store: PolicyStore, hash: string, name: string): Promise<string> {
  const text = await store.read(hash);
  if (text === undefined) throw new Error(`${name}: the text under ${hash} is gone, though the pointer names it`);
  return text;
}
