import { describe, expect, test } from 'vitest';
import { publishTo } from '../../src/cli/policy/publication.ts';
import { Unavailable } from '../../src/lib/core/errors.ts';
import { command, DAY_MS, HOUR_MS, item, KEY, MINUTE_MS, OLD, registered, T0 } from './core/given.ts';
import { policyFrom, SIMPLE } from './core/policy/given.ts';
import { newRig, WORKSPACE, type Rig } from './rig.ts';

const overdue = (rig: Rig) => rig.store.index.overdue(new Date(rig.clock.nowMs), 10);
const asked = (rig: Rig) => rig.queue.take('reconcile', Number.MAX_SAFE_INTEGER);
const at = (rig: Rig, ms: number) => (rig.clock.nowMs = T0.getTime() + ms);

/** Version 6 is known as the champion; all is quiet, and no message is under way. */
async function known(): Promise<Rig> {
  const rig = await newRig();
  await rig.store.lifecycles.append(KEY, registered('6'));
  await rig.queue.look(KEY);
  await rig.live(10_000);
  expect(await rig.row()).toMatchObject({ champion: { version: '6' } });
  while (asked(rig) !== undefined);
  at(rig, 0);
  return rig;
}

describe('what the index says is late', () => {
  test('and quiet is forgotten', async () => {
    const rig = await known();
    at(rig, HOUR_MS);
    await rig.sweep();
    while (asked(rig) !== undefined);
    at(rig, DAY_MS);
    expect(await overdue(rig)).toEqual([]);
  });

  test('and was forgotten is promised anew by the next pass, whatever its row remembers', async () => {
    const rig = await known();
    expect((await rig.row())?.checkBy).toBeDefined();
    for (const { etag } of await rig.store.index.overdue(new Date(rig.clock.nowMs + DAY_MS), 10))
      await rig.store.index.settle(KEY, etag, undefined);
    rig.twins.models.register(WORKSPACE, 'spam-filter', '7', { at: rig.clock.now() });
    await rig.store.lifecycles.append(KEY, registered('7'));
    await rig.queue.look(KEY);
    await rig.drain();
    expect(await rig.store.index.overdue(new Date(rig.clock.nowMs + DAY_MS), 10)).toHaveLength(1);
  });

  test('and has an unread item is asked for again, again and again', async () => {
    const rig = await known();
    await rig.store.index.promise(KEY, new Date(rig.clock.nowMs));
    await rig.store.lifecycles.append(KEY, command('pause'));
    for (const minutes of [1, 3, 5]) {
      at(rig, minutes * MINUTE_MS);
      await rig.sweep();
      expect(asked(rig)).toEqual(KEY);
      expect(asked(rig)).toBeUndefined();
    }
  });

  test('is left its grace before it is asked for again', async () => {
    const rig = await known();
    await rig.store.index.promise(KEY, new Date(rig.clock.nowMs));
    await rig.store.lifecycles.append(KEY, command('pause'));
    at(rig, MINUTE_MS);
    await rig.sweep();
    asked(rig);
    at(rig, 2 * MINUTE_MS);
    await rig.sweep();
    expect(asked(rig)).toBeUndefined();
  });

  test('and is more than one batch is asked for to the last', async () => {
    const rig = await newRig();
    const models = Array.from({ length: 250 }, (_, i) => `m${i}`);
    for (const model of models) {
      const key = { environment: 'prod', model };
      await rig.store.lifecycles.append(key, registered('7'));
      await rig.store.index.promise(key, rig.clock.now());
    }
    at(rig, MINUTE_MS);
    await rig.sweep();
    const seen = models.map(() => asked(rig)?.['model']);
    expect(new Set(seen)).toEqual(new Set(models));
  });

  test('but waits for a person is not asked for', async () => {
    const rig = await known();
    for (const each of [command('pause'), registered('7')]) await rig.store.lifecycles.append(KEY, each);
    await rig.queue.look(KEY);
    await rig.drain();
    expect(await rig.row()).toMatchObject({ waiting: { version: '7' }, conditions: { paused: {} } });
    at(rig, 20 * MINUTE_MS);
    await rig.sweep();
    expect(asked(rig)).toBeUndefined();
  });

  test('and has a notice that nobody announced is asked for', async () => {
    const rig = await newRig();
    await rig.store.lifecycles.append(KEY, registered('9'));
    await rig.queue.look(KEY);
    await rig.drain();
    expect((await rig.load()).outbox).toHaveLength(1);
    while (rig.queue.take('notify', Number.MAX_SAFE_INTEGER) !== undefined);
    at(rig, 5 * MINUTE_MS);
    await rig.sweep();
    await rig.drain();
    expect(rig.queue.take('notify', rig.clock.nowMs)).toMatchObject(KEY);
  });
});

const listed = async (rig: Rig, ms = 15 * MINUTE_MS) => {
  at(rig, ms);
  await rig.sweep();
  return (await rig.load()).unread.map(({ item: { happening } }) => happening);
};

describe('every 15 minutes the world is listed', () => {
  test('and a version whose event got lost is found, once', async () => {
    const rig = await known();
    rig.twins.models.register(WORKSPACE, 'spam-filter', '7', { at: rig.clock.now() });
    expect(await listed(rig, 14 * MINUTE_MS)).toEqual([]);
    expect(await listed(rig)).toEqual([{ kind: 'modelRegistered', version: '7', source: 'listing' }]);
    expect(await listed(rig, 30 * MINUTE_MS)).toHaveLength(1);
    await rig.drain();
    expect((await rig.row())?.release?.version ?? (await rig.row())?.newestVersion).toBe('7');
    expect(await listed(rig, 45 * MINUTE_MS)).toEqual([]);
  });

  test('also when the policy was published anew after it was registered', async () => {
    const rig = await known();
    rig.twins.models.register(WORKSPACE, 'spam-filter', '7', { at: new Date(T0.getTime() - 2 * DAY_MS) });
    rig.twins.models.register(WORKSPACE, 'spam-filter', '7', { at: rig.clock.now() });
    const all = await rig.deps.policies.all();
    Object.assign(rig.deps.policies, { all: async () => all.map((each) => ({ ...each, publishedAt: new Date(T0.getTime() + 10 * MINUTE_MS).toISOString() })) }); // prettier-ignore
    expect(await listed(rig)).toHaveLength(1);
  });

  test('but what was there before Steward is the team’s business', async () => {
    const rig = await newRig();
    expect(await listed(rig)).toEqual([]);
    rig.twins.models.register(WORKSPACE, 'spam-filter', '7', { at: new Date(T0.getTime() + MINUTE_MS) });
    expect(await listed(rig, 30 * MINUTE_MS)).toHaveLength(1);
  });

  test('also when the policy was published anew after it', async () => {
    const rig = await newRig();
    rig.twins.models.register(WORKSPACE, 'spam-filter', '7', { at: rig.clock.now() });
    rig.clock.nowMs += 5 * MINUTE_MS;
    const smaller = policyFrom(SIMPLE.replace('{metric: accuracy', '{metric: f1'), 'p.yaml');
    expect(await publishTo(rig.store.policies, [smaller], undefined, rig.clock.now())).toMatchObject({ changed: ['spam-filter'] }); // prettier-ignore
    expect(await listed(rig, 15 * MINUTE_MS)).toEqual([{ kind: 'modelRegistered', version: '7', source: 'listing' }]);
  });

  test('and traffic that somebody moved is found, once per quarter of an hour', async () => {
    const rig = await known();
    const endpoint = rig.twins.endpoints.all.get(`${WORKSPACE}|spam-online`);
    if (!endpoint) throw new Error('no endpoint');
    endpoint.traffic = { [OLD]: 40, hand: 60 };
    expect(await listed(rig)).toEqual([{ kind: 'endpointDiffers', live: { [OLD]: 40, hand: 60 } }]);
    await rig.sweep();
    expect((await rig.load()).unread).toHaveLength(1);
    await rig.drain();
    expect((await rig.row())?.conditions.held).toMatchObject({ live: { hand: 60 } });
    expect(await listed(rig, 30 * MINUTE_MS)).toEqual([]);
  });

  test('not while the endpoint is being changed', async () => {
    const rig = await known();
    const endpoint = rig.twins.endpoints.all.get(`${WORKSPACE}|spam-online`);
    Object.assign(endpoint ?? {}, { traffic: { hand: 100 }, state: 'busy' });
    expect(await listed(rig)).toEqual([]);
  });

  test('and facts told more than 30 days ago are forgotten', async () => {
    const rig = await known();
    const old = item({ kind: 'modelDeployed', endpoint: 'spam-online' });
    await rig.store.lifecycles.append(KEY, old);
    await rig.queue.look(KEY);
    await rig.drain();
    expect(await rig.store.lifecycles.append(KEY, old)).toMatchObject({ known: true });
    await listed(rig, 31 * DAY_MS);
    expect(await rig.store.lifecycles.append(KEY, old)).toMatchObject({ known: false });
  });

  test('a workspace that does not answer is skipped; a bug is not', async () => {
    const rig = await known();
    const fail = (error: Error) => Object.assign(rig.deps.models, { newest: async () => Promise.reject(error) });
    fail(new Unavailable('throttled', 'Azure ML', '429'));
    expect(await listed(rig)).toEqual([]);
    expect(rig.logged).toContainEqual({ level: 'warn', message: 'Listing skipped' });
    fail(new TypeError('a bug'));
    await expect(listed(rig, 30 * MINUTE_MS)).rejects.toThrow('a bug');
  });
});
