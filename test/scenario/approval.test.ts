import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ModelDetail } from '../../src/lib/history.ts';
import { eventually } from './given/eventually.ts';
import { ended, liveVersions, mailsTo, subjectsTo } from './given/seen.ts';
import { startStack, type Stack } from './given/stack.ts';
import { aTeam, AT_ONCE, GOOD, published, type Team } from './given/team.ts';

const TENANT = '00000000-0000-0000-0000-0000000000e1';
const id = (letter: string) => `00000000-0000-0000-0000-0000000000${letter}0`;
/** Named in the estate by object id, by sign-in name and by app role; `eve` is of no role. */
const PEOPLE = [
  { objectId: id('a'), signInName: 'ann@example.com' },
  { objectId: id('b'), signInName: 'ben@example.com' },
  { objectId: id('c'), signInName: 'cid@example.com', roles: ['ModelRisk.Approver'] },
  { objectId: id('e'), signInName: 'eve@example.com', roles: ['Reader'] },
];
const ROLES = `roles: { ModelRisk: ["${id('a')}", ben@example.com, ModelRisk.Approver] }\n`;
const APPROVAL = 'approval: { role: ModelRisk, count: 2, expires: 48h }\n';
const BRIEF = 'approval: { role: ModelRisk, expires: 20m }\n';

let stack: Stack;
let team: Team;
let silent: Team;

beforeAll(async () => {
  stack = await startStack({ signIn: { tenant: TENANT, people: PEOPLE } });
  stack.estate(ROLES);
  [team, silent] = [await aTeam(stack, 'approved', { lines: APPROVAL }), await aTeam(stack, 'silent', { lines: BRIEF })]; // prettier-ignore
  await published(stack, AT_ONCE, team, silent);
});
afterAll(() => stack.stop());

function says(of: Team, command: string, who: string | undefined, order: object, headers: Record<string, string> = {}) {
  const token = who === undefined ? {} : { authorization: `Bearer ${stack.host.token(`${who}@example.com`)}` };
  return stack.ask(`/api/models/${of.environment}/${of.model}/${command}`, { reason: 'a scenario', ...order }, { ...token, ...headers }); // prettier-ignore
}

function askedFor(of: Team): Promise<ModelDetail & { readonly approval: NonNullable<ModelDetail['approval']> }> {
  return eventually(async () => {
    const status = await of.status();
    expect(status).toMatchObject({ state: 'awaitingApproval', approval: { given: [] } });
    return { ...status, approval: status.approval! };
  });
}

/** What the platform would write, written by the caller himself. */
function forged(): Record<string, string> {
  const claims = [{ typ: 'oid', val: id('b') }, { typ: 'tid', val: TENANT }, { typ: 'preferred_username', val: 'ben@example.com' }]; // prettier-ignore
  const principal = { auth_typ: 'aad', claims, name_typ: '', role_typ: '' };
  return { 'x-ms-client-principal': Buffer.from(JSON.stringify(principal)).toString('base64') };
}

describe.concurrent('Given a policy by which two people must approve', { timeout: 60_000 }, () => {
  test('When a version passes the gate, Then they are asked by mail, nobody can forge their word, and their approvals release it', async () => {
    await team.register('2', GOOD);
    const { approval, release } = await askedFor(team);
    expect(approval).toMatchObject({ role: 'ModelRisk', needed: 2, who: [id('a'), 'ben@example.com', 'ModelRisk.Approver'] }); // prettier-ignore
    await eventually(() => expect(mailsTo(stack, team)).toHaveLength(1));
    const mail = mailsTo(stack, team)[0]!;
    expect(mail.subject).toMatch(/^approved prod: approve v2\? Needs 2 of ModelRisk before /);
    expect(mail.text).toMatch(/Nothing happens unless you act/);
    expect(mail.text).toContain(`"evidence":"${approval.evidence}"`);
    const order = { release: release?.number, evidence: approval.evidence };

    expect((await says(team, 'approve', 'ann', order)).status).toBe(202);
    expect((await says(team, 'approve', undefined, { ...order, actor: 'ben@example.com' })).status).toBe(401);
    expect((await says(team, 'approve', undefined, { ...order, actor: 'ben@example.com' }, forged())).status).toBe(401);
    expect((await says(team, 'approve', 'eve', order, forged())).status).toBe(403);
    await eventually(async () => expect((await team.status()).approval?.given).toHaveLength(1));
    expect((await says(team, 'approve', 'ann', order)).status).toBe(409);
    expect(liveVersions(team)).toEqual({ 1: 100 });
    expect([...team.endpoint.deployments.keys()]).toEqual(['first']);

    expect((await says(team, 'approve', 'cid', order)).status).toBe(202);
    const done = await ended(team, '2', 'released');
    expect(liveVersions(team)).toEqual({ 2: 100 });
    expect(done.releases[0]?.release.approval?.given).toMatchObject([
      { actor: 'ann@example.com', by: id('a'), reason: 'a scenario' },
      { actor: 'cid@example.com', by: id('c') },
    ]);
  });

  test('When nobody decides in time, Then it is rejected and told, and retry asks anew under another number', async () => {
    await silent.register('2', GOOD);
    const { release } = await askedFor(silent);
    await ended(silent, '2', 'rejected', 'approvalExpired');
    await eventually(() => expect(subjectsTo(stack, silent)).toHaveLength(2));
    expect(mailsTo(stack, silent).map(({ text }) => text)).toContainEqual(expect.stringContaining('/retry'));
    expect(liveVersions(silent)).toEqual({ 1: 100 });

    expect(await silent.command('retry', { release: release?.number })).toMatchObject({ status: 202 });
    const again = await askedFor(silent);
    expect(again.release?.number).toBe((release?.number ?? 0) + 1);
    expect((await says(silent, 'reject', 'ben', { release: again.release?.number })).status).toBe(202);
    await ended(silent, '2', 'rejected', 'notApproved');
  });
});
