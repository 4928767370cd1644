/** Approval over everything but Azure itself: commands come in over HTTP's door, passes run, rows are saved. */
import { describe, expect, test } from 'vitest';
import { publishTo } from '../../src/cli/policy/publication.ts';
import { showModel } from '../../src/lib/history.ts';
import { takeCommand, type CommandAnswer } from '../../src/lib/intake/commands.ts';
import { HOUR_MS, KEY, MINUTE_MS, modelId, registered, served } from './core/given.ts';
import { policyFrom } from './core/policy/given.ts';
import { breakOnce, ESTATE, newRig, POLICY, WORKSPACE, type Rig } from './rig.ts';

const TENANT = '00000000-0000-0000-0000-0000000000e1';
const signIn = { tenant: TENANT, clientId: '00000000-0000-0000-0000-0000000000c1' };
const ROLES = `${ESTATE}roles: {ModelRisk: [ann@example.com, ben@example.com, cid@example.com]}\n`;
const APPROVED = `${POLICY}approval: {role: ModelRisk, count: 2, expires: 30m}\n`;

type Name = 'ann' | 'ben' | 'cid' | 'eve';

function principal(name: Name): string {
  const id = `00000000-0000-0000-0000-0000000000${Buffer.from(name[0] ?? '').toString('hex')}`;
  const claims = [['oid', id], ['tid', TENANT], ['preferred_username', `${name}@example.com`], ['name', `Person ${name}`]]; // prettier-ignore
  const told = { auth_typ: 'aad', claims: claims.map(([typ, val]) => ({ typ, val })), name_typ: '', role_typ: '' };
  return Buffer.from(JSON.stringify(told)).toString('base64');
}

let keys = 0;

function says(rig: Rig, command: string, who: Name | undefined, body: object = {}, idempotencyKey = `k${++keys}`): Promise<CommandAnswer> {
  const asked = { key: KEY, name: command, body: { reason: 'because', ...body }, idempotencyKey };
  return takeCommand({ ...asked, ...(who && { principal: principal(who) }) }, { ...rig.deps, signIn });
} // prettier-ignore

const approve = (rig: Rig, who: Name, body: object = {}) => says(rig, 'approve', who, { release: 1, ...body });

/** Version 7 passed the gate, and people have been asked. */
async function asked(policy = APPROVED, registeredBy?: string): Promise<Rig> {
  const rig = await newRig({ policy, estate: ROLES });
  rig.twins.models.register(WORKSPACE, 'spam-filter', '7', { at: rig.clock.now(), ...(registeredBy === undefined ? {} : { registeredBy }) }); // prettier-ignore
  await rig.store.lifecycles.append(KEY, registered('7'));
  await rig.queue.look(KEY);
  await untilAsked(rig);
  return rig;
}

async function untilAsked(rig: Rig): Promise<void> {
  for (let look = 0; look < 60 && (await rig.row())?.release?.approval === undefined; look += 1) await rig.live(10_000);
  expect((await rig.row())?.release).toMatchObject({ phase: 'awaitingApproval', approval: { given: [] } });
}

const phase = async (rig: Rig) => (await rig.row())?.release?.phase;
const given = async (rig: Rig) => (await rig.row())?.release?.approval?.given.map(({ actor }) => actor);
/** Notices that went out, by kind. */
const told = async (rig: Rig) => (await rig.store.history.audit(KEY, 1, 1000)).flatMap(({ notices }) => notices);

test('two people approve, and the version goes its way to all traffic', async () => {
  const rig = await asked();
  expect((await approve(rig, 'ann')).status).toBe(202);
  await rig.live(MINUTE_MS);
  expect([await phase(rig), await given(rig)]).toEqual(['awaitingApproval', ['ann@example.com']]);
  expect((await approve(rig, 'ben')).status).toBe(202);
  await rig.live(90 * MINUTE_MS);
  expect((await rig.row())?.ended).toMatchObject([{ version: '7', end: 'released' }]);
  expect((await rig.store.history.releases(KEY, 1))[0]?.release.approval?.given).toMatchObject([{ actor: 'ann@example.com', reason: 'because' }, { actor: 'ben@example.com' }]); // prettier-ignore
});

describe('who may', () => {
  const refusals: [string, (rig: Rig) => Promise<CommandAnswer>, number, RegExp][] = [
    ['a name that is claimed', (rig) => says(rig, 'approve', undefined, { release: 1, actor: 'ann@example.com' }), 401, /Only who is signed in can approve/],
    ['somebody outside of the role', (rig) => approve(rig, 'eve'), 403, /only a person of ModelRisk can approve.*"allowed":\["pause","approve","reject"/],
    ['somebody outside of the role, whatever he claims', (rig) => approve(rig, 'eve', { actor: 'ann@example.com' }), 403, /only a person of ModelRisk/],
    ['a release that is not named', (rig) => says(rig, 'approve', 'ann'), 400, /approve must say which release it means/],
    ['another release', (rig) => approve(rig, 'ann', { release: 2 }), 409, /Release 2 is not the current one/],
    ['other evidence', (rig) => approve(rig, 'ann', { evidence: 'old' }), 409, /the evidence changed since then/],
    ['a reject that names nothing', (rig) => says(rig, 'reject', 'ann'), 400, /reject must say which release it means/],
    ['a reject of both', (rig) => says(rig, 'reject', 'ann', { release: 1, training: 1 }), 400, /either a training or a release/],
    ['a reject by a name that is claimed', (rig) => says(rig, 'reject', undefined, { release: 1, actor: 'ann' }), 401, /Only who is signed in can reject/],
    ['a header that cannot be read', (rig) => takeCommand({ key: KEY, name: 'approve', body: { reason: 'r', release: 1 }, idempotencyKey: 'k', principal: '{}' }, { ...rig.deps, signIn }), 400, /X-MS-CLIENT-PRINCIPAL.*expected base64/],
    ['a header where nobody can sign in', (rig) => takeCommand({ key: KEY, name: 'approve', body: { reason: 'r', release: 1 }, idempotencyKey: 'k', principal: principal('ann') }, rig.deps), 409, /set STEWARD_ENTRA_TENANT/],
  ]; // prettier-ignore
  test('is refused at once, and nothing is taken in', async () => {
    const rig = await asked();
    for (const [what, ask, status, why] of refusals) {
      const answer = await ask(rig);
      expect([what, answer.status]).toEqual([what, status]);
      expect(JSON.stringify(answer.body)).toMatch(why);
    }
    expect((await rig.load()).unread).toEqual([]);
    await rig.live(MINUTE_MS);
    expect([await phase(rig), await given(rig)]).toEqual(['awaitingApproval', []]);
  });

  test('one who started it may not', async () => {
    const rig = await asked(APPROVED, 'Person Ann');
    expect(await approve(rig, 'ann')).toMatchObject({ status: 403, body: { error: expect.stringMatching(/four eyes/) } }); // prettier-ignore
    expect((await approve(rig, 'ben')).status).toBe(202);
  });

  test('one who asked for the training may not, under whatever name he did', async () => {
    const rig = await newRig({ policy: `${APPROVED}training: {when: {drift: true}}\n`, estate: ROLES });
    expect((await says(rig, 'retrain', 'ann', { actor: 'somebody else' })).status).toBe(202);
    await rig.drain();
    const { request, training } = (await rig.row()) ?? {};
    expect((request ?? training)?.causes).toMatchObject([{ kind: 'command', actor: 'ann@example.com', by: expect.stringMatching(/61$/) }]); // prettier-ignore
  });

  test('a rollback goes through though the header cannot be read', async () => {
    const rig = await asked();
    const order = { key: KEY, name: 'rollback', body: { actor: 'ada', reason: 'r', release: 1 }, idempotencyKey: 'k', principal: '{}' }; // prettier-ignore
    expect((await takeCommand(order, { ...rig.deps, signIn })).status).toBe(202);
    await rig.drain();
    expect((await rig.row())?.ended).toMatchObject([{ end: 'aborted', cause: 'command' }]);
  });
});

describe('an approval told twice', () => {
  test('under one key is one command; under another it is refused', async () => {
    const rig = await asked();
    const twice = async (key: string) => (await says(rig, 'approve', 'ann', { release: 1 }, key)).status;
    expect([await twice('same'), await twice('same')]).toEqual([202, 202]);
    await rig.drain();
    expect([await twice('same'), await twice('other')]).toEqual([202, 409]);
    await rig.live(MINUTE_MS);
    expect([await phase(rig), await given(rig)]).toEqual(['awaitingApproval', ['ann@example.com']]);
  });

  test('in one pass counts once', async () => {
    const rig = await asked();
    for (const key of ['one', 'two']) await says(rig, 'approve', 'ann', { release: 1 }, key);
    await rig.live(MINUTE_MS);
    expect([await phase(rig), await given(rig)]).toEqual(['awaitingApproval', ['ann@example.com']]);
  });
});

describe('when the process dies', () => {
  test.each(['before', 'after'] as const)('%s the save, no approval is lost and none counts twice', async (when) => {
    const rig = await asked();
    await approve(rig, 'ann');
    breakOnce(rig.deps.lifecycles, 'save', new Error('the process died'), when);
    await expect(rig.drain()).rejects.toThrow('died');
    rig.clock.nowMs += MINUTE_MS;
    await rig.sweep();
    await rig.live(MINUTE_MS);
    expect([await phase(rig), await given(rig)]).toEqual(['awaitingApproval', ['ann@example.com']]);
    await approve(rig, 'ben');
    await rig.live(90 * MINUTE_MS);
    expect((await rig.row())?.ended).toMatchObject([{ version: '7', end: 'released' }]);
  });
});

describe('what was approved is void', () => {
  test('when files changed since: judged again, asked again, and nothing was deployed', async () => {
    const rig = await asked();
    await approve(rig, 'ann');
    await rig.drain();
    const evidence = (await rig.row())?.release?.approval?.evidence;
    rig.twins.artifacts.all.set(`${WORKSPACE}|spam-filter|7`, new Map([['model.json', 'changed']]));
    await approve(rig, 'ben', { evidence });
    await rig.drain();
    expect(await told(rig)).toEqual(['r1-approvalNeeded', 'r1-approvalVoid']);
    expect((await rig.row())?.release).toMatchObject({ number: 1, phase: 'evaluating' });
    await untilAsked(rig);
    expect(rig.effects).not.toContain('createDeployment');
    expect(await told(rig)).toEqual(['r1-approvalNeeded', 'r1-approvalVoid', 'r1-approvalNeeded-2']);
    expect(await approve(rig, 'ann', { evidence })).toMatchObject({ status: 409 });
    await approve(rig, 'ann');
    await approve(rig, 'cid');
    await rig.live(90 * MINUTE_MS);
    expect((await rig.row())?.ended).toMatchObject([{ version: '7', end: 'released' }]);
  });

  test('when the evaluation says something else', async () => {
    const rig = await asked();
    const [name] = [...rig.twins.runs.all.keys()];
    const run = rig.twins.runs.all.get(name ?? '');
    if (!name || !run) throw new Error('nothing was evaluated');
    rig.twins.runs.all.set(name, { ...run, predictions: (run.predictions ?? []).slice(0, 90) });
    await approve(rig, 'ann');
    await approve(rig, 'ben');
    await rig.drain();
    expect(await told(rig)).toEqual(['r1-approvalNeeded', 'r1-approvalVoid']);
    expect(rig.effects).not.toContain('createDeployment');
  });

  test('when another policy is published, which holds from then on', async () => {
    const rig = await asked();
    await approve(rig, 'ann');
    await rig.drain();
    const before = (await rig.row())?.release?.policy;
    const three = APPROVED.replace('count: 2', 'count: 3');
    await publishTo(rig.store.policies, [policyFrom(three, 'p.yaml', { 'smoke.json': '{"text": "hello"}' })], undefined, rig.clock.now()); // prettier-ignore
    rig.clock.nowMs += MINUTE_MS;
    await approve(rig, 'ben');
    await rig.drain();
    await untilAsked(rig);
    const { release } = (await rig.row()) ?? {};
    expect([release?.policy === before, release?.approval?.count, release?.number]).toEqual([false, 3, 1]);
  });
});

describe('nobody decides', () => {
  test('in time: rejected, told, and retry gives the version another number', async () => {
    const rig = await asked();
    await approve(rig, 'ann');
    await rig.live(31 * MINUTE_MS);
    expect((await rig.row())?.ended).toMatchObject([{ number: 1, end: 'rejected', cause: 'approvalExpired' }]);
    expect(await told(rig)).toEqual(['r1-approvalNeeded', 'r1-rejected']);
    expect(rig.effects).not.toContain('createDeployment');
    expect((await approve(rig, 'ben')).status).toBe(409);

    expect(await says(rig, 'retry', undefined, { actor: 'ada' })).toMatchObject({ status: 400, body: { error: 'retry must say which release it means' } }); // prettier-ignore
    expect((await says(rig, 'retry', 'cid', { release: 1 })).status).toBe(202);
    await untilAsked(rig);
    expect((await rig.row())?.release).toMatchObject({ number: 2, version: '7', retry: { of: 1, actor: 'cid@example.com' } }); // prettier-ignore
    expect((await says(rig, 'approve', 'cid', { release: 2 })).status).toBe(403);
  });

  test('and an approval that nobody asks for is refused', async () => {
    const rig = await newRig({ policy: APPROVED, estate: ROLES });
    await rig.store.lifecycles.save(KEY, { lifecycle: served(), taken: [], deliveries: [] });
    expect(await approve(rig, 'ann')).toMatchObject({ status: 409, body: { error: 'approve would do nothing now' } });
  });
});

test('the status shows who has approved, who may, and until when', async () => {
  const rig = await asked();
  await approve(rig, 'ann');
  await rig.drain();
  const row = await rig.row();
  const status = await showModel(KEY, { ...rig.deps, signIn });
  expect(status).toMatchObject({
    state: 'awaitingApproval', waitingFor: `people: 1 of 2 of ModelRisk approved, until ${row?.release?.approval?.until}`,
    commands: expect.arrayContaining(['approve', 'reject', 'rollback']),
    approval: {
      role: 'ModelRisk', who: ['ann@example.com', 'ben@example.com', 'cid@example.com'], notWho: [], needed: 2, until: row?.release?.approval?.until,
      given: [{ actor: 'ann@example.com', reason: 'because' }], evidence: row?.release?.approval?.evidence, onTimeout: 'reject',
    },
  }); // prettier-ignore
  expect(status?.approval).not.toHaveProperty('impossible');
  expect((await showModel(KEY, rig.deps))?.approval?.impossible).toMatch(/STEWARD_ENTRA_TENANT/);
  expect(Date.parse(row?.release?.approval?.until ?? '') - Date.parse(row?.release?.approval?.askedAt ?? '')).toBe(HOUR_MS / 2); // prettier-ignore
});

test('a policy that speaks of another endpoint does not take the release along there: it stays what people were asked about', async () => {
  const rig = await asked();
  const { deployments } = rig.twins.endpoints.all.get(`${WORKSPACE}|spam-online`) ?? {};
  rig.twins.endpoints.all.set(`${WORKSPACE}|spam-v2`, { state: 'ready', traffic: { byhand: 100 }, mirror: {}, deployments: new Map([['byhand', { name: 'byhand', state: 'ready', version: '6', model: modelId('6') }]]) }); // prettier-ignore
  rig.twins.scoring.all.set(`${WORKSPACE}|spam-v2`, new Map());
  await rig.publish(APPROVED.replace('spam-online', 'spam-v2'));
  await rig.live(MINUTE_MS);
  for (const who of ['ann', 'ben'] as const) expect((await approve(rig, who)).status).toBe(202);
  await rig.live(2 * HOUR_MS);
  expect((await rig.row())?.conditions.held).toBeUndefined();
  expect((await rig.row())?.ended).toMatchObject([{ version: '7', end: 'released' }]);
  expect([...(deployments?.keys() ?? [])].some((name) => name.startsWith('m7-'))).toBe(true);
  expect(rig.twins.endpoints.all.get(`${WORKSPACE}|spam-v2`)?.traffic).toEqual({ byhand: 100 });
});

test('an approval that names no evidence is of what was asked when it was said, though it is stored later', async () => {
  const rig = await asked();
  const whole = rig.deps.index.promise.bind(rig.deps.index);
  const before = (await rig.row())?.release?.approval?.evidence;
  let stalls = true;
  Object.assign(rig.deps.index, {
    promise: async (...given: Parameters<typeof whole>) => {
      if (stalls) {
        stalls = false;
        await rig.publish(APPROVED.replace('bake: 10m', 'bake: 11m'));
        for (let look = 0; look < 30 && (await rig.row())?.release?.voided === undefined; look += 1) {
          await rig.queue.look(KEY, { look: (await rig.row())?.nextLook ?? '' });
          await rig.live(10_000);
        }
        await untilAsked(rig);
      }
      return whole(...given);
    },
  });
  expect((await approve(rig, 'ann')).status).toBe(202);
  await rig.drain();
  expect((await rig.row())?.release?.approval?.evidence).not.toBe(before);
  expect(await given(rig)).toEqual([]);
});
