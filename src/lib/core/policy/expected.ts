import { distance } from 'fastest-levenshtein';

/** As a person wrote it, short enough for one line of a terminal. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value.length > 60 ? `${value.slice(0, 60)}...` : value}'`;
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (value === null) return 'nothing';
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : 'a map';
}

/** The candidate that a slip of the hand turns into what was written. */
export function nearest(written: string, candidates: readonly string[]): string | undefined {
  return candidates
    .map((candidate) => ({ candidate, steps: distance(written.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, steps }) => steps <= Math.min(2, Math.max(1, Math.floor(candidate.length / 2))))
    .toSorted((a, b) => a.steps - b.steps)[0]?.candidate;
}

/** ` (did you mean 'x'?)`, or nothing when no candidate is near enough. */
export function didYouMean(written: unknown, candidates: readonly string[]): string {
  const near = typeof written === 'string' ? nearest(written, candidates) : undefined;
  return near === undefined ? '' : ` (did you mean '${near}'?)`;
}

/** The error text of a schema: what was expected, and what stands there instead. */
export function expected(what: string): { error: (issue: { readonly input?: unknown }) => string } {
  return {
    error: ({ input }) => (input === undefined ? `missing: expected ${what}` : `expected ${what}, got ${shown(input)}`),
  };
}
