import { canonical } from './canonical.ts';

// JSON merge patches (RFC 7396). The libraries leave out keys like `prototype`, which deployments may be called, and
// look through all that both sides share, which between two rows is nearly everything.

/**
 * What leads from the one to the other; undefined where they are equal. A property that is undefined is not there; one
 * that is null in `after` cannot be told from it, so there must be none.
 */
export function patchFrom(before: unknown, after: unknown): unknown {
  if (before === after) return undefined;
  if (Array.isArray(before) && Array.isArray(after)) return canonical(before) === canonical(after) ? undefined : after;
  if (!isObject(before) || !isObject(after)) return after;
  const added = Object.entries(after).filter(([key, value]) => value !== undefined && !Object.hasOwn(before, key));
  const changed = Object.entries(before).flatMap(([key, value]) => {
    const now = Object.hasOwn(after, key) ? after[key] : undefined;
    const patch = now === undefined ? null : patchFrom(value, now);
    return patch === undefined ? [] : [[key, patch] as const];
  });
  return added.length + changed.length === 0 ? undefined : Object.fromEntries([...added, ...changed]);
}

/** `target` as the patch makes it; what the patch does not name is the same object, not a copy. */
export function patched(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const before = isObject(target) ? target : {};
  const kept = Object.entries(before).filter(([key]) => !Object.hasOwn(patch, key));
  const set = Object.entries(patch)
    .filter(([, value]) => value !== null)
    .map(([key, value]) => [key, patched(Object.hasOwn(before, key) ? before[key] : undefined, value)]);
  return Object.fromEntries([...kept, ...set]);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
