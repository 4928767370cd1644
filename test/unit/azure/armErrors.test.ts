import { expect, test } from 'vitest';
import { errorOf, thrown } from '../../../src/lib/azure/armErrors.ts';

const body = (code: string, message: string) => JSON.stringify({ error: { code, message } });

const answers: [number, string, string, string][] = [
  [429, body('TooManyRequests', 'slow down'), 'Unavailable', 'throttled'],
  [408, '', 'Unavailable', 'timeout'],
  [500, body('InternalServerError', 'oops'), 'Unavailable', 'serverError'],
  [504, '<html>', 'Unavailable', 'serverError'],
  [400, body('BadRequest', 'Not enough quota available. See aka.ms/oe-tsg#error-outofquota'), 'Refused', 'quota'],
  [400, body('BadRequest', 'no such field'), 'Refused', 'invalid'],
  [401, '', 'Refused', 'forbidden'],
  [403, body('AuthorizationFailed', 'no role'), 'Refused', 'forbidden'],
  [404, '', 'Refused', 'notFound'],
  [404, body('ResourceNotFound', 'no such endpoint'), 'Refused', 'notFound'],
  [404, body('ParentResourceNotFound', 'no such workspace'), 'Refused', 'noWorkspace'],
  [404, body('ResourceGroupNotFound', 'no such group'), 'Refused', 'noWorkspace'],
  [409, body('Conflict', 'busy'), 'Refused', 'conflict'],
  [422, '', 'Refused', 'invalid'],
];
test.each(answers)('%i %s is %s(%s)', (status, text, name, code) => {
  expect(errorOf('Azure ML', 'PUT /x', { status, body: text })).toMatchObject({ name, code, provider: 'Azure ML' });
});

test.each([429, 500, 503])('Retry-After of %i is passed on in milliseconds', (status) => {
  expect(errorOf('Azure ML', 'GET /x', { status, body: '', retryAfter: '600' })).toMatchObject({
    retryAfterMs: 600_000,
  });
  expect(errorOf('Azure ML', 'GET /x', { status, body: '' })).toMatchObject({ retryAfterMs: undefined });
});

test('the message says who answered what, in the words of the service', () => {
  const error = errorOf('Azure ML', 'PUT /x', { status: 400, body: body('BadRequest', 'weights sum to 90') });
  expect(error.message).toBe('Azure ML answered 400 to PUT /x: BadRequest: weights sum to 90');
});

test('what is neither an answer nor the network stays what it is: a bug', () => {
  const bug = new TypeError('x is not a function');
  expect(thrown('Azure ML', 'GET /x', bug)).toBe(bug);
});

test.each(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ERR_STREAM_PREMATURE_CLOSE'])(
  'a connection that ends (%s) while a body is read is the network',
  (code) => {
    const broken = Object.assign(new Error('aborted'), { code });
    expect(thrown('the datastore', 'GET x', broken)).toMatchObject({ name: 'Unavailable', code: 'unreachable', message: 'the datastore broke off: GET x: aborted' }); // prettier-ignore
  },
);

test('an abort is a time-out', () => {
  const abort = Object.assign(new Error('aborted'), { name: 'AbortError' });
  expect(thrown('Azure ML', 'GET /x', abort)).toMatchObject({ name: 'Unavailable', code: 'timeout' });
});
