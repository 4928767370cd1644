import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from './given/eventually.ts';
import { ended, evaluationsOf, liveVersions, mailsTo, writesByGeneration } from './given/seen.ts';
import { startStack, type Stack } from './given/stack.ts';
import { aTeam, BY_CANARY, GOOD, published, WORSE, type Team } from './given/team.ts';

let stack: Stack;
let better: Team;
let worse: Team;
let failing: Team;

beforeAll(async () => {
  stack = await startStack();
  [better, worse, failing] = [await aTeam(stack, 'better'), await aTeam(stack, 'worse'), await aTeam(stack, 'failing')];
  await published(stack, BY_CANARY, better, worse, failing);
});
afterAll(() => stack.stop());

describe.concurrent('Given a model that serves all traffic and people who use it', { timeout: 60_000 }, () => {
  test('When a better version is registered, Then it is released by canary and takes all traffic', async () => {
    const clients = better.sendRequests(30);
    await better.register('2', GOOD);
    const status = await ended(better, '2', 'released');
    await clients.stop();

    expect(liveVersions(better)).toEqual({ 2: 100 });
    expect(status.champion).toMatchObject({ version: '2' });
    expect(status.retiring).toMatchObject([{ version: '1', deployment: 'first' }]);
    expect(status.releases[0]?.release.trail?.map(({ percent }) => percent)).toEqual([50, 100]);
    expect(writesByGeneration(stack, better)).toEqual({ 1: 1, 2: 1 });
    expect(evaluationsOf(stack, better)).toHaveLength(1);
    await eventually(() =>
      expect(mailsTo(stack, better).map(({ subject }) => subject)).toEqual([expect.stringContaining('v2 released')]),
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
    await eventually(() =>
      expect(mailsTo(stack, worse).map(({ subject }) => subject)).toEqual([expect.stringContaining('v2 rejected')]),
    );
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
      expect(mailsTo(stack, failing).map(({ subject }) => subject)).toEqual([
        expect.stringMatching(/v2 rolled back.*\(verified\)/),
      ]),
    );
  });
});
