import { describe, expect, test } from 'vitest';
import { evaluationJobName, stewardId } from '../../src/lib/core/names.ts';
import { command, deployment, HOUR_MS, KEY, MINUTE_MS, OLD, registered, served, T0 } from './core/given.ts';
import { newRig, POLICY, WORKSPACE, type Rig } from './rig.ts';

const LISTING_MS = 15 * MINUTE_MS;
const LOST = 'm5-00000000';
const JOB = evaluationJobName(KEY, 40, 1);

/** Version 6 serves; beside it, what late calls of ours made and nobody wants. */
async function littered(): Promise<Rig> {
  const rig = await newRig();
  await rig.store.lifecycles.append(KEY, registered('6'));
  await rig.queue.look(KEY);
  await rig.live(10_000);
  rig.clock.nowMs = T0.getTime() + HOUR_MS;
  rig.twins.endpoints.all.get(`${WORKSPACE}|spam-online`)?.deployments.set(LOST, deployment(LOST, '5'));
  rig.twins.jobs.all.set(`${WORKSPACE}|${JOB}`, { state: 'running', at: T0, tags: { stewardId: stewardId(KEY, JOB) }, inputs: [] }); // prettier-ignore
  return rig;
}

function handMade(version: string) {
  const { stewardId: _, ...made } = deployment('byhand', version);
  return made;
}

const names = (rig: Rig) => [...(rig.twins.endpoints.all.get(`${WORKSPACE}|spam-online`)?.deployments.keys() ?? [])];
const state = (rig: Rig, job: string) => rig.twins.jobs.all.get(`${WORKSPACE}|${job}`)?.state;

describe('what carries our tag and no row wants', () => {
  test('is found by the listing, cancelled and deleted, each once; what serves stays', async () => {
    const rig = await littered();
    await rig.sweep();
    await rig.drain();
    await rig.live(5 * MINUTE_MS);
    expect(state(rig, JOB)).toBe('canceled');
    expect(names(rig)).toEqual([OLD]);
    expect(rig.effects.filter((effect) => effect === 'cancel' || effect === 'deleteDeployment')).toEqual(['cancel', 'deleteDeployment']); // prettier-ignore
    const rows = await rig.store.history.audit(KEY, 1, 50);
    expect(rows.flatMap(({ rules }) => rules)).toEqual(expect.arrayContaining([`orphan.cancel ${JOB}`, `orphan.retire ${LOST}`])); // prettier-ignore
    expect(await rig.row()).toMatchObject({ retiring: [] });
  });

  test('is told once a listing', async () => {
    const rig = await littered();
    await rig.sweep();
    await rig.sweep();
    expect((await rig.load()).unread.filter(({ item }) => item.happening.kind === 'orphansSeen')).toHaveLength(1);
    rig.clock.nowMs += LISTING_MS;
    await rig.sweep();
    expect((await rig.load()).unread.filter(({ item }) => item.happening.kind === 'orphansSeen')).toHaveLength(2);
  });

  test('is told no more while it is paused, where nothing would be taken away, and found afterwards', async () => {
    const rig = await littered();
    await rig.store.lifecycles.append(KEY, command('pause'));
    await rig.queue.look(KEY);
    await rig.drain();
    await rig.sweep();
    expect((await rig.load()).unread).toEqual([]);
    await rig.store.lifecycles.append(KEY, command('resume'));
    await rig.queue.look(KEY);
    await rig.drain();
    rig.clock.nowMs += LISTING_MS;
    await rig.sweep();
    expect((await rig.load()).unread).toHaveLength(1);
  });

  test('and was saved as wanted before the listing reads the world is not taken away', async () => {
    const rig = await littered();
    rig.twins.models.register(WORKSPACE, 'spam-filter', '7', { at: rig.clock.now() });
    await rig.store.lifecycles.append(KEY, registered('7'));
    await rig.queue.look(KEY);
    // The row is read; then a pass saves and submits; then the world is listed.
    Object.assign(rig.deps.jobs, {
      ours: async (workspace: string) => {
        await rig.drain();
        return rig.twins.jobs.ours(workspace);
      },
    });
    await rig.sweep();
    const job = (await rig.row())?.release?.evaluation?.job ?? '';
    const told = (await rig.load()).unread.map(({ item }) => item.happening);
    expect(told).toContainEqual(expect.objectContaining({ kind: 'orphansSeen', jobs: expect.arrayContaining([job]) }));
    await rig.drain();
    expect([state(rig, job), state(rig, JOB)]).toEqual(['running', 'canceled']);
  });

  test('and was the champion until a person put another one in its place is kept like any champion before', async () => {
    const rig = await newRig();
    rig.twins.models.register(WORKSPACE, 'spam-filter', '7', { at: rig.clock.now() });
    await rig.store.lifecycles.append(KEY, registered('7'));
    await rig.queue.look(KEY);
    await rig.live(2 * HOUR_MS);
    const ours = (await rig.row())?.champion?.deployment ?? '';
    const endpoint = rig.twins.endpoints.all.get(`${WORKSPACE}|spam-online`);
    endpoint?.deployments.set('byhand', handMade('7'));
    Object.assign(endpoint ?? {}, { traffic: { byhand: 100 } });
    rig.clock.nowMs = Math.ceil(rig.clock.nowMs / LISTING_MS) * LISTING_MS;
    await rig.sweep();
    await rig.drain();
    await rig.store.lifecycles.append(KEY, command('adopt'));
    await rig.queue.look(KEY);
    await rig.drain();
    rig.clock.nowMs += LISTING_MS;
    await rig.sweep();
    await rig.live(5 * MINUTE_MS);
    expect([(await rig.row())?.champion?.deployment, names(rig)]).toEqual(['byhand', [ours, 'byhand']]);
    await rig.live(30 * MINUTE_MS);
    expect(names(rig)).toEqual(['byhand']);
  });

  test('costs one listing of jobs for a workspace, whatever the number of its models', async () => {
    const rig = await littered();
    await rig.publish(POLICY.replaceAll('spam-filter', 'other').replaceAll('spam-online', 'other-online'));
    rig.clock.nowMs += LISTING_MS;
    await rig.store.lifecycles.save({ ...KEY, model: 'other' }, { lifecycle: { ...served(), model: 'other' }, taken: [], deliveries: [] }); // prettier-ignore
    let asked = 0;
    Object.assign(rig.deps.jobs, {
      ours: async (workspace: string) => {
        asked += 1;
        return rig.twins.jobs.ours(workspace);
      },
    });
    await rig.sweep();
    expect(asked).toBe(1);
  });
});
