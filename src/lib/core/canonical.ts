import { configure } from 'safe-stable-stringify';

/** Strict: what JSON does not have (NaN, circles) throws. */
const stringify = configure({ deterministic: true, strict: true });

/** Half a pair of surrogates: JSON writes it as an escape, and of all escapes by `u` only it begins with `d`. */
const LONE = /(?<!\\)(?:\\\\)*\\ud/;

/**
 * JSON that does not depend on key order (RFC 8785); undefined for what JSON leaves out. Throws where the RFC refuses.
 * What is stored is named by digests of it: not a character may ever change.
 */
export function canonical(value: unknown): string | undefined {
  const text = stringify(value);
  // The plain search first, as it costs next to nothing.
  if (text?.includes('\\ud') && LONE.test(text)) throw new Error('Half a pair of surrogates has no canonical form');
  return text;
}
