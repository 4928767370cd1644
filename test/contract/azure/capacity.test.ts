import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Workspace, World } from '../../../emulator/world.ts';
import { armCapacity } from '../../../src/lib/azure/capacity.ts';
import { appCredential } from '../../../src/lib/azure/credential.ts';
import type { Capacity } from '../../../src/lib/ports.ts';
import { startTestEmulator, type TestEmulator } from '../../emulated.ts';
import { outcome } from './outcome.ts';
import { seedDeployment, seedEndpoint } from './seeds.ts';

let emulator: TestEmulator;
let world: World;
let workspace: Workspace;
let capacity: Capacity;
const room = (wanted: Parameters<Capacity['room']>[2], endpoint = 'spam') =>
  capacity.room(workspace.id, endpoint, wanted);

const fault = (status: number) =>
  world.faults.splice(0, world.faults.length, { id: 'f', service: 'arm', kind: 'status', path: 'usages', status, times: 9, seen: 0 }); // prettier-ignore

beforeAll(async () => {
  emulator = await startTestEmulator();
  ({ world, workspace } = emulator);
  workspace.quota = 14;
  // Two instances of Standard_DS3_v2: 8 cores of 14.
  seedDeployment(workspace, seedEndpoint(workspace, 'spam'), 'blue', { version: '1' });
  const credential = appCredential({ managed: true });
  capacity = armCapacity({ credential, endpoint: world.origin, retryDelayMs: 5 });
});
afterAll(() => emulator.stop());

test('one more like the one that serves: what it needs, and what is left', async () => {
  const like = { instanceType: 'Standard_DS3_v2', family: 'standardDSv2Family', freeCores: 6 };
  expect(await room({ like: 'blue', plan: {} })).toEqual({ ...like, neededCores: 8 });
  expect(await room({ like: 'blue', plan: { instances: 1 } })).toEqual({ ...like, neededCores: 4 });
});

test('another size, as the plan says: its own family counts, also where there is no endpoint yet', async () => {
  const other = { instanceType: 'Standard_F8s_v2', family: 'standardFSv2Family', neededCores: 24, freeCores: 14 };
  const plan = { instanceType: 'Standard_F8s_v2', instances: 3 };
  expect(await room({ like: 'blue', plan })).toEqual(other);
  expect(await room({ plan }, 'nope')).toEqual(other);
});

test('a size that the region does not tell of, and none at all: unknown', async () => {
  expect(await room({ plan: { instanceType: 'Standard_ND96' } })).toBe('unknown');
  expect(await room({ plan: {} })).toBe('unknown');
});

test('a deployment that names no size, and an answer in another shape: unknown, for neither may hold up a release', async () => {
  const onKubernetes = seedDeployment(workspace, seedEndpoint(workspace, 'aks'), 'blue', { version: '1' });
  delete onKubernetes.properties['instanceType'];
  expect(await room({ like: 'blue', plan: {} }, 'aks')).toBe('unknown');
  workspace.endpoints.delete('aks');
  const body = { value: [{ currentValue: 'many' }] };
  world.faults.splice(0, world.faults.length, { id: 'f', service: 'arm', kind: 'status', path: 'usages', status: 200, body, times: 1, seen: 0 }); // prettier-ignore
  expect(await room({ like: 'blue', plan: {} })).toBe('unknown');
});

test('not allowed to ask: unknown; no answer is no answer', async () => {
  fault(403);
  expect(await room({ like: 'blue', plan: {} })).toBe('unknown');
  fault(503);
  expect(await outcome(room({ like: 'blue', plan: {} }))).toBe('Unavailable(serverError)');
});
