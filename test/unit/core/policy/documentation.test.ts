import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { estateSchema } from '../../../../src/lib/core/policy/estateSchema.ts';
import { policySchema } from '../../../../src/lib/core/policy/policySchema.ts';
import { SECTION_NAMES } from '../../../../src/lib/core/policy/resolvePolicy.ts';
import { child, knownKeys, unwrap } from '../../../../src/lib/core/policy/schemaShape.ts';
import { ESTATE, estateFrom, policyFrom } from './given.ts';

const TEXT = readFileSync(new URL('../../../../docs/policy.md', import.meta.url), 'utf8');
const [POLICY_PART = '', ESTATE_PART = ''] = TEXT.split('## The estate');

/** `rollout.bake` -> `10m`, the default as YAML; `required`; or undefined where it may be absent. */
function keysOf(schema: z.core.$ZodType, base = ''): Map<string, string | undefined> {
  const { schema: bare } = unwrap(schema);
  const found = new Map<string, string | undefined>();
  const add = (inner: z.core.$ZodType, name: string) => {
    for (const [key, fallback] of keysOf(inner, name)) found.set(key, fallback);
  };
  if (bare instanceof z.ZodRecord) add(bare.def.valueType, `${base}.NAME`);
  else if (bare instanceof z.ZodArray) add(bare.def.element, `${base}[]`);
  for (const key of knownKeys(schema) ?? []) {
    const inner = child(schema, key);
    if (inner === undefined || (base === 'environments.NAME' && SECTION_NAMES.some((name) => name === key))) continue;
    const name = base === '' ? key : `${base}.${key}`;
    const { fallback } = unwrap(inner);
    const required = inner instanceof z.ZodOptional || inner instanceof z.ZodExactOptional ? undefined : 'required';
    found.set(name, fallback === undefined ? required : `\`${asYaml(fallback)}\``);
    add(inner, name);
  }
  return found;
}

function asYaml(value: unknown): string {
  return JSON.stringify(value).replaceAll('"', '').replaceAll(',', ', ');
}

function rowsOf(part: string): Map<string, string> {
  const rows = part.matchAll(/^\| `([^`]+)` +\| ([^|]+?) +\|/gm);
  return new Map([...rows].map(([, key = '', fallback = '']) => [key, fallback]));
}

/** Sections without a default row of their own: the heading says what there is to say. */
const HEADED = ['evaluation', 'gate', 'rollout'];

describe.each([
  { name: 'policy', schema: policySchema as z.core.$ZodType, part: POLICY_PART },
  { name: 'estate', schema: estateSchema as z.core.$ZodType, part: ESTATE_PART },
])('docs/policy.md, $name', ({ schema, part }) => {
  const documented = rowsOf(part);
  const known = keysOf(schema);

  it('has every key of the schema and no other', () => {
    const headed = HEADED.filter((key) => part.includes(`\n### ${key}\n`));
    expect([...documented.keys(), ...headed].toSorted()).toEqual([...known.keys()].toSorted());
  });

  it('says what is required, and every default as the schema has it', () => {
    const defaults = [...known].filter(([key, fallback]) => fallback !== undefined && documented.has(key));
    expect(defaults.length).toBeGreaterThan(3);
    for (const [key, fallback] of defaults) expect(`${key} ${documented.get(key)}`).toBe(`${key} ${fallback}`);
  });
});

describe('the examples of docs/policy.md', () => {
  const examples = [...TEXT.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => text);

  it('are policies and estates without a fault', () => {
    expect(examples.length).toBeGreaterThan(2);
    for (const example of examples) {
      const read = /^workspaces:/m.test(example) ? estateFrom(example) : policyFrom(example);
      expect(read.warnings).toEqual([]);
    }
    expect(estateFrom(ESTATE).warnings).toEqual([]);
  });
});
