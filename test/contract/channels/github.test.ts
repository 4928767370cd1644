import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { repositoriesOf, type Repository } from '../../../emulator/services/github/app.ts';
import type { Fault } from '../../../emulator/world.ts';
import { githubChannel, type GithubTarget } from '../../../src/lib/channels/github.ts';
import type { Channel } from '../../../src/lib/ports.ts';
import { startTestEmulator, type TestEmulator } from '../../emulated.ts';
import { notices } from '../../unit/core/message/notices.ts';

const TOKEN = 'ghp_a-token-of-a-test';
let emulator: TestEmulator;
let channel: Channel<GithubTarget>;
const repository: Repository = { token: TOKEN, dispatched: [] };

beforeAll(async () => {
  emulator = await startTestEmulator();
  repositoriesOf(emulator.world).set('team/models', repository);
  repositoriesOf(emulator.world).set('others/models', { token: 'another', dispatched: [] });
  channel = open();
});
afterEach(() => {
  repository.dispatched.length = 0;
  emulator.world.faults.length = 0;
});
afterAll(() => emulator.stop());

function open(timeLimitMs?: number): Channel<GithubTarget> {
  const settings: Record<string, string> = { TOKEN, WRONG: 'ghp_wrong' };
  return githubChannel({ setting: ({ setting }) => settings[setting], ...(timeLimitMs === undefined ? {} : { timeLimitMs }) }); // prettier-ignore
}

function send(target: Partial<GithubTarget> = {}, by = channel): Promise<void> {
  const delivery = { notice: notices.bringAsked, channel: 'ci', createdAt: '2026-12-04T03:16:00.000Z' };
  const to = { kind: 'github', repository: 'team/models', token: { setting: 'TOKEN' }, api: `${emulator.world.origin}/github`, ...target } as const; // prettier-ignore
  return by.send(delivery, 'prod/spam-filter/bring/ci', to);
}

function givenFault(fault: Partial<Fault> & Pick<Fault, 'kind'>): void {
  emulator.world.faults.push({ id: 'f', service: 'github', times: 1, seen: 0, ...fault });
}

test('a repository is told what is asked for, under an id that is the same on a repeat', async () => {
  await send();
  await send();
  const { bring } = notices.bringAsked;
  const payload = { id: 'prod/spam-filter/bring/ci', environment: 'prod', model: 'spam-filter', version: '12', cause: 'test', bring }; // prettier-ignore
  const dispatched = { event_type: 'steward-bringAsked', client_payload: expect.objectContaining(payload) };
  expect(repository.dispatched).toEqual([dispatched, dispatched]);
});

describe('refused, for asking again would not help', () => {
  test.each<[string, Partial<GithubTarget>, string]>([
    ['a token that is not known', { token: { setting: 'WRONG' } }, 'forbidden'],
    ['a repository that the token may not see', { repository: 'others/models' }, 'notFound'],
    ['a setting that is missing', { token: { setting: 'NONE' } }, 'invalid'],
  ])('%s', async (_, target, code) => {
    const error: unknown = await send(target).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'Refused', code });
    expect(repository.dispatched).toEqual([]);
  });
});

describe('unavailable, for asking again may help; asked only once here', () => {
  test.each<[string, Partial<Fault> & Pick<Fault, 'kind'>, object]>([
    ['a rate limit', { kind: 'status', status: 429, retryAfterSeconds: 60 }, { code: 'throttled', retryAfterMs: 60_000 }],
    ['the secondary one', { kind: 'status', status: 403, retryAfterSeconds: 30 }, { code: 'throttled', retryAfterMs: 30_000 }],
    ['a server that stumbles', { kind: 'status', status: 502 }, { code: 'serverError' }],
    ['a lost answer', { kind: 'dropAnswer' }, { code: 'unreachable' }],
    ['no answer', { kind: 'hang' }, { code: 'timeout' }],
  ])('%s', async (_, fault, met) => {
    givenFault(fault);
    const error: unknown = await send({}, open(500)).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'Unavailable', ...met });
    expect(inspect(error, { depth: 20 })).not.toContain(TOKEN);
    expect(repository.dispatched.length).toBe(fault.kind === 'dropAnswer' ? 1 : 0);
  }); // prettier-ignore
});
