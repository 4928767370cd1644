import { distance } from 'fastest-levenshtein';

/** As a person wrote it, short enough for one line of a terminal. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value.length > 60 ? `${value.slice(0, 60)}...` : value}'`;
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (value === null) return 'nothing';
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : 'a map';
}

/** ` (did you mean 'x'?)`, or nothing when no candidate is near enough to be a slip of the hand. */
export function didYouMean(written: unknown, candidates: readonly string[]): string {
  if (typeof written !== 'string') return '';
  const near = candidates
    .map((candidate) => ({ candidate, steps: distance(written.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, steps }) => steps <= Math.max(1, Math.floor(candidate.length / 3)))
    .toSorted((a, b) => a.steps - b.steps)[0];
  return near === undefined ? '' : ` (did you mean '${near.candidate}'?)`;
}

/** The error text of a schema: what was expected, and what stands there instead. */
export function expected(what: string): { error: (issue: { readonly input?: unknown }) => string } {
  return {
    error: ({ input }) => (input === undefined ? `missing: expected ${what}` : `expected ${what}, got ${shown(input)}`),
  };
}
