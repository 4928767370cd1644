import { z } from 'zod';
import { didYouMean, expected, shown } from './expected.ts';

/** A map whose keys are all known. Unknown keys become one fault each (see faultsOf). */
export function section<S extends z.ZodRawShape>(shape: S) {
  return z.strictObject(shape, expected(`a map with ${Object.keys(shape).join(', ')}`));
}

export function text(what: string, pattern = /\S/) {
  return z.string(expected(what)).regex(pattern, expected(what));
}

/** Like text, but what was written may be a secret and is never told. */
export function secretText(what: string, pattern: RegExp) {
  const error = ({ input }: { readonly input?: unknown }): string =>
    typeof input === 'string'
      ? `expected ${what}, got another text (not repeated here)`
      : expected(what).error({ input });
  return z.string({ error }).regex(pattern, { error });
}

export function number(what = 'a number') {
  return z.number(expected(what));
}

export function count(what = 'a whole number, 1 or more') {
  return z.int(expected(what)).min(1, expected(what));
}

export function flag() {
  return z.boolean(expected('true or false'));
}

export function word<const W extends readonly [string, ...string[]]>(words: W) {
  const what = words.length === 1 ? words[0] : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
  return z.enum(words, {
    error: ({ input }) => `${expected(what).error({ input })}${didYouMean(input, words)}`,
  });
}

export function list<T extends z.ZodType>(item: T, what: string) {
  return z.array(item, expected(what));
}

/** A map from names of the user's choice; `what` says what a name looks like. */
export function named<T extends z.ZodType>(value: T, pattern: RegExp, what: string, of: string) {
  const name = z.string().regex(pattern, { error: ({ input }) => `expected ${what}, got ${shown(input)}` });
  return z.record(name, value, expected(of));
}

export const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$/;
export const EMAIL = /^[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+$/;
export const ENVIRONMENT = /^[a-z][a-z0-9-]{0,23}$/;
/** Azure ML: 3-32 characters, letters, digits and single dashes, begins with a letter. */
export const ENDPOINT = /^(?=.{3,32}$)[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*$/;
/** Azure ML: 3-33 characters. */
export const WORKSPACE = /^[A-Za-z0-9][A-Za-z0-9_-]{2,32}$/;

export const timeZone = text('a time zone such as Europe/Zurich').refine(
  isTimeZone,
  expected('a time zone such as Europe/Zurich'),
);

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
