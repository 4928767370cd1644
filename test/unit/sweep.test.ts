import { describe, expect, test } from 'vitest';
import { publishTo } from '../../src/cli/policy/publication.ts';
import { BadInput, Refused, Unavailable } from '../../src/lib/core/errors.ts';
import type { TrainingMemory } from '../../src/lib/core/training/state.ts';
import type { TwinMonitorRun } from '../twins/monitors.ts';
import { command, DAY_MS, HOUR_MS, iso, item, KEY, MINUTE_MS, OLD, registered, served, T0 } from './core/given.ts';
import { policyFrom, SIMPLE, workspaceId } from './core/policy/given.ts';
import { reconcile } from '../../src/lib/reconcile.ts';
import { partitionOf } from '../../src/lib/azure/rowKeys.ts';
import { askOverdue } from '../../src/lib/sweep/overdue.ts';
import { newRig, POLICY, WORKSPACE, type Rig } from './rig.ts';

const overdue = (rig: Rig) => rig.store.index.overdue(new Date(rig.clock.nowMs), 10);
const asked = (rig: Rig) => rig.queue.take('reconcile', Number.MAX_SAFE_INTEGER);
const at = (rig: Rig, ms: number) => (rig.clock.nowMs = T0.getTime() + ms);

/** The minutes in which a sweep asks for the lifecycle, of the first so many. */
async function askedWithin(rig: Rig, minutes: number): Promise<number[]> {
  const askedAt: number[] = [];
  for (let minute = 1; minute <= minutes; minute += 1) {
    at(rig, minute * MINUTE_MS);
    await rig.sweep();
    if (asked(rig)) askedAt.push(minute);
  }
  return askedAt;
}

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

/** A lifecycle with an unsent notice, no message under way, and a next look in a day. */
async function inADay() {
  const rig = await newRig();
  await rig.store.lifecycles.append(KEY, registered('9'));
  await rig.queue.look(KEY);
  await rig.drain();
  const { lifecycle, etag, outbox } = await rig.load();
  const nextLook = new Date(rig.clock.nowMs + DAY_MS).toISOString();
  await rig.store.lifecycles.save(KEY, { lifecycle: { ...lifecycle!, nextLook }, taken: [], deliveries: [], ...(etag === undefined ? {} : { etag }) }); // prettier-ignore
  for (const queue of ['notify', 'reconcile'] as const) while (rig.queue.take(queue, Number.MAX_SAFE_INTEGER) !== undefined); // prettier-ignore
  for (const one of await rig.store.index.overdue(new Date(rig.clock.nowMs + DAY_MS), 10)) await rig.store.index.settle(KEY, one.etag, rig.clock.now()); // prettier-ignore
  return { rig, outbox };
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

  test('and is more than a run asks for starves nobody, though the first are late again before the last were asked for', async () => {
    const rig = await newRig();
    const models = Array.from({ length: 2200 }, (_, i) => `m${i}`);
    for (const model of models) {
      const key = { environment: 'prod', model };
      await rig.store.lifecycles.append(key, registered('7'));
      await rig.store.index.promise(key, rig.clock.now());
    }
    const seen = new Set<string | undefined>();
    for (const minute of [1, 2, 3, 4]) {
      at(rig, minute * MINUTE_MS);
      await rig.sweep();
      for (let look = asked(rig); look; look = asked(rig)) seen.add(look['model']);
    }
    expect(seen).toEqual(new Set(models));
    expect(rig.logged).toContainEqual({ level: 'warn', message: 'More is overdue than one sweep asks for' });
  });

  test('and cannot be read is told, hides no other, and is mended where its key says whose it is', async () => {
    const rig = await known();
    await rig.store.index.promise(KEY, rig.clock.now());
    await rig.store.lifecycles.append(KEY, command('pause'));
    const broken = { environment: 'prod', model: 'a' };
    await rig.store.lifecycles.append(broken, registered('7'));
    for (const rowKey of [partitionOf(broken), 'by hand']) await rig.store.indexTable.transact('active', [{ do: 'put', rowKey, properties: { checkBy: '1' } }]); // prettier-ignore
    const told = () => rig.logged.filter(({ level, message }) => level === 'error' && message === 'A row of the index cannot be read').length; // prettier-ignore
    at(rig, MINUTE_MS);
    await rig.sweep();
    expect([asked(rig), asked(rig)]).toEqual([broken, KEY]);
    expect(told()).toBe(2);
    at(rig, 3 * MINUTE_MS);
    await rig.sweep();
    expect([asked(rig), asked(rig)]).toContainEqual(broken);
    expect(told()).toBe(3);
  });

  test('is promised again by a pass, though what stood there is no time', async () => {
    const rig = await known();
    await rig.store.indexTable.transact('active', [{ do: 'put', rowKey: partitionOf(KEY), properties: { checkBy: 'soon' } }]); // prettier-ignore
    rig.twins.models.register(WORKSPACE, 'spam-filter', '7', { at: rig.clock.now() });
    await rig.store.lifecycles.append(KEY, registered('7'));
    await rig.queue.look(KEY);
    await rig.drain();
    expect(await rig.store.index.overdue(new Date(rig.clock.nowMs + DAY_MS), 10)).toMatchObject([{ key: KEY }]);
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

  describe('and looks again in a day only', () => {
    test('a notice that was put off is asked for when its time has come, whatever became of its message', async () => {
      const { rig, outbox } = await inADay();
      const startMs = rig.clock.nowMs;
      await rig.store.outbox.failed(
        KEY,
        outbox[0]!.rowKey,
        { reason: 'no answer', refused: false },
        () => new Date(startMs + 4 * MINUTE_MS),
      );
      expect(await askedWithin(rig, 8)).toEqual([6, 8]);
    });

    test('an unread item is asked for all the same, again and again', async () => {
      const { rig, outbox } = await inADay();
      await rig.store.outbox.sent(KEY, outbox[0]!.rowKey);
      await rig.store.lifecycles.append(KEY, command('pause'));
      for (const minute of [1, 3, 5]) {
        at(rig, minute * MINUTE_MS);
        await rig.sweep();
        expect(asked(rig)).toEqual(KEY);
      }
    });
  });
});

test('an unread item of a quiet lifecycle whose message is gone is asked for by the listing', async () => {
  const rig = await known();
  for (const { etag } of await rig.store.index.overdue(new Date(rig.clock.nowMs + DAY_MS), 10)) await rig.store.index.settle(KEY, etag, undefined); // prettier-ignore
  await rig.store.lifecycles.append(KEY, command('pause'));
  expect(await askedWithin(rig, 15)).toEqual([15]);
});

test('a lifecycle of which every pass fails is tried when its next look is due, whatever is unread', async () => {
  const { rig, outbox } = await inADay();
  await rig.store.outbox.sent(KEY, outbox[0]!.rowKey);
  const { lifecycle, etag } = await rig.load();
  const nextLook = new Date(T0.getTime() + 10 * MINUTE_MS).toISOString();
  const stalled = { ...lifecycle!, nextLook, conditions: { stalled: { since: iso(), reason: 'a bug' } } };
  await rig.store.lifecycles.save(KEY, { lifecycle: stalled, taken: [], deliveries: [], ...(etag === undefined ? {} : { etag }) }); // prettier-ignore
  await rig.store.lifecycles.append(KEY, command('pause'));
  expect(await askedWithin(rig, 13)).toEqual([12]);
});

async function newer(): Promise<never> {
  throw new BadInput('the policy', [{ place: 'steward', message: 'of a newer version' }]);
}

test('a notice is announced also while the policy cannot be read', async () => {
  const { rig } = await inADay();
  await rig.store.lifecycles.append(KEY, command('pause'));
  await reconcile({ key: KEY }, { ...rig.deps, policies: { ...rig.deps.policies, of: newer } });
  expect(rig.queue.take('notify', Number.MAX_SAFE_INTEGER)).toMatchObject(KEY);
  expect((await rig.load()).unread).toHaveLength(1);
});

test('a look that is no time does not keep others from being asked for', async () => {
  const { rig } = await inADay();
  const { lifecycle, etag } = await rig.load();
  await rig.store.lifecycles.save(KEY, { lifecycle: { ...lifecycle!, nextLook: 'soon' }, taken: [], deliveries: [], ...(etag === undefined ? {} : { etag }) }); // prettier-ignore
  const other = { environment: 'prod', model: 'zebra' };
  await rig.store.lifecycles.append(other, registered('7'));
  await rig.store.index.promise(other, rig.clock.now());
  at(rig, MINUTE_MS);
  await rig.sweep();
  expect([asked(rig), asked(rig)]).toContainEqual(other);
});

test.each([0, 20_000, 40_000])(
  'a pause of two hours ends after two hours, where sweeps run %d ms after the minute',
  async (phaseMs) => {
    const rig = await newRig({ policy: POLICY.replace('keepPrevious: 30m', 'keepPrevious: 7d').replace('watch: 10m', 'watch: 11m') }); // prettier-ignore
    const sent = async () => {
      for (const { rowKey } of (await rig.load()).outbox) await rig.store.outbox.sent(KEY, rowKey);
    };
    const live = async () => {
      await rig.live(10_000);
      await sent();
      if ((rig.clock.nowMs - T0.getTime()) % MINUTE_MS === phaseMs) await rig.sweep();
    };
    rig.twins.models.register(WORKSPACE, 'spam-filter', '7', { at: rig.clock.now() });
    await rig.store.lifecycles.append(KEY, registered('7'));
    await rig.queue.look(KEY);
    while ((await rig.row())?.champion?.version !== '7') await live();
    const startMs = rig.clock.nowMs + 90_000;
    while (rig.clock.nowMs < startMs) await live();
    rig.twins.models.register(WORKSPACE, 'spam-filter', '8', { at: rig.clock.now() });
    const until = new Date(startMs + 2 * HOUR_MS).toISOString();
    for (const each of [command('pause', { until }), registered('8')]) await rig.store.lifecycles.append(KEY, each);
    await rig.queue.look(KEY);
    await rig.drain();
    await sent();
    expect((await rig.row())?.conditions.paused).toBeDefined();
    for (let minute = 1; minute <= 125; minute += 1) {
      rig.clock.nowMs = startMs + minute * MINUTE_MS;
      // Only what the index says late; the listing would find version 8.
      await askOverdue(rig.deps);
      await rig.drain();
      await sent();
    }
    expect((await rig.row())?.conditions.paused).toBeUndefined();
  },
);

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

  test('also after an event told of a newer one that does not exist', async () => {
    const rig = await known();
    await rig.store.lifecycles.append(KEY, registered('999'));
    await rig.queue.look(KEY);
    await rig.live(MINUTE_MS);
    expect((await rig.row())?.ended[0]).toMatchObject({ version: '999', cause: 'noVersion' });
    rig.twins.models.register(WORKSPACE, 'spam-filter', '7', { at: rig.clock.now() });
    at(rig, 15 * MINUTE_MS);
    await rig.sweep();
    await rig.drain();
    expect((await rig.row())?.release).toMatchObject({ version: '7' });
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

  test('and copies of live requests that somebody else asked for are found as well', async () => {
    const rig = await known();
    const endpoint = rig.twins.endpoints.all.get(`${WORKSPACE}|spam-online`);
    if (!endpoint) throw new Error('no endpoint');
    endpoint.mirror = { hand: 20 };
    expect(await listed(rig)).toEqual([{ kind: 'endpointDiffers', live: { [OLD]: 100 } }]);
    await rig.drain();
    expect((await rig.row())?.conditions.held).toMatchObject({ live: { [OLD]: 100 }, mirror: { hand: 20 } });
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

const TWO = `steward: 1
workspaces:
  ml-dev: {id: ${workspaceId('ml-dev')}, environment: dev}
  ml-prod: {id: ${WORKSPACE}, environment: prod}
`;
const ONE = `steward: 1
workspaces: {ml-prod: {id: ${WORKSPACE}, environment: prod}}
`;
/** The model with this in the section `training`; in dev as well where the estate has it. */
const training = (section: string, estate = ONE) =>
  newRig({
    estate,
    policy: `steward: 1
model: spam-filter
owners: [ml-oncall@example.com]
environments:
  prod: {workspace: ml-prod, endpoint: spam-online}
${estate === TWO ? '  dev: {workspace: ml-dev, endpoint: spam-dev}\n' : ''}training: {${section}}
evaluation: {job: evaluate-spam, data: spam-holdout}
gate: {metric: accuracy, better: higher}
`,
  });
const inbox = async (rig: Rig, environment = 'prod') =>
  (await rig.store.lifecycles.load({ ...KEY, environment })).unread.map(({ item: { happening } }) => happening);
const swept = async (rig: Rig, ms: number) => {
  at(rig, ms);
  await rig.sweep();
  return inbox(rig);
};
const remembered = (rig: Rig, change: Partial<TrainingMemory>) =>
  rig.store.lifecycles.save(KEY, { lifecycle: served({ trained: { hints: [], starts: [], ended: [], ...change } }), taken: [], deliveries: [] }); // prettier-ignore

const addData = (rig: Rig, version: string, ms: number, workspace = WORKSPACE) => {
  const versions = rig.twins.dataAssets.all.get(`${workspace}|mails`) ?? [];
  rig.twins.dataAssets.all.set(`${workspace}|mails`, [...versions, { version, createdAt: iso(ms) }]);
};

const watch = (rig: Rig, name = 'spam-monitor') => {
  const runs: TwinMonitorRun[] = [];
  rig.twins.monitors.all.set(`${WORKSPACE}|${name}`, { endpoint: 'spam-online', runs });
  return (run: string, ms: number, ended = true) => {
    const one: TwinMonitorRun = { run, at: iso(ms), ended, breaches: [] };
    runs.push(one);
    return one;
  };
};

describe('a schedule', () => {
  test('is taken in at its minute, once, and a pass is asked for', async () => {
    const rig = await training('when: {schedule: {cron: "5 10 * * MON"}}');
    expect(await swept(rig, 4 * MINUTE_MS)).toEqual([]);
    expect(asked(rig)).toBeUndefined();
    expect(await swept(rig, 5 * MINUTE_MS)).toEqual([{ kind: 'scheduleDue', slot: iso(5 * MINUTE_MS) }]);
    expect(asked(rig)).toEqual(KEY);
    const touched: string[] = [];
    for (const port of [rig.deps.index, rig.deps.lifecycles])
      Object.assign(port, { promise: async () => void touched.push('promise'), append: async () => void touched.push('append') }); // prettier-ignore
    at(rig, 6 * MINUTE_MS);
    await rig.sweep();
    expect(touched).toEqual([]);
    expect(asked(rig)).toBeUndefined();
  });

  test('that got lost before the queue is asked for by the index', async () => {
    const rig = await training('when: {schedule: {cron: "5 10 * * MON"}}');
    const look = rig.deps.queue.look.bind(rig.deps.queue);
    Object.assign(rig.deps.queue, { look: async () => Promise.reject(new Error('the process died')) });
    await expect(swept(rig, 5 * MINUTE_MS)).rejects.toThrow('died');
    Object.assign(rig.deps.queue, { look });
    expect(await swept(rig, 7 * MINUTE_MS)).toHaveLength(1);
    expect(asked(rig)).toEqual(KEY);
  });

  test('is made up for within a day, not later', async () => {
    const weekly = 'when: {schedule: {cron: "0 9 * * MON"}}';
    expect(await swept(await training(weekly), 23 * HOUR_MS)).toEqual([{ kind: 'scheduleDue', slot: iso(-HOUR_MS) }]);
    expect(await swept(await training(weekly), 23 * HOUR_MS + MINUTE_MS)).toEqual([]);
  });

  test('is not due for the time before the policy said so', async () => {
    const early = await training('when: {schedule: {cron: "0 10 * * SUN"}}');
    expect(await swept(early, 0)).toEqual([]);
    const rig = await training('when: {drift: true}');
    const daily = policyFrom(SIMPLE.replace('drift: true', 'schedule: {cron: "0 9,11 * * *"}'));
    expect(await publishTo(rig.store.policies, [daily], undefined, rig.clock.now())).toMatchObject({ changed: ['spam-filter'] }); // prettier-ignore
    expect(await swept(rig, MINUTE_MS)).toEqual([]);
    expect(await swept(rig, HOUR_MS)).toEqual([{ kind: 'scheduleDue', slot: iso(HOUR_MS) }]);
  });

  test('is taken in where the model is trained, and only there', async () => {
    const rig = await training('in: dev, when: {schedule: {cron: "5 10 * * MON"}}', TWO);
    expect(await swept(rig, 5 * MINUTE_MS)).toEqual([]);
    expect(await inbox(rig, 'dev')).toHaveLength(1);
  });

  test('that nobody can read hides no other', async () => {
    const rig = await training('when: {schedule: {cron: "5 10 * * MON"}}', TWO);
    const [prod] = (await rig.deps.policies.all()).map(({ policy }) => policy.environments['prod']);
    const when = { schedule: { cron: '99 * * * *', timeZone: 'UTC' } };
    Object.assign(prod ?? {}, { training: { ...prod?.training, when } });
    expect(await swept(rig, 5 * MINUTE_MS)).toEqual([]);
    expect(await inbox(rig, 'dev')).toHaveLength(1);
    expect(rig.logged).toContainEqual({ level: 'error', message: 'Schedule skipped' });
  });
});

describe('new data', () => {
  test('is found when it is newer than the policy, each version once', async () => {
    const rig = await training('when: {newData: mails}');
    addData(rig, '1', -2 * DAY_MS);
    expect(await swept(rig, 15 * MINUTE_MS)).toEqual([]);
    addData(rig, '2', 20 * MINUTE_MS);
    expect(await swept(rig, 29 * MINUTE_MS)).toEqual([]);
    expect(await swept(rig, 30 * MINUTE_MS)).toEqual([{ kind: 'newData', data: 'mails', version: '2' }]);
    expect(asked(rig)).toEqual(KEY);
    expect(await swept(rig, 45 * MINUTE_MS)).toHaveLength(1);
    addData(rig, '3', 50 * MINUTE_MS);
    expect(await swept(rig, HOUR_MS)).toHaveLength(2);
  });

  test('that the row remembers is not found again, however long ago it was told', async () => {
    const rig = await training('when: {newData: mails}');
    addData(rig, '2', 0);
    await remembered(rig, { dataVersion: '2' });
    expect(await swept(rig, 15 * MINUTE_MS)).toEqual([]);
  });

  test('is looked for where the model is trained', async () => {
    const rig = await training('in: dev, when: {newData: mails}', TWO);
    addData(rig, '2', 0);
    addData(rig, '7', 0, workspaceId('ml-dev'));
    expect(await swept(rig, 15 * MINUTE_MS)).toEqual([]);
    expect(await inbox(rig, 'dev')).toEqual([{ kind: 'newData', data: 'mails', version: '7' }]);
  });

  test('is not looked for where the policy does not name it', async () => {
    const rig = await training('when: {drift: true}');
    watch(rig);
    addData(rig, '2', 0);
    expect(await swept(rig, 15 * MINUTE_MS)).toEqual([]);
  });
});

describe('a run of the monitor', () => {
  test('is found when it has ended, and once', async () => {
    const rig = await training('when: {drift: true}');
    const run = watch(rig)('m-1', 0, false);
    expect(await swept(rig, 15 * MINUTE_MS)).toEqual([]);
    run.ended = true;
    expect(await swept(rig, 30 * MINUTE_MS)).toEqual([{ kind: 'monitorRan', run: 'm-1' }]);
    expect(asked(rig)).toEqual(KEY);
    expect(await swept(rig, 45 * MINUTE_MS)).toHaveLength(1);
  });

  test('that was judged, or is older than one that was, or than the policy, is no news', async () => {
    const rig = await training('when: {drift: true}');
    const ran = watch(rig);
    ran('m-0', -2 * DAY_MS);
    expect(await swept(rig, 15 * MINUTE_MS)).toEqual([]);
    ran('m-1', 10 * MINUTE_MS);
    ran('m-2', 12 * MINUTE_MS);
    await remembered(rig, { judgedRun: { run: 'm-2', at: iso(12 * MINUTE_MS) } });
    expect(await swept(rig, 30 * MINUTE_MS)).toEqual([]);
    rig.twins.monitors.all.get(`${WORKSPACE}|spam-monitor`)?.runs.pop();
    expect(await swept(rig, 45 * MINUTE_MS)).toEqual([]);
    ran('m-3', 12 * MINUTE_MS + 1);
    expect(await swept(rig, HOUR_MS)).toEqual([{ kind: 'monitorRan', run: 'm-3' }]);
  });

  test('is of the monitor that the policy names', async () => {
    const rig = await training('when: {drift: {monitor: other}}');
    watch(rig)('m-1', 0);
    watch(rig, 'other')('o-1', 0);
    expect(await swept(rig, 15 * MINUTE_MS)).toEqual([{ kind: 'monitorRan', run: 'o-1' }]);
  });

  test('of one of several monitors of which one should count is nobody’s', async () => {
    const rig = await training('when: {drift: true}');
    watch(rig)('m-1', 0);
    watch(rig, 'other')('o-1', 0);
    expect(await swept(rig, 15 * MINUTE_MS)).toEqual([{ kind: 'monitorsSeen', found: 'several', names: ['other', 'spam-monitor'] }]); // prettier-ignore
  });

  test('is looked for where the model serves', async () => {
    const rig = await training('in: dev, when: {drift: true}', TWO);
    watch(rig)('m-1', 0);
    expect(await swept(rig, 15 * MINUTE_MS)).toEqual([{ kind: 'monitorRan', run: 'm-1' }]);
    expect(await inbox(rig, 'dev')).toEqual([]);
  });

  test.each([
    ['on new data', () => training('when: {newData: mails}')],
    ['on nothing', () => newRig()],
  ])('is found where the model is trained %s: of each of several monitors, once', async (_, open) => {
    const rig = await open();
    const [first, second] = [watch(rig), watch(rig, 'other')];
    first('m-0', -2 * DAY_MS);
    second('o-1', 0);
    expect(await swept(rig, 15 * MINUTE_MS)).toEqual([{ kind: 'monitorRan', run: 'o-1' }]);
    first('m-1', 0);
    second('o-2', 1, false);
    expect(await swept(rig, 30 * MINUTE_MS)).toEqual([{ kind: 'monitorRan', run: 'o-1' }, { kind: 'monitorRan', run: 'm-1' }]); // prettier-ignore
    expect(await swept(rig, 45 * MINUTE_MS)).toHaveLength(2);
  });

  test('costs a model that nobody watches one question, which is asked for all models of a workspace', async () => {
    const rig = await newRig();
    const [mine] = await rig.deps.policies.all();
    const prod = mine?.policy.environments['prod'];
    if (!mine || !prod) throw new Error('no policy');
    const models = ['a', 'b', 'c'].map((model) => ({ ...mine, policy: { ...mine.policy, environments: { prod: { ...prod, model, endpoint: model } } } })); // prettier-ignore
    const asking: string[] = [];
    Object.assign(rig.deps.policies, { all: async () => models });
    Object.assign(rig.deps.monitors, {
      watched: async () => (asking.push('watched'), ['b', 'other']),
      monitor: async (...[, endpoint]: [string, string]) => (asking.push(endpoint), { found: 'none', names: [] }),
    });
    await swept(rig, 15 * MINUTE_MS);
    expect(asking).toEqual(['watched', 'b']);
    await swept(rig, 30 * MINUTE_MS);
    expect(asking).toHaveLength(4);
  });
});

const monitorTold = async (rig: Rig) => (await rig.row())?.trained?.monitorTold;
const mails = async (rig: Rig) => (await rig.load()).outbox.map(({ delivery: { notice } }) => [notice.kind, notice.cause]); // prettier-ignore

describe('a policy that trains on drift, without a monitor of the endpoint', () => {
  const NONE = { kind: 'monitorsSeen', found: 'none', names: [] };

  test('has people told once, and again when it was there in between', async () => {
    const rig = await training('when: {drift: true}');
    expect(await swept(rig, 15 * MINUTE_MS)).toEqual([NONE]);
    await rig.drain();
    expect([await monitorTold(rig), await mails(rig)]).toEqual([expect.stringContaining('No enabled monitor'), [['monitorTrouble', 'none']]]); // prettier-ignore
    expect(await swept(rig, 30 * MINUTE_MS)).toEqual([]);
    watch(rig);
    expect(await swept(rig, 45 * MINUTE_MS)).toEqual([{ kind: 'monitorsSeen', found: 'some', names: [] }]);
    await rig.drain();
    expect(await monitorTold(rig)).toBeUndefined();
    expect(await swept(rig, HOUR_MS)).toEqual([]);
    rig.twins.monitors.all.clear();
    expect(await swept(rig, 75 * MINUTE_MS)).toEqual([NONE]);
    await rig.drain();
    expect(await mails(rig)).toHaveLength(2);
  });

  test.each([
    ['is what the policy names', 'when: {drift: {monitor: other}}', 1],
    ['is not asked for', 'when: {newData: mails}', 0],
  ])('which %s: so many are told', async (_, section, count) => {
    const rig = await training(section);
    if (count === 1) watch(rig);
    expect(await swept(rig, 15 * MINUTE_MS)).toHaveLength(count);
  });

  test('has an hour to get one', async () => {
    const rig = await newRig();
    await rig.publish(SIMPLE);
    expect(await swept(rig, 45 * MINUTE_MS)).toEqual([]);
    expect(await swept(rig, HOUR_MS)).toEqual([NONE]);
  });

  test('misses nothing where there is no endpoint yet', async () => {
    const rig = await training('when: {drift: true}');
    rig.twins.endpoints.all.clear();
    expect(await swept(rig, 15 * MINUTE_MS)).toEqual([]);
  });

  test('misses nothing in an environment that only trains for another', async () => {
    const rig = await training('in: dev, when: {drift: true}', TWO);
    rig.twins.endpoints.all.set(`${workspaceId('ml-dev')}|spam-dev`, { state: 'ready', traffic: {}, mirror: {}, deployments: new Map() }); // prettier-ignore
    expect(await swept(rig, 15 * MINUTE_MS)).toEqual([NONE]);
    expect(await inbox(rig, 'dev')).toEqual([]);
  });
});

describe('what cannot be read in one place', () => {
  const both = 'in: dev, when: {drift: true, newData: mails}';

  test('hides no other place', async () => {
    const rig = await training(both, TWO);
    rig.twins.dataAssets.all.set(`${workspaceId('ml-dev')}|mails`, [{ version: '2', createdAt: iso() }]);
    const watched = rig.twins.monitors.watched.bind(rig.twins.monitors);
    Object.assign(rig.deps.monitors, { watched: async (asked: string) => asked === WORKSPACE ? Promise.reject(new Unavailable('timeout', 'Azure ML', 'no answer')) : watched(asked) }); // prettier-ignore
    expect(await swept(rig, 15 * MINUTE_MS)).toEqual([]);
    expect(await inbox(rig, 'dev')).toEqual([{ kind: 'newData', data: 'mails', version: '2' }]);
  });

  test.each([
    ['is refused: the next thing is looked at', new Refused('forbidden', 'Azure ML', 'no role'), 1],
    ['does not answer: it is not asked for the next thing', new Unavailable('timeout', 'Azure ML', 'no answer'), 0],
  ])('and %s', async (_, error, found) => {
    const rig = await training('when: {newData: mails}');
    rig.twins.dataAssets.all.set(`${WORKSPACE}|mails`, [{ version: '2', createdAt: iso() }]);
    Object.assign(rig.deps.models, { newest: async () => Promise.reject(error) });
    expect(await swept(rig, 15 * MINUTE_MS)).toHaveLength(found);
  });
});
