import { describe, expect, test } from 'vitest';
import { BadInput } from '../../src/lib/core/errors.ts';
import { sha256 } from '../../src/lib/core/names.ts';
import { health, listModels, showModel } from '../../src/lib/history.ts';
import { takeCommand } from '../../src/lib/intake/commands.ts';
import { unpoison } from '../../src/lib/reconcile/unpoison.ts';
import { HOUR_MS, KEY, MINUTE_MS, registered, served } from './core/given.ts';
import { newRig, POLICY, WORKSPACE, type Rig } from './rig.ts';

const who = { actor: 'ada', reason: 'because' };
const rollback = (rig: Rig) => takeCommand({ key: KEY, name: 'rollback', body: { ...who, release: 1 }, idempotencyKey: 'k' }, rig.deps); // prettier-ignore
const unread = async (rig: Rig) => (await rig.store.lifecycles.load(KEY)).unread.length;
const asked = (rig: Rig) => rig.queue.take('reconcile', Number.MAX_SAFE_INTEGER);

/** Version 7 has 10 % of the traffic, or is about to. */
async function inFlight(): Promise<Rig> {
  const rig = await newRig();
  rig.twins.models.register(WORKSPACE, 'spam-filter', '7', { at: rig.clock.now() });
  await rig.store.lifecycles.append(KEY, registered('7'));
  await rig.queue.look(KEY);
  while ((await rig.row())?.release?.phase !== 'shifting') await rig.live(10_000);
  return rig;
}

/** Moves the pointer and lets the caches grow old. */
async function publish(rig: Rig, change: { readonly estate?: string; readonly policy?: string | undefined }) {
  const current = await rig.store.policies.current();
  if (!current) throw new Error('nothing is published');
  const written = async (text: string) => {
    await rig.store.policies.write(sha256(text), text);
    return sha256(text);
  };
  const { estateHash, policies } = current.publication;
  const policy = 'policy' in change ? (change.policy === undefined ? {} : { 'spam-filter': { hash: await written(change.policy), publishedAt: rig.clock.now().toISOString() } }) : policies; // prettier-ignore
  await rig.store.policies.point({ estateHash: change.estate === undefined ? estateHash : await written(change.estate), policies: policy }, current.etag); // prettier-ignore
  rig.clock.nowMs += 31_000;
}

describe('one row that cannot be read', () => {
  const OTHER = { environment: 'prod', model: 'a-other' };
  async function withBroken(): Promise<Rig> {
    const rig = await inFlight();
    await rig.store.table.transact('prod|a-other', [{ do: 'create', rowKey: '0a', properties: { json: '{"phase":"newer"}' } }]); // prettier-ignore
    await rig.store.index.promise(OTHER, rig.clock.now());
    return rig;
  }

  test('leaves the net under every other model, and is looked at again', async () => {
    const rig = await withBroken();
    while (asked(rig) !== undefined);
    rig.clock.nowMs += 80 * MINUTE_MS;
    await rig.sweep();
    expect(asked(rig)).toEqual(KEY);
    expect(rig.logged).toContainEqual({ level: 'error', message: 'An overdue lifecycle cannot be checked' });
    expect(await rig.store.index.keys()).toContainEqual(OTHER);
    expect((await rig.store.index.overdue(rig.clock.now(), 10)).map(({ key }) => key)).not.toContainEqual(OTHER);
  });

  test('is shown as such, beside the others', async () => {
    const rig = await withBroken();
    expect(await listModels(rig.deps)).toMatchObject([{ ...KEY, state: 'shifting' }, { ...OTHER, state: 'unreadable' }]); // prettier-ignore
    expect(await showModel(OTHER, rig.deps)).toMatchObject({ state: 'unreadable', commands: [] });
  });

  test('is told in the log by the poison function, which ends', async () => {
    const rig = await withBroken();
    await unpoison(OTHER, rig.deps);
    expect(rig.logged).toContainEqual({ level: 'error', message: 'The row of a lifecycle cannot be read' });
  });

  test('gets no command', async () => {
    const rig = await withBroken();
    const answer = await takeCommand({ key: OTHER, name: 'pause', body: who, idempotencyKey: 'k' }, rig.deps);
    expect(answer).toMatchObject({ status: 409, body: { error: expect.stringMatching(/cannot be read/) } });
  });
});

test('one answer of Azure that cannot be read is skipped by the listing', async () => {
  const rig = await inFlight();
  await rig.live(2 * HOUR_MS);
  Object.assign(rig.deps.endpoints, { endpoint: async () => Promise.reject(new BadInput("Azure ML's answer", [{ place: 'x', message: 'y' }])) }); // prettier-ignore
  rig.clock.nowMs = Math.ceil(rig.clock.nowMs / (15 * MINUTE_MS)) * 15 * MINUTE_MS;
  await rig.sweep();
  expect(rig.logged).toContainEqual({ level: 'error', message: 'Listing skipped' });
});

describe('what comes in while nothing can be decided on', () => {
  test('is read once a policy can be read again: its message was spent meanwhile', async () => {
    const rig = await newRig();
    rig.twins.models.register(WORKSPACE, 'spam-filter', '7', { at: rig.clock.now() });
    await publish(rig, { policy: '{"steward": 2}' });
    await rig.store.lifecycles.append(KEY, registered('7'));
    await rig.queue.look(KEY);
    await rig.drain();
    expect([await unread(rig), rig.queue.nextAtMs()]).toEqual([1, undefined]);
    await rig.publish(POLICY);
    rig.clock.nowMs += 3 * MINUTE_MS;
    await rig.sweep();
    await rig.drain();
    expect([await unread(rig), (await rig.row())?.release?.version]).toEqual([0, '7']);
  });

  test('is asked for again after its passes failed five times on a row that another version wrote', async () => {
    const rig = await newRig();
    await rig.store.table.transact('prod|spam-filter', [{ do: 'create', rowKey: '0a', properties: { json: '{"phase":"newer"}' } }]); // prettier-ignore
    await rig.store.lifecycles.append(KEY, registered('7'));
    await rig.unpoison();
    expect(await rig.store.index.overdue(new Date(rig.clock.nowMs + 3 * MINUTE_MS), 10)).toMatchObject([{ key: KEY }]);
  });
});

describe('an estate that cannot be read', () => {
  test('is told by health, and the last good one holds', async () => {
    const rig = await inFlight();
    await publish(rig, { estate: '{"estate":"newer"}' });
    expect(await health(rig.deps)).toMatchObject({ healthy: false, status: 'the published estate cannot be read by this version' }); // prettier-ignore
    await rig.live(70 * MINUTE_MS);
    expect((await rig.row())?.champion?.version).toBe('7');
  });

  test('at the start stops passes, not the process', async () => {
    const rig = await newRig();
    await publish(rig, { estate: '{"estate":"newer"}' });
    await rig.store.lifecycles.append(KEY, registered('7'));
    await rig.queue.look(KEY);
    await rig.drain();
    await rig.unpoison();
    expect(rig.logged).toContainEqual({ level: 'error', message: 'The published policy or estate cannot be read by this version' }); // prettier-ignore
  });
});

test('a pointer that cannot be read is told by health', async () => {
  const rig = await newRig();
  const pointer = await rig.store.blobs.read('policies/current.json');
  await rig.store.blobs.write('policies/current.json', '{', pointer?.etag);
  expect(await health(rig.deps)).toMatchObject({ healthy: false });
});

describe.each([
  ['cannot be read', '{"policy":"newer"}'],
  ['is gone', undefined],
])('while the policy of a release under way %s', (_, policy) => {
  test('the release can be turned back', async () => {
    const rig = await inFlight();
    await publish(rig, { policy });
    expect(await rollback(rig)).toMatchObject({ status: 202 });
    await rig.drain();
    expect((await rig.row())?.release?.phase).toBe('rollingBack');
  });

  test('it is shown, and told to pause with the estate', async () => {
    const rig = await inFlight();
    await publish(rig, { policy });
    expect(await listModels(rig.deps)).toMatchObject([{ ...KEY, state: 'shifting' }]);
    expect(await showModel(KEY, rig.deps)).toMatchObject({ state: 'shifting' });
    const order = { key: KEY, name: 'pause', body: { ...who, scope: 'estate' }, idempotencyKey: 'k' };
    expect(await takeCommand(order, rig.deps)).toMatchObject({ status: 202, body: { models: [KEY] } });
  });

  test('an idle model is told so', async () => {
    const rig = await newRig();
    await rig.store.lifecycles.save(KEY, { lifecycle: served(), taken: [], deliveries: [] });
    await publish(rig, { policy });
    const answer = await takeCommand({ key: KEY, name: 'pause', body: who, idempotencyKey: 'k' }, rig.deps);
    expect(answer).toMatchObject({ status: 409, body: { error: expect.stringMatching(/policy/) } });
    expect(await showModel(KEY, rig.deps)).toMatchObject({ state: 'idle' });
  });
});
