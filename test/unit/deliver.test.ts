import { beforeEach, describe, expect, test } from 'vitest';
import { BadInput, Refused, Unavailable } from '../../src/lib/core/errors.ts';
import type { Delivery } from '../../src/lib/core/notice.ts';
import type { EstateChannel } from '../../src/lib/core/policy/estate.ts';
import { deliver, type DeliverDeps } from '../../src/lib/deliver.ts';
import { createLog } from '../../src/lib/log.ts';
import type { Claimed, Outbox } from '../../src/lib/ports.ts';
import { notices } from './core/message/notices.ts';

const key = { environment: 'prod', model: 'spam-filter' };
const rowKey = '0n|r7-rolledBack|oncall';
const createdAt = '2026-12-04T03:16:00.000Z';
const HOUR_MS = 3_600_000;
const estateChannels: Record<string, EstateChannel> = {
  oncall: { kind: 'email', to: ['night@example.com', 'day@example.com'] },
  topic: { kind: 'eventGrid', endpoint: 'https://topic.example.net/api/events' },
  chat: { kind: 'webhook', url: 'https://chat.example.net' },
};

interface Row extends Claimed {
  state: 'waiting' | 'claimed' | 'abandoned';
  tries: number;
  refusals: number;
  reason?: string;
  notBefore?: Date;
}

/** One row, held in memory by the rules of the port. */
function outboxOf(rows: Map<string, Row>): Outbox {
  const change = (at: string, changes: Partial<Row>) => {
    const row = rows.get(at);
    if (row) rows.set(at, { ...row, ...changes });
    return Promise.resolve();
  };
  return {
    claim(_key, at, _claimMs, asOf) {
      const row = rows.get(at);
      if (row?.state !== 'waiting' || (row.notBefore && row.notBefore > asOf)) return Promise.resolve(undefined);
      rows.set(at, { ...row, state: 'claimed' });
      return Promise.resolve(row);
    },
    sent: (_key, at) => Promise.resolve(void rows.delete(at)),
    async failed(_key, at, { reason, refused }, next) {
      const row = rows.get(at);
      if (!row) return undefined;
      const [tries, refusals] = [row.tries + 1, row.refusals + (refused ? 1 : 0)];
      await change(at, { state: 'waiting', tries, refusals, reason, notBefore: next(tries) });
      return { all: tries, refused: refusals };
    },
    abandon: (_key, at, reason) => change(at, { state: 'abandoned', reason }),
  };
}

let rows: Map<string, Row>;
let sent: { kind: string; id: string; target: EstateChannel }[];
let asked: { rowKey: string; delayMs: number | undefined }[];
let lines: Record<string, unknown>[];
let fault: Error | undefined;
let now: Date;
let deps: DeliverDeps;

beforeEach(() => {
  rows = new Map();
  sent = [];
  asked = [];
  lines = [];
  fault = undefined;
  now = new Date('2026-12-04T03:17:00.000Z');
  const send = (delivery: Delivery, id: string, target: EstateChannel) => {
    if (fault) return Promise.reject(fault);
    sent.push({ kind: delivery.notice.kind, id, target });
    return Promise.resolve();
  };
  deps = {
    outbox: outboxOf(rows),
    policies: { estate: () => Promise.resolve({ workspaces: {}, channels: estateChannels, calendars: {}, roles: {}, computes: {}, floor: {} }) },
    queue: { notify: (_key, at, delayMs) => Promise.resolve(void asked.push({ rowKey: at, delayMs })) },
    channels: { email: { send }, eventGrid: { send }, github: { send } },
    clock: { now: () => now },
    log: createLog((_level, line) => lines.push(JSON.parse(line) as Record<string, unknown>)),
  }; // prettier-ignore
});

function givenRow(channel: string, changes: Partial<Row> = {}): void {
  rows.set(rowKey, {
    notice: notices.rolledBack,
    channel,
    createdAt,
    state: 'waiting',
    tries: 0,
    refusals: 0,
    ...changes,
  });
}

/** Each when the last one asked for it. */
async function tryAgain(times: number): Promise<void> {
  for (let tries = 0; tries < times; tries += 1) {
    await deliver({ key, rowKey }, deps);
    now = new Date(now.getTime() + (asked.at(-1)?.delayMs ?? 0));
  }
}

describe('a row is sent once', () => {
  test('to a channel of the estate, and is gone', async () => {
    givenRow('oncall');
    await deliver({ key, rowKey }, deps);
    await deliver({ key, rowKey }, deps);
    expect(sent).toEqual([
      { kind: 'rolledBack', id: 'prod/spam-filter/r7-rolledBack/oncall', target: estateChannels['oncall'] },
    ]);
    expect(rows.size).toBe(0);
  });

  test('to an e-mail address', async () => {
    givenRow('kim@example.com');
    await deliver({ key, rowKey }, deps);
    expect(sent[0]?.target).toEqual({ kind: 'email', to: ['kim@example.com'] });
  });

  test('to an event topic', async () => {
    givenRow('topic');
    await deliver({ key, rowKey }, deps);
    expect(sent[0]?.target).toEqual(estateChannels['topic']);
  });

  test('not while another worker holds it', async () => {
    givenRow('oncall', { state: 'claimed' });
    await deliver({ key, rowKey }, deps);
    expect(sent).toEqual([]);
    expect(asked).toEqual([]);
  });

  test('once more at most after a crash, which the log counts', async () => {
    givenRow('oncall', { maybeSent: true });
    await deliver({ key, rowKey }, deps);
    expect(sent).toHaveLength(1);
    expect(lines.filter(({ level }) => level === 'warn')).toMatchObject([
      { message: 'A delivery may be sent twice: the last worker vanished while sending it', model: 'spam-filter' },
    ]);
  });
});

test('one that cannot be read is put off, ever later, and told: a newer version may read it', async () => {
  givenRow('oncall');
  const outbox = { ...deps.outbox, claim: () => Promise.reject(new BadInput('Row 0n|r7', [])) };
  for (let tries = 0; tries < 3; tries += 1) await deliver({ key, rowKey }, { ...deps, outbox });
  expect(asked.map(({ delayMs }) => (delayMs ?? 0) / 60_000)).toEqual([1, 2, 4]);
  expect(rows.get(rowKey)).toMatchObject({ tries: 3, refusals: 0, notBefore: new Date(now.getTime() + 240_000) });
  expect(lines.at(-1)).toMatchObject({ level: 'error', message: 'A delivery cannot be read', model: 'spam-filter' });
}); // prettier-ignore

test('a claim lasts longer than all calls under it: three of storage before the sending, two of a channel, one after', async () => {
  givenRow('oncall');
  let claimedMs = 0;
  const claim: Outbox['claim'] = (of, row, claimMs, asOf) => ((claimedMs = claimMs), deps.outbox.claim(of, row, claimMs, asOf));
  await deliver({ key, rowKey }, { ...deps, outbox: { ...deps.outbox, claim } });
  expect(claimedMs).toBeGreaterThanOrEqual(6 * 30_000);
}); // prettier-ignore

describe('a channel that does not answer', () => {
  test('is asked again, ever later', async () => {
    givenRow('oncall');
    fault = new Unavailable('serverError', 'e-mail', '503');
    await tryAgain(8);
    expect(asked.map(({ delayMs }) => (delayMs ?? 0) / 60_000)).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
    expect(rows.get(rowKey)).toMatchObject({ state: 'waiting', tries: 8, reason: '503' });
  });

  test.each([
    ['later than our own wait', 600_000, 600_000],
    ['earlier: our own wait', 1_000, 60_000],
    ['later than a message can wait', 5 * HOUR_MS, HOUR_MS],
  ])('says when: %s', async (_name, retryAfterMs, expected) => {
    givenRow('oncall');
    fault = new Unavailable('throttled', 'e-mail', '429', { retryAfterMs });
    await deliver({ key, rowKey }, deps);
    expect(asked).toEqual([{ rowKey, delayMs: expected }]);
  });

  test('is left alone until then, whoever asks', async () => {
    givenRow('oncall');
    fault = new Unavailable('throttled', 'e-mail', '429', { retryAfterMs: 600_000 });
    await deliver({ key, rowKey }, deps);
    fault = undefined;
    now = new Date(now.getTime() + 599_999);
    await deliver({ key, rowKey }, deps);
    expect(sent).toEqual([]);
    now = new Date(now.getTime() + 1);
    await deliver({ key, rowKey }, deps);
    expect(sent).toHaveLength(1);
  });

  test('for a day is given up, visibly', async () => {
    givenRow('oncall', { tries: 20 });
    fault = new Unavailable('unreachable', 'e-mail', 'ECONNREFUSED');
    now = new Date(Date.parse(createdAt) + 24 * HOUR_MS);
    await deliver({ key, rowKey }, deps);
    expect(rows.get(rowKey)).toMatchObject({ state: 'abandoned', reason: 'ECONNREFUSED' });
    expect(asked).toEqual([]);
    expect(lines.at(-1)).toMatchObject({ level: 'error', message: 'A delivery was given up', audience: 'inform' });
  });
});

test('a row that somebody else sent meanwhile is left alone', async () => {
  givenRow('oncall');
  const send = () => {
    rows.delete(rowKey);
    return Promise.reject(new Unavailable('timeout', 'e-mail', 'no answer in time'));
  };
  await deliver({ key, rowKey }, { ...deps, channels: { ...deps.channels, email: { send } } });
  expect(asked).toEqual([]);
});

describe('a delivery that is refused', () => {
  test('is given up after five tries and then left alone', async () => {
    givenRow('oncall');
    fault = new Refused('forbidden', 'e-mail', '403: no role');
    await tryAgain(7);
    expect(asked).toHaveLength(4);
    expect(rows.get(rowKey)).toMatchObject({ state: 'abandoned', tries: 5, reason: '403: no role' });
  });

  test('is not given up for the outages that came before', async () => {
    givenRow('oncall');
    fault = new Unavailable('serverError', 'e-mail', '503');
    await tryAgain(5);
    fault = new Refused('forbidden', 'e-mail', '403: no role');
    await tryAgain(4);
    expect(rows.get(rowKey)).toMatchObject({ state: 'waiting', tries: 9, refusals: 4 });
    await tryAgain(1);
    expect(rows.get(rowKey)).toMatchObject({ state: 'abandoned', tries: 10, reason: '403: no role' });
  });

  test('is given up after a day, like any other', async () => {
    givenRow('oncall', { tries: 20 });
    fault = new Refused('forbidden', 'e-mail', '403: no role');
    now = new Date(Date.parse(createdAt) + 24 * HOUR_MS);
    await tryAgain(1);
    expect(rows.get(rowKey)).toMatchObject({ state: 'abandoned', refusals: 1 });
  });

  test.each([
    ['a name nobody knows', 'pager', "the estate has no channel 'pager', and it is no e-mail address"],
    ['a name every object has', 'constructor', "the estate has no channel 'constructor', and it is no e-mail address"],
    ['a webhook', 'chat', "channel 'chat' is a webhook; this version cannot send to webhooks"],
  ])('%s', async (_name, channel, reason) => {
    givenRow(channel, { tries: 4, refusals: 4 });
    await deliver({ key, rowKey }, deps);
    expect(rows.get(rowKey)).toMatchObject({ state: 'abandoned', reason });
    expect(sent).toEqual([]);
  });

  test('not for an estate that cannot be read: it will be published anew', async () => {
    givenRow('oncall', { tries: 7 });
    deps = { ...deps, policies: { estate: () => Promise.reject(new BadInput('stored estate', [])) } };
    await deliver({ key, rowKey }, deps);
    expect(rows.get(rowKey)).toMatchObject({ state: 'waiting', tries: 8 });
  });

  test('a fault of ours is put off like one, so that it cannot loop', async () => {
    givenRow('oncall', { tries: 4, refusals: 4 });
    fault = new TypeError('a bug');
    await deliver({ key, rowKey }, deps);
    expect(rows.get(rowKey)).toMatchObject({ state: 'abandoned', reason: 'a bug' });
  });
});

test('storage that fails is left to the queue, which asks again', async () => {
  givenRow('oncall');
  const outbox = { ...deps.outbox, sent: () => Promise.reject(new Unavailable('busy', 'tables', '503')) };
  await expect(deliver({ key, rowKey }, { ...deps, outbox })).rejects.toThrow('503');
  expect(sent).toHaveLength(1);
});
