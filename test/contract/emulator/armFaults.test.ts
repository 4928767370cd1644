import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Fault } from '../../../emulator/world.ts';
import { startTestEmulator, type TestEmulator } from '../../emulated.ts';
import { armClient, type ArmClient } from './armClient.ts';

let emulator: TestEmulator;
let arm: ArmClient;

beforeAll(async () => {
  emulator = await startTestEmulator();
  arm = armClient(emulator.world, emulator.workspace);
});
afterEach(async () => {
  await control('DELETE', 'faults');
});
afterAll(() => emulator.stop());

function control(method: string, path: string, body?: object): Promise<Response> {
  const content = body === undefined ? {} : { body: JSON.stringify(body) };
  return fetch(`${emulator.world.origin}/_control/${path}`, { method, ...content });
}

function register(name: string) {
  return arm.send('PUT', `/models/${name}/versions/1`, { properties: { modelUri: 'azureml://datastores/d/paths/m/' } });
}

function isRegistered(name: string): boolean {
  return emulator.workspace.models.has(name);
}

/** Through the control route, as a demo does it. */
async function add(fault: object): Promise<Fault> {
  const response = await control('POST', 'faults', { service: 'arm', method: 'PUT', ...fault });
  expect(response.status).toBe(201);
  const { id } = (await response.json()) as { id: string };
  return emulator.world.faults.find((added) => added.id === id)!;
}

describe('a fault', () => {
  it('answers a status with Retry-After, after what it skips, as often as it says', async () => {
    await add({ kind: 'status', status: 429, retryAfterSeconds: 17, skip: 1, times: 2, path: '/models/limited' });
    const answers = [];
    for (let n = 0; n < 4; n++) answers.push(await register('limited'));
    expect(answers.map(({ status }) => status)).toEqual([201, 429, 429, 200]);
    expect(answers[1]?.headers['retry-after']).toBe('17');
    expect(answers[1]?.body.error?.code).toBe('TooManyRequests');
  });

  it('touches only its own service, method and path', async () => {
    const fault = await add({ kind: 'status', status: 503, path: '/models/other/' });
    expect((await register('untouched')).status).toBe(201);
    expect((await arm.send('GET', '/models/other')).status).toBe(404);
    expect([fault.seen, fault.times]).toEqual([0, 1]);
  });

  it('drops the answer after doing it', async () => {
    await add({ kind: 'dropAnswer' });
    await expect(register('dropped')).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(isRegistered('dropped')).toBe(true);
  });

  it('does it late, having said 504', async () => {
    await add({ kind: 'late', delayMs: 12_000 });
    expect((await register('late')).status).toBe(504);
    expect(isRegistered('late')).toBe(false);
    await vi.waitFor(() => expect(isRegistered('late')).toBe(true), 5_000);
    const calls = emulator.world.calls.filter(({ path }) => path.includes('/models/late/'));
    expect(calls.map(({ status, fault }) => [status, fault])).toEqual([
      [504, 'late'],
      [201, 'late'],
    ]);
  });

  it('hangs until the caller gives up, and never does it', async () => {
    const fault = await add({ kind: 'hang' });
    const { origin, tokens } = emulator.world;
    const given = new AbortController();
    const call = fetch(`${origin}${emulator.workspace.id}/models/hanging/versions/1?api-version=2024-10-01`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${tokens.issue('https://management.azure.com')?.token}` },
      signal: given.signal,
    });
    await vi.waitFor(() => expect(fault.seen).toBe(1));
    given.abort();
    await expect(call).rejects.toThrow('aborted');
    expect(isRegistered('hanging')).toBe(false);
  });

  it('delays', async () => {
    const fault = await add({ kind: 'delay', delayMs: 6_000 });
    const call = register('delayed');
    await vi.waitFor(() => expect(fault.seen).toBe(1));
    expect(isRegistered('delayed')).toBe(false);
    expect((await call).status).toBe(201);
  });

  it('is refused by the control when it is not one', async () => {
    const refused = await control('POST', 'faults', { service: 'arm', kind: 'explode', chance: 0.5 });
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ error: expect.stringMatching(/kind[\s\S]*chance|chance[\s\S]*kind/) });
  });
});

describe('the record of calls', () => {
  it('has the writes with their bodies and no secrets', async () => {
    await arm.send('GET', '/models');
    await arm.send('PUT', '/onlineEndpoints/recorded', {
      location: 'westeurope',
      properties: { authMode: 'Key', keys: { primaryKey: 'very', secondaryKey: 'secret' } },
    });
    await arm.send('POST', '/onlineEndpoints/recorded/listKeys');
    const calls = emulator.world.calls.filter(({ path }) => path.includes('recorded'));
    expect(calls).toMatchObject([
      { service: 'arm', method: 'PUT', status: 201, body: { properties: { authMode: 'Key', keys: '(removed)' } } },
      { service: 'arm', method: 'POST', status: 200 },
    ]);
    expect(JSON.stringify(emulator.world.calls)).not.toMatch(/very|secret/);
    const shown = (await (await control('GET', 'calls?service=arm')).json()) as object[];
    expect(shown).toHaveLength(emulator.world.calls.length);
  });
});

describe('the control', () => {
  it('reads the clock and changes the quota, and refuses what is not there', async () => {
    expect(await (await control('GET', 'clock')).json()).toMatchObject({ factor: 60 });
    expect((await control('PUT', 'workspaces/ml-prod/quota', { quota: 3 })).status).toBe(204);
    expect(emulator.workspace.quota).toBe(3);
    expect((await control('PUT', 'workspaces/none/quota', { quota: 3 })).status).toBe(404);
    expect((await control('POST', 'mischief', { event: 'runCompleted', kind: 'double', times: 2 })).status).toBe(201);
    expect(emulator.world.mischief).toMatchObject([{ event: 'runCompleted', kind: 'double', times: 2, seen: 0 }]);
    await control('DELETE', 'mischief');
    expect(emulator.world.mischief).toEqual([]);
  });
});

function ask(query: string, header = emulator.world.identity.header): Promise<Response> {
  return fetch(`${emulator.world.identity.endpoint}?${query}`, { headers: { 'x-identity-header': header } });
}

describe('the identity endpoint', () => {
  it('issues tokens for what the directory knows, to who has the header', async () => {
    const good = 'api-version=2019-08-01&resource=https%3A%2F%2Fmanagement.azure.com%2F';
    expect((await ask(good)).status).toBe(200);
    expect((await ask(good, 'guess')).status).toBe(401);
    expect((await ask('api-version=2019-08-01&resource=https://127.0.0.1')).status).toBe(400);
    expect((await ask('resource=https://management.azure.com')).status).toBe(400);
  });
});
