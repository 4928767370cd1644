import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from './given/eventually.ts';
import { ended, evaluationsOf, liveVersions, mailsTo, subjectsTo, writesByGeneration } from './given/seen.ts';
import { startStack, type Stack } from './given/stack.ts';
import { aTeam, AT_ONCE, BY_CANARY, GOOD, published, WORSE, type Team } from './given/team.ts';

const ANN = {
  objectId: '00000000-0000-0000-0000-0000000000a0',
  signInName: 'ann@example.com',
  displayName: 'Ann Ames',
};
const BEN = {
  objectId: '00000000-0000-0000-0000-0000000000b0',
  signInName: 'ben@example.com',
  displayName: 'Ben Baker',
};
const SIGN_IN = { tenant: '00000000-0000-0000-0000-0000000000e1', people: [ANN, BEN] };
const FROM_DEV_TO_PROD = `steward: 1
model: chained
owners: [chained@example.com]
environments:
  dev: { workspace: ml-dev, endpoint: chained-dev }
  test: { workspace: ml-test, endpoint: chained-test, after: dev }
  prod: { workspace: ml-prod, endpoint: chained-prod, after: test, approval: { role: ModelRisk }, rollout: ${BY_CANARY} }
evaluation: { job: evaluate-tiny, data: holdout }
gate: { metric: accuracy, better: higher }
rollout: ${AT_ONCE}
`;

let stack: Stack;
let better: Team;
let worse: Team;
let failing: Team;
let leaking: Team;
let dev: Team;
let inTest: Team;
let prod: Team;

beforeAll(async () => {
  stack = await startStack({ workspaces: ['ml-prod', 'ml-dev', 'ml-test'].map((name) => ({ name })), signIn: SIGN_IN });
  stack.estate('roles: { ModelRisk: [ann@example.com, ben@example.com] }\n');
  [better, worse, failing] = [await aTeam(stack, 'better'), await aTeam(stack, 'worse'), await aTeam(stack, 'failing')];
  leaking = await aTeam(stack, 'leaking');
  const chained = (name: string) => aTeam(stack, 'chained', { workspace: `ml-${name}`, endpoint: `chained-${name}` });
  [dev, inTest, prod] = [await chained('dev'), await chained('test'), await chained('prod')];
  const { exitCode, output } = await stack.publish(FROM_DEV_TO_PROD);
  if (exitCode !== 0) throw new Error(output);
  await published(stack, BY_CANARY, better, worse, failing, leaking);
});
afterAll(() => stack.stop());

describe.concurrent('Given a model that serves all traffic and people who use it', { timeout: 60_000 }, () => {
  test('When a better version is registered, Then it is released by canary and takes all traffic', { timeout: 120_000 }, async () => {
    const clients = better.sendRequests(30);
    await better.register('2', GOOD);
    const status = await ended(better, '2', 'released', undefined, 100_000);
    await clients.stop();

    expect(liveVersions(better)).toEqual({ 2: 100 });
    expect(status.champion).toMatchObject({ version: '2' });
    expect(status.retiring).toMatchObject([{ version: '1', deployment: 'first' }]);
    expect(status.releases[0]?.release.trail?.map(({ percent }) => percent)).toEqual([50, 100]);
    expect(writesByGeneration(stack, better)).toEqual({ 1: 1, 2: 1 });
    expect(evaluationsOf(stack, better)).toHaveLength(1);
    await eventually(() =>
      expect(subjectsTo(stack, better)).toEqual([expect.stringContaining('v2 released')]),
    );
    const failed = stack.world.served.filter(({ endpoint, status }) => endpoint === better.endpoint.name && status !== 200);
    expect(failed).toEqual([]);
  }); // prettier-ignore

  test('When a worse version is registered, Then it is rejected and nothing is deployed', async () => {
    await worse.register('2', WORSE);
    const status = await ended(worse, '2', 'rejected', 'gate');

    expect(liveVersions(worse)).toEqual({ 1: 100 });
    expect([...worse.endpoint.deployments.keys()]).toEqual(['first']);
    expect(writesByGeneration(stack, worse)).toEqual({});
    expect(status.champion).toMatchObject({ version: '1', deployment: 'first' });
    await eventually(() => expect(subjectsTo(stack, worse)).toEqual([expect.stringContaining('v2 rejected')]));
  });

  test('When a version fails on live requests that its holdout lacks, Then it is rolled back and that is verified', async () => {
    const clients = failing.sendRequests(60);
    await failing.register('2', { ...GOOD, failsFrom: 500 });
    const status = await ended(failing, '2', 'rolledBack', 'canary');
    await clients.stop();

    expect(liveVersions(failing)).toEqual({ 1: 100 });
    expect(status.champion).toMatchObject({ version: '1' });
    expect(status.traffic?.verified?.split).toEqual({ first: 100 });
    expect(status.releases[0]?.release.rollback?.restoredAt).toBeDefined();
    expect(writesByGeneration(stack, failing)).toEqual({ 1: 1, 2: 1 });
    await eventually(() =>
      expect(subjectsTo(stack, failing)).toEqual([expect.stringMatching(/v2 rolled back.*\(verified\)/)]),
    );
  });

  test('When a version answers well and fills its memory, Then it never passes, and is rolled back before it is full', { timeout: 170_000 }, async () => {
    const clients = leaking.sendRequests(30);
    await leaking.register('2', GOOD);
    const { release } = await eventually(async () => {
      const status = await leaking.status();
      expect(status.release?.stepVerifiedAt).toBeDefined();
      return status;
    });
    leaking.endpoint.deployments.get(release!.deployment!)!.memory = { perMinute: 1, since: stack.world.clock.now() };
    const status = await ended(leaking, '2', 'rolledBack', 'canary', 150_000);
    await clients.stop();

    expect(liveVersions(leaking)).toEqual({ 1: 100 });
    const { release: judged, reasons = [] } = status.releases[0] ?? {};
    expect(reasons.filter(({ verdict }) => verdict === 'fail').map(({ rule }) => rule)).toEqual(['canary.memory']);
    expect(judged?.trail?.map(({ percent }) => percent)).toEqual([50]);
    const failed = stack.world.served.filter(({ endpoint, status }) => endpoint === leaking.endpoint.name && status !== 200);
    expect(failed).toEqual([]);
    await eventually(() => expect(subjectsTo(stack, leaking)).toContainEqual(expect.stringMatching(/v2 rolled back.*\(verified\)/)));
  }); // prettier-ignore

  test('When a version goes from dev over test to prod, Then prod waits for a person other than who registered it, and for another when traffic was moved by hand', { timeout: 120_000 }, async () => {
    const clients = prod.sendRequests(60);
    await dev.register('2', GOOD, ANN.displayName);
    await ended(dev, '2', 'released');
    await ended(inTest, '2', 'released');
    const { release, approval } = await eventually(async () => {
      const status = await prod.status();
      expect(status).toMatchObject({ state: 'awaitingApproval', approval: { given: [], notWho: [ANN.displayName] } });
      return status;
    });
    expect([liveVersions(prod), [...prod.endpoint.deployments.keys()]]).toEqual([{ 1: 100 }, ['first']]);
    const approve = (who: typeof ANN) => stack.ask('/api/models/prod/chained/approve', { reason: 'a scenario', release: release?.number, evidence: approval?.evidence }, { authorization: `Bearer ${stack.host.token(who.signInName)}` });
    expect(await approve(ANN)).toMatchObject({ status: 403, body: { error: expect.stringContaining('four eyes') } });
    expect((await approve(BEN)).status).toBe(202);

    const { deployment = '' } = await eventually(async () => {
      const status = await prod.status();
      expect(status.release?.stepVerifiedAt).toBeDefined();
      return status.release!;
    });
    await prod.moveTraffic({ first: 20, [deployment]: 80 });
    await eventually(async () => expect((await prod.status()).conditions.held).toBeDefined());
    expect(liveVersions(prod)).toEqual({ 1: 20, 2: 80 });
    expect(await prod.command('revert')).toMatchObject({ status: 202 });
    const { releases } = await ended(prod, '2', 'released');
    await clients.stop();

    expect([dev, inTest, prod].map(liveVersions)).toEqual([{ 2: 100 }, { 2: 100 }, { 2: 100 }]);
    expect(releases[0]?.release.approval?.given).toMatchObject([{ by: BEN.objectId }]);
    expect(releases[0]?.release.trail?.map(({ percent }) => percent)).toEqual([50, 100]);
    // The hand's write carries the mark of the one before it.
    expect(writesByGeneration(stack, prod)).toEqual({ 1: 2, 2: 1, 3: 1 });
    expect([dev, inTest, prod].map((each) => evaluationsOf(stack, each).length)).toEqual([1, 1, 1]);
    await eventually(() => expect(mailsTo(stack, prod)).toHaveLength(5));
    expect(subjectsTo(stack, prod).map((subject) => subject.replace(/ before .*/, ''))).toEqual([
      'chained dev: v2 released, serves 100 % instead of v1',
      'chained prod: approve v2? Needs 1 of ModelRisk',
      'chained prod: live traffic was changed, but not by Steward: your choice',
      'chained prod: v2 released, serves 100 % instead of v1',
      'chained test: v2 released, serves 100 % instead of v1',
    ]);
    const released = mailsTo(stack, prod).find(({ subject }) => subject.startsWith('chained prod: v2 released'));
    expect(released?.text).toContain('Approved by: ben@example.com at ');
  }); // prettier-ignore
});
