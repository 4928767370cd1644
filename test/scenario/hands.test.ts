import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from './given/eventually.ts';
import { ended, liveTraffic, liveVersions, mailsTo, writesByGeneration } from './given/seen.ts';
import { startStack, type Stack } from './given/stack.ts';
import { aTeam, AT_ONCE, BY_CANARY, GOOD, published, type Team } from './given/team.ts';

let stack: Stack;
let settled: Team;
let shifting: Team;

beforeAll(async () => {
  stack = await startStack();
  [settled, shifting] = [await aTeam(stack, 'settled'), await aTeam(stack, 'shifting')];
  await published(stack, AT_ONCE, settled);
  await published(stack, BY_CANARY, shifting);
});
afterAll(() => stack.stop());

describe.concurrent('Given an endpoint that Steward looks after', { timeout: 60_000 }, () => {
  test('When somebody moves its traffic in the portal, Then Steward holds and tells, and reverts when asked to', async () => {
    await settled.register('2', GOOD);
    await ended(settled, '2', 'released');
    await eventually(() => expect(mailsTo(stack, settled)).toHaveLength(1));
    const writes = writesByGeneration(stack, settled);

    await settled.moveTraffic({ first: 100 });
    const held = await untilHeld(settled);
    expect(held.conditions.held?.live).toEqual({ first: 100 });
    expect(held.commands).toEqual(expect.arrayContaining(['adopt', 'revert']));
    await eventually(() => expect(mailsTo(stack, settled)).toHaveLength(2));
    expect(mailsTo(stack, settled)[1]!.text).toContain('revert');
    expect(liveVersions(settled)).toEqual({ 1: 100 });
    expect(totalOf(writesByGeneration(stack, settled))).toBe(totalOf(writes) + 1);

    expect(await settled.command('revert')).toMatchObject({ status: 202 });
    await eventually(async () => expect((await settled.status()).conditions).toEqual({}));
    await eventually(() => expect(liveVersions(settled)).toEqual({ 2: 100 }));
    expect((await settled.status()).champion).toMatchObject({ version: '2' });
  });

  test('When somebody moves traffic in the middle of a canary, Then Steward goes no further, and takes over what is adopted', async () => {
    await shifting.register('2', GOOD);
    await eventually(async () => expect((await shifting.status()).release?.stepVerifiedAt).toBeDefined());
    expect(liveVersions(shifting)).toEqual({ 1: 50, 2: 50 });

    await shifting.moveTraffic({ first: 100 });
    await untilHeld(shifting);
    await eventually(() => expect(mailsTo(stack, shifting)).toHaveLength(1));
    expect(liveTraffic(shifting)).toEqual({ first: 100 });

    expect(await shifting.command('adopt')).toMatchObject({ status: 202 });
    const status = await ended(shifting, '2', 'aborted', 'adopted');
    expect(status.champion).toMatchObject({ version: '1', deployment: 'first' });
    expect(status.conditions).toEqual({});
    expect(liveTraffic(shifting)).toEqual({ first: 100 });
  });
});

function untilHeld(team: Team) {
  return eventually(async () => {
    const status = await team.status();
    expect(status.conditions.held).toBeDefined();
    return status;
  });
}

function totalOf(counts: Record<string, number>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
