import { expect, test } from 'vitest';
import { HOUR_MS, KEY, OLD, registered } from './core/given.ts';
import { newRig, POLICY, WORKSPACE, type Rig } from './rig.ts';

const policy = POLICY.replace('bake: 10m', 'bake: 10m, shadow: {percent: 50%, for: 12m}, onNewerVersion: supersede');

async function register(rig: Rig, version: string): Promise<void> {
  rig.twins.models.register(WORKSPACE, 'spam-filter', version, { at: rig.clock.now() });
  await rig.store.lifecycles.append(KEY, registered(version));
  await rig.queue.look(KEY);
}

test('a version that answers copies makes room for a newer one, which goes the whole way', async () => {
  const rig = await newRig({ policy });
  const endpoint = rig.twins.endpoints.all.get(`${WORKSPACE}|spam-online`)!;
  await register(rig, '7');
  for (let look = 0; look < 60 && (await rig.row())?.release?.shadow?.since === undefined; look += 1) await rig.live(10_000); // prettier-ignore
  const seventh = (await rig.row())?.release?.deployment ?? '';
  expect([endpoint.traffic, endpoint.mirror]).toEqual([{ [OLD]: 100 }, { [seventh]: 50 }]);

  await register(rig, '8');
  while ((await rig.row())?.release?.version !== '8') await rig.live(10_000);
  expect([endpoint.traffic, endpoint.mirror]).toEqual([{ [OLD]: 100 }, {}]);
  expect((await rig.row())?.ended).toMatchObject([{ version: '7', end: 'superseded' }]);
  expect((await rig.load()).outbox.map(({ delivery }) => delivery.notice.kind)).toEqual(['superseded']);

  await rig.live(2 * HOUR_MS);
  const row = await rig.row();
  expect(row?.ended).toMatchObject([{ version: '8', end: 'released' }, { version: '7' }]);
  expect([endpoint.traffic, endpoint.mirror]).toEqual([{ [row?.champion?.deployment ?? '']: 100 }, {}]);
  expect([...endpoint.deployments.keys()]).not.toContain(seventh);
  const writes = (await rig.store.history.audit(KEY, 1, 1000)).flatMap(({ actions }) => actions).filter((action) => action.do === 'setTraffic'); // prettier-ignore
  expect(writes.map(({ mirror }) => Object.values(mirror?.desired ?? {}))).toEqual([[50], [], [50], [], [], [], []]);
});
