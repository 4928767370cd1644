import { expect, test } from 'vitest';
import { Unavailable } from '../../src/lib/core/errors.ts';
import { verifyChain } from '../../src/lib/core/ledger.ts';
import type { Key } from '../../src/lib/core/lifecycle.ts';
import { showModel } from '../../src/lib/history.ts';
import { breakOnce, newRig, POLICY, WORKSPACE, type Rig } from './rig.ts';
import { command, DAY_MS, HOUR_MS, item, KEY, MINUTE_MS, registered, T0 } from './core/given.ts';
import { workspaceId } from './core/policy/given.ts';

const DEV_WORKSPACE = workspaceId('ml-dev');
const DEV: Key = { environment: 'dev', model: 'spam-filter' };
const ESTATE = `steward: 1
workspaces: {ml-prod: {id: ${WORKSPACE}, environment: prod}, ml-dev: {id: ${DEV_WORKSPACE}, environment: dev}}
channels: {oncall: {email: {to: [oncall@example.com]}}}
`;
const TWO = POLICY.replace(
  'environments: {prod: {workspace: ml-prod, endpoint: spam-online}}',
  'environments: {dev: {workspace: ml-dev, endpoint: spam-dev}, prod: {workspace: ml-prod, endpoint: spam-online, after: dev}}',
);

/** Versions 6 serve in both; prod takes what dev releases. */
async function chain(policy = TWO): Promise<Rig> {
  const rig = await newRig({ policy, estate: ESTATE });
  const { models, jobs, endpoints, scoring } = rig.twins;
  models.register(DEV_WORKSPACE, 'spam-filter', '6', { at: new Date(T0.getTime() - 10 * DAY_MS) });
  const template = jobs.all.get(`${WORKSPACE}|evaluate-1`);
  if (template) jobs.all.set(`${DEV_WORKSPACE}|evaluate-1`, { ...template });
  jobs.data.set(`${DEV_WORKSPACE}|spam-holdout`, ['4']);
  const model = `${DEV_WORKSPACE}/models/spam-filter/versions/6`;
  const serving = { name: 'dev-6', state: 'ready', version: '6', model } as const;
  endpoints.all.set(`${DEV_WORKSPACE}|spam-dev`, { state: 'ready', traffic: { 'dev-6': 100 }, mirror: {}, deployments: new Map([['dev-6', serving]]) }); // prettier-ignore
  scoring.all.set(`${DEV_WORKSPACE}|spam-dev`, new Map());
  return rig;
}

const rowOf = async (rig: Rig, key: Key) => (await rig.store.lifecycles.load(key)).lifecycle;
const versionsIn = (rig: Rig, workspace: string) => rig.twins.models.versions(workspace, 'spam-filter');
const tagsOf = (rig: Rig, version: string) =>
  versionsIn(rig, WORKSPACE).find((found) => found.version === version)?.tags ?? {};

async function registerInDev(rig: Rig, version: string): Promise<void> {
  rig.twins.models.register(DEV_WORKSPACE, 'spam-filter', version, {
    at: rig.clock.now(),
    jobName: `train-${version}`,
  });
  await rig.store.lifecycles.append(DEV, registered(version));
  await rig.queue.look(DEV);
}

async function until(rig: Rig, holds: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 2000; i += 1) {
    if (await holds()) return;
    await rig.live(10_000);
  }
  throw new Error('it never came to that');
}

const released = (rig: Rig, key: Key, version: string) =>
  until(rig, async () => ((await rowOf(rig, key))?.ended ?? []).some((ended) => ended.version === version && ended.end === 'released')); // prettier-ignore

test('what dev released goes to prod, is judged there anew, and released', async () => {
  const rig = await chain();
  await registerInDev(rig, '7');
  await released(rig, DEV, '7');
  expect((await rowOf(rig, KEY))?.champion?.version).not.toBe('7');
  await released(rig, KEY, '7');
  const [dev, prod] = [await rowOf(rig, DEV), await rowOf(rig, KEY)];
  expect(dev?.sending).toBeUndefined();
  expect(prod).toMatchObject({ champion: { version: '7' }, arrived: { from: 'dev', version: '7', as: '7' } });
  expect(tagsOf(rig, '7')).toMatchObject({ 'steward.from': 'dev:7' });
  const shown = await showModel(KEY, rig.deps);
  expect(shown?.releases[0]?.release.origin).toEqual({ job: 'train-7', from: { environment: 'dev', version: '7' } });
  for (const key of [DEV, KEY]) expect(verifyChain(await rig.store.history.audit(key, 1, 1000))).toEqual([]);
  expect(rig.effects.filter((effect) => effect === 'bring')).toHaveLength(1);
});

test('what the gate of dev found of its lineage counts in prod, where its training is not', async () => {
  const rig = await chain(TWO.replace(/(gate: {[^}]*)}/, '$1, require: [gitCommit, cleanTree]}'));
  const told = { commit: '9c1e2b7', data: [], environments: [] };
  rig.twins.models.jobs.set(`${DEV_WORKSPACE}|train-7`, { ...told, tree: 'clean' });
  await registerInDev(rig, '7');
  await released(rig, KEY, '7');
  const reasons = (await showModel(KEY, rig.deps))?.releases[0]?.release.gate?.reasons ?? [];
  expect(reasons.map(({ rule, verdict, note }) => [rule, verdict, note]).slice(-2)).toEqual([
    ['gate.require.gitCommit', 'pass', 'as the gate of dev found of version 7'],
    ['gate.require.cleanTree', 'pass', 'as the gate of dev found of version 7'],
  ]);
});

test('a version that prod has under this number already gets the next one', async () => {
  const rig = await chain();
  rig.twins.models.register(WORKSPACE, 'spam-filter', '7', { at: rig.clock.now(), tags: { by: 'hand' } });
  await registerInDev(rig, '7');
  await released(rig, KEY, '8');
  expect([tagsOf(rig, '7'), tagsOf(rig, '8')]).toMatchObject([{ by: 'hand' }, { 'steward.from': 'dev:7' }]);
});

test('a version that dev rejects or takes back goes nowhere, nor does one that somebody registers in prod', async () => {
  const rig = await chain();
  await registerInDev(rig, '7');
  await until(rig, async () => (await rowOf(rig, DEV))?.release?.phase === 'shifting');
  await rig.store.lifecycles.append(DEV, command('rollback', { release: 1 }));
  await rig.queue.look(DEV);
  rig.twins.models.register(WORKSPACE, 'spam-filter', '9', { at: rig.clock.now() });
  await rig.live(3 * HOUR_MS);
  await rig.sweep();
  await rig.live(10 * MINUTE_MS);
  expect((await rowOf(rig, DEV))?.ended).toMatchObject([{ version: '7', end: 'rolledBack' }]);
  expect(await rowOf(rig, KEY)).toBeUndefined();
});

test.each(['before', 'after'] as const)('a process that dies %s it told prod tells it again, and prod hears it once', async (when) => {
  const rig = await chain();
  await registerInDev(rig, '7');
  await until(rig, async () => (await rowOf(rig, DEV))?.release?.phase === 'watching');
  const append = rig.deps.lifecycles.append.bind(rig.deps.lifecycles);
  let told = 0;
  Object.assign(rig.deps.lifecycles, {
    append: async (...given: Parameters<typeof append>) => {
      if (given[1].happening.kind !== 'versionHandedOver') return append(...given);
      told += 1;
      if (told > 1) return append(...given);
      if (when === 'after') await append(...given);
      throw new Error('the process died');
    },
  });
  await rig.live(2 * HOUR_MS).catch(() => undefined);
  // The message of the pass that died comes back.
  await rig.queue.look(DEV);
  await rig.live(3 * MINUTE_MS);
  await rig.sweep();
  await released(rig, KEY, '7');
  expect(told).toBe(when === 'before' ? 2 : 1);
  const audit = await rig.store.history.audit(KEY, 1, 1000);
  expect(audit.flatMap(({ items }) => items).filter(({ happening }) => happening.kind === 'versionHandedOver')).toHaveLength(1);
}); // prettier-ignore

test('files that were changed since dev judged them are not brought, and people are told', async () => {
  const rig = await chain();
  await registerInDev(rig, '7');
  await until(rig, async () => (await rowOf(rig, DEV))?.release?.phase === 'watching');
  rig.twins.artifacts.all.set(`${DEV_WORKSPACE}|spam-filter|7`, new Map([['model.json', '{"other": true}']]));
  await released(rig, DEV, '7');
  await rig.live(10 * MINUTE_MS);
  expect(await rowOf(rig, KEY)).not.toHaveProperty('arriving');
  expect(versionsIn(rig, WORKSPACE).map(({ version }) => version)).toEqual(['6']);
  const told = (await rig.store.history.audit(KEY, 1, 1000)).flatMap(({ notices }) => notices);
  expect(told).toEqual(['handOver-dev-1-failed']);
});

test('bringing that fails for a while is taken up again', async () => {
  const rig = await chain();
  await registerInDev(rig, '7');
  breakOnce(rig.deps.models, 'bring', new Unavailable('timeout', 'the datastore', 'too slow'));
  await until(rig, async () => (await rowOf(rig, KEY))?.arriving?.trouble !== undefined);
  expect((await rowOf(rig, KEY))?.arriving).toMatchObject({ version: '7', as: '7', trouble: { sentence: 'too slow' } });
  await released(rig, KEY, '7');
});

test('a process that dies while it brings leaves it to a later one, which is not beside it', async () => {
  const rig = await chain();
  await registerInDev(rig, '7');
  const bring = rig.deps.models.bring.bind(rig.deps.models);
  const begunMs: number[] = [];
  Object.assign(rig.deps.models, {
    bring: async (...given: Parameters<typeof bring>) => {
      begunMs.push(rig.clock.nowMs);
      if (begunMs.length === 1) throw new Error('the process died');
      return bring(...given);
    },
  });
  await expect(released(rig, KEY, '7')).rejects.toThrow('the process died');
  await rig.queue.look(KEY);
  await released(rig, KEY, '7');
  const [first = 0, second = 0] = begunMs;
  expect(begunMs).toHaveLength(2);
  expect(second - first).toBeGreaterThanOrEqual(5 * MINUTE_MS);
});

test('what a release under way is pinned to does not decide where versions come from and go', async () => {
  const alone = TWO.replace(', after: dev', '');
  const rig = await chain(alone);
  rig.twins.models.register(WORKSPACE, 'spam-filter', '7', { at: rig.clock.now() });
  await rig.store.lifecycles.append(KEY, registered('7'));
  await rig.queue.look(KEY);
  await until(rig, async () => (await rowOf(rig, KEY))?.release?.phase === 'shifting');
  await rig.publish(TWO);
  await registerInDev(rig, '9');
  await released(rig, DEV, '9');
  await released(rig, KEY, '9');
  expect((await rowOf(rig, KEY))?.champion).toMatchObject({ version: '9' });
});

test('a hand-over that nobody may take is refused with a reason', async () => {
  const rig = await newRig();
  const told = item({ kind: 'versionHandedOver', from: 'dev', release: 1, version: '7', workspace: DEV_WORKSPACE, origin: {} }); // prettier-ignore
  await rig.store.lifecycles.append(KEY, told);
  await rig.queue.look(KEY);
  await rig.live(10_000);
  const [audit] = await rig.store.history.audit(KEY, 1, 10);
  expect(audit?.refused).toEqual({ [told.factKey]: 'the policy takes no versions from dev' });
});
