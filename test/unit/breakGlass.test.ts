/** Break-glass over everything but Azure itself. */
import { describe, expect, test } from 'vitest';
import { showModel } from '../../src/lib/history.ts';
import { takeCommand, type CommandAnswer } from '../../src/lib/intake/commands.ts';
import type { Lifecycle } from '../../src/lib/core/lifecycle.ts';
import { mailOf } from '../../src/lib/core/message.ts';
import type { Notice } from '../../src/lib/core/notice.ts';
import { HOUR_MS, KEY, MINUTE_MS, OLD, registered, T0 } from './core/given.ts';
import { ESTATE, newRig, POLICY, WORKSPACE, type Rig } from './rig.ts';

const TENANT = '00000000-0000-0000-0000-0000000000e1';
const signIn = { tenant: TENANT, clientId: '00000000-0000-0000-0000-0000000000c1' };
const CLOSED = `calendars: {always: {timeZone: UTC, closed: [{from: "2026-01-01 00:00", to: "2027-01-01 00:00"}]}}\n`;
const ROLES = `${ESTATE}  risk: {email: {to: [risk@example.com]}}\nroles: {Admin: [root@example.com], ModelRisk: [ann@example.com, ben@example.com]}\n${CLOSED}`;
const STRICT = `${POLICY}approval: {role: ModelRisk, count: 2, expires: 30m}
freeze: {calendar: always, inFlight: rollback}
notify: {page: [oncall], decide: [risk], inform: [ml-oncall@example.com]}
`;

function principal(name: string): string {
  const id = `00000000-0000-0000-0000-0000000000${Buffer.from(name[0] ?? '').toString('hex')}`;
  const claims = [['oid', id], ['tid', TENANT], ['preferred_username', `${name}@example.com`]]; // prettier-ignore
  const told = { auth_typ: 'aad', claims: claims.map(([typ, val]) => ({ typ, val })), name_typ: '', role_typ: '' };
  return Buffer.from(JSON.stringify(told)).toString('base64');
}

let keys = 0;

function says(rig: Rig, command: string, who: string | undefined, body: object = {}, idempotencyKey = `k${++keys}`): Promise<CommandAnswer> {
  const asked = { key: KEY, name: command, body: { reason: 'v6 leaks', ...body }, idempotencyKey };
  return takeCommand({ ...asked, ...(who && { principal: principal(who) }) }, { ...rig.deps, signIn });
} // prettier-ignore

const smash = (rig: Rig, body: object = {}, key?: string) => says(rig, 'breakGlass', 'root', { version: '7', ...body }, key); // prettier-ignore

async function newModel(policy = STRICT): Promise<Rig> {
  const rig = await newRig({ policy, estate: ROLES });
  rig.twins.models.register(WORKSPACE, 'spam-filter', '7', { at: rig.clock.now() });
  return rig;
}

async function until(rig: Rig, holds: (row: Lifecycle) => boolean, stepMs = 10_000): Promise<void> {
  for (let look = 0; look < 200; look += 1) {
    const row = await rig.row();
    if (row && holds(row)) return;
    await rig.live(stepMs);
  }
  throw new Error('it never came to that');
}

const mail = new Map<Rig, { readonly notice: Notice; readonly channel: string }[]>();
/** What went out, as a delivery takes it. */
async function told(rig: Rig) {
  const sent = mail.get(rig) ?? [];
  for (const { rowKey, delivery } of (await rig.load()).outbox) {
    sent.push(delivery);
    await rig.store.outbox.sent(KEY, rowKey);
  }
  mail.set(rig, sent);
  return sent;
}

test('a version goes out past gate, approval and freeze, in steps, and everybody is told at once and at the end', async () => {
  const rig = await newModel();
  expect(await smash(rig)).toMatchObject({ status: 202 });
  await rig.drain();
  expect((await told(rig)).map(({ notice, channel }) => `${notice.kind} ${channel}`).toSorted()).toEqual(['breakGlass ml-oncall@example.com', 'breakGlass oncall', 'breakGlass risk']); // prettier-ignore
  const shown = await showModel(KEY, rig.deps);
  expect(shown?.release?.breakGlass).toEqual({ actor: 'root@example.com', by: expect.any(String), reason: 'v6 leaks', at: T0.toISOString(), until: new Date(T0.getTime() + 4 * HOUR_MS).toISOString() }); // prettier-ignore
  await rig.live(10 * MINUTE_MS);
  const { release } = (await rig.row()) ?? {};
  expect(release).toMatchObject({ phase: 'shifting', trail: [{ percent: 10 }], artifact: { verifiable: true } });
  await rig.live(90 * MINUTE_MS);
  expect((await rig.row())?.ended).toMatchObject([{ version: '7', end: 'released' }]);
  expect(rig.effects).not.toContain('submitEvaluation');
  const ends = (await told(rig)).filter(({ notice }) => notice.kind === 'released');
  expect(ends.map(({ channel }) => channel).toSorted()).toEqual(['ml-oncall@example.com', 'oncall', 'risk']);
  expect(ends[0]?.notice.breakGlass).toMatchObject({ actor: 'root@example.com', reason: 'v6 leaks' });
  const [closed] = await rig.store.history.releases(KEY, 1);
  expect(closed?.release.breakGlass).toMatchObject({ actor: 'root@example.com' });
});

describe('an order', () => {
  const orders: [string, (rig: Rig) => Promise<CommandAnswer>, number, RegExp][] = [
    ['by a name that is claimed', (rig) => says(rig, 'breakGlass', undefined, { version: '7', actor: 'root@example.com' }), 401, /Only who is signed in/],
    ['by somebody who is no Admin', (rig) => says(rig, 'breakGlass', 'ann', { version: '7' }), 403, /only a person of Admin/],
    ['without a version', (rig) => says(rig, 'breakGlass', 'root'), 400, /expected the version/],
    ['for longer than a day', (rig) => smash(rig, { until: new Date(T0.getTime() + 25 * HOUR_MS).toISOString() }), 400, /within 24 hours/],
    ['for a time that is over', (rig) => smash(rig, { until: T0.toISOString() }), 400, /a time to come/],
    ['for the whole estate', (rig) => smash(rig, { scope: 'estate' }), 400, /scope estate/],
    ['of another command with a version', (rig) => says(rig, 'pause', 'root', { version: '7' }), 400, /only breakGlass takes it/],
  ]; // prettier-ignore
  test.each(orders)('%s is refused at once', async (_, ask, status, why) => {
    const rig = await newModel();
    const answer = await ask(rig);
    expect(answer.status).toBe(status);
    expect(JSON.stringify(answer.body)).toMatch(why);
    expect((await rig.load()).unread).toEqual([]);
  });

  test('told twice is obeyed once; another one beside it is refused', async () => {
    const rig = await newModel();
    await smash(rig, {}, 'once');
    await smash(rig, {}, 'once');
    await rig.drain();
    await smash(rig, {}, 'once');
    expect(await smash(rig)).toMatchObject({ status: 409, body: { error: expect.stringMatching(/broke the glass already/), allowed: expect.arrayContaining(['rollback']) } }); // prettier-ignore
    await rig.drain();
    expect(await rig.row()).toMatchObject({ release: { number: 1 }, ended: [] });
  });

  test('of what serves is refused', async () => {
    const rig = await newModel();
    await smash(rig);
    await rig.live(100 * MINUTE_MS);
    expect(await smash(rig)).toMatchObject({ status: 409, body: { error: expect.stringMatching(/serves already/) } });
  });

  test('that is read too late does nothing', async () => {
    const rig = await newModel();
    await smash(rig);
    rig.clock.nowMs += 16 * MINUTE_MS;
    await rig.drain();
    expect((await rig.row())?.release).toBeUndefined();
    const [row] = (await rig.store.history.audit(KEY, 1, 10)).slice(-1);
    expect(Object.values(row?.refused ?? {})).toEqual([expect.stringMatching(/^expired unread/)]);
  });
});

test('an order that something kept from beginning until its time was over never begins, and everybody is told', async () => {
  const rig = await newModel();
  await smash(rig, { until: new Date(T0.getTime() + 20 * MINUTE_MS).toISOString() });
  expect((await says(rig, 'pause', 'root', { until: new Date(T0.getTime() + HOUR_MS).toISOString() })).status).toBe(
    202,
  );
  await rig.drain();
  expect(await rig.row()).toMatchObject({ breakingGlass: { version: '7' } });
  await rig.live(70 * MINUTE_MS);
  const row = await rig.row();
  expect([row?.release, row?.breakingGlass, row?.counters.release]).toEqual([undefined, undefined, 0]);
  const over = (await told(rig)).filter(({ notice }) => notice.kind === 'breakGlass');
  expect(over.map(({ channel }) => channel).toSorted()).toEqual(['ml-oncall@example.com', 'oncall', 'risk']);
  const mail = mailOf(over[0]?.notice ?? ({} as Notice), { baseUrl: 'https://steward.example.net' });
  expect(mail.subject).toMatch(/break-glass for v7 is over, it never began$/);
  expect(mail.text).toMatch(/Ordered by: root@example.com\nWhy: v6 leaks/);
});

describe('a release under way', () => {
  test('without traffic makes room: it ends, its deployment is deleted, nobody’s evaluation goes on', async () => {
    const rig = await newModel(POLICY);
    await rig.store.lifecycles.append(KEY, registered('7'));
    await rig.queue.look(KEY);
    await until(rig, ({ release }) => release?.phase === 'deploying');
    rig.twins.models.register(WORKSPACE, 'spam-filter', '8', { at: rig.clock.now() });
    expect((await smash(rig, { version: '8' })).status).toBe(202);
    await rig.drain();
    expect(await rig.row()).toMatchObject({ release: { version: '8', breakGlass: {} }, ended: [{ version: '7', end: 'aborted', cause: 'breakGlass' }] }); // prettier-ignore
    await rig.live(100 * MINUTE_MS);
    expect(await rig.row()).toMatchObject({ champion: { version: '8' } });
    const left = [...(rig.twins.endpoints.all.get(`${WORKSPACE}|spam-online`)?.deployments.keys() ?? [])];
    expect(left.filter((name) => name.startsWith('m7-'))).toEqual([]);
  });

  test('with traffic is not overtaken: refused with what is allowed now', async () => {
    const rig = await newModel(POLICY);
    await rig.store.lifecycles.append(KEY, registered('7'));
    await rig.queue.look(KEY);
    await until(rig, ({ release }) => release?.stepVerifiedAt !== undefined);
    const answer = await smash(rig, { version: '8' });
    expect(answer).toMatchObject({ status: 409, body: { allowed: expect.arrayContaining(['rollback']) } });
  });
});

describe('what broke the glass', () => {
  test('and has no live traffic when its time is over ends, told to all; its deployment is deleted', async () => {
    const rig = await newModel();
    await smash(rig, { until: new Date(T0.getTime() + 20 * MINUTE_MS).toISOString() });
    await rig.drain();
    expect((await says(rig, 'pause', 'root')).status).toBe(202);
    await rig.live(40 * MINUTE_MS);
    expect((await rig.row())?.ended).toMatchObject([{ end: 'aborted', cause: 'breakGlassExpired' }]);
    const ends = (await told(rig)).filter(({ notice }) => notice.kind === 'aborted');
    expect(ends.map(({ channel }) => channel)).toHaveLength(3);
  });

  test('is taken back by anybody’s rollback', async () => {
    const rig = await newModel();
    await smash(rig);
    await until(rig, ({ release }) => release?.stepVerifiedAt !== undefined);
    expect((await says(rig, 'rollback', undefined, { actor: 'eve', release: 1 })).status).toBe(202);
    await rig.live(20 * MINUTE_MS);
    expect(rig.twins.endpoints.all.get(`${WORKSPACE}|spam-online`)?.traffic).toEqual({ [OLD]: 100 });
    expect((await rig.row())?.ended).toMatchObject([{ end: 'rolledBack', cause: 'command' }]);
  });

  test('is rejected by whoever could have said no to it, while it has no traffic', async () => {
    const rig = await newModel();
    await smash(rig);
    await rig.live(30_000);
    expect((await says(rig, 'reject', 'eve', { release: 1 })).status).toBe(403);
    expect((await says(rig, 'reject', 'ann', { release: 1 })).status).toBe(202);
    await rig.drain();
    expect((await rig.row())?.ended).toMatchObject([{ end: 'rejected', cause: 'notApproved' }]);
  });

  test('is taken back by the canary as any', async () => {
    const rig = await newModel();
    rig.twins.scoring.all.set(`${WORKSPACE}|spam-online`, new Map());
    await smash(rig);
    await until(rig, ({ release }) => release?.stepVerifiedAt !== undefined);
    const challenger = (await rig.row())?.release?.deployment ?? '';
    for (let look = 0; look < 60 && (await rig.row())?.release?.phase !== 'rollingBack'; look += 1) {
      for (let n = 0; n < 40; n += 1) rig.twins.trafficMetrics.served.push({ workspace: WORKSPACE, endpoint: 'spam-online', deployment: challenger, at: new Date(rig.clock.nowMs + 5000), status: 500, durationMs: 20 }); // prettier-ignore
      await rig.live(60_000);
    }
    await rig.live(30 * MINUTE_MS);
    expect((await rig.row())?.ended).toMatchObject([{ end: 'rolledBack', cause: 'canary' }]);
  });

  test('is not let out when its files changed since the order was taken', async () => {
    const rig = await newModel();
    await smash(rig);
    await until(rig, ({ release }) => release?.artifact !== undefined, 1000);
    Object.assign(rig.deps.artifacts, { identity: async () => ({ digest: 'other', files: 1, verifiable: true }) });
    await rig.live(5 * MINUTE_MS);
    const [closed] = await rig.store.history.releases(KEY, 1);
    expect(closed?.cause).toBe('artifactChanged');
  });
});
