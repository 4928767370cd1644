import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Fault } from '../../emulator/world.ts';
import { eventually } from '../scenario/given/eventually.ts';
import { ended, evaluationsOf, liveVersions, mailsTo, writesByGeneration } from '../scenario/given/seen.ts';
import { startStack, type Stack } from '../scenario/given/stack.ts';
import { aTeam, AT_ONCE, GOOD, published, type Team } from '../scenario/given/team.ts';

let stack: Stack;
let team: Team;

beforeAll(async () => {
  stack = await startStack();
  team = await aTeam(stack, 'crashed');
  await published(stack, AT_ONCE, team);
});
afterAll(() => stack.stop());

describe('Given a release', { timeout: 60_000 }, () => {
  test('When the app is killed in each write that it sends, Then after its restarts no step was done twice', async () => {
    const places = [
      { method: 'PUT', path: '/jobs/stw-' },
      { method: 'PUT', path: `/onlineEndpoints/${team.endpoint.name}/deployments/m2-` },
      { method: 'PUT', path: `/onlineEndpoints/${team.endpoint.name}$` },
    ];
    const faults = places.map((place, index): Fault => ({
      ...place, id: `slow-${index}`, service: 'arm', kind: 'delay', delayMs: 30_000, times: 1, seen: 0,
    })); // prettier-ignore
    stack.world.faults.push(...faults);
    await team.register('2', GOOD);
    for (const fault of faults) {
      await eventually(() => expect(fault.seen).toBe(1));
      await stack.host.kill('SIGKILL');
      await stack.host.restart();
    }
    const status = await ended(team, '2', 'released');

    expect(liveVersions(team)).toEqual({ 2: 100 });
    expect(status.ended).toHaveLength(1);
    expect(evaluationsOf(stack, team)).toHaveLength(1);
    expect([...team.endpoint.deployments.keys()]).toHaveLength(2);
    expect(writesByGeneration(stack, team)).toEqual({ 1: 1 });
    await eventually(() => expect(mailsTo(stack, team)).toHaveLength(1));
  });
});
