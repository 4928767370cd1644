import { parseArgs } from 'node:util';

export const ACT_NAMES = ['drift', 'release', 'worse', 'regression', 'crash', 'environments'] as const;
export type ActName = (typeof ACT_NAMES)[number];

export interface Wanted {
  readonly acts: readonly ActName[];
  /** Decides where the act `crash` kills the app; drawn when not given. */
  readonly seed?: number;
}

const USAGE = `usage: npm run demo [-- ACT ...] [--seed NUMBER]   acts: ${ACT_NAMES.join(', ')} (all, in this order, by default)`;

/** What was asked for, or one text with every fault. */
export function readArguments(given: readonly string[]): Wanted | { readonly fault: string } {
  let parsed: { values: { seed?: string | undefined }; positionals: string[] };
  try {
    parsed = parseArgs({ args: [...given], allowPositionals: true, options: { seed: { type: 'string' } } });
  } catch (error) {
    return { fault: `${error instanceof Error ? error.message : String(error)}\n${USAGE}` };
  }
  const { values, positionals } = parsed;
  const acts = ACT_NAMES.filter((name) => positionals.includes(name));
  const faults = positionals
    .filter((name) => !acts.some((act) => act === name))
    .map((name) => `There is no act ${name}.`);
  const seed = values.seed === undefined ? undefined : Number(values.seed);
  if (seed !== undefined && !(Number.isSafeInteger(seed) && seed >= 0 && values.seed !== '')) {
    faults.push(`--seed takes a whole number from 0 on, not ${values.seed}.`);
  }
  if (faults.length > 0) return { fault: `${faults.join('\n')}\n${USAGE}` };
  return { acts: acts.length > 0 ? acts : ACT_NAMES, ...(seed === undefined ? {} : { seed }) };
}
