import { fileURLToPath } from 'node:url';
import { QueueServiceClient } from '@azure/storage-queue';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Host, startHost } from '../../../emulator/host/start.ts';
import { scheduleOf } from '../../../emulator/host/timer.ts';
import { type Storage, startStorage } from '../../../emulator/storage.ts';

const app = fileURLToPath(new URL('../../fixtures/host-app', import.meta.url));
const unsupported = fileURLToPath(new URL('../../fixtures/host-app-unsupported', import.meta.url));
const within = { timeout: 20_000, interval: 50 };

let storage: Storage;
let queues: QueueServiceClient;
const hosts: Host[] = [];
let queueCount = 0;

async function host(options: { leaseSeconds?: number; factor?: number; tick?: string; queue?: string } = {}) {
  const started = await startHost({
    app,
    settings: {
      Storage: storage.addresses.connectionString,
      WORK_QUEUE: options.queue ?? `work${++queueCount}`,
      TICK: options.tick ?? '0 0 0 1 1 *',
    },
    clock: { origin: '2026-11-23T00:00:00.000Z', realStart: Date.now(), factor: options.factor ?? 1 },
    ...(options.leaseSeconds === undefined ? {} : { leaseSeconds: options.leaseSeconds }),
  });
  hosts.push(started);
  return started;
}

const messages = (of: Host, name?: string) =>
  of
    .logs()
    .filter((line) => name === undefined || line.function === name)
    .map(({ message }) => message);

const event = (subject: string) => ({ subject, data: { ModelName: 'm', ModelVersion: 20 } });

/** An event delivery, or another message of Event Grid. */
const post = (url: string, type: string, body: unknown) =>
  fetch(url, { method: 'POST', headers: { 'aeg-event-type': type }, body: JSON.stringify(body) });

const lines = (of: Host, word: string) => messages(of, 'work').filter((text) => text.startsWith(word));

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64');

beforeAll(async () => {
  storage = await startStorage();
  // Azurite's orderly end waits for idle connections that are kept alive.
  queues = QueueServiceClient.fromConnectionString(storage.addresses.connectionString, {
    keepAliveOptions: { enable: false },
  });
});
afterEach(async () => {
  await Promise.all(hosts.splice(0).map((started) => started.stop()));
});
afterAll(() => storage?.stop());

describe('http functions', () => {
  it('asks for keys, fills route values, and answers as the cloud does', async () => {
    const { url, keys } = await host();
    const path = `${url}/api/people/J%C3%BCrg%2F1`;
    expect((await fetch(path)).status).toBe(401);
    expect((await fetch(path, { headers: { 'x-functions-key': `${keys.function}x` } })).status).toBe(401);
    expect((await fetch(`${path}?code=${keys.system}`)).status).toBe(401);

    const byHeader = await fetch(`${path}/hello?a=1&a=2`, {
      method: 'POST',
      body: 'text',
      headers: { 'x-functions-key': keys.function },
    });
    expect(byHeader.status).toBe(201);
    expect(byHeader.headers.get('x-method')).toBe('POST');
    expect(byHeader.headers.getSetCookie()).toEqual(['seen=yes; Path=/; HttpOnly']);
    expect(await byHeader.json()).toEqual({
      params: { name: 'Jürg%2F1', greeting: 'hello' },
      query: { a: '1,2' },
      body: 'text',
    });
    const byQuery = await fetch(`${url}/API/People/x?code=${keys.admin}`);
    expect(await byQuery.json()).toMatchObject({ params: { name: 'x' } });

    expect((await fetch(path, { method: 'DELETE' })).status).toBe(404);
    expect((await fetch(`${url}/api/unknown`)).status).toBe(404);
    expect(await (await fetch(`${url}/api/people/all`)).text()).toBe('all');
    expect((await fetch(`${url}/api/nothing`, { method: 'POST' })).status).toBe(204);
    expect((await fetch(`${url}/api/master?code=${keys.function}`)).status).toBe(401);
    expect((await fetch(`${url}/api/master?code=${keys.admin}`)).status).toBe(200);
  });

  it('answers 500 without the error, which is in the log and seen by hooks', async () => {
    const running = await host();
    const answer = await fetch(`${running.url}/api/broken`);
    expect([answer.status, await answer.text()]).toEqual([500, '']);
    await vi.waitFor(() => {
      const line = running.logs().find(({ level }) => level === 'error');
      expect(line).toMatchObject({ function: 'broken', invocationId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
      expect(line?.message).toContain('broken on purpose');
      expect(messages(running)).toContain('hook saw broken on purpose');
    }, within);
  });
});

describe('event grid webhook', () => {
  it('answers both forms of the handshake', async () => {
    const url = (await host()).eventGridUrl('events');
    const answer = await post(url, 'SubscriptionValidation', [{ data: { validationCode: 'c1' } }]);
    expect([answer.status, await answer.json()]).toEqual([200, { validationResponse: 'c1' }]);
    const cloud = await post(url, 'SubscriptionValidation', { data: JSON.stringify({ validationCode: 'c2' }) });
    expect(await cloud.json()).toEqual({ validationResponse: 'c2' });
    expect((await post(url, 'Unsubscribe', [])).status).toBe(202);
    expect((await post(url, 'Other', [])).status).toBe(400);
    expect((await post(url.replace('functionName=events', 'functionName=none'), 'Notification', [])).status).toBe(404);
    expect((await post(url.replace(/code=.*/, 'code=x'), 'Notification', [])).status).toBe(401);
  });

  it('calls the function once an event and fails the delivery when one fails', async () => {
    const running = await host();
    const url = running.eventGridUrl('events');
    expect((await post(url, 'Notification', [event('a'), event('b')])).status).toBe(202);
    expect((await post(url, 'Notification', event('c'))).status).toBe(202);
    expect((await post(url, 'Notification', [event('d'), event('fail')])).status).toBe(500);
    await vi.waitFor(
      () =>
        expect(messages(running, 'events')).toEqual(
          expect.arrayContaining(['a', 'b', 'c', 'd'].map((subject) => JSON.stringify(event(subject)))),
        ),
      within,
    );
  });
});

describe('queue functions', () => {
  it('take what an output binding sent', async () => {
    const running = await host();
    const body = JSON.stringify([
      { id: 'x', action: 'ok' },
      { id: 'y', action: 'ok' },
    ]);
    expect((await fetch(`${running.url}/api/enqueue`, { method: 'POST', body })).status).toBe(202);
    await vi.waitFor(
      () => expect(messages(running, 'work')).toEqual(expect.arrayContaining(['done x', 'done y'])),
      within,
    );
  });

  it('try a failing message again after the wait, then move it to the poison queue', async () => {
    const running = await host({ queue: 'failing' });
    const queue = queues.getQueueClient('failing');
    await queue.createIfNotExists();
    await queue.sendMessage(encoded({ id: 'f', action: 'fail' }));
    await queue.sendMessage('%% not base64 %%');
    const poison = queues.getQueueClient('failing-poison');
    const texts = new Set<string>();
    await vi.waitFor(async () => {
      const { receivedMessageItems } = await poison.receiveMessages();
      for (const { messageText } of receivedMessageItems) texts.add(messageText);
      expect(texts).toEqual(new Set(['%% not base64 %%', encoded({ id: 'f', action: 'fail' })]));
    }, within);
    expect(messages(running, 'work').filter((text) => text.startsWith('try'))).toEqual([
      'try 1 of f',
      'try 2 of f',
      'try 3 of f',
    ]);
    const tries = running.logs().filter(({ message }) => message.startsWith('try'));
    // The clock runs at factor 1, so virtual distances are real ones.
    expect(Date.parse(tries[1]!.at) - Date.parse(tries[0]!.at)).toBeGreaterThanOrEqual(900);
    // Copied first, then deleted and told: the copy may be seen before the rest.
    await vi.waitFor(async () => {
      expect(messages(running, 'work').filter((text) => text.includes('failing-poison'))).toEqual([
        expect.stringContaining('it is not base64'),
        expect.stringContaining('it failed 3 times'),
      ]);
      expect((await queue.getProperties()).approximateMessagesCount).toBe(0);
    }, within);
  });

  it('keep a message to themselves while they work, and lose it when killed', async () => {
    const queue = queues.getQueueClient('leased');
    await queue.createIfNotExists();
    const first = await host({ queue: 'leased', leaseSeconds: 2 });
    await queue.sendMessage(encoded({ id: 'h', action: 'hold' }));
    const renewals = () => messages(first, 'work').filter((text) => text.endsWith('renewed')).length;
    await vi.waitFor(() => expect(renewals()).toBeGreaterThanOrEqual(3), within);
    expect(messages(first, 'work').filter((text) => text.startsWith('try'))).toEqual(['try 1 of h']);

    await first.kill('SIGKILL');
    await first.restart();
    await vi.waitFor(() => expect(messages(first, 'work')).toContain('try 2 of h'), within);
    expect((await fetch(`${first.url}/api/release/h`, { method: 'POST' })).status).toBe(200);
    await vi.waitFor(async () => {
      expect(messages(first, 'work')).toContain('done h');
      expect((await queue.getProperties()).approximateMessagesCount).toBe(0);
    }, within);
  });

  it('share one queue between two hosts, each message handled once', async () => {
    const queue = queues.getQueueClient('shared');
    await queue.createIfNotExists();
    const pair = await Promise.all([host({ queue: 'shared' }), host({ queue: 'shared' })]);
    // More than one host works on at once (6), so both must take some.
    const ids = Array.from({ length: 12 }, (_, index) => `s${index}`);
    await Promise.all(ids.map((id) => queue.sendMessage(encoded({ id, action: 'hold' }))));
    await vi.waitFor(() => expect(pair.map((running) => lines(running, 'try').length)).not.toContain(0), within);
    const releases = pair.flatMap(({ url }) => ids.map((id) => `${url}/api/release/${id}`));
    await vi.waitFor(async () => {
      await Promise.all(releases.map((url) => fetch(url, { method: 'POST' })));
      const done = pair.flatMap((running) => lines(running, 'done'));
      expect(done.toSorted()).toEqual(ids.map((id) => `done ${id}`).toSorted());
    }, within);
    expect(pair.flatMap((running) => lines(running, 'try'))).toHaveLength(ids.length);
  });
});

describe('timer functions', () => {
  it('read schedules as NCRONTAB does: six fields, UTC, both day fields must match', () => {
    const from = new Date('2026-11-20T12:00:00Z');
    expect(scheduleOf('0 30 4 13 * 5').nextRun(from)?.toISOString()).toBe('2027-08-13T04:30:00.000Z');
    expect(() => scheduleOf('30 4 13 * 5')).toThrow(/six NCRONTAB fields/);
  });

  it('fire by virtual time and by hand', async () => {
    const running = await host({ factor: 600, tick: '0 */5 * * * *' });
    const ticks = () => running.logs().filter(({ message }) => message.startsWith('tick'));
    await vi.waitFor(() => expect(ticks().length).toBeGreaterThanOrEqual(3), within);
    // A busy machine may miss a slot (half a real second); none fires twice, and none early.
    const slots = ticks().map(({ at }) => Math.floor(Date.parse(at) / 300_000));
    expect(slots).toEqual([...new Set(slots)]);
    expect(ticks()[0]!.message).toMatch(/^tick, next 2026-11-23T\d\d:\d[05]:00/);

    const seldom = await host();
    const byHand = (key: string, name = 'tick') =>
      fetch(`${seldom.url}/admin/functions/${name}`, { method: 'POST', headers: { 'x-functions-key': key } });
    expect((await byHand(seldom.keys.function)).status).toBe(401);
    expect((await byHand(seldom.keys.admin, 'none')).status).toBe(404);
    expect((await byHand(seldom.keys.admin)).status).toBe(202);
    await vi.waitFor(() => expect(messages(seldom, 'tick')).toContain('succeeded'), within);
  });
});

describe('the process', () => {
  it('ends in good order and comes back at the same address', async () => {
    const running = await host();
    const { url, pid } = running;
    await running.stop();
    expect(messages(running)).toContain('app terminated');
    await expect(fetch(url)).rejects.toThrow('fetch failed');
    await running.restart();
    expect([running.url, running.pid === pid]).toEqual([url, false]);
    expect((await fetch(`${url}/api/people/x?code=${running.keys.function}`)).status).toBe(201);
  });

  it('tells every function that it cannot drive', async () => {
    const start = startHost({ app: unsupported, settings: { Storage: storage.addresses.connectionString } });
    await expect(start).rejects.toThrow(/blobs[\s\S]*work[\s\S]*NOT_SET/);
  });
});
