import { describe, expect, test } from 'vitest';
import { partitionOf } from '../../src/lib/azure/rowKeys.ts';
import { Refused, Unavailable } from '../../src/lib/core/errors.ts';
import type { Delivery } from '../../src/lib/core/notice.ts';
import { deliver } from '../../src/lib/deliver.ts';
import { showModel } from '../../src/lib/history.ts';
import type { SavedRows } from '../../src/lib/ports.ts';
import { HOUR_MS, item, KEY, MINUTE_MS, OLD, served } from './core/given.ts';
import { newRig, WORKSPACE, type Rig } from './rig.ts';
import { tell } from './trainingRig.ts';

function delivery(rig: Rig, id: string): Delivery {
  const at = rig.clock.now().toISOString();
  const notice = { id, kind: 'stalled', audience: 'page', ...KEY, at, reasons: [], sentence: 's' } as const;
  return { notice, channel: 'a@example.com', createdAt: at };
}

async function save(rig: Rig, deliveries: readonly Delivery[], etag?: string): Promise<SavedRows> {
  await rig.store.index.promise(KEY, rig.clock.now());
  return rig.store.lifecycles.save(KEY, { lifecycle: served(), taken: [], deliveries, ...(etag ? { etag } : {}) });
}

/** Deliveries that wait, more than one save or one page holds; their messages are lost. */
async function backlog(rig: Rig, count: number): Promise<string[]> {
  const rows: string[] = [];
  let etag: string | undefined;
  for (let from = 0; from < count; from += 50) {
    const ids = Array.from({ length: Math.min(50, count - from) }, (_, n) => `a-${from + n}`);
    const saved = await save(rig, ids.map((id) => delivery(rig, id)), etag);
    rows.push(...saved.outbox);
    ({ etag } = saved);
  }
  return rows;
} // prettier-ignore

async function putOff(rig: Rig, rows: readonly string[], ms: number): Promise<void> {
  const until = new Date(rig.clock.nowMs + ms);
  for (const rowKey of rows)
    await rig.store.outbox.failed(KEY, rowKey, { reason: 'mail is down', refused: false }, () => until);
}

/** The rows whose delivery is asked for now. */
function asked(rig: Rig): string[] {
  const rows: string[] = [];
  for (let body = rig.queue.take('notify', rig.clock.nowMs); body; body = rig.queue.take('notify', rig.clock.nowMs)) rows.push(body['row'] ?? '');
  return rows;
} // prettier-ignore

/** Sends what is asked for now, and says how often that was. */
async function sendAll(rig: Rig, fault?: Error): Promise<number> {
  let sends = 0;
  const send = async () => {
    sends += 1;
    if (fault) throw fault;
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
  let { etag } = await save(rig, []);
  for (let i = 0; i < 100; i += 1) {
    ({ etag } = await save(rig, [delivery(rig, `released-${i}`)], etag));
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

describe('a backlog of 250 deliveries', () => {
  test('hides no new notice: what a pass has saved is asked for at once', async () => {
    const rig = await newRig();
    await putOff(rig, await backlog(rig, 250), HOUR_MS);
    const live = { [OLD]: 40, hand: 60 };
    Object.assign(rig.twins.endpoints.all.get(`${WORKSPACE}|spam-online`) ?? {}, { traffic: live });
    await tell(rig, item({ kind: 'endpointDiffers', live }));
    await rig.drain();
    expect(asked(rig)).toEqual([expect.stringContaining('held-')]);
  });

  test('nor one of a pass that cannot go on', async () => {
    const rig = await newRig();
    await putOff(rig, await backlog(rig, 250), HOUR_MS);
    await tell(rig, item({ kind: 'unreadable', text: '{', why: 'not JSON' }));
    await rig.unpoison();
    expect(asked(rig)).toEqual([expect.stringContaining('stalled-')]);
  });

  test('nor the one in it that is due and whose message is lost', async () => {
    const rig = await newRig();
    const rows = await backlog(rig, 250);
    await putOff(rig, rows.slice(0, -1), HOUR_MS);
    rig.clock.nowMs += 3 * MINUTE_MS;
    await rig.sweep();
    await rig.drain();
    expect(asked(rig)).toEqual(rows.slice(-1));
  });

  test('is left alone until it is due', async () => {
    const rig = await newRig();
    await putOff(rig, await backlog(rig, 250), HOUR_MS);
    for (let minute = 1; minute < 60; minute += 1) {
      rig.clock.nowMs += MINUTE_MS;
      await rig.sweep();
      await rig.queue.look(KEY);
      await rig.drain();
    }
    expect(asked(rig)).toEqual([]);
  });

  test('is sent to the last one though all messages are lost', async () => {
    const rig = await newRig();
    await backlog(rig, 250);
    let sends = 0;
    for (let minute = 1; minute <= 20; minute += 1) {
      rig.clock.nowMs += MINUTE_MS;
      await rig.sweep();
      await rig.drain();
      sends += await sendAll(rig);
    }
    expect(sends).toBe(250);
    expect((await rig.load()).outbox).toEqual([]);
  });
});

test('a delivery that cannot be read is asked for ever later, and stops neither passes nor other deliveries', async () => {
  const rig = await newRig();
  const { outbox } = await save(rig, [delivery(rig, 'a-1'), delivery(rig, 'a-2')]);
  await rig.store.table.transact(partitionOf(KEY), [{ do: 'put', rowKey: outbox[0]!, properties: { json: '{' } }]);
  let sends = 0;
  for (let minute = 1; minute <= 60; minute += 1) {
    rig.clock.nowMs += MINUTE_MS;
    await rig.sweep();
    await rig.queue.look(KEY);
    await rig.drain();
    sends += await sendAll(rig);
  }
  expect(sends).toBe(1);
  expect((await rig.store.lifecycles.load(KEY)).outbox).toMatchObject([{ rowKey: outbox[0] }]);
  expect(rig.logged.filter(({ message }) => message === 'A delivery cannot be read')).toHaveLength(6);
});
