import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { certificates } from '../../emulator/certificates.ts';
import type { Host } from '../../emulator/host/start.ts';
import { partitionOf } from '../../src/lib/azure/rowKeys.ts';
import { eventually } from '../scenario/given/eventually.ts';
import { ended, liveVersions, writesByGeneration } from '../scenario/given/seen.ts';
import { startStack, type Stack } from '../scenario/given/stack.ts';
import { aTeam, AT_ONCE, GOOD, published, type Team } from '../scenario/given/team.ts';
import { startHoldingProxy, type Call, type Held, type HoldingProxy } from './holdingProxy.ts';
import { commandWithoutMessage } from './orders.ts';

let stack: Stack;
let raced: Team;
let recalled: Team;
/** Only the first process talks through these two. */
let table: HoldingProxy;
let arm: HoldingProxy;

beforeAll(async () => {
  stack = await startStack({
    settings: async ({ storage, origin, folder }) => {
      const made = await certificates(join(folder, 'certificates'));
      table = await startHoldingProxy(new URL(storage.table).origin);
      arm = await startHoldingProxy(origin, made);
      const connection = storage.connectionString.replace(new URL(storage.table).origin, table.origin);
      return { AzureWebJobsStorage: connection, STEWARD_ARM_ENDPOINT: arm.origin };
    },
  });
  [raced, recalled] = [await aTeam(stack, 'raced'), await aTeam(stack, 'recalled')];
  await published(stack, AT_ONCE, raced, recalled);
});
afterEach(() => stack.host.kill('SIGCONT'));
afterAll(async () => {
  await stack.stop();
  await table.stop();
  await arm.stop();
});

describe('Given a process that has saved that version 2 is to take all traffic, and is stopped before it says so to Azure', { timeout: 60_000 }, () => {
  test('When another process has released it meanwhile, Then the first does nothing any more', async () => {
    const saved = table.hold('after', savesGeneration(raced, 1));
    await raced.register('2', GOOD);
    await stoppedAt(stack.host, saved);
    expect(writesByGeneration(stack, raced)).toEqual({});

    await using second = await secondProcess();
    stack.askThrough(second.host);
    const before = await ended(raced, '2', 'released');
    expect(writesByGeneration(stack, raced)).toEqual({ 1: 1 });
    await goesOn(saved, raced, 'Another pass has taken over');

    expect(writesByGeneration(stack, raced)).toEqual({ 1: 1 });
    expect(liveVersions(raced)).toEqual({ 2: 100 });
    const after = await raced.status();
    expect([after.champion, after.ended]).toEqual([before.champion, before.ended]);
  });

  test('When a person has rolled it back meanwhile and the first already knew that it may act, Then its write is refused', async () => {
    const saved = table.hold('after', savesGeneration(recalled, 1));
    await recalled.register('2', GOOD);
    await saved.arrived;
    // From here on the first process checks that the row is still its own, reads the endpoint, compares, writes.
    const reading = arm.hold('before', ({ method, path }) => method === 'GET' && path.includes(`/onlineEndpoints/${recalled.endpoint.name}?`));
    saved.release();
    await stoppedAt(stack.host, reading);
    expect(writesByGeneration(stack, recalled)).toEqual({});

    expect(await commandWithoutMessage(stack, recalled, 'rollback', { release: 1 })).toMatchObject({ status: 202 });
    await using second = await secondProcess();
    stack.askThrough(second.host);
    await ended(recalled, '2', 'rolledBack', 'command');
    expect(liveVersions(recalled)).toEqual({ 1: 100 });
    await goesOn(reading, recalled, 'Action performed');

    expect(liveVersions(recalled)).toEqual({ 1: 100 });
    expect(writesByGeneration(stack, recalled)).toEqual({ 2: 1 });
    expect((await recalled.status()).champion).toMatchObject({ version: '1' });
  });
}); // prettier-ignore

/** The transaction that saves the row of this lifecycle with that generation. */
function savesGeneration(team: Team, generation: number): (call: Call) => boolean {
  return ({ path, body }) =>
    path.endsWith('/$batch') &&
    body.includes(partitionOf(team)) &&
    body.includes('"RowKey":"0a"') &&
    body.includes(`\\"generation\\":${generation},`);
}

async function stoppedAt(host: Host, held: Held): Promise<void> {
  await held.arrived;
  await host.kill('SIGSTOP');
}

/** Continues a stopped process and waits until it has come to its end: it says so in its log. */
async function goesOn(held: Held, team: Team, saying: string): Promise<void> {
  const { host } = stack;
  const told = () => host.logs().filter(({ message }) => message.includes(saying)).length;
  const before = told();
  held.release();
  await host.kill('SIGCONT');
  await eventually(() => expect(told()).toBeGreaterThan(before));
  // A write that was taken shows when the endpoint has settled.
  await eventually(() => expect(team.endpoint.state).toBe('Succeeded'));
}

/** It lives as long as its scenario. */
async function secondProcess(): Promise<AsyncDisposable & { readonly host: Host }> {
  const { storage, origin } = stack.world;
  const host = await stack.anotherHost({ AzureWebJobsStorage: storage.connectionString, STEWARD_ARM_ENDPOINT: origin });
  return {
    host,
    async [Symbol.asyncDispose]() {
      stack.askThrough(stack.host);
      await host.stop();
    },
  };
}
