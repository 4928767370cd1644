import { readdirSync, readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { generatedSchemas } from '../../schemas/generated.ts';
import { parseEstate } from '../../src/lib/core/policy/parseEstate.ts';
import { parsePolicy } from '../../src/lib/core/policy/parsePolicy.ts';
import { DEMANDING, ESTATE, SIMPLE } from './core/policy/given.ts';

const ROOT = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, ROOT), 'utf8');
const ajv = new Ajv({ strict: true, allowUnionTypes: true });
const compiled = (name: string) => ajv.compile(JSON.parse(read(`schemas/${name}.schema.json`)) as object);
const isPolicy = compiled('policy');
const isEstate = compiled('estate');

const EXAMPLES = readdirSync(new URL('examples/', ROOT), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => `examples/${name}`);
const SNIPPETS = ['docs/policy.md', 'docs/retraining.md'].flatMap((doc) =>
  [...read(doc).matchAll(/```yaml\n(steward: 1[\s\S]*?)```/g)].map(([, text = '']) => text),
);
const isOfEstate = (text: string) => /^workspaces:/m.test(text);

test('they are what is generated from the schemas in the code and the reference: npm run schemas', () => {
  for (const [name, text] of Object.entries(generatedSchemas())) expect([name, text === read(`schemas/${name}`)]).toEqual([name, true]);
}); // prettier-ignore

test.each(EXAMPLES)('%s names its schema, which accepts it', (name) => {
  const text = read(name);
  const [, path = ''] = /^# yaml-language-server: \$schema=(\S+)\n/.exec(text) ?? [];
  const schema = ajv.getSchema(path) ?? ajv.compile(JSON.parse(readFileSync(new URL(path, new URL(name, ROOT)), 'utf8')) as object); // prettier-ignore
  expect(path.includes('estate')).toBe(isOfEstate(text));
  expect([schema(parse(text)), schema.errors]).toEqual([true, null]);
});

test('the reference says so too, and so does every policy of the tests', () => {
  expect(SNIPPETS.length).toBeGreaterThan(5);
  for (const text of [...SNIPPETS, SIMPLE, DEMANDING, ESTATE]) {
    const accepts = isOfEstate(text) ? isEstate : isPolicy;
    expect([text, accepts(parse(text)), accepts.errors]).toEqual([text, true, null]);
  }
});

test('it explains its keys', () => {
  const { properties } = JSON.parse(read('schemas/policy.schema.json')) as { properties: Record<string, never> };
  expect(properties).toMatchObject({
    gate: { properties: { metric: { description: 'metric that decides, as the evaluation logs it' } } },
    environments: {
      additionalProperties: { properties: { rollout: { properties: { bake: { description: expect.any(String) } } } } },
    },
  });
});

/** One change each to a good file; what is left out is told by `parsePolicy` alone. */
const STRUCTURAL: readonly (readonly [string, string, string])[] = [
  ['an unknown key', 'better:', 'beter:'],
  ['an unknown section', 'gate:', 'gates:'],
  ['a missing key', 'model: spam-filter\n', ''],
  ['a missing key of a section', ', better: higher', ''],
  ['another version of the format', 'steward: 1', 'steward: 2'],
  ['a text where a list stands', '[ml-oncall@example.com]', 'ml-oncall@example.com'],
  ['an empty list of owners', '[ml-oncall@example.com]', '[]'],
  ['an empty name', 'metric: accuracy', 'metric: " "'],
  ['a word that is none of the words', 'better: higher', 'better: bigger'],
  ['a name that is none', 'endpoint: spam-online', 'endpoint: spam_online'],
  ['an environment name that is none', 'prod:', 'Prod:'],
  ['a duration without a unit', 'GATE}', 'GATE}\nrollout: {bake: 10}'],
  ['a duration in words', 'GATE}', 'GATE}\nrollout: {bake: 10 minutes}'],
  ['a percentage without its sign', 'GATE}', 'GATE, confidence: 0.95}'],
  ['a multiple without its x', 'GATE}', 'GATE}\nrollout: {canary: {errors: 2}}'],
  ['an increase without its sign', 'GATE}', 'GATE}\nrollout: {canary: {latency: 30%}}'],
  ['more than ten slice names', 'GATE}', 'GATE, slices: {by: [a, b, c, d, e, f, g, h, i, j, k], metric: auc, maxGap: 0.1}}'],
  ['a metric that slices are not compared by', 'GATE}', 'GATE, slices: {by: [a], metric: spread, maxGap: 0.1}}'],
  ['a number as a text', 'GATE}', 'GATE, min: "0.9"}'],
  ['a count that is no whole number', 'GATE}', 'GATE}\nrollout: {canary: {minRequests: 1.5}}'],
  ['a count of none', 'GATE}', 'GATE}\nrollout: {canary: {minRequests: 0}}'],
  ['an unknown demand', 'GATE}', 'GATE, require: [horoscope]}'],
  ['a source of trainings that is none', 'from: champion', 'from: last'],
  ['a request that is none', 'GATE}', 'GATE}\nrollout: {smokeTest: {request: 7}}'],
  ['too many requests', 'GATE}', 'GATE}\nrollout: {smokeTest: {request: {}, also: [{request: {}}, {request: {}}, {request: {}}, {request: {}}, {request: {}}]}}'],
]; // prettier-ignore
const GATE = 'metric: accuracy, better: higher';

describe('what parsePolicy refuses in the structure, the schema refuses too', () => {
  test.each(STRUCTURAL)('%s', (_name, from, to) => {
    const changed = SIMPLE.replace(from.replace('GATE', GATE), to.replace('GATE', GATE));
    expect(changed).not.toBe(SIMPLE);
    const beside = { readRequest: () => '{}', schemaFault: () => undefined };
    expect('faults' in parsePolicy(changed, 'p.yaml', beside)).toBe(true);
    expect(isPolicy(parse(changed))).toBe(false);
  });

  test.each([
    ['an id that is none', 'providers/Microsoft.MachineLearningServices', 'providers'],
    ['an address that is none', 'oncall@example.com', 'oncall'],
    ['an unknown kind of channel', '{email:', '{pigeon:'],
    ['a topic without https', '"https://releases', '"http://releases'],
    ['a secret that is written out', 'api/events"}', 'api/events", key: hunter2}'],
  ])('estate: %s', (name, from, to) => {
    const changed = ESTATE.replace(from, to);
    expect(changed).not.toBe(ESTATE);
    expect('faults' in parseEstate(changed, 'estate.yaml')).toBe(true);
    expect(isEstate(parse(changed))).toBe(name === 'an id that is none');
  });
});

test('an id in lower case is accepted', () => {
  expect(isEstate(parse(ESTATE.replace('resourceGroups', 'resourcegroups')))).toBe(true);
});
