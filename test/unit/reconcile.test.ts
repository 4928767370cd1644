import { describe, expect, test } from 'vitest';
import { Conflict, Refused } from '../../src/lib/core/errors.ts';
import type { InboxItem } from '../../src/lib/core/inbox.ts';
import { rebuild, recorded, verifyChain } from '../../src/lib/core/ledger.ts';
import type { Save } from '../../src/lib/ports.ts';
import { reconcile } from '../../src/lib/reconcile.ts';
import { command, HOUR_MS, iso, item, KEY, MINUTE_MS, NEW, OLD, registered } from './core/given.ts';
import { breakOnce, newRig, POLICY, WORKSPACE, type Rig } from './rig.ts';

const ENDPOINT = `${WORKSPACE}|spam-online`;

/** Version 7 has been registered and told. */
async function withVersion(): Promise<Rig> {
  const rig = await newRig();
  rig.twins.models.register(WORKSPACE, 'spam-filter', '7', { at: rig.clock.now() });
  await tell(rig, registered('7'));
  return rig;
}

async function tell(rig: Rig, told: InboxItem): Promise<void> {
  await rig.store.lifecycles.append(KEY, told);
  await rig.queue.look(KEY);
}

/** On its way, the first step verified. */
async function inFirstStep(): Promise<Rig> {
  const rig = await withVersion();
  for (let i = 0; i < 60 && (await rig.row())?.release?.stepVerifiedAt === undefined; i += 1) await rig.live(10_000);
  expect((await rig.row())?.release).toMatchObject({ phase: 'shifting', step: 0 });
  return rig;
}

function traffic(rig: Rig) {
  return rig.twins.endpoints.all.get(ENDPOINT)?.traffic;
}

const crash = new Error('the process died');

describe('the whole way', () => {
  test('a better version is released, step by step; then its predecessor goes, and nothing is left to do', async () => {
    const rig = await withVersion();
    await rig.live(90 * MINUTE_MS);
    const row = await rig.row();
    expect(row?.ended).toMatchObject([{ version: '7', end: 'released' }]);
    expect(row?.champion).toMatchObject({ version: '7' });
    await rig.live(HOUR_MS);
    expect([...(rig.twins.endpoints.all.get(ENDPOINT)?.deployments.keys() ?? [])]).toEqual([row?.champion?.deployment]);
    expect(await rig.row()).toMatchObject({ retiring: [], conditions: {} });
    expect((await rig.row())?.nextLook).toBeUndefined();
    const audit = await rig.store.history.audit(KEY, 1, 1000);
    expect(verifyChain(audit)).toEqual([]);
    const last = await rig.row();
    expect(rebuild(audit)).toEqual(last && recorded(last));
    const written = audit.flatMap(({ actions }) => actions).filter((action) => action.do === 'setTraffic');
    expect(
      written.map(({ desired }) =>
        Object.values(desired)
          .toSorted((a, b) => a - b)
          .at(0),
      ),
    ).toEqual([10, 50, 100]);
  });

  test('a save precedes every effect', async () => {
    const rig = await withVersion();
    const { effects } = rig;
    const load = rig.deps.lifecycles.load.bind(rig.deps.lifecycles);
    // Each pass begins with a load: the save of the one before does not count.
    Object.assign(rig.deps.lifecycles, { load: (...given: Parameters<typeof load>) => (effects.push('load'), load(...given)) }); // prettier-ignore
    await rig.live(60 * MINUTE_MS);
    expect(new Set(effects)).toEqual(new Set(['load', 'save', 'submitEvaluation', 'createDeployment', 'ask', 'setTraffic'])); // prettier-ignore
    const unsaved = effects.filter(
      (effect, index) => !['load', 'save'].includes(effect) && effects[index - 1] !== 'save',
    );
    expect(unsaved).toEqual([]);
  });
});

describe('messages', () => {
  test('doubled do things once', async () => {
    const rig = await withVersion();
    const look = rig.queue.look.bind(rig.queue);
    Object.assign(rig.queue, {
      look: async (...given: Parameters<typeof look>) => {
        await look(...given);
        await look(...given);
      },
    });
    await rig.live(90 * MINUTE_MS);
    expect((await rig.row())?.ended).toMatchObject([{ version: '7', end: 'released' }]);
    const count = (name: string) => rig.effects.filter((effect) => effect === name).length;
    expect([count('submitEvaluation'), count('setTraffic'), count('ask')]).toEqual([1, 3, 1]);
  });

  test('of a look that was moved are dropped, without a write or a message', async () => {
    const rig = await inFirstStep();
    rig.effects.length = 0;
    const next = rig.queue.nextAtMs();
    const etag = (await rig.load()).etag;
    await reconcile({ key: KEY, look: '2026-01-01T00:00:00.000Z' }, rig.deps);
    await reconcile({ key: KEY }, rig.deps);
    expect([rig.effects, rig.queue.nextAtMs(), (await rig.load()).etag]).toEqual([[], next, etag]);
  });

  test('that come early start the next look all the same', async () => {
    const rig = await inFirstStep();
    const look = (await rig.row())?.nextLook ?? '';
    while (rig.queue.take('reconcile', Number.MAX_SAFE_INTEGER) !== undefined);
    rig.clock.nowMs = Date.parse(look) - 300;
    await reconcile({ key: KEY, look }, rig.deps);
    const next = (await rig.row())?.nextLook ?? '';
    expect(next).not.toBe(look);
    expect(rig.queue.nextAtMs()).toBe(Date.parse(next));
  });

  test('of a lifecycle that no policy speaks of let a version wait, and ask for nothing', async () => {
    const rig = await newRig();
    const other = { environment: 'prod', model: 'other' };
    await rig.store.lifecycles.append(other, registered('1'));
    await reconcile({ key: other }, rig.deps);
    const { unread, lifecycle } = await rig.store.lifecycles.load(other);
    expect([unread, lifecycle?.nextLook]).toEqual([[], undefined]);
    expect(lifecycle).toMatchObject({ waiting: { version: '1' }, conditions: { unpublished: {} } });
  });
});

describe('a pass that changes nothing', () => {
  test('writes only the next look, and no audit row', async () => {
    const rig = await inFirstStep();
    // Two looks on: the canary has begun to count, and no minute has settled yet.
    await rig.live(70_000);
    rig.clock.nowMs = Date.parse((await rig.row())?.nextLook ?? '');
    const before = await rig.row();
    await rig.drain();
    const after = await rig.row();
    expect(after && { ...recorded(after), auditDigest: after.auditDigest }).toEqual(
      before && { ...recorded(before), auditDigest: before.auditDigest },
    );
    expect(after?.nextLook).not.toBe(before?.nextLook);
    expect(await rig.store.history.audit(KEY, (before?.sequence ?? 0) + 1, 10)).toEqual([]);
  });

  test('but acts again is on record: a deployment asked for twice', async () => {
    const rig = await withVersion();
    breakOnce(rig.deps.endpoints, 'createDeployment', crash);
    await expect(rig.live(2 * MINUTE_MS)).rejects.toBe(crash);
    await rig.live(2 * MINUTE_MS);
    const audit = await rig.store.history.audit(KEY, 1, 100);
    const created = audit.filter(({ actions }) => actions.some((action) => action.do === 'createDeployment'));
    expect(created).toHaveLength(2);
    expect(new Set(created.map(({ sequence }) => sequence)).size).toBe(2);
  });
});

describe('a lost race', () => {
  test('is decided anew in process', async () => {
    const rig = await withVersion();
    breakOnce(rig.deps.lifecycles, 'save', new Conflict('lost'));
    await rig.drain();
    expect((await rig.row())?.release?.version).toBe('7');
    expect((await rig.row())?.sequence).toBeGreaterThan(0);
  });

  test('three times is left to a later message, with jitter', async () => {
    const rig = await withVersion();
    let tries = 0;
    const save = rig.deps.lifecycles.save.bind(rig.deps.lifecycles);
    Object.assign(rig.deps.lifecycles, {
      save: async () => {
        tries += 1;
        throw new Conflict('lost');
      },
    });
    await rig.drain();
    expect([tries, await rig.row()]).toEqual([3, undefined]);
    expect(rig.queue.nextAtMs()).toBe(rig.clock.nowMs + 6000);
    Object.assign(rig.deps.lifecycles, { save });
    await rig.live(10_000);
    expect((await rig.row())?.release?.version).toBe('7');
  });

  test('between two passes at once: one decides, the other finds it done', async () => {
    const rig = await withVersion();
    await Promise.all([reconcile({ key: KEY }, rig.deps), reconcile({ key: KEY }, rig.deps)]);
    const audit = await rig.store.history.audit(KEY, 1, 10);
    expect(audit.filter(({ items }) => items.length > 0)).toHaveLength(1);
    expect(verifyChain(audit)).toEqual([]);
  });
});

const rescued = async (rig: Rig) => {
  for (let minute = 0; minute < 10; minute += 1) {
    rig.clock.nowMs += MINUTE_MS;
    await rig.sweep();
    await rig.drain();
    rig.settle();
  }
};

/** Every message is lost. */
async function lost(rig: Rig): Promise<void> {
  while (rig.queue.take('reconcile', Number.MAX_SAFE_INTEGER) !== undefined);
}

describe('a crash', () => {
  test('between promise and save is found by the sweep', async () => {
    const rig = await withVersion();
    breakOnce(rig.deps.lifecycles, 'save', crash);
    await expect(rig.drain()).rejects.toBe(crash);
    await lost(rig);
    expect(await rig.row()).toBeUndefined();
    await rescued(rig);
    expect((await rig.row())?.release?.version).toBe('7');
  });

  test('between save and enqueue is found by the sweep', async () => {
    const rig = await withVersion();
    breakOnce(rig.deps.queue, 'look', crash);
    await expect(rig.drain()).rejects.toBe(crash);
    await lost(rig);
    expect((await rig.row())?.release?.phase).toBe('registered');
    await rescued(rig);
    expect((await rig.row())?.release?.phase).not.toBe('registered');
  });

  test('between save and setTraffic: asserted again, nobody else is blamed', async () => {
    const rig = await withVersion();
    breakOnce(rig.deps.endpoints, 'setTraffic', crash);
    await expect(rig.live(20 * MINUTE_MS)).rejects.toBe(crash);
    expect(traffic(rig)).toEqual({ [OLD]: 100 });
    await rig.live(MINUTE_MS);
    expect(Object.values(traffic(rig) ?? {})).toEqual([90, 10]);
    expect((await rig.row())?.conditions).toEqual({});
  });

  test('after setTraffic: seen as done, written once', async () => {
    const rig = await withVersion();
    breakOnce(rig.deps.endpoints, 'setTraffic', crash, 'after');
    for (let i = 0; i < 40 && !rig.effects.includes('setTraffic'); i += 1) await rig.live(10_000).catch(() => undefined); // prettier-ignore
    await rig.live(2 * MINUTE_MS);
    expect(rig.effects.filter((effect) => effect === 'setTraffic')).toHaveLength(1);
    expect((await rig.row())?.release?.stepVerifiedAt).toBeDefined();
  });

  test('before the announcement: notices are announced by the next pass', async () => {
    const rig = await newRig();
    await tell(rig, registered('9'));
    breakOnce(rig.deps.queue, 'notify', crash);
    await expect(rig.drain()).rejects.toBe(crash);
    expect((await rig.load()).outbox).toHaveLength(1);
    expect(rig.queue.take('notify', rig.clock.nowMs)).toBeUndefined();
    await lost(rig);
    await rescued(rig);
    expect(rig.queue.take('notify', rig.clock.nowMs)).toMatchObject(KEY);
  });
});

describe('the fence', () => {
  test('another save between save and act: no port with effects is called', async () => {
    const rig = await withVersion();
    const etag = rig.deps.lifecycles.etag.bind(rig.deps.lifecycles);
    let stalls = 0;
    Object.assign(rig.deps.lifecycles, {
      etag: async (key: typeof KEY) => {
        // The worker slept here, and another one has saved meanwhile.
        stalls += 1;
        const loaded = await rig.load();
        if (loaded.lifecycle && loaded.etag !== undefined)
          await rig.store.lifecycles.save(KEY, { lifecycle: loaded.lifecycle, etag: loaded.etag, taken: [], deliveries: [] }); // prettier-ignore
        return etag(key);
      },
    });
    await rig.live(MINUTE_MS);
    expect(stalls).toBeGreaterThan(0);
    expect(rig.effects.filter((effect) => effect !== 'save')).toEqual([]);
    expect(rig.logged.map(({ message }) => message)).toContain('Another pass has taken over');
  });
});

describe('outcomes', () => {
  test('a refusal comes back as an item and turns the release back', async () => {
    const rig = await withVersion();
    rig.twins.endpoints.quota = 1;
    await rig.live(10 * MINUTE_MS);
    expect((await rig.row())?.ended).toMatchObject([{ end: 'rolledBack', cause: 'quota' }]);
    expect(traffic(rig)).toEqual({ [OLD]: 100 });
  });
});

describe('many items', () => {
  test('are taken forty at a time, commands first, all in the end', async () => {
    const rig = await newRig();
    for (let i = 0; i < 95; i += 1)
      await rig.store.lifecycles.append(KEY, item({ kind: 'modelDeployed', endpoint: 'spam-online' }));
    await rig.store.lifecycles.append(KEY, command('pause'));
    await rig.queue.look(KEY);
    await reconcile({ key: KEY }, rig.deps);
    expect((await rig.row())?.conditions.paused).toBeDefined();
    await rig.drain();
    expect((await rig.load()).unread).toEqual([]);
    const audit = await rig.store.history.audit(KEY, 1, 10);
    expect(audit.map(({ items }) => items.length)).toEqual([40, 40, 16]);
  });
});

/** Each told to two people, who are more in all than one save can hold beside the items. */
async function manyFindings(count: number): Promise<Rig> {
  const owners = POLICY.replace('[ml-oncall@example.com]', '[ada@example.com, ben@example.com]');
  const rig = await newRig({ policy: `${owners}training: {from: {job: train-spam}, when: {drift: true}}\n` });
  for (let n = 0; n < count; n += 1) await rig.store.lifecycles.append(KEY, { ...item({ kind: 'datasetDrift', id: `d${n}`, name: 'drift' }), receivedAt: iso(n) }); // prettier-ignore
  await rig.queue.look(KEY);
  return rig;
}

describe('items that tell more than one save can hold', () => {
  test('are taken fewer at a time, and all of it is told', async () => {
    const rig = await manyFindings(40);
    await rig.drain();
    const { lifecycle, unread, more } = await rig.load();
    expect([lifecycle?.conditions, unread, more]).toEqual([{}, [], false]);
    const rows = new Set<string>();
    for (let body = rig.queue.take('notify', rig.clock.nowMs); body; body = rig.queue.take('notify', rig.clock.nowMs)) rows.add(body['row'] ?? ''); // prettier-ignore
    expect(rows.size).toBe(80);
  });

  test('and one that storage never takes is set aside and told, and what comes after it goes on', async () => {
    const rig = await manyFindings(10);
    refuse(rig, ({ taken, audit }) => taken.length > 0 && JSON.stringify(audit?.items).includes('"d7"'));
    await rig.drain();
    expect((await rig.row())?.conditions.stalled?.reason).toBe('the row is too long');
    expect((await rig.load()).unread).toEqual([]);
    expect(await rig.store.history.heldItems(KEY)).toMatchObject([{ happening: { id: 'd7' } }]);
  });
});

describe('an item that always throws', () => {
  const broken: InboxItem = item({ kind: 'unreadable', why: 'not JSON' } as InboxItem['happening']);

  test('is set aside and told; everything else goes on; resume brings it back', async () => {
    const rig = await withVersion();
    await tell(rig, broken);
    await expect(rig.drain()).rejects.toThrow(/cannot be read/);
    await rig.unpoison();
    expect(await rig.store.history.heldItems(KEY)).toMatchObject([{ factKey: broken.factKey }]);
    expect((await rig.row())?.conditions.stalled?.reason).toMatch(/cannot be read/);
    expect((await rig.load()).outbox.map(({ delivery }) => delivery.notice.kind)).toEqual(['stalled']);
    await rig.live(5 * MINUTE_MS);
    expect((await rig.row())?.release?.version).toBe('7');
    await tell(rig, command('resume'));
    await rig.drain().catch(() => undefined);
    expect((await rig.row())?.conditions.stalled).toBeUndefined();
    expect(await rig.store.history.heldItems(KEY)).toEqual([]);
    expect((await rig.load()).unread.map(({ item: { factKey } }) => factKey)).toEqual([broken.factKey]);
  });

  test('is told apart from passes that always throw: then nothing is set aside, and people are told once', async () => {
    const rig = await inFirstStep();
    await tell(rig, command('pause'));
    Object.assign(rig.deps.endpoints, { endpoint: async () => Promise.reject(new TypeError('a bug')) });
    await expect(rig.drain()).rejects.toThrow('a bug');
    await rig.unpoison();
    await rig.unpoison();
    expect(await rig.store.history.heldItems(KEY)).toEqual([]);
    expect((await rig.load()).unread).toHaveLength(1);
    expect((await rig.load()).outbox.map(({ delivery }) => delivery.notice.kind)).toEqual(['stalled']);
    expect((await rig.row())?.conditions.stalled?.reason).toBe('a bug');
  });
});

/** Storage refuses whatever pauses, or what is said; the answer ends that. */
function refuse(rig: Rig, what = ({ lifecycle }: Save) => lifecycle.conditions.paused !== undefined): () => void {
  const save = rig.deps.lifecycles.save.bind(rig.deps.lifecycles);
  const tooLong = async (...given: Parameters<typeof save>) => {
    if (what(given[1])) throw new Refused('invalid', 'Azure Storage', 'the row is too long');
    return save(...given);
  };
  Object.assign(rig.deps.lifecycles, { save: tooLong });
  return () => Object.assign(rig.deps.lifecycles, { save });
}

describe('a save that storage refuses', () => {
  test('is told, once, and the item that is too much is set aside: the release goes on', async () => {
    const rig = await inFirstStep();
    refuse(rig);
    await tell(rig, command('pause'));
    await rig.live(40 * MINUTE_MS);
    expect((await rig.row())?.conditions.stalled?.reason).toBe('the row is too long');
    expect((await rig.load()).unread).toEqual([]);
    expect(await rig.store.history.heldItems(KEY)).toMatchObject([{ happening: { command: { name: 'pause' } } }]);
    const told = (await rig.load()).outbox.map(({ delivery }) => delivery.notice.kind);
    expect(told.filter((kind) => kind === 'stalled')).toHaveLength(1);
    expect((await rig.row())?.nextLook).toBeDefined();
  });

  test('and what cannot be written down at all is told as well', async () => {
    const rig = await inFirstStep();
    const arms = { [OLD]: { requests: Number.POSITIVE_INFINITY, errors: 0, throttled: 0, failures: {} } };
    Object.assign(rig.deps.trafficMetrics, { minutes: async () => [{ at: rig.clock.now().toISOString(), arms }] });
    await rig.live(20 * MINUTE_MS);
    expect((await rig.row())?.conditions.stalled?.reason).toMatch(/^It cannot be written down: .*Infinity/);
    const kinds = (await rig.load()).outbox.map(({ delivery }) => delivery.notice.kind);
    expect(kinds.filter((kind) => kind === 'stalled')).toHaveLength(1);
  });

  test('and then takes it, once a person has it tried again', async () => {
    const rig = await inFirstStep();
    const allow = refuse(rig);
    await tell(rig, command('pause'));
    await rig.live(MINUTE_MS);
    allow();
    await tell(rig, command('resume'));
    await rig.live(MINUTE_MS);
    expect((await rig.row())?.conditions).toMatchObject({ paused: { actor: 'ada' } });
    expect((await rig.row())?.conditions.stalled).toBeUndefined();
  });
});

test('rollback of a step in flight, by command', async () => {
  const rig = await inFirstStep();
  const challenger = (await rig.row())?.release?.deployment ?? NEW;
  expect(traffic(rig)).toEqual({ [OLD]: 90, [challenger]: 10 });
  await tell(rig, command('rollback', { release: 1 }));
  await rig.live(30_000);
  expect(traffic(rig)).toEqual({ [OLD]: 100 });
  await rig.live(20 * MINUTE_MS);
  expect((await rig.row())?.ended).toMatchObject([{ end: 'rolledBack', cause: 'command' }]);
});
