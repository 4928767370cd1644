import { afterAll, beforeAll, expect, test } from 'vitest';
import { ended, liveVersions } from './given/seen.ts';
import { startStack, type Stack } from './given/stack.ts';
import { aTeam, BY_CANARY, GOOD, published, type Team } from './given/team.ts';

let stack: Stack;
let team: Team;

beforeAll(async () => {
  stack = await startStack();
  team = await aTeam(stack, 'logged');
  await published(stack, BY_CANARY.replace('canary: {', 'canary: { traffic: log,'), team);
}, 120_000);
afterAll(() => stack.stop());

test('Given a policy that says traffic: log, When a better version is registered, Then it is released by canary though no metrics can be read', { timeout: 60_000 }, async () => {
  const metrics = { id: 'metrics', service: 'monitor', kind: 'status', status: 403, times: Number.POSITIVE_INFINITY, seen: 0 } as const;
  stack.world.faults.push({ ...metrics });
  const clients = team.sendRequests(60);
  await team.register('2', GOOD);
  const { releases } = await ended(team, '2', 'released');
  await clients.stop();

  expect(liveVersions(team)).toEqual({ 2: 100 });
  const [{ release } = {}] = releases;
  expect(release?.trail?.map(({ percent }) => percent)).toEqual([50, 100]);
  expect(releases[0]?.release.canary?.challenger.requests).toBeGreaterThan(0);
  expect(stack.world.faults.map(({ seen }) => seen)).toEqual([0]);
  expect(stack.world.calls.filter(({ service, status }) => service === 'logs' && status !== 200)).toEqual([]);
}); // prettier-ignore
