import { expect, test } from 'vitest';
import { createLog, type Level } from '../../src/lib/log.ts';

function capture(): { readonly lines: [Level, string][]; readonly log: ReturnType<typeof createLog> } {
  const lines: [Level, string][] = [];
  return { lines, log: createLog((level, line) => lines.push([level, line])) };
}

test('one line of JSON with what is bound and what is said', () => {
  const { lines, log } = capture();
  log.bind({ environment: 'prod', model: 'm' }).bind({ pass: 'p1' }).warn('Saved\nrow', { tries: 2 });
  expect(lines).toEqual([
    ['warn', '{"level":"warn","message":"Saved\\nrow","environment":"prod","model":"m","pass":"p1","tries":2}'],
  ]);
});

test('binding leaves the log it came from alone', () => {
  const { lines, log } = capture();
  log.bind({ model: 'm' });
  log.info('Hello');
  expect(lines).toEqual([['info', '{"level":"info","message":"Hello"}']]);
});

test('an error tells its name, message, code and cause, and nothing it carries besides', () => {
  const { lines, log } = capture();
  const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
  const error = Object.assign(new Error('no answer', { cause }), { request: { headers: { authorization: 'Bearer abc' } } });
  log.error('Failed', { error });
  const said = JSON.parse(lines[0]![1]) as { error: object };
  expect(said.error).toMatchObject({ name: 'Error', message: 'no answer', cause: { message: 'refused', code: 'ECONNREFUSED' } });
  expect(said.error).not.toHaveProperty('request');
}); // prettier-ignore

test.each([
  { connectionString: 'AccountKey=abc123==' },
  { clientSecret: 'abc123' },
  { nested: [{ Authorization: 'abc123' }] },
  { token: 'abc123' },
  { 'x-functions-key': 'abc123' },
  { 'api-key': 'abc123' },
  { 'aeg-sas-key': 'abc123' },
  { primaryKey: 'abc123' },
  { key: 'abc123' },
  { functionKeys: { default: 'AccountKey=abc123' } },
  { error: new Error('x', { cause: { request: { subscription: 'abc123' } } }) },
  { text: 'failed with DefaultEndpointsProtocol=https;AccountKey=abc123==;x=y' },
  { url: 'https://a.blob.core.windows.net/c?se=1&sig=abc123%3D' },
  { url: 'https://app.example.net/api/models?code=abc123' },
  { header: 'Bearer abc123.def' },
])('no secret gets out: %o', (data) => {
  const { lines, log } = capture();
  log.info('Said', data);
  expect(lines[0]![1]).not.toContain('abc123');
});

test('our own words for keys stay', () => {
  const { lines, log } = capture();
  log.info('Said', { factKey: 'f', rowKey: 'r', key: { model: 'm' }, tokens: 3 });
  expect(lines[0]![1]).toBe('{"level":"info","message":"Said","factKey":"f","rowKey":"r","key":{"model":"m"},"tokens":3}');
}); // prettier-ignore

test('what cannot be written does not break the caller', () => {
  const { lines, log } = capture();
  const circle: Record<string, unknown> = {};
  circle['self'] = circle;
  log.info('Said', { circle, model: 'm' });
  expect(lines[0]![1]).toBe('{"level":"info","message":"Said","unreadable":["level","message","circle","model"]}');
});
