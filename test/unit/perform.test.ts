import { describe, expect, test } from 'vitest';
import { Refused, Unavailable } from '../../src/lib/core/errors.ts';
import type { Action } from '../../src/lib/core/step.ts';
import { perform } from '../../src/lib/perform.ts';
import { deployment, KEY, NEW, OLD, policy, releasing } from './core/given.ts';
import { newRig, WORKSPACE, type Rig } from './rig.ts';

const row = { ...releasing('deploying'), sequence: 12 };

/** The row of release 7 as it was just saved, and the right to act on it. */
async function saved() {
  const rig = await newRig();
  const etag = await rig.store.lifecycles.save(KEY, { lifecycle: row, taken: [], deliveries: [] });
  rig.twins.models.register(WORKSPACE, 'spam-filter', '7');
  return { rig, mandate: { lifecycle: row, etag, policy, workspace: WORKSPACE } };
}

const unread = async (rig: Rig) => (await rig.load()).unread.map(({ item }) => item);
const create: Action = { do: 'createDeployment', deployment: NEW, version: '7', like: OLD };
const ask: Action = { do: 'smokeTest', deployment: NEW, attempt: 2, request: {} };

test('success is not told: the next look reads it back', async () => {
  const { rig, mandate } = await saved();
  await perform([create], mandate, rig.deps);
  expect(rig.effects).toEqual(['createDeployment']);
  expect([await unread(rig), rig.queue.nextAtMs()]).toEqual([[], undefined]);
});

test('the right ends with another save: nothing more is called', async () => {
  const { rig, mandate } = await saved();
  await rig.store.lifecycles.save(KEY, { lifecycle: row, etag: mandate.etag, taken: [], deliveries: [] });
  await perform([create], mandate, rig.deps);
  expect(rig.effects).toEqual([]);
});

const failing = (error: Error) => ({ createDeployment: async () => Promise.reject(error) });

describe('what no look can see comes back as an item, once for a pass, and asks for one', () => {
  test.each<[string, Error, object]>([
    ['a refusal', new Refused('quota', 'Azure ML', 'no cores left'), { of: 'createDeployment', result: 'refused', code: 'quota', message: 'no cores left' }],
    ['an outage', new Unavailable('serverError', 'Azure ML', 'HTTP 503'), { of: 'createDeployment', result: 'unavailable', provider: 'Azure ML', message: 'HTTP 503' }],
    ['a wait', new Unavailable('throttled', 'Azure ML', 'HTTP 429', { retryAfterMs: 5000 }), { of: 'createDeployment', result: 'unavailable', retryAfterMs: 5000 }],
  ])('%s', async (_, error, outcome) => {
    const { rig, mandate } = await saved();
    Object.assign(rig.deps.endpoints, failing(error));
    await perform([create], mandate, rig.deps);
    await perform([create], mandate, rig.deps);
    expect(await unread(rig)).toMatchObject([{ factKey: 'outcome|12|createDeployment', happening: { kind: 'outcome', release: 7, outcome } }]);
    expect(rig.queue.nextAtMs()).toBe(rig.clock.nowMs);
  }); // prettier-ignore

  test('the answer to a smoke test, whatever its status', async () => {
    const { rig, mandate } = await saved();
    await perform([ask], mandate, rig.deps);
    expect(await unread(rig)).toMatchObject([{ happening: { outcome: { of: 'smokeTest', result: 'answered', attempt: 2, status: 404 } } }]); // prettier-ignore
  });

  test('a smoke test that could not be asked is an outage, not a verdict', async () => {
    const { rig, mandate } = await saved();
    rig.twins.scoring.all.clear();
    await perform([ask], mandate, rig.deps);
    expect(await unread(rig)).toMatchObject([{ happening: { outcome: { of: 'smokeTest', result: 'unavailable' } } }]);
  });

  test('a bug is thrown', async () => {
    const { rig, mandate } = await saved();
    Object.assign(rig.deps.endpoints, failing(new TypeError('a bug')));
    await expect(perform([create], mandate, rig.deps)).rejects.toThrow('a bug');
  });
});

test('a champion made by hand is retired like any other', async () => {
  const { rig, mandate } = await saved();
  const endpoint = rig.twins.endpoints.all.get(`${WORKSPACE}|spam-online`);
  endpoint?.deployments.set(NEW, deployment(NEW, '7'));
  Object.assign(endpoint ?? {}, { traffic: { [NEW]: 100 } });
  await perform([{ do: 'deleteDeployment', deployment: OLD }], mandate, rig.deps);
  expect(await unread(rig)).toEqual([]);
  rig.settle();
  expect([...(endpoint?.deployments.keys() ?? [])]).toEqual([NEW]);
});
