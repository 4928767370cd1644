import { inspect } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Endpoint, Fault, Workspace, World } from '../../../emulator/world.ts';
import { appCredential } from '../../../src/lib/azure/credential.ts';
import { endpointScoring } from '../../../src/lib/azure/scoring.ts';
import type { Scoring } from '../../../src/lib/ports.ts';
import { startTestEmulator, type TestEmulator } from '../../emulated.ts';
import { seedEcho } from './echo.ts';
import { seedEndpoint } from './seeds.ts';

let emulator: TestEmulator;
let world: World;
let workspace: Workspace;
let endpoint: Endpoint;
let scoring: Scoring;
let now = new Date('2026-11-22T09:00:00Z');
const keyReads = () => world.calls.filter(({ path }) => path.endsWith('/listKeys')).length;
const ask = () => scoring.ask(workspace.id, 'spam', 'good', {});

beforeAll(async () => {
  emulator = await startTestEmulator();
  ({ world, workspace } = emulator);
  endpoint = seedEndpoint(workspace, 'spam');
  await seedEcho(world, workspace, endpoint, 'good');
  const clock = { now: () => now };
  scoring = endpointScoring({
    credential: appCredential({ managed: true }),
    endpoint: world.origin,
    timeoutMs: 500,
    clock,
  });
});
afterAll(() => emulator.stop());

test('the key is read once for several requests, and again when it is old or was changed', async () => {
  await ask();
  expect(await ask()).toMatchObject({ status: 200 });
  expect(keyReads()).toBe(1);
  endpoint.keys = { primaryKey: 'another-first-key', secondaryKey: 'another-second-key' };
  expect(await ask()).toMatchObject({ status: 200 });
  expect(keyReads()).toBe(2);
  now = new Date(now.getTime() + 10 * 60_000);
  await ask();
  expect(keyReads()).toBe(3);
});

test.each([
  ['hang', 'timeout'],
  ['dropAnswer', 'unreachable'],
] as const)(
  'a request without an answer (%s) is not repeated, and its error does not tell the key',
  async (kind, code) => {
    const fault: Fault = { id: kind, service: 'scoring', kind, times: 9, seen: 0 };
    world.faults.splice(0, world.faults.length, fault);
    const error: unknown = await ask().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'Unavailable', code });
    expect(fault.seen).toBe(1);
    expect(inspect(error, { depth: 20 })).not.toContain(endpoint.keys.primaryKey);
  },
);
