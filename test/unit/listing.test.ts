import { describe, expect, test } from 'vitest';
import { publishTo } from '../../src/cli/policy/publication.ts';
import { Unavailable } from '../../src/lib/core/errors.ts';
import { newLifecycle, type Key } from '../../src/lib/core/lifecycle.ts';
import { sweep } from '../../src/lib/sweep.ts';
import { listPlaces } from '../../src/lib/sweep/listPlaces.ts';
import { GIVES_UP_AFTER } from '../../src/lib/sweep/overdue.ts';
import { HOUR_MS, iso, MINUTE_MS, registered, T0 } from './core/given.ts';
import { estateFrom, policyFrom, workspaceId } from './core/policy/given.ts';
import { newRig, type Rig } from './rig.ts';

const [DEAD, ALIVE] = [workspaceId('ml-dead'), workspaceId('ml-alive')];
const ESTATE = `steward: 1
workspaces:
  ml-prod: {id: ${workspaceId('ml-prod')}, environment: prod}
  ml-dead: {id: ${DEAD}, environment: dev}
  ml-alive: {id: ${ALIVE}, environment: test}
`;
const names = (many: number) => Array.from({ length: many }, (_, n) => `m${n}`);
const MANY = names(40);
const policyOf = (model: string, environment: string, workspace: string) =>
  policyFrom(`steward: 1
model: ${model}
owners: [ml-oncall@example.com]
environments: {${environment}: {workspace: ${workspace}, endpoint: ${model}-online}}
training: {when: {schedule: {cron: "5 10 * * MON"}}}
evaluation: {job: evaluate-spam, data: spam-holdout}
gate: {metric: accuracy, better: higher}
`, 'p.yaml'); // prettier-ignore
const isDead = (model: string) => MANY.includes(model);
const no = async (): Promise<never> => {
  throw new Unavailable('timeout', 'Azure ML', 'no answer within 30 s');
};

/** Forty models in a workspace that does not answer, each of which takes half a minute to find that out, and one elsewhere. */
async function fortyAndOne() {
  const rig = await newRig();
  const policies = [...MANY.map((model) => policyOf(model, 'dev', 'ml-dead')), policyOf('other', 'test', 'ml-alive')];
  const published = await publishTo(rig.store.policies, policies, estateFrom(ESTATE), new Date(T0.getTime() - HOUR_MS));
  expect(published).toMatchObject({ kind: 'published' });
  rig.twins.models.register(ALIVE, 'other', '1', { at: T0 });
  for (const model of MANY) rig.twins.models.register(DEAD, model, '1', { at: T0 });
  rig.clock.nowMs += MINUTE_MS;
  const real = { ms: 0 };
  const asked: string[] = [];
  const newest = rig.deps.models.newest.bind(rig.deps.models);
  const waitsFor = (dead: (model: string) => boolean) =>
    Object.assign(rig.deps.models, {
      newest: async (workspace: string, model: string) => {
        asked.push(model);
        real.ms += dead(model) ? 30_000 : 100;
        return dead(model) ? no() : newest(workspace, model);
      },
    });
  const list = (slot = 0) => {
    rig.clock.nowMs = T0.getTime() + (1 + 15 * slot) * MINUTE_MS;
    return listPlaces(rig.deps, () => real.ms);
  };
  return { rig, asked, real, waitsFor, list };
}

const waiting = async (rig: Rig, environment: string, model: string) =>
  (await rig.store.lifecycles.load({ environment, model })).unread.map(({ item: { happening } }) => happening);
const found = async (rig: Rig) => {
  const all = await Promise.all(MANY.map(async (model) => [model, await waiting(rig, 'dev', model)] as const));
  return all.filter(([, { length }]) => length > 0).map(([model]) => model);
};
const FOUND = [{ kind: 'modelRegistered', version: '1', source: 'listing' }];

function slow(rig: Rig, real: { ms: number }, eachMs: number): void {
  const newest = rig.deps.models.newest.bind(rig.deps.models);
  Object.assign(rig.deps.models, {
    newest: (workspace: string, model: string) => {
      real.ms += eachMs;
      return newest(workspace, model);
    },
  });
}

describe('a workspace that does not answer', () => {
  test('costs one time-out, however many models it has, and hides no other workspace', async () => {
    const { rig, asked, real, waitsFor, list } = await fortyAndOne();
    waitsFor(isDead);
    await list();
    expect(await waiting(rig, 'test', 'other')).toEqual(FOUND);
    expect(asked.filter(isDead)).toHaveLength(1);
    expect(real.ms).toBeLessThan(MINUTE_MS);
    expect(rig.logged).toContainEqual({ level: 'warn', message: 'Workspaces do not answer the listing' });
  });

  test('is asked again by the next listing', async () => {
    const { rig, waitsFor, list } = await fortyAndOne();
    waitsFor(isDead);
    await list();
    waitsFor(() => false);
    await list(1);
    expect(await found(rig)).toHaveLength(MANY.length);
  });

  test('keeps nothing that storage knows from being done: what is unread is asked for', async () => {
    const { rig, waitsFor, list } = await fortyAndOne();
    waitsFor(() => true);
    for (const model of MANY) await rig.store.lifecycles.append({ environment: 'dev', model }, registered('1'));
    await list();
    const looks = Array.from({ length: 100 }, () => rig.queue.take('reconcile', Number.MAX_SAFE_INTEGER)?.['model']);
    expect(looks).toEqual(expect.arrayContaining(MANY));
  });

  test('to the question for one model alone hides the others only now and then', async () => {
    const { rig, waitsFor, list } = await fortyAndOne();
    waitsFor((model) => model === 'm7');
    for (let slot = 0; slot < 8; slot += 1) await list(slot);
    expect(await found(rig)).toEqual(MANY.filter((model) => model !== 'm7'));
  });

  test('delays neither what is overdue nor a schedule', async () => {
    const { rig, asked, waitsFor } = await fortyAndOne();
    waitsFor(() => true);
    rig.clock.nowMs = T0.getTime() + 15 * MINUTE_MS;
    await rig.store.index.promise({ environment: 'dev', model: 'm9' }, rig.clock.now());
    await rig.store.lifecycles.append({ environment: 'dev', model: 'm9' }, registered('1'));
    await sweep(rig.deps);
    expect(asked).toEqual([]);
    expect(rig.queue.take('reconcile', Number.MAX_SAFE_INTEGER)).toMatchObject({ model: 'm9' });
    expect(await waiting(rig, 'test', 'other')).toEqual([{ kind: 'scheduleDue', slot: iso(5 * MINUTE_MS) }]);
  });
});

describe('a listing that runs out of time', () => {
  test('ends in time for the next, which begins with what was left', async () => {
    const { rig, real, list } = await fortyAndOne();
    slow(rig, real, 27_000);
    await list();
    expect(real.ms).toBeLessThan(15 * MINUTE_MS);
    expect((await found(rig)).length).toBeLessThan(MANY.length);
    expect(rig.logged).toContainEqual({ level: 'warn', message: 'The listing ran out of time' });
    await list(1);
    expect(await found(rig)).toEqual(MANY);
  });

  test('over far too much finds each in the end', async () => {
    const { rig, real, list } = await fortyAndOne();
    slow(rig, real, 2 * MINUTE_MS);
    for (let slot = 0; slot < 64; slot += 1) await list(slot);
    expect(await found(rig)).toEqual(MANY);
  });
});

test('one service of a workspace that does not answer hides nothing that others know', async () => {
  const { rig, list } = await fortyAndOne();
  Object.assign(rig.deps.jobs, { ours: no });
  Object.assign(rig.deps.monitors, { watched: no });
  await list();
  expect(await found(rig)).toEqual(MANY);
});

test('a look that was missed, and that the index has forgotten, is asked for', async () => {
  const { rig, list } = await fortyAndOne();
  const key = { environment: 'dev', model: 'm3' };
  await rig.store.lifecycles.save(key, { lifecycle: { ...newLifecycle(key), nextLook: iso(5 * MINUTE_MS), newestVersion: '1' }, taken: [], deliveries: [] }); // prettier-ignore
  const asked = () =>
    Array.from({ length: 100 }, () => rig.queue.take('reconcile', Number.MAX_SAFE_INTEGER)?.['model']);
  await list();
  expect(asked()).not.toContain('m3');
  await list(1);
  expect(asked()).toContain('m3');
});

test('one lifecycle that storage does not read keeps neither the others nor schedules waiting', async () => {
  const { rig } = await fortyAndOne();
  rig.clock.nowMs = T0.getTime() + 15 * MINUTE_MS;
  for (const model of MANY) {
    await rig.store.index.promise({ environment: 'dev', model }, T0);
    await rig.store.lifecycles.append({ environment: 'dev', model }, registered('1'));
  }
  const load = rig.deps.lifecycles.load.bind(rig.deps.lifecycles);
  Object.assign(rig.deps.lifecycles, {
    load: async (key: Key) => {
      if (key.model === 'm0') throw new Unavailable('timeout', 'Storage', 'no answer within 30 s');
      return load(key);
    },
  });
  await sweep(rig.deps);
  const asked = Array.from({ length: 100 }, () => rig.queue.take('reconcile', Number.MAX_SAFE_INTEGER)?.['model']);
  expect(asked).toEqual(expect.arrayContaining(MANY.filter((model) => model !== 'm0')));
  expect(await rig.store.index.overdue(rig.clock.now(), 10)).toEqual([]);
  expect(await waiting(rig, 'test', 'other')).toEqual([{ kind: 'scheduleDue', slot: iso(5 * MINUTE_MS) }]);
});

test('schedules stop waiting for a storage that does not answer', async () => {
  const { rig } = await fortyAndOne();
  rig.clock.nowMs = T0.getTime() + 5 * MINUTE_MS;
  let asked = 0;
  Object.assign(rig.deps.lifecycles, {
    knows: async () => {
      asked += 1;
      throw new Unavailable('timeout', 'Storage', 'no answer within 30 s');
    },
  });
  await sweep(rig.deps);
  expect(asked).toBe(GIVES_UP_AFTER);
});
