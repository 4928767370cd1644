import { z } from 'zod';

/** What one trial tries: a value for each parameter. */
export type Values = Readonly<Record<string, unknown>>;

interface Parameter {
  /** All there are, where they can be counted. */
  readonly values?: readonly unknown[];
  /** One of them, for a number from 0 up to 1. */
  readonly draw: (chance: number) => unknown;
}

export type SearchSpace = ReadonlyMap<string, Parameter>;

/** Known to the service, and not done here. */
const notDone = ['qloguniform', 'normal', 'qnormal', 'lognormal', 'qlognormal'];
/** As it travels: the kind and a list of what the kind needs. */
const written = z.tuple([z.string(), z.array(z.unknown())]);
const range = z
  .tuple([z.number(), z.number()])
  .refine(([min, max]) => min <= max, { error: 'goes from the lower to the higher' });
const kinds: Readonly<Record<string, z.ZodType<Parameter>>> = {
  choice: z.tuple([z.array(z.unknown()).min(1)]).transform(([values]) => oneOf(values)),
  randint: z.tuple([z.int().min(1).max(1_000_000)]).transform(([upper]) => oneOf(Array.from({ length: upper }, (_, at) => at))),
  uniform: range.transform(([min, max]) => ({ draw: between(min, max) })),
  loguniform: range.transform(([min, max]) => ({ draw: (chance: number) => Math.exp(between(min, max)(chance)) })),
  quniform: z
    .tuple([z.number(), z.number(), z.number().positive()])
    .transform(([min, max, q]) => ({ draw: (chance: number) => Math.round(between(min, max)(chance) / q) * q })),
}; // prettier-ignore

function oneOf(values: readonly unknown[]): Parameter {
  return { values, draw: (chance) => values[Math.floor(chance * values.length)] };
}

function between(min: number, max: number): (chance: number) => number {
  return (chance) => min + chance * (max - min);
}

/** The first distribution of a search space that is known and not done. */
export function distributionNotDone(space: Readonly<Record<string, unknown>>): string | undefined {
  return Object.values(space)
    .map((value) => written.safeParse(value).data?.[0] ?? '')
    .find((kind) => notDone.includes(kind));
}

/** Notes what is wrong with each parameter. */
export function parseSearchSpace(space: Readonly<Record<string, unknown>>, faults: string[]): SearchSpace {
  const found = new Map<string, Parameter>();
  for (const [name, value] of Object.entries(space)) {
    const [kind, given] = written.safeParse(value).data ?? [];
    const schema = kind === undefined || !Object.hasOwn(kinds, kind) ? undefined : kinds[kind];
    const parsed = schema?.safeParse(given);
    if (parsed?.success === true) found.set(name, parsed.data);
    else if (parsed === undefined) faults.push(`searchSpace.${name} is no distribution such as ["choice", [[1, 2]]]`);
    else faults.push(`searchSpace.${name}: ${parsed.error.issues.map(({ message }) => message).join(', ')}`);
  }
  if (Object.keys(space).length === 0) faults.push('searchSpace has no parameter');
  return found;
}

/** How many combinations there are; undefined where a parameter has more values than can be counted. */
export function sizeOf(space: SearchSpace): number | undefined {
  return [...space.values()].reduce<number | undefined>(
    (size, { values }) => (size === undefined || values === undefined ? undefined : size * values.length),
    1,
  );
}

/** Every combination in the order of the parameters, the last one changing fastest; at most `count`. */
export function gridOf(space: SearchSpace, count: number): readonly Values[] {
  return Array.from({ length: Math.min(count, sizeOf(space) ?? 0) }, (_, at) => {
    let rest = at;
    const picked = [...space].toReversed().map(([name, { values = [] }]) => {
      const value = values[rest % values.length];
      rest = Math.floor(rest / values.length);
      return [name, value] as const;
    });
    return Object.fromEntries(picked.toReversed());
  });
}

/** Each drawn by itself: the same combination may come twice. */
export function drawsOf(space: SearchSpace, count: number, seed: number): readonly Values[] {
  const chance = chances(seed);
  return Array.from({ length: count }, () =>
    Object.fromEntries([...space].map(([name, { draw }]) => [name, draw(chance())] as const)),
  );
}

/** Numbers from 0 up to 1 that look like chance and are the same for the same seed (a 32-bit xorshift). */
function chances(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b1) ^ 0x85ebca6b || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
