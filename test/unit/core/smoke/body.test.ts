import { describe, expect, test } from 'vitest';
import { bodyFaults, schemaFault } from '../../../../src/lib/core/smoke/body.ts';

const schema = {
  type: 'array', minItems: 1,
  items: { type: 'object', required: ['label', 'score'], properties: { label: { type: 'string', enum: ['ham', 'spam'] }, score: { type: 'number', minimum: 0, maximum: 1 } } },
}; // prettier-ignore
const body = (value: unknown) => JSON.stringify(value);

describe('a body against a schema', () => {
  test.each<[string, unknown, string[]]>([
    ['fits', [{ label: 'ham', score: 0.3 }], []],
    ['is empty', [], ['the body must NOT have fewer than 1 items, is []']],
    ['has another word', [{ label: 'eggs', score: 0.3 }], ['/0/label must be equal to one of the allowed values (["ham","spam"]), is "eggs"']],
    ['lacks a field', [{ label: 'ham' }], ["/0 must have required property 'score', is {\"label\":\"ham\"}"]],
    ['is out of range', [{ label: 'ham', score: 1.5 }], ['/0/score must be <= 1, is 1.5']],
    ['is null', null, ['the body must be array, is null']],
  ])('%s', (_, value, faults) => {
    expect(bodyFaults({ status: 200, schema }, body(value))).toEqual(faults);
  }); // prettier-ignore

  test('only the first few faults are told', () => {
    const many = Array.from({ length: 5 }, () => ({ label: 'ham', score: 2 }));
    const told = bodyFaults({ status: 200, schema }, body(many));
    expect([told.length, told.at(-1)]).toEqual([4, 'and 2 more']);
  });

  test('a schema that cannot be used never lets an answer pass', () => {
    const unusable = { type: 'array', itmes: {} };
    expect(bodyFaults({ status: 200, schema: unusable }, '[]')).toEqual(['its schema cannot be used: strict mode: unknown keyword: "itmes"']); // prettier-ignore
  });
});

describe('values at places', () => {
  const expects = { status: 200, values: { '/0/label': 'spam', '/0/a~1b': null, '/1': 2 } } as const;
  test.each<[string, unknown, string[]]>([
    ['are there', [{ label: 'spam', 'a/b': null }, 2], []],
    ['are others', [{ label: 'ham', 'a/b': null }, 2], ['/0/label is "ham", expected "spam"']],
    ['are absent', [{ label: 'spam' }], ['/0/a~1b is absent, expected null', '/1 is absent, expected 2']],
    ['of inherited names do not count', [{ label: 'spam', 'a/b': null }, '2'], ['/1 is "2", expected 2']],
  ])('%s', (_, value, faults) => {
    expect(bodyFaults(expects, body(value))).toEqual(faults);
  });

  test('what is no JSON is a fault, and told in short', () => {
    const [fault = ''] = bodyFaults(expects, `<html>${'x'.repeat(500)}`);
    expect(fault).toMatch(/^its body is no JSON: <html>x+…$/);
    expect(fault.length).toBeLessThan(200);
  });
});

test('where nothing is expected of the body it is not looked at', () => {
  expect(bodyFaults({ status: 200 }, 'no JSON')).toEqual([]);
});

test.each<[string, object, string | undefined]>([
  ['a good one', schema, undefined],
  ['an unknown keyword', { type: 'object', requird: ['a'] }, 'strict mode: unknown keyword: "requird"'],
  ['a bound that no type goes with', { minimum: 1 }, 'strict mode: missing type "number" for keyword "minimum" at "#" (strictTypes)'],
  ['a demand that no property goes with', { type: 'object', required: ['a'] }, 'strict mode: required property "a" is not defined at "#" (strictRequired)'],
  ['a reference to elsewhere', { $ref: 'https://example.com/a.json' }, "can't resolve reference https://example.com/a.json from id #"],
])('a schema: %s', (_, given, fault) => {
  expect(schemaFault(given)).toBe(fault);
}); // prettier-ignore
