import { z } from 'zod';

/** A schema without its wrappers: what it is, and the written default it falls back to. */
export interface Unwrapped {
  readonly schema: z.core.$ZodType;
  readonly fallback?: unknown;
}

export function unwrap(schema: z.core.$ZodType): Unwrapped {
  if (schema instanceof z.ZodPrefault)
    return { fallback: schema.def.defaultValue, schema: unwrap(schema.def.innerType).schema };
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodExactOptional) return unwrap(schema.def.innerType);
  if (schema instanceof z.ZodPipe) return unwrap(schema.def.in);
  return { schema };
}

/** The map among alternatives: where a short word or a map may stand, only the map has keys to speak of. */
function mapOf(schema: z.core.$ZodType): z.core.$ZodType {
  const { schema: bare } = unwrap(schema);
  if (!(bare instanceof z.ZodUnion)) return bare;
  return (
    bare.def.options.map((option) => unwrap(option).schema).find((option) => option instanceof z.ZodObject) ?? bare
  );
}

/** The keys a schema knows, in the order of the schema; undefined where names are the user's or there are none. */
export function knownKeys(schema: z.core.$ZodType): readonly string[] | undefined {
  const bare = mapOf(schema);
  return bare instanceof z.ZodObject ? Object.keys(bare.shape) : undefined;
}

export function child(schema: z.core.$ZodType, key: PropertyKey): z.core.$ZodType | undefined {
  const bare = mapOf(schema);
  if (bare instanceof z.ZodObject) {
    const shape: Readonly<Record<string, z.core.$ZodType>> = bare.shape;
    return shape[String(key)];
  }
  if (bare instanceof z.ZodRecord) return bare.def.valueType;
  if (bare instanceof z.ZodArray) return bare.def.element;
  return undefined;
}

export function descend(schema: z.core.$ZodType, path: readonly PropertyKey[]): z.core.$ZodType | undefined {
  let at: z.core.$ZodType | undefined = schema;
  for (const key of path) at = at === undefined ? undefined : child(at, key);
  return at;
}

export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The same data with every default written out, so that a stored policy means the same to a later version. */
export function withDefaults(schema: z.core.$ZodType, written: unknown): unknown {
  const value = written === undefined ? unwrap(schema).fallback : written;
  if (Array.isArray(value)) return value.map((item, index) => itemWithDefaults(schema, item, index));
  if (!isMap(value)) return value;
  const keys = new Set([...(knownKeys(schema) ?? []), ...Object.keys(value)]);
  const filled = [...keys].map((key) => {
    const inner = child(schema, key);
    return [key, inner === undefined ? value[key] : withDefaults(inner, value[key])] as const;
  });
  return Object.fromEntries(filled.filter(([, inner]) => inner !== undefined));
}

function itemWithDefaults(schema: z.core.$ZodType, item: unknown, index: number): unknown {
  const inner = child(schema, index);
  return inner === undefined ? item : withDefaults(inner, item);
}
