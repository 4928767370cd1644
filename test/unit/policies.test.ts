import { describe, expect, test } from 'vitest';
import { publishTo } from '../../src/cli/policy/publication.ts';
import { publishedPolicies } from '../../src/lib/policies.ts';
import { memoryStore } from '../twins/memoryStore.ts';
import { KEY, T0 } from './core/given.ts';
import { estateFrom, ESTATE, policyFrom, SIMPLE } from './core/policy/given.ts';

function setUp() {
  const clock = { nowMs: T0.getTime(), now: () => new Date(clock.nowMs) };
  const { policies: store } = memoryStore(() => clock.nowMs);
  const publish = (text: string) => publishTo(store, [policyFrom(text)], estateFrom(ESTATE), clock.now());
  return { clock, store, publish, policies: publishedPolicies(store, clock) };
}

const slower = SIMPLE.replace('better: higher}', 'better: higher, confidence: 99%}');

test('before the first publish there is nothing, and nothing fails', async () => {
  const { policies } = setUp();
  expect(await policies.all()).toEqual([]);
  expect(await policies.of(KEY)).toBeUndefined();
  expect((await policies.estate()).workspaces).toEqual({});
});

test('a policy is found by its model and environment, resolved', async () => {
  const { policies, publish } = setUp();
  await publish(SIMPLE);
  const found = await policies.of(KEY);
  expect(found?.policy).toMatchObject({ model: 'spam-filter', environment: 'prod', endpoint: 'spam-online', entry: true }); // prettier-ignore
  expect(await policies.of({ ...KEY, environment: 'dev' })).toBeUndefined();
  expect(await policies.of({ ...KEY, model: 'constructor' })).toBeUndefined();
  expect(await policies.all()).toMatchObject([{ hash: found?.hash, publishedAt: T0.toISOString() }]);
  expect(Object.keys((await policies.estate()).workspaces)).toEqual(['ml-prod', 'ml-test']);
});

test('what was published a moment ago is there for those who ask for what is fresh', async () => {
  const { policies, publish } = setUp();
  expect((await policies.estate()).workspaces).toEqual({});
  await publish(SIMPLE);
  expect((await policies.estate()).workspaces).toEqual({});
  expect(Object.keys((await policies.estate({ fresh: true })).workspaces)).toEqual(['ml-prod', 'ml-test']);
});

test('a text that an older version published counts as changed when the model was first published', async () => {
  const { store, policies, publish } = setUp();
  await publish(SIMPLE);
  const current = await store.current();
  if (!current) throw new Error('nothing is published');
  const { estateHash, policies: texts } = current.publication;
  const older = Object.entries(texts).map(([model, { hash, publishedAt }]) => [model, { hash, publishedAt }]);
  await store.point({ estateHash, policies: Object.fromEntries(older) }, current.etag);
  expect(await policies.all()).toMatchObject([{ changedAt: T0.toISOString() }]);
});

describe('a changed policy', () => {
  test('is seen after 30 s, not before; one begun under the old one keeps it', async () => {
    const { clock, policies, publish } = setUp();
    await publish(SIMPLE);
    const old = await policies.of(KEY);
    await publish(slower);
    clock.nowMs += 29_999;
    expect((await policies.of(KEY))?.hash).toBe(old?.hash);
    clock.nowMs += 1;
    const changed = await policies.of(KEY);
    expect(changed?.policy.gate?.confidence).toBe(0.99);
    expect((await policies.of(KEY, old?.hash))?.policy.gate?.confidence).toBe(0.95);
  });

  test('of a model that has none any more still holds for a release under way', async () => {
    const { clock, store, policies, publish } = setUp();
    await publish(SIMPLE);
    const old = await policies.of(KEY);
    const current = await store.current();
    await store.point({ estateHash: current?.publication.estateHash ?? '', policies: {} }, current?.etag);
    clock.nowMs += 30_000;
    expect(await policies.of(KEY)).toBeUndefined();
    expect((await policies.of(KEY, old?.hash))?.hash).toBe(old?.hash);
  });
});

test('a failed read is not remembered', async () => {
  const { store, policies, publish } = setUp();
  await publish(SIMPLE);
  const current = store.current.bind(store);
  Object.assign(store, { current: async () => Promise.reject(new Error('away')) });
  await expect(policies.of(KEY)).rejects.toThrow('away');
  Object.assign(store, { current });
  const read = store.read.bind(store);
  Object.assign(store, { read: async () => Promise.reject(new Error('away')) });
  await expect(policies.of(KEY)).rejects.toThrow('away');
  Object.assign(store, { read });
  expect(await policies.of(KEY)).toBeDefined();
});

test('a text is read once, the pointer once in 30 s', async () => {
  const { clock, store, policies, publish } = setUp();
  await publish(SIMPLE);
  const calls: string[] = [];
  const current = store.current.bind(store);
  const read = store.read.bind(store);
  Object.assign(store, {
    current: async () => (calls.push('current'), current()),
    read: async (hash: string) => (calls.push('read'), read(hash)),
  });
  for (let second = 0; second < 60; second += 1) {
    clock.nowMs += 1000;
    await Promise.all([policies.of(KEY), policies.of(KEY), policies.all()]);
  }
  expect(calls.filter((call) => call === 'read')).toHaveLength(1);
  expect(calls.filter((call) => call === 'current')).toHaveLength(2);
});

test('a text that is gone says so', async () => {
  const { policies } = setUp();
  await expect(policies.of(KEY, 'f'.repeat(64))).rejects.toThrow(/is gone/);
});
