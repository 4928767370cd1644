import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Fault } from '../../emulator/world.ts';
import type { ModelDetail } from '../../src/lib/history.ts';
import { eventually } from './given/eventually.ts';
import { ended, liveVersions, subjectsTo, trafficWrites, writesByGeneration } from './given/seen.ts';
import { startStack, type Stack } from './given/stack.ts';
import { aTeam, AT_ONCE, BY_CANARY, GOOD, published, type Team } from './given/team.ts';

let stack: Stack;
const teams: Record<string, Team> = {};

beforeAll(async () => {
  stack = await startStack({ workspaces: [{ name: 'ml-prod' }, { name: 'ml-small', quota: 4 }] });
  for (const name of ['broken', 'throttled', 'hanging', 'silent']) teams[name] = await aTeam(stack, name);
  teams['poor'] = await aTeam(stack, 'poor', { workspace: 'ml-small' });
  await published(stack, AT_ONCE, ...Object.values(teams));
  teams['late'] = await aTeam(stack, 'late');
  await published(stack, BY_CANARY, teams['late']);
});
afterAll(() => stack.stop());

describe.concurrent('Given an Azure that is not at its best', { timeout: 60_000 }, () => {
  test('When the new deployment fails to start, Then the release is rolled back and traffic never moved', async () => {
    const team = teams['broken']!;
    await team.register('2', { ...GOOD, neverStarts: true });
    await ended(team, '2', 'rolledBack', 'deploymentFailed');

    expect(liveVersions(team)).toEqual({ 1: 100 });
    expect(writesByGeneration(stack, team)).toEqual({});
    await eventually(() =>
      expect(subjectsTo(stack, team)).toEqual([expect.stringContaining('v2 failed before it had traffic')]),
    );
  });

  test('When there is no room for another deployment, Then people hear of it, and it goes on as soon as there is', async () => {
    const team = teams['poor']!;
    await team.register('2', GOOD);
    const subjects = () => subjectsTo(stack, team);
    await eventually(() => expect(subjects()).toEqual([expect.stringContaining('no room to deploy v2')]));
    const small = [...stack.world.workspaces.values()].find(({ name }) => name === 'ml-small')!;
    expect([...team.endpoint.deployments.keys()]).toEqual(['first']);
    small.quota = 8;
    await ended(team, '2', 'released', 'watched');
    expect(liveVersions(team)).toEqual({ 2: 100 });
  });

  test('When Azure answers 429 with a Retry-After, Then it is asked again no sooner, and the release goes on', async () => {
    const team = teams['throttled']!;
    const retryAfterSeconds = 180;
    const path = `/onlineEndpoints/${team.endpoint.name}/deployments/`;
    fault({ method: 'PUT', path, kind: 'status', status: 429, retryAfterSeconds });
    await team.register('2', GOOD);
    await ended(team, '2', 'released');

    const puts = stack.world.calls.filter((call) => call.method === 'PUT' && call.path.includes(`${path}m2-`));
    expect(puts.map(({ status }) => status)).toEqual([429, 201]);
    const waitedMs = puts[1]!.at.getTime() - puts[0]!.at.getTime();
    expect(waitedMs).toBeGreaterThanOrEqual(retryAfterSeconds * 1000);
    expect(liveVersions(team)).toEqual({ 2: 100 });
  });

  test('When a write hangs, Then it is given up and done once', async () => {
    const team = teams['hanging']!;
    const hang = fault({ method: 'PUT', path: `/onlineEndpoints/${team.endpoint.name}$`, kind: 'hang' });
    await team.register('2', GOOD);
    const before = await ended(team, '2', 'released');
    expect(hang.seen).toBe(2);
    // The pass that hangs tells so 30 real seconds later; the release has not waited for it.
    await eventually(async () => expect(rulesOf(await team.status())).toContain('unreachable'));
    await eventually(async () => expect((await team.status()).conditions).toEqual({}));

    expect((await team.status()).ended).toEqual(before.ended);
    expect(liveVersions(team)).toEqual({ 2: 100 });
    expect(writesByGeneration(stack, team)).toEqual({ 1: 1 });
  });

  test('When a write is done but its answer gets lost, Then it is not done again', async () => {
    const team = teams['silent']!;
    fault({ method: 'PUT', path: `/onlineEndpoints/${team.endpoint.name}`, kind: 'dropAnswer', times: 2 });
    await team.register('2', GOOD);
    await ended(team, '2', 'released');

    expect(liveVersions(team)).toEqual({ 2: 100 });
    expect([...team.endpoint.deployments.keys()]).toHaveLength(2);
    expect(writesByGeneration(stack, team)).toEqual({ 1: 1 });
  });

  test('When a write that timed out is done after it was rolled back, Then traffic is put back', async () => {
    const team = teams['late']!;
    const path = `/onlineEndpoints/${team.endpoint.name}$`;
    fault({ method: 'PUT', path, kind: 'late', delayMs: 8 * 60_000 });
    await team.register('2', GOOD);
    await eventually(async () => expect((await team.status()).release?.stepVerifiedAt).toBeDefined());
    expect(await team.command('rollback', { release: 1 })).toMatchObject({ status: 202 });

    await eventually(() => {
      const writes = trafficWrites(stack, team);
      const late = writes.findIndex((write) => write.fault === 'late' && write.status < 300);
      expect(late).toBeGreaterThan(0);
      expect(writes.slice(late + 1)).toContainEqual(
        expect.objectContaining({ generation: '2', traffic: { first: 100 } }),
      );
    });
    await ended(team, '2', 'rolledBack', 'command');
    await eventually(() => expect(liveVersions(team)).toEqual({ 1: 100 }));
  });
});

function rulesOf({ timeline }: ModelDetail): readonly string[] {
  return timeline.flatMap(({ rules }) => rules);
}

let faults = 0;

/** Befalls the next calls of Azure ML's control plane that match. */
function fault(wanted: Omit<Fault, 'id' | 'service' | 'times' | 'seen'> & { readonly times?: number }): Fault {
  const made: Fault = { times: 1, ...wanted, id: `fault-${(faults += 1)}`, service: 'arm', seen: 0 };
  stack.world.faults.push(made);
  return made;
}
