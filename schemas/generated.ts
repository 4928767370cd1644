import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { estateSchema } from '../src/lib/core/policy/estateSchema.ts';
import { policySchema } from '../src/lib/core/policy/policySchema.ts';
import { SECTION_NAMES } from '../src/lib/core/policy/resolvePolicy.ts';

type Json = Record<string, unknown>;

/**
 * JSON Schemas of policy and estate for editors, by file name. They know the structure: keys, types, how a duration is written.
 * What follows from several keys together only `policy check` knows. Draft 7, which every editor's YAML support reads.
 */
export function generatedSchemas(): Readonly<Record<string, string>> {
  const documented = readFileSync(new URL('../docs/policy.md', import.meta.url), 'utf8');
  const [ofPolicy = '', ofEstate = ''] = documented.split('## The estate');
  return {
    'policy.schema.json': schemaText(policySchema, 'Policy of a model', meaningsIn(ofPolicy)),
    'estate.schema.json': schemaText(estateSchema, 'Estate', meaningsIn(ofEstate)),
  };
}

function schemaText(schema: z.core.$ZodType, title: string, meanings: ReadonlyMap<string, string>): string {
  const { $schema, ...generated } = z.toJSONSchema(schema, {
    io: 'input',
    target: 'draft-7',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => mend(zodSchema, jsonSchema),
  });
  describe(generated, '', meanings);
  return `${JSON.stringify({ $schema, title, ...generated }, null, 2)}\n`;
}

function mend(zodSchema: z.core.$ZodType, json: z.core.JSONSchema.BaseSchema): void {
  // The body of a request, or a JSON Schema: written in the policy, or the name of a file beside it.
  if (zodSchema instanceof z.ZodCustom) json.type = ['object', 'array', 'string'] as never;
  if (json.maximum === Number.MAX_SAFE_INTEGER) delete json.maximum;
}

/** What an editor shows at a key is what the reference says of it. */
function meaningsIn(part: string): ReadonlyMap<string, string> {
  const rows = part.matchAll(/^\| `([^`]+)` +\| [^|]+? +\| (.+?) +\|$/gm);
  return new Map([...rows].map(([, key = '', meaning = '']) => [key, plain(meaning)]));
}

function plain(markdown: string): string {
  return markdown.replace(/\[([^\]]+)\]\([^)]*\)/g, '$1').replace(/\*\*/g, '');
}

/** `gate.guardrails[].metric`, `environments.NAME.endpoint`; a section inside an environment is described as the one at top level. */
function describe(schema: Json, path: string, meanings: ReadonlyMap<string, string>): void {
  const meaning = meanings.get(path);
  if (meaning !== undefined) schema['description'] = meaning;
  for (const option of listed(schema['anyOf'])) describe(option, path, meanings);
  for (const [key, child] of Object.entries(map(schema['properties']))) {
    const section = path === 'environments.NAME' && SECTION_NAMES.some((name) => name === key);
    describe(map(child), path === '' || section ? key : `${path}.${key}`, meanings);
  }
  if (isJson(schema['additionalProperties'])) describe(schema['additionalProperties'], `${path}.NAME`, meanings);
  if (isJson(schema['items'])) describe(schema['items'], `${path}[]`, meanings);
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function map(value: unknown): Json {
  return isJson(value) ? value : {};
}

function listed(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isJson) : [];
}
