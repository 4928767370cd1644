import { describe, expect, test } from 'vitest';
import { Refused, Unavailable } from '../../src/lib/core/errors.ts';
import type { Notice } from '../../src/lib/core/notice.ts';
import { storedEstate, storedPolicy } from '../../src/lib/core/policy/stored.ts';
import { showModel } from '../../src/lib/history.ts';
import type { Lifecycle } from '../../src/lib/core/lifecycle.ts';
import { command, DAY_MS, deployment, firstRelease, HOUR_MS, iso, item, KEY, MINUTE_MS, modelId, OLD, pass, policyOf, registered, releasing, served, T0 } from './core/given.ts'; // prettier-ignore
import { estateFrom, policyFrom } from './core/policy/given.ts';
import { ESTATE, newRig, POLICY, WORKSPACE, type Rig } from './rig.ts';

const NEW_ENDPOINT = POLICY.replace('spam-online', 'spam-v2');
const KEPT = 'm5-00000000';

/** Moves the pointer, whatever the rules between policies say, and lets the caches grow old. */
async function point(rig: Rig, { policy, estate = ESTATE }: { readonly policy?: string; readonly estate?: string }) {
  const current = await rig.store.policies.current();
  if (!current) throw new Error('nothing is published');
  const written = storedEstate(estateFrom(estate));
  await rig.store.policies.write(written.hash, written.text);
  const stored = policy === undefined ? undefined : storedPolicy(policyFrom(policy, 'p.yaml', { 'smoke.json': '{"text": "hello"}' })); // prettier-ignore
  if (stored) await rig.store.policies.write(stored.hash, stored.text);
  const policies = stored ? { 'spam-filter': { hash: stored.hash, publishedAt: iso(-DAY_MS) } } : {};
  await rig.store.policies.point({ estateHash: written.hash, policies }, current.etag);
  rig.clock.nowMs += 31_000;
}

/** Version 6 serves; a deployment of version 5 is kept for an hour. */
async function keeping(): Promise<Rig> {
  const rig = await newRig();
  await rig.store.lifecycles.save(KEY, { lifecycle: served({ retiring: [{ version: '5', deployment: KEPT, until: iso(HOUR_MS) }] }), taken: [], deliveries: [] }); // prettier-ignore
  endpoint(rig).deployments.set(KEPT, deployment(KEPT, '5'));
  await tell(rig, registered('6'));
  await rig.drain();
  return rig;
}

async function tell(rig: Rig, told: Parameters<Rig['store']['lifecycles']['append']>[1]): Promise<void> {
  await rig.store.lifecycles.append(KEY, told);
  await rig.queue.look(KEY);
}

/** Version 7 has 10 % of the traffic. */
async function inFlight(): Promise<Rig> {
  const rig = await newRig();
  rig.twins.models.register(WORKSPACE, 'spam-filter', '7', { at: rig.clock.now() });
  await tell(rig, registered('7'));
  for (let look = 0; look < 200 && (await rig.row())?.release?.stepVerifiedAt === undefined; look += 1)
    await rig.live(10_000);
  return rig;
}

const endpoint = (rig: Rig, name = 'spam-online') => {
  const found = rig.twins.endpoints.all.get(`${WORKSPACE}|${name}`);
  if (!found) throw new Error(`no endpoint ${name}`);
  return found;
};
/** Everything that people were told, taken out of the outbox as a delivery would. */
async function told(rig: Rig): Promise<readonly Notice[]> {
  const sent = mail.get(rig) ?? [];
  for (const { rowKey, delivery } of (await rig.load()).outbox) {
    sent.push(delivery.notice);
    await rig.store.outbox.sent(KEY, rowKey);
  }
  mail.set(rig, sent);
  return sent;
}
const mail = new Map<Rig, Notice[]>();
const kinds = async (rig: Rig) => (await told(rig)).map(({ kind }) => kind);

/** Passes asked for while `ms` go by, with a sweep each minute. */
async function asked(rig: Rig, ms: number): Promise<number> {
  let count = 0;
  for (let gone = 0; gone < ms; gone += MINUTE_MS) {
    rig.clock.nowMs += MINUTE_MS;
    rig.settle();
    await rig.sweep();
    count += await rig.drain();
    await told(rig);
  }
  return count;
}

describe('a policy that is withdrawn', () => {
  test('keeps the policy of a release under way in force to its end; then what was kept is cleaned up', async () => {
    const rig = await inFlight();
    await point(rig, {});
    await rig.live(2 * HOUR_MS);
    expect(await rig.row()).toMatchObject({ ended: [{ version: '7', end: 'released' }], retiring: [] });
    expect([...endpoint(rig).deployments.keys()]).toEqual([expect.stringMatching(/^m7-/)]);
    await asked(rig, 3 * MINUTE_MS);
    expect(await asked(rig, DAY_MS)).toBe(0);
  });

  test('leaves the kept deployment its time, then deletes it by the last policy, and is quiet', async () => {
    const rig = await keeping();
    await point(rig, {});
    await asked(rig, 30 * MINUTE_MS);
    expect([...endpoint(rig).deployments.keys()]).toEqual([OLD, KEPT]);
    await asked(rig, HOUR_MS);
    expect([...endpoint(rig).deployments.keys()]).toEqual([OLD]);
    expect(await asked(rig, DAY_MS)).toBe(0);
    expect(await rig.store.index.keys()).toEqual([]);
  });

  test('while it was paused until a time deletes what was kept once that time is over', async () => {
    const rig = await keeping();
    const { etag = '' } = await rig.load();
    const paused = {
      since: iso(),
      actor: 'calendar nights',
      reason: 'closed',
      calendar: 'nights',
      until: iso(2 * HOUR_MS),
    };
    await rig.store.lifecycles.save(KEY, { lifecycle: { ...((await rig.row()) ?? served()), conditions: { paused } }, taken: [], deliveries: [], etag }); // prettier-ignore
    await point(rig, {});
    await rig.queue.look(KEY);
    await asked(rig, 100 * MINUTE_MS);
    expect([...endpoint(rig).deployments.keys()]).toEqual([OLD, KEPT]);
    await asked(rig, HOUR_MS);
    expect([...endpoint(rig).deployments.keys()]).toEqual([OLD]);
    expect((await rig.row())?.conditions.paused).toBeUndefined();
  });

  test('refuses what is unread with a reason that people can read, and asks for nothing any more', async () => {
    const rig = await newRig();
    await point(rig, {});
    await tell(rig, command('pause'));
    await rig.store.index.promise(KEY, rig.clock.now());
    await rig.drain();
    const shown = await showModel(KEY, rig.deps);
    expect(Object.values(shown?.timeline[0]?.refused ?? {})).toEqual([expect.stringMatching(/no policy speaks/)]);
    expect(shown).toMatchObject({ unread: 0, waitingFor: 'a policy that speaks of it' });
    expect(await asked(rig, HOUR_MS)).toBe(0);
  });

  test('loses nothing that only a newer version of the app can read: it is set aside', async () => {
    const rig = await newRig();
    await tell(rig, registered('6'));
    await rig.drain();
    await point(rig, {});
    const unreadable = item({ kind: 'unreadable', text: '{"kind":"newer"}', why: 'not known' });
    await tell(rig, unreadable);
    await expect(rig.drain()).rejects.toThrow('cannot be read');
    await rig.unpoison();
    expect(await rig.store.history.heldItems(KEY)).toMatchObject([{ factKey: unreadable.factKey }]);
    expect(await rig.row()).toMatchObject({ conditions: { stalled: {} } });
  });

  test('and published anew goes on: a version that came meanwhile is released', async () => {
    const rig = await keeping();
    await point(rig, {});
    rig.twins.models.register(WORKSPACE, 'spam-filter', '7', { at: rig.clock.now() });
    await tell(rig, registered('7'));
    await rig.drain();
    expect(await rig.row()).toMatchObject({ waiting: { version: '7' }, conditions: { unpublished: {} } });
    await point(rig, { policy: POLICY });
    await asked(rig, 16 * MINUTE_MS);
    expect(await rig.row()).toMatchObject({ release: { version: '7' } });
    expect((await rig.row())?.conditions.unpublished).toBeUndefined();
  });

  test('is not believed of what was remembered: whoever is behind the pointer refuses nothing', async () => {
    const rig = await newRig();
    await point(rig, {});
    await rig.deps.policies.all();
    const current = await rig.store.policies.current();
    const stored = storedPolicy(policyFrom(POLICY, 'p.yaml', { 'smoke.json': '{"text": "hello"}' }));
    await rig.store.policies.point({ estateHash: current?.publication.estateHash ?? '', policies: { 'spam-filter': { hash: stored.hash, publishedAt: iso() } } }, current?.etag); // prettier-ignore
    rig.twins.models.register(WORKSPACE, 'spam-filter', '7', { at: rig.clock.now() });
    await tell(rig, registered('7'));
    await rig.drain();
    expect(await rig.row()).toMatchObject({ release: { version: '7' } });
  });

  test('whose deletion Azure refuses is asked for each day for a week, then never', async () => {
    const rig = await keeping();
    await point(rig, {});
    let refused = 0;
    Object.assign(rig.deps.endpoints, {
      deleteDeployment: async () => {
        refused += 1;
        throw new Refused('forbidden', 'Azure ML', 'no role');
      },
    });
    for (let hour = 0; hour < 24 * 20; hour += 1) {
      rig.clock.nowMs += HOUR_MS;
      await rig.sweep();
      await rig.drain();
    }
    expect(refused).toBeGreaterThanOrEqual(5);
    expect(refused).toBeLessThanOrEqual(8);
    expect(await rig.row()).toMatchObject({ retiring: [] });
    expect((await kinds(rig)).filter((kind) => kind === 'deletionRefused')).toHaveLength(1);
  });

  test('lets a training under way end, and begins nothing', async () => {
    const rig = await newRig();
    const current = await rig.store.policies.current();
    const { hash } = current?.publication.policies['spam-filter'] ?? { hash: '' };
    const training = { number: 1, phase: 'running', phaseSince: iso(), since: iso(), policy: hash, causes: [], more: 0, job: 'stw-x', attempt: 1, submittedAt: iso(), source: 's', pins: [], unpinned: [], spentMinutes: 0 } as const; // prettier-ignore
    const lifecycle = served({ training, waiting: { version: '7', since: iso() }, nextLook: iso() });
    await rig.store.lifecycles.save(KEY, { lifecycle, taken: [], deliveries: [] });
    rig.twins.models.register(WORKSPACE, 'spam-filter', '7', { at: rig.clock.now() });
    const job = { state: 'running', at: T0, tags: {}, inputs: {}, outputs: {} } as const;
    rig.twins.trainings.all.set(`${WORKSPACE}|stw-x`, job);
    await point(rig, {});
    await rig.queue.look(KEY);
    await rig.drain();
    expect(await rig.row()).toMatchObject({ waiting: { version: '7' }, training: { number: 1 } });
    rig.twins.trainings.all.set(`${WORKSPACE}|stw-x`, { ...job, state: 'failed' });
    await asked(rig, HOUR_MS);
    expect((await rig.row())?.training).toBeUndefined();
    expect(await rig.row()).toMatchObject({ waiting: { version: '7' }, conditions: { unpublished: {} } });
    expect(await asked(rig, 5 * MINUTE_MS)).toBeLessThanOrEqual(5);
    expect(await asked(rig, DAY_MS)).toBe(0);
    expect(await rig.store.index.keys()).toEqual([]);
  });
});

const ELSEWHERE = ESTATE.replace('ml-prod: {id', 'ml-other: {id').replaceAll('ml-prod', 'ml-other');

describe('a workspace that the estate allows no more', () => {
  test('is left alone: people are paged once with what is left there; it is looked at again, and goes on when it is back', async () => {
    const rig = await inFlight();
    await point(rig, { policy: POLICY, estate: ELSEWHERE });
    const before = rig.effects.filter((effect) => effect !== 'save').length;
    const count = await asked(rig, 6 * HOUR_MS);
    expect(count).toBeLessThanOrEqual(6 * 12 + 2);
    expect(rig.effects.filter((effect) => effect !== 'save')).toHaveLength(before);
    const paged = (await told(rig)).filter(({ kind }) => kind === 'workspaceWithdrawn');
    expect(paged).toMatchObject([{ audience: 'page', version: '7', live: expect.objectContaining({ [OLD]: 90 }), sentence: expect.stringMatching(/ml-prod/) }]); // prettier-ignore
    expect(await showModel(KEY, rig.deps)).toMatchObject({ waitingFor: expect.stringMatching(/workspace/) });
    await point(rig, { policy: POLICY });
    await asked(rig, 20 * MINUTE_MS);
    expect((await rig.row())?.conditions.withdrawn).toBeUndefined();
    await rig.live(HOUR_MS);
    expect(await rig.row()).toMatchObject({ ended: [{ version: '7', end: 'released' }] });
  });

  test('and has a command for it is obeyed once it is back', async () => {
    const rig = await inFlight();
    await point(rig, { policy: POLICY, estate: ELSEWHERE });
    await tell(rig, command('rollback', { release: 1 }));
    await rig.drain();
    expect(await rig.row()).toMatchObject({ release: { phase: 'rollingBack' } });
    expect(endpoint(rig).traffic).toMatchObject({ [OLD]: 90 });
    await point(rig, { policy: POLICY });
    await asked(rig, 16 * MINUTE_MS);
    expect(endpoint(rig).traffic).toEqual({ [OLD]: 100 });
  });

  test('lets what waits for people end when it was to end', async () => {
    const gone = { unreachable: { provider: 'workspace ml-prod', reason: 'gone', gone: 'estate' } } as const;
    const approval = {
      role: 'R',
      count: 1,
      fourEyes: false,
      evidence: 'e',
      askedAt: iso(),
      until: iso(HOUR_MS),
      given: [],
    };
    const by = policyOf(undefined, (p) => ({ ...p, approval: { role: 'R', count: 1, fourEyes: false, expiresMs: HOUR_MS, onTimeout: 'reject' } })); // prettier-ignore
    const look = (row: Lifecycle, at: number) => pass(row, { policy: by, facts: gone, at });
    const asked = look(releasing('awaitingApproval', { approval }), MINUTE_MS).next;
    expect(asked.release).toBeDefined();
    expect(look(asked, HOUR_MS)).toMatchObject({ closed: { end: 'rejected', cause: 'approvalExpired' } });
    expect(look(firstRelease('awaitingDecision'), 8 * DAY_MS)).toMatchObject({ closed: { cause: 'nobodyDecided' } });
    const given = [{ by: 'ann', actor: 'ann', reason: 'r', at: iso() }];
    const agreed = look(releasing('awaitingApproval', { approval: { ...approval, given } }), MINUTE_MS).next;
    expect(look(agreed, HOUR_MS).next.release).toMatchObject({ phase: 'awaitingApproval' });
    expect(look(agreed, DAY_MS)).toMatchObject({ closed: { end: 'aborted', cause: 'deadline' } });
  });

  test('whose name the estate gives to another one meanwhile is not mistaken for it', async () => {
    const rig = await inFlight();
    await point(rig, { policy: POLICY, estate: ESTATE.replace(WORKSPACE, WORKSPACE.replace('ml-prod', 'ml-second')) });
    await rig.live(MINUTE_MS);
    expect(await rig.row()).toMatchObject({ release: { phase: 'shifting' }, conditions: { withdrawn: {} } });
  });
});

/** Azure has no such workspace any more; the answer brings it back. */
function gone(rig: Rig): () => unknown {
  const whole = { ...rig.deps.endpoints };
  Object.assign(rig.deps.endpoints, { endpoint: noWorkspace, deployments: noWorkspace });
  return () => Object.assign(rig.deps.endpoints, whole);
}

async function noWorkspace(): Promise<never> {
  throw new Refused('noWorkspace', 'Azure ML', 'ParentResourceNotFound');
}

describe('a workspace that Azure says is gone', () => {
  test('is not believed at once, then paged once and looked at seldom; a passing answer changes nothing', async () => {
    const rig = await inFlight();
    const back = gone(rig);
    await asked(rig, 10 * MINUTE_MS);
    expect(await kinds(rig)).not.toContain('workspaceWithdrawn');
    expect(await rig.row()).toMatchObject({ release: { phase: 'shifting' } });
    await asked(rig, HOUR_MS);
    expect((await kinds(rig)).filter((kind) => kind === 'workspaceWithdrawn')).toHaveLength(1);
    expect(await kinds(rig)).not.toContain('unreachable');
    back();
    await asked(rig, 6 * MINUTE_MS);
    expect((await rig.row())?.conditions.withdrawn).toBeUndefined();
  });
});

/** The new endpoint, where a person has made a first deployment. */
function serveAt(rig: Rig): void {
  rig.twins.scoring.all.set(`${WORKSPACE}|spam-v2`, new Map());
  rig.twins.endpoints.all.set(`${WORKSPACE}|spam-v2`, { state: 'ready', traffic: { byhand: 100 }, mirror: {}, deployments: new Map([['byhand', { name: 'byhand', state: 'ready', version: '6', model: modelId('6') }]]) }); // prettier-ignore
}

describe('a policy that speaks of another endpoint', () => {
  test('holds from the end of a release under way; what was kept at the old one is deleted there; the next meets the new one afresh', async () => {
    const rig = await inFlight();
    serveAt(rig);
    await point(rig, { policy: NEW_ENDPOINT });
    await rig.live(HOUR_MS);
    expect(endpoint(rig).traffic).toEqual({ [(await ended(rig)).deployment]: 100 });
    await asked(rig, 20 * MINUTE_MS);
    expect([...endpoint(rig).deployments.keys()]).toEqual([(await ended(rig)).deployment]);
    expect(await rig.row()).toMatchObject({ place: { endpoint: 'spam-v2' }, retiring: [] });
    expect((await rig.row())?.champion).toBeUndefined();
    expect((await kinds(rig)).filter((kind) => kind === 'placeMoved')).toHaveLength(1);
    expect([...endpoint(rig, 'spam-v2').deployments.keys()]).toEqual(['byhand']);

    rig.twins.models.register(WORKSPACE, 'spam-filter', '8', { at: rig.clock.now() });
    await tell(rig, registered('8'));
    await rig.live(HOUR_MS);
    expect(await rig.row()).toMatchObject({ champion: { version: '8' }, ended: [{ version: '8', end: 'released' }, { version: '7' }] }); // prettier-ignore
    expect(Object.keys(endpoint(rig, 'spam-v2').traffic)).toEqual([expect.stringMatching(/^m8-/)]);
    expect(Object.keys(endpoint(rig).traffic)).toEqual([expect.stringMatching(/^m7-/)]);
  });

  test('of an idle model is gone by from the next listing on, and its items are taken there', async () => {
    const rig = await keeping();
    serveAt(rig);
    await point(rig, { policy: NEW_ENDPOINT });
    await asked(rig, 20 * MINUTE_MS);
    expect(await rig.row()).toMatchObject({ place: { endpoint: 'spam-v2' }, retiring: [] });
    expect([...endpoint(rig).deployments.keys()]).toEqual([OLD]);
    expect(endpoint(rig, 'spam-v2').traffic).toEqual({ byhand: 100 });
    expect((await rig.row())?.conditions.held).toBeUndefined();
    await asked(rig, 15 * MINUTE_MS);
    // The message of a look that was moved since.
    expect(await asked(rig, 2 * HOUR_MS)).toBeLessThanOrEqual(1);
  });

  test('waits an hour at most for an old one that does not answer; what is left there is told, commands are obeyed then', async () => {
    const rig = await keeping();
    serveAt(rig);
    await point(rig, { policy: NEW_ENDPOINT });
    const { endpoints } = rig.twins;
    Object.assign(rig.deps.endpoints, { deployments: async (workspace: string, name: string) => (name === 'spam-online' ? Promise.reject(new Unavailable('serverError', 'Azure ML', 'HTTP 503')) : endpoints.deployments(workspace, name)) }); // prettier-ignore
    await tell(rig, command('pause'));
    await asked(rig, 30 * MINUTE_MS);
    expect((await rig.load()).unread.map(({ item }) => item.happening.kind)).toContain('command');
    await asked(rig, 3 * HOUR_MS);
    expect(await rig.row()).toMatchObject({ place: { endpoint: 'spam-v2' }, conditions: { paused: { actor: 'ada' } } });
    expect((await told(rig)).find(({ kind }) => kind === 'placeMoved')?.sentence).toContain(KEPT);
  });

  test('in another workspace forgets the numbers of the old one', async () => {
    const rig = await keeping();
    const { etag = '' } = await rig.load();
    const breakingGlass = { version: '7', actor: 'root', reason: 'leaks', at: iso(), until: iso(4 * HOUR_MS) };
    const sending = { release: 6, version: '6', origin: {}, to: ['test'] };
    await rig.store.lifecycles.save(KEY, { lifecycle: { ...((await rig.row()) ?? served()), breakingGlass, sending }, taken: [], deliveries: [], etag }); // prettier-ignore
    const estate = ESTATE.replace(
      '}\nchannels',
      `, ml-second: {id: ${WORKSPACE.replace('ml-prod', 'ml-second')}, environment: prod}}\nchannels`,
    );
    await point(rig, { policy: POLICY.replace('workspace: ml-prod', 'workspace: ml-second'), estate });
    await asked(rig, 20 * MINUTE_MS);
    const row = await rig.row();
    expect(row).toMatchObject({ place: { workspace: expect.stringMatching(/ml-second$/) }, ended: [] });
    expect([row?.newestVersion, row?.champion, row?.traffic]).toEqual([undefined, undefined, undefined]);
    expect([row?.release, row?.breakingGlass, row?.sending]).toEqual([undefined, undefined, undefined]);
    const moved = (await told(rig)).find(({ kind }) => kind === 'placeMoved');
    expect(moved?.sentence).toMatch(/break-glass for version 7 that root ordered is void.*version 6 is not handed on/);
  });
});

async function ended(rig: Rig): Promise<{ readonly deployment: string }> {
  const [closed] = await rig.store.history.releases(KEY, 1);
  return { deployment: closed?.release.deployment ?? '' };
}

test('a text that is used is never deleted: the store has no way to', async () => {
  const rig = await newRig();
  expect(Object.keys(rig.store.policies).toSorted()).toEqual(['current', 'point', 'read', 'write']);
});
