/** Two versions of the app on one storage, and two instances whose clocks differ: what one cannot read the other can. */
import { expect, test } from 'vitest';
import { BadInput } from '../../src/lib/core/errors.ts';
import type { Lifecycle } from '../../src/lib/core/lifecycle.ts';
import { mailOf } from '../../src/lib/core/message.ts';
import { HOUR_MS, KEY, MINUTE_MS, OLD, registered, served } from './core/given.ts';
import { notices } from './core/message/notices.ts';
import { newRig, WORKSPACE, type Rig } from './rig.ts';

async function tell(rig: Rig, version: string): Promise<void> {
  rig.twins.models.register(WORKSPACE, 'spam-filter', version, { at: rig.clock.now() });
  await rig.store.lifecycles.append(KEY, registered(version));
  await rig.queue.look(KEY);
}

test('fields and conditions that a newer version added survive passes of an older one, to the end of a release', async () => {
  const rig = await newRig();
  const newer = { ...served(), newerField: { deployment: OLD }, conditions: { newerCondition: { since: 'x' } } };
  await rig.store.lifecycles.save(KEY, { lifecycle: newer as Lifecycle, taken: [], deliveries: [] });
  await tell(rig, '7');
  await rig.live(2 * HOUR_MS);
  expect(await rig.row()).toMatchObject({ champion: { version: '7' }, newerField: { deployment: OLD }, conditions: { newerCondition: { since: 'x' } } }); // prettier-ignore
});

test('a row that an older version wrote, without what came since, goes on', async () => {
  const rig = await newRig();
  const { environment, model, sequence, generation, counters, champion, traffic, conditions, ended, retiring } = served(); // prettier-ignore
  const older = { environment, model, sequence, generation, counters, ...(champion && { champion }), ...(traffic && { traffic }), conditions, ended, retiring }; // prettier-ignore
  await rig.store.lifecycles.save(KEY, { lifecycle: older, taken: [], deliveries: [] });
  await tell(rig, '7');
  await rig.live(2 * HOUR_MS);
  expect(await rig.row()).toMatchObject({ champion: { version: '7' }, place: { endpoint: 'spam-online' } });
});

test.each([
  ['of a kind', { kind: 'newerKind', what: 1 }],
  ['of a command', { kind: 'command', command: { name: 'newerCommand', actor: 'ada', reason: 'r' } }],
])('an item %s that only a newer version knows is set aside whole and told; that version reads it after resume', async (_, happening) => {
  const rig = await newRig();
  const json = JSON.stringify({ factKey: 'new|1', receivedAt: '2026-03-02T10:00:00.000Z', happening });
  await rig.store.table.transact('prod|spam-filter', [{ do: 'create', rowKey: '0p|0|2026-03-02T10:00:00.000Z|x', properties: { json, factKey: 'new|1' } }]); // prettier-ignore
  await tell(rig, '7');
  await expect(rig.drain()).rejects.toThrow(/cannot be read/);
  await rig.unpoison();
  await rig.live(MINUTE_MS);
  expect(await rig.row()).toMatchObject({ release: { version: '7' }, conditions: { stalled: {} } });
  const [held] = await rig.store.history.heldItems(KEY);
  expect(held?.happening).toMatchObject({ kind: 'unreadable', text: json });
}); // prettier-ignore

test('a notice of a kind that only a newer version knows is no refusal: it is tried again for a day', () => {
  const newer = { ...notices.released, kind: 'newerKind' as 'released' };
  expect(() => mailOf(newer, { baseUrl: 'https://steward.example.net' })).toThrow(BadInput);
});

test('two instances whose clocks are minutes apart take turns, and do everything once', async () => {
  const rig = await newRig();
  let turn = 0;
  const skewed = { now: () => new Date(rig.clock.nowMs + (turn % 2 === 0 ? 3 : -3) * MINUTE_MS) };
  // Each pass begins with a load, and is the other instance's.
  Object.assign(rig.deps.lifecycles, {
    load: (key: typeof KEY) => {
      turn += 1;
      return rig.store.lifecycles.load(key);
    },
  });
  Object.assign(rig.deps, { clock: skewed });
  await tell(rig, '7');
  await rig.live(4 * HOUR_MS);
  expect(await rig.row()).toMatchObject({ champion: { version: '7' }, ended: [{ version: '7', end: 'released' }], retiring: [] }); // prettier-ignore
  const once = rig.effects.filter((effect) => effect !== 'save');
  expect(once).toEqual(['submitEvaluation', 'createDeployment', 'ask', 'setTraffic', 'setTraffic', 'setTraffic', 'deleteDeployment']); // prettier-ignore
});
