import { expect, test } from 'vitest';
import { Refused, Unavailable } from '../../src/lib/core/errors.ts';
import type { Delivery } from '../../src/lib/core/notice.ts';
import { deliver } from '../../src/lib/deliver.ts';
import { showModel } from '../../src/lib/history.ts';
import { HOUR_MS, KEY, MINUTE_MS, served } from './core/given.ts';
import { newRig, type Rig } from './rig.ts';

function delivery(rig: Rig, id: string): Delivery {
  const at = rig.clock.now().toISOString();
  const notice = { id, kind: 'stalled', audience: 'page', ...KEY, at, reasons: [], sentence: 's' } as const;
  return { notice, channel: 'a@example.com', createdAt: at };
}

async function save(rig: Rig, deliveries: readonly Delivery[], etag?: string): Promise<string> {
  await rig.store.index.promise(KEY, rig.clock.now());
  return rig.store.lifecycles.save(KEY, { lifecycle: served(), taken: [], deliveries, ...(etag ? { etag } : {}) });
}

/** Sends what is asked for now, and says how often that was. */
async function sendAll(rig: Rig, fault: Error): Promise<number> {
  let sends = 0;
  const send = async () => {
    sends += 1;
    throw fault;
  };
  const deps = {
    ...rig.deps,
    outbox: rig.store.outbox,
    channels: { email: { send }, eventGrid: { send }, github: { send } },
  };
  for (;;) {
    const body = rig.queue.take('notify', rig.clock.nowMs);
    if (!body) return sends;
    await deliver({ key: KEY, rowKey: body['row'] ?? '' }, deps);
  }
}

/** The minutes in which a delivery was tried while sweeps and passes went on. */
async function triedIn(rig: Rig, minutes: number, fault: Error): Promise<number[]> {
  const tried: number[] = [];
  for (let minute = 1; minute <= minutes; minute += 1) {
    rig.clock.nowMs += MINUTE_MS;
    await rig.sweep();
    await rig.queue.look(KEY);
    await rig.drain();
    for (let sends = await sendAll(rig, fault); sends > 0; sends -= 1) tried.push(minute);
  }
  return tried;
}

test('a channel that asks to wait an hour is left alone for an hour, whatever sweeps and passes ask for', async () => {
  const rig = await newRig();
  await save(rig, [delivery(rig, 'stalled-1')]);
  const fault = new Unavailable('throttled', 'e-mail', '429', { retryAfterMs: HOUR_MS });
  expect(await triedIn(rig, 70, fault)).toEqual([1, 61]);
});

test('a refused delivery has its five tries spread out', async () => {
  const rig = await newRig();
  await save(rig, [delivery(rig, 'stalled-1')]);
  expect(await triedIn(rig, 30, new Refused('forbidden', 'e-mail', '403'))).toEqual([1, 2, 4, 8, 16]);
});

test('a hundred deliveries that were given up hide no new one, and are shown', async () => {
  const rig = await newRig();
  let etag = await save(rig, []);
  for (let i = 0; i < 100; i += 1) {
    etag = await save(rig, [delivery(rig, `released-${i}`)], etag);
    for (const { rowKey } of (await rig.load()).outbox) await rig.store.outbox.abandon(KEY, rowKey, 'no sender');
  }
  await save(rig, [delivery(rig, 'unreachable-now')], etag);
  rig.clock.nowMs += 3 * MINUTE_MS;
  await rig.sweep();
  await rig.drain();
  expect(rig.queue.take('notify', Number.MAX_SAFE_INTEGER)).toMatchObject({ row: expect.stringContaining('unreachable-now') }); // prettier-ignore
  const shown = await showModel(KEY, rig.deps);
  expect(shown?.undelivered).toHaveLength(50);
  expect(shown?.undelivered[0]).toMatchObject({ channel: 'a@example.com', reason: 'no sender' });
});
