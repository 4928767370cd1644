import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { Endpoint, Fault, Workspace, World } from '../../../emulator/world.ts';
import type { ArmOptions } from '../../../src/lib/azure/arm.ts';
import { appCredential } from '../../../src/lib/azure/credential.ts';
import { armEndpoints } from '../../../src/lib/azure/onlineEndpoints.ts';
import { monitorTrafficMetrics } from '../../../src/lib/azure/trafficMetrics.ts';
import type { Endpoints } from '../../../src/lib/ports.ts';
import { startTestEmulator, type TestEmulator } from '../../emulated.ts';
import { outcome } from './outcome.ts';
import { seedAsset, seedDeployment, seedEndpoint } from './seeds.ts';
import { settled } from './settled.ts';

let emulator: TestEmulator;
let world: World;
let workspace: Workspace;
let endpoint: Endpoint;
let options: ArmOptions;
let endpoints: Endpoints;

beforeAll(async () => {
  emulator = await startTestEmulator({ pace: { endpointMs: 600, deploymentMs: 600, deleteMs: 600 } });
  ({ world, workspace } = emulator);
  world.startDeployment = async (_, __, deployment) => void (deployment.state = 'Succeeded');
  options = { credential: appCredential({ managed: true }), endpoint: world.origin, retryDelayMs: 5, timeoutMs: 1_000 };
  endpoints = armEndpoints(options);
  seedAsset(workspace, 'codes', 'score', '1');
  seedAsset(workspace, 'environments', 'node', '1');
  for (const version of ['1', '2']) seedAsset(workspace, 'models', 'spam', version);
});
afterAll(() => emulator.stop());

beforeEach(() => {
  endpoint = seedEndpoint(workspace, 'spam', { properties: { traffic: { blue: 100 } } });
  seedDeployment(workspace, endpoint, 'blue', { version: '1' });
  seedDeployment(workspace, endpoint, 'green', { version: '2', stewardId: 'ours' });
  world.faults.length = 0;
  world.calls.length = 0;
});

function fault(given: Partial<Fault> & Pick<Fault, 'kind'>): Fault {
  const made: Fault = { id: randomUUID(), service: 'arm', times: 1, seen: 0, ...given };
  world.faults.push(made);
  return made;
}

const shift = () =>
  endpoints.setTraffic(workspace.id, 'spam', { expected: { blue: 100 }, desired: { green: 100 }, generation: 1 });
const puts = () => world.calls.filter(({ method }) => method === 'PUT');

test('a workspace that is not there is not the same as something that is not in it', async () => {
  const gone = `${workspace.id}-gone`;
  expect(await endpoints.deployments(gone, 'spam')).toEqual([]);
  expect(await outcome(endpoints.endpoint(gone, 'spam'))).toBe('Refused(noWorkspace)');
  expect(await endpoints.endpoint(workspace.id, 'nothing')).toBe('absent');
});

describe('a write', () => {
  test('goes out as one PUT', async () => {
    await shift();
    expect(puts()).toHaveLength(1);
    await settled(endpoint);
  });

  test.each([500, 503])('that is answered %i is not repeated', async (status) => {
    fault({ kind: 'status', method: 'PUT', status, times: 9 });
    expect(await outcome(shift())).toBe('Unavailable(serverError)');
    expect(puts()).toHaveLength(1);
  });

  test('that is throttled hands on how long to wait, and does not wait itself', async () => {
    fault({ kind: 'status', method: 'PUT', status: 429, retryAfterSeconds: 600, times: 9 });
    await expect(shift()).rejects.toMatchObject({ code: 'throttled', retryAfterMs: 600_000 });
    expect(puts()).toHaveLength(1);
  });

  test('that hangs is given up after the time-out', async () => {
    fault({ kind: 'hang', method: 'PUT' });
    expect(await outcome(shift())).toBe('Unavailable(timeout)');
  });

  test('whose answer got lost is not repeated; the next call finds it done', async () => {
    fault({ kind: 'dropAnswer', method: 'PUT' });
    expect(await outcome(shift())).toBe('Unavailable(unreachable)');
    await settled(endpoint);
    expect(await outcome(shift())).toBe('done');
    expect(puts()).toHaveLength(1);
  });

  test('that another operation beat by a moment has to wait', async () => {
    fault({ kind: 'status', method: 'PUT', status: 409 });
    expect(await outcome(shift())).toBe('Unavailable(busy)');
  });

  test('that is refused for our lack of rights is forbidden', async () => {
    fault({ kind: 'status', method: 'PUT', status: 403 });
    expect(await outcome(shift())).toBe('Refused(forbidden)');
  });
});

const create = () =>
  endpoints.createDeployment(workspace.id, 'spam', {
    deployment: 'red', model: 'spam', version: '2', like: 'blue', plan: {}, stewardId: 'ours',
  }); // prettier-ignore

describe('a deployment whose creation got an odd answer', () => {
  test('is there after a lost answer, and is not made again', async () => {
    fault({ kind: 'dropAnswer', method: 'PUT' });
    expect(await outcome(create())).toBe('Unavailable(unreachable)');
    expect(await outcome(create())).toBe('done');
    expect(puts()).toHaveLength(1);
    await settled(endpoint);
  });

  test('has all that the other has', async () => {
    await create();
    await settled(endpoint);
    const [blue, red] = ['blue', 'red'].map((name) => endpoint.deployments.get(name)!);
    const { model: _, properties: __, ...like } = blue!.properties;
    expect(red!.properties).toMatchObject(like);
    expect(red!.properties['properties']).toMatchObject({ owner: 'mail' });
    expect(red).toMatchObject({ sku: blue!.sku, tags: { team: 'mail', stewardId: 'ours' } });
  });
});

const read = () => endpoints.endpoint(workspace.id, 'spam');
const list = () => endpoints.deployments(workspace.id, 'spam');

describe('a read', () => {
  test.each([
    ['one endpoint', read],
    ['a list', list],
  ])('of %s is repeated twice when the server stumbles', async (_, call) => {
    const stumble = fault({ kind: 'status', method: 'GET', status: 503, times: 2 });
    expect(await outcome(call())).toBe('done');
    expect(stumble.seen).toBe(3);
  });

  test('that keeps failing ends after three tries', async () => {
    const broken = fault({ kind: 'status', method: 'GET', status: 500, times: 99 });
    expect(await outcome(read())).toBe('Unavailable(serverError)');
    expect(broken.seen).toBe(3);
  });

  test.each([
    ['one endpoint', read],
    ['a list', list],
  ])('of %s that is throttled does not sleep as long as asked', async (_, call) => {
    const throttle = fault({ kind: 'status', method: 'GET', status: 429, retryAfterSeconds: 600, times: 9 });
    await expect(call()).rejects.toMatchObject({ code: 'throttled', retryAfterMs: 600_000 });
    expect(throttle.seen).toBe(1);
  });

  test.each([
    ['one endpoint', read],
    ['a list', list],
  ])('of %s that hangs is given up after the time-out', async (_, call) => {
    fault({ kind: 'hang', method: 'GET', times: 9 });
    expect(await outcome(call())).toBe('Unavailable(timeout)');
  });

  test('of metrics: stumbles are repeated, throttling is handed on, a hang is given up', async () => {
    const metrics = monitorTrafficMetrics(options);
    const minutes = () => metrics.minutes(workspace.id, 'spam', new Date(0), new Date());
    fault({ kind: 'status', service: 'monitor', status: 503, times: 2 });
    expect(await outcome(metrics.minutes(workspace.id, 'spam', new Date(Date.now() - 600_000), new Date()))).toBe(
      'done',
    );
    fault({ kind: 'status', service: 'monitor', status: 429, retryAfterSeconds: 600 });
    await expect(minutes()).rejects.toMatchObject({ code: 'throttled', retryAfterMs: 600_000 });
    fault({ kind: 'hang', service: 'monitor', times: 9 });
    expect(await outcome(minutes())).toBe('Unavailable(timeout)');
  });

  test('of memory: what the platform does not have is left out, a question for each deployment with requests; trouble is trouble', async () => {
    const metrics = monitorTrafficMetrics(options);
    const at = new Date(Date.now() - 600_000);
    const request = { at, workspace: workspace.id, endpoint: 'spam', status: 200, modelStatus: 200, durationMs: 5, live: true }; // prettier-ignore
    world.served.push({ ...request, deployment: 'blue' }, { ...request, deployment: 'green' });
    onTestFinished(() => void (world.served.length = 0));
    const memory = async () => {
      const [minute] = await metrics.minutes(workspace.id, 'spam', new Date(Date.now() - 3_600_000), new Date());
      return [minute?.arms['blue']?.memoryPercent, minute?.arms['green']?.memoryPercent].map((one) => typeof one);
    };
    const any = fault({ kind: 'delay', service: 'monitor', delayMs: 0, times: 9 });
    expect([await memory(), any.seen]).toEqual([['number', 'number'], 2 + 2]);
    world.faults.length = 0;
    const asked = fault({ kind: 'status', service: 'monitor', path: '/deployments/blue/', status: 400, times: 9 });
    expect([await memory(), asked.seen]).toEqual([['undefined', 'number'], 1]);
    Object.assign(asked, { status: 404 });
    expect([await memory(), asked.seen]).toEqual([['undefined', 'number'], 2]);
    endpoint.deployments.get('green')!.memory = 'notMeasured';
    expect(await memory()).toEqual(['undefined', 'undefined']);
    Object.assign(asked, { status: 429, retryAfterSeconds: 600 });
    await expect(memory()).rejects.toMatchObject({ code: 'throttled', retryAfterMs: 600_000 });
    Object.assign(asked, { status: 403 });
    expect(await outcome(memory())).toBe('Refused(forbidden)');
    Object.assign(asked, { status: 503, times: 99 });
    expect(await outcome(memory())).toBe('Unavailable(serverError)');
  });
});

test('an answer in another shape is told whole', async () => {
  Object.assign(endpoint.properties, { authMode: 'Badge', traffic: { blue: 'all' } });
  await expect(endpoints.endpoint(workspace.id, 'spam')).rejects.toMatchObject({
    name: 'BadInput',
    faults: [{ place: 'properties.authMode' }, { place: 'properties.traffic.blue' }],
  });
});

test('a server that is gone is unreachable', async () => {
  const gone = armEndpoints({ ...options, endpoint: 'https://127.0.0.1:9' });
  expect(await outcome(gone.endpoint(workspace.id, 'spam'))).toBe('Unavailable(unreachable)');
});

test('what is not a workspace id is refused before anything is sent', async () => {
  expect(await outcome(endpoints.endpoint('/subscriptions/s', 'spam'))).toBe('Refused(invalid)');
});
