import { describe, expect, test } from 'vitest';
import { deadLettersOn } from '../../src/lib/azure/deadLetters.ts';
import { Refused, Unavailable } from '../../src/lib/core/errors.ts';
import { health } from '../../src/lib/history.ts';
import { retakeDeadLetters } from '../../src/lib/intake.ts';
import { memoryBlobs } from '../twins/memoryBlobs.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from './core/given.ts';
import { breakOnce, newRig, WORKSPACE, type Rig } from './rig.ts';

const TYPE = 'Microsoft.MachineLearningServices.ModelRegistered';
const data = (version: number) => ({ ModelName: 'spam-filter', ModelVersion: version });
const byGrid = (version: number) => ({
  id: `e${version}`, topic: WORKSPACE, subject: `models/spam-filter:${version}`, eventType: TYPE, data: data(version), dataVersion: '2', metadataVersion: '1',
  deadLetterReason: 'MaxDeliveryAttemptsExceeded', deliveryAttempts: 30, lastDeliveryOutcome: 'TimedOut', publishTime: '2026-03-01T10:00:00Z', lastDeliveryAttemptTime: '2026-03-01T11:00:00Z',
}); // prettier-ignore
const byCloud = (version: number) => ({
  id: `c${version}`, source: WORKSPACE, subject: `models/spam-filter:${version}`, type: TYPE, specversion: '1.0', data: data(version),
  deadletterreason: 'TimeToLiveExceeded', deliveryattempts: 12, lastdeliveryoutcome: 'NotFound', publishtime: '2026-03-01T10:00:00Z', lastdeliveryattempttime: '2026-03-01T11:00:00Z',
}); // prettier-ignore

async function rigged(letters: Readonly<Record<string, unknown>> = {}) {
  const rig = await newRig();
  const blobs = memoryBlobs();
  for (const [name, body] of Object.entries(letters))
    await blobs.write(name, typeof body === 'string' ? body : JSON.stringify(body));
  const deps = { ...rig.deps, deadLetters: deadLettersOn(blobs, memoryBlobs()) };
  const refused: { reason: string; event: unknown }[] = [];
  const { refused: store } = rig.store;
  const keep = store.keep.bind(store);
  Object.assign(deps.refused, {
    keep: async (name: string, body: string) => {
      refused.push(JSON.parse(body));
      await keep(name, body);
    },
  });
  return {
    ...rig,
    deps,
    blobs,
    refused,
    left: () => blobs.oldest(100),
    unread: async () => (await rig.load()).unread.map(({ item }) => item.happening),
    retake: () => retakeDeadLetters(deps),
  };
}

async function keptIn({ store }: Pick<Rig, 'store'>): Promise<string[]> {
  return (await store.blobs.oldest(1000)).filter((name) => name.startsWith('refused/'));
}

/** Whose event of version 7 cannot be taken in. */
async function failing() {
  const rig = await rigged({ 'SUB/a.json': [byGrid(7)], 'b.json': [byCloud(9)] });
  const startMs = rig.clock.nowMs;
  const append = rig.deps.lifecycles.append.bind(rig.deps.lifecycles);
  const broken = { is: true };
  Object.assign(rig.deps.lifecycles, {
    append: async (...[key, item]: Parameters<typeof append>) => {
      if (broken.is && item.happening.kind === 'modelRegistered' && item.happening.version === '7')
        throw new TypeError('a bug');
      return append(key, item);
    },
  });
  const retakeAfter = (ms: number) => {
    rig.clock.nowMs = startMs + ms;
    return rig.retake();
  };
  return { ...rig, broken, retakeAfter };
}

describe('a dead letter', () => {
  test.each([
    ['of Event Grid', [byGrid(7)]],
    ['a CloudEvent', [byCloud(7)]],
    ['a single event', byCloud(7)],
  ])('%s is taken in as if it had been delivered, a pass asked for, the file removed', async (_, letter) => {
    const rig = await rigged({ 'SUB/2026/03/01/10/a.json': letter });
    await rig.retake();
    expect(await rig.unread()).toEqual([{ kind: 'modelRegistered', version: '7', source: 'event' }]);
    expect(rig.queue.nextAtMs()).toBe(rig.clock.nowMs);
    expect(await rig.left()).toEqual([]);
    expect(rig.logged).toContainEqual({ level: 'info', message: 'Dead letters taken again' });
  });

  test('with several events takes each in; the one that cannot be read is kept for people', async () => {
    const rig = await rigged({ 'a.json': [byGrid(7), { ...byGrid(8), data: {} }, byCloud(9)] });
    await rig.retake();
    expect(await rig.unread()).toHaveLength(2);
    expect(rig.refused).toMatchObject([{ event: { id: 'e8' } }]);
    expect(await rig.left()).toEqual([]);
  });

  test('that holds no JSON is kept for people as it is, then removed', async () => {
    const rig = await rigged({ 'a.json': '{"id": "e7", ' });
    await rig.retake();
    expect(rig.refused).toEqual([{ reason: 'the dead letter a.json holds no JSON', event: '{"id": "e7", ' }]);
    expect(await rig.left()).toEqual([]);
  });

  test('of what also came otherwise does nothing a second time', async () => {
    const rig = await rigged({ 'a.json': [byGrid(7)], 'b.json': [byCloud(7)] });
    await rig.retake();
    expect(await rig.unread()).toHaveLength(1);
    expect(await rig.left()).toEqual([]);
  });

  test('taken by a process that died before it removed the file is a known fact the second time', async () => {
    const rig = await rigged({ 'a.json': [byGrid(7)] });
    breakOnce(rig.deps.deadLetters, 'remove', new Unavailable('timeout', 'Storage', 'died'));
    await rig.retake();
    expect(await rig.left()).toEqual(['a.json']);
    await rig.retake();
    expect(await rig.unread()).toHaveLength(1);
    expect(await rig.left()).toEqual([]);
  });

  test('that storage does not take in stays, and so do the others: storage is away', async () => {
    const rig = await rigged({ 'a.json': [byGrid(7)], 'b.json': [byGrid(8)] });
    breakOnce(rig.deps.lifecycles, 'append', new Unavailable('unreachable', 'Storage', 'away'));
    await rig.retake();
    expect(await rig.left()).toEqual(['a.json', 'b.json']);
    await rig.retake();
    expect([(await rig.unread()).length, await rig.left()]).toEqual([2, []]);
  });

  test('that makes the code throw stays and is told, and hides no other', async () => {
    const rig = await rigged({ 'a.json': [byGrid(7)], 'b.json': [byGrid(8)] });
    breakOnce(rig.deps.lifecycles, 'append', new Error('a bug'));
    await expect(rig.retake()).rejects.toThrow('a bug');
    expect([(await rig.unread()).length, await rig.left()]).toEqual([1, ['a.json']]);
  });

  test('with an event that makes the code throw takes the others of its file in', async () => {
    const rig = await rigged({ 'a.json': [byGrid(7), byGrid(8), byGrid(9)] });
    breakOnce(rig.deps.lifecycles, 'append', new Error('a bug'));
    await expect(rig.retake()).rejects.toThrow('a bug');
    expect(await rig.unread()).toHaveLength(2);
    expect(await rig.left()).toEqual(['a.json']);
  });

  describe('that makes the code throw each time', () => {
    test('is tried for a day, then kept where people find it, and told; it throws no more', async () => {
      const rig = await failing();
      for (const ms of [0, MINUTE_MS, DAY_MS - MINUTE_MS]) await expect(rig.retakeAfter(ms)).rejects.toThrow('a bug');
      expect([await rig.left(), rig.refused]).toEqual([['SUB/a.json'], []]);
      await rig.retakeAfter(DAY_MS);
      expect(await rig.left()).toEqual([]);
      const [name = ''] = await keptIn(rig);
      const kept = await rig.store.blobs.read(name);
      expect(JSON.parse(kept!.text)).toEqual({ reason: expect.stringContaining('a bug'), event: [byGrid(7)] });
      expect(rig.logged).toContainEqual({ level: 'error', message: 'Dead letter given up, kept for people' });
    });

    test('and is mended within a day is taken in, and has its day again should it fail once more', async () => {
      const rig = await failing();
      await expect(rig.retakeAfter(0)).rejects.toThrow('a bug');
      rig.broken.is = false;
      await rig.retakeAfter(HOUR_MS);
      expect([await rig.left(), rig.refused, (await rig.unread()).length]).toEqual([[], [], 2]);
      rig.broken.is = true;
      await rig.blobs.write('SUB/a.json', JSON.stringify([byGrid(7)]));
      await expect(rig.retakeAfter(2 * DAY_MS)).rejects.toThrow('a bug');
      expect(await rig.left()).toEqual(['SUB/a.json']);
    });

    test('and cannot be kept stays where it is', async () => {
      const rig = await failing();
      await expect(rig.retakeAfter(0)).rejects.toThrow('a bug');
      Object.assign(rig.deps.refused, {
        keep: async () => Promise.reject(new Refused('forbidden', 'Storage', 'no role')),
      });
      await rig.retakeAfter(2 * DAY_MS);
      expect(await rig.left()).toEqual(['SUB/a.json']);
      expect(rig.logged).toContainEqual({ level: 'error', message: 'A dead letter stays where it is' });
    });

    test('and cannot be removed is kept once, and told until somebody may remove it', async () => {
      const rig = await failing();
      await expect(rig.retakeAfter(0)).rejects.toThrow('a bug');
      Object.assign(rig.deps.deadLetters, {
        remove: async () => Promise.reject(new Refused('forbidden', 'Storage', 'no role')),
      });
      for (const days of [1, 2, 3]) await rig.retakeAfter(days * DAY_MS);
      expect(await rig.left()).toContain('SUB/a.json');
      expect(await keptIn(rig)).toEqual([expect.stringMatching(/^refused\/deadLetters\/SUB\/a\.json\.[0-9a-f]{8}$/)]);
    });

    test('has its own day, and is kept as well, where another of its name was given up before', async () => {
      const rig = await failing();
      await expect(rig.retakeAfter(0)).rejects.toThrow('a bug');
      await rig.retakeAfter(DAY_MS);
      await rig.blobs.write('SUB/a.json', JSON.stringify([{ ...byGrid(7), id: 'again' }]));
      await expect(rig.retakeAfter(DAY_MS + MINUTE_MS)).rejects.toThrow('a bug');
      await rig.retakeAfter(3 * DAY_MS);
      expect(await rig.left()).toEqual([]);
      expect(await keptIn(rig)).toHaveLength(2);
    });

    test('is not given up while it is storage that does not answer', async () => {
      const rig = await failing();
      Object.assign(rig.deps.lifecycles, {
        append: async () => Promise.reject(new Unavailable('timeout', 'Storage', 'away')),
      });
      for (const days of [0, 1, 2]) await rig.retakeAfter(days * DAY_MS);
      expect([(await rig.left()).length, rig.refused]).toEqual([2, []]);
    });
  });
});

test('of many, the oldest are taken first and the others a minute later', async () => {
  const rig = await rigged(Object.fromEntries(Array.from({ length: 150 }, (_, n) => [`${150 - n}.json`, [byGrid(7)]])));
  await rig.retake();
  expect((await rig.left())[0]).toBe('50.json');
  await rig.retake();
  expect(await rig.left()).toEqual([]);
});

test('a container that cannot be listed is told and throws nothing', async () => {
  const rig = await rigged();
  breakOnce(rig.deps.deadLetters, 'oldest', new Refused('forbidden', 'Storage', 'no role'));
  await rig.retake();
  expect(rig.logged).toContainEqual({ level: 'error', message: 'Dead letters cannot be listed' });
});

test('without a container nothing is done, and health says so', async () => {
  const rig = await newRig();
  await retakeDeadLetters(rig.deps);
  expect(await health(rig.deps)).toMatchObject({ healthy: true, deadLetters: 'notTakenAgain' });
  expect(await health((await rigged()).deps)).toMatchObject({ healthy: true, deadLetters: 'takenAgain' });
});
