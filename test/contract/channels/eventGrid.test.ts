import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { gridOf } from '../../../emulator/services/eventGrid/grid.ts';
import type { Topic } from '../../../emulator/services/eventGrid/topic.ts';
import type { Fault } from '../../../emulator/world.ts';
import { appCredential } from '../../../src/lib/azure/credential.ts';
import { eventGridChannel, type EventGridTarget } from '../../../src/lib/channels/eventGrid.ts';
import type { Notice } from '../../../src/lib/core/notice.ts';
import type { Channel } from '../../../src/lib/ports.ts';
import { startTestEmulator, type TestEmulator } from '../../emulated.ts';
import { notices } from '../../unit/core/message/notices.ts';

const createdAt = '2026-12-04T03:16:00.000Z';
let emulator: TestEmulator;
let topic: Topic;
let channel: Channel<EventGridTarget>;

beforeAll(async () => {
  emulator = await startTestEmulator();
  topic = gridOf(emulator.world).addTopic({ name: 'steward', schema: 'CloudEventSchemaV1_0' });
  channel = open();
});

function open(timeLimitMs?: number): Channel<EventGridTarget> {
  const settings: Record<string, string> = { TOPIC_KEY: topic.key, WRONG_KEY: 'bm90IGl0' };
  return eventGridChannel({
    credential: appCredential({ managed: true }),
    setting: ({ setting }) => settings[setting],
    ...(timeLimitMs === undefined ? {} : { timeLimitMs }),
  });
}

afterEach(() => {
  topic.received.length = 0;
  emulator.world.faults.length = 0;
});

afterAll(() => emulator.stop());

function send(notice: Notice, id = 'd1', target: Partial<EventGridTarget> = {}, by = channel): Promise<void> {
  const delivery = { notice, channel: 'topic', createdAt };
  return by.send(delivery, id, { kind: 'eventGrid', endpoint: topic.endpoint, ...target });
}

function givenFault(fault: Omit<Fault, 'id' | 'service' | 'times' | 'seen'>): void {
  emulator.world.faults.push({ id: 'f', service: 'eventGrid', times: 1, seen: 0, ...fault });
}

test('the end of a release becomes a CloudEvent for other systems', async () => {
  await send(notices.rolledBack, 'prod/spam-filter/r7-rolledBack/topic');
  const { reasons } = notices.rolledBack;
  expect(topic.received).toEqual([
    {
      specversion: '1.0',
      type: 'Steward.ReleaseEnded',
      source: '/steward/prod/spam-filter',
      subject: 'releases/7',
      id: 'prod/spam-filter/r7-rolledBack/topic',
      time: '2026-12-04T03:16:00.000Z',
      datacontenttype: 'application/json',
      data: {
        environment: 'prod', model: 'spam-filter', release: 7, version: '7', end: 'rolledBack', champion: '6',
        reasons, policy: '3fa9c0de11', audit: 812,
      },
    },
  ]); // prettier-ignore
});

test('a version that made room for a newer one has ended, too', async () => {
  await send(notices.superseded);
  expect(topic.received).toMatchObject([{ data: { end: 'superseded', version: '7', champion: '6' } }]);
});

test('after a release the released version is the champion', async () => {
  await send(notices.released);
  expect(topic.received).toMatchObject([{ data: { end: 'released', version: '7', champion: '7' } }]);
});

test('a repeat carries the same id, so that receivers can tell', async () => {
  await send(notices.rejected);
  await send(notices.rejected);
  expect(topic.received.map(({ id }) => id)).toEqual(['d1', 'd1']);
});

test('a topic with a key, where the estate names the setting that holds it', async () => {
  await send(notices.aborted, 'd1', { key: { setting: 'TOPIC_KEY' } });
  expect(topic.received).toHaveLength(1);
});

describe('refused, for asking again does not help', () => {
  test('a notice that ends nothing', async () => {
    await expect(send(notices.trafficHeld)).rejects.toMatchObject({ name: 'Refused', code: 'invalid' });
  });

  test('a setting that is not there', async () => {
    const sending = send(notices.released, 'd1', { key: { setting: 'GONE' } });
    await expect(sending).rejects.toMatchObject({ name: 'Refused', message: "app setting 'GONE' is not set" });
  });

  test('a wrong key', async () => {
    const sending = send(notices.released, 'd1', { key: { setting: 'WRONG_KEY' } });
    await expect(sending).rejects.toMatchObject({ name: 'Refused', code: 'forbidden' });
  });

  test('a topic that does not exist', async () => {
    const endpoint = topic.endpoint.replace('/steward/', '/nowhere/');
    await expect(send(notices.released, 'd1', { endpoint })).rejects.toMatchObject({ name: 'Refused', code: 'notFound' });
  }); // prettier-ignore
});

describe('unavailable, for asking again may help; asked only once here', () => {
  test('throttled, with the wait that was asked for', async () => {
    givenFault({ kind: 'status', status: 429, retryAfterSeconds: 40 });
    await expect(send(notices.released)).rejects.toMatchObject({
      name: 'Unavailable',
      code: 'throttled',
      retryAfterMs: 40_000,
    });
  });

  test('a fault of the server', async () => {
    givenFault({ kind: 'status', status: 503 });
    await expect(send(notices.released)).rejects.toMatchObject({ name: 'Unavailable', code: 'serverError' });
    expect(emulator.world.faults[0]?.seen).toBe(1);
  });

  test('no answer in time', async () => {
    givenFault({ kind: 'hang' });
    await expect(send(notices.released, 'd1', {}, open(300))).rejects.toMatchObject({
      name: 'Unavailable',
      code: 'timeout',
    });
  });

  test('a connection that breaks', async () => {
    givenFault({ kind: 'dropAnswer' });
    await expect(send(notices.released)).rejects.toMatchObject({ name: 'Unavailable', code: 'unreachable' });
  });
});
