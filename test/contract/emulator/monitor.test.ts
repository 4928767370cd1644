import { ManagedIdentityCredential } from '@azure/identity';
import { MetricsQueryClient, type MetricsQueryOptions } from '@azure/monitor-query';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { lateMinutes } from '../../../emulator/services/monitor/settling.ts';
import type { Endpoint, ServedRequest, World } from '../../../emulator/world.ts';
import { startTestEmulator, type TestEmulator } from '../../emulated.ts';
import { addDeployment, addEndpoint } from './runtimeWorld.ts';

const minuteMs = 60_000;

let emulator: TestEmulator;
let endpoint: Endpoint;
/** Start of the virtual minute in which the (standing) clock is; all tests count back from here. */
let thisMinuteMs: number;

beforeAll(async () => {
  emulator = await startTestEmulator({ clock: { origin: new Date(), factor: 1e-6 } });
  endpoint = addEndpoint(emulator.workspace, 'spam-online');
  thisMinuteMs = Math.floor(emulator.world.clock.now().getTime() / minuteMs) * minuteMs;
});
afterAll(() => emulator.stop());
beforeEach(() => {
  emulator.world.served.length = 0;
  lateMinutes(emulator.world).length = 0;
});

function client(world: World): MetricsQueryClient {
  return new MetricsQueryClient(new ManagedIdentityCredential(), {
    endpoint: world.origin,
    audience: 'https://management.azure.com',
    retryOptions: { maxRetries: 0 },
  });
}

/** What the front would have written: requests in the n-th minute before this one, oldest first. */
function serve(minutesAgo: number, given: Partial<ServedRequest>[], secondsInto = 10): void {
  const at = new Date(thisMinuteMs - minutesAgo * minuteMs + secondsInto * 1_000);
  const base = { at, workspace: emulator.workspace.id, endpoint: endpoint.name, deployment: 'blue' };
  const request = { ...base, status: 200, modelStatus: 200, durationMs: 10, live: true };
  emulator.world.served.push(...given.map((more) => ({ ...request, ...more })));
}

async function query(metrics: string[], options: MetricsQueryOptions = {}, resource = endpoint.id) {
  const from = new Date(thisMinuteMs - 10 * minuteMs);
  const result = await client(emulator.world).queryResource(resource, metrics, {
    granularity: 'PT1M',
    aggregations: ['Average'],
    timespan: { startTime: from, endTime: new Date(thisMinuteMs + minuteMs) },
    ...options,
  });
  return Object.fromEntries(
    result.metrics.map(({ name, timeseries }) => [
      name,
      timeseries.map(({ metadataValues, data }) => ({
        of: (metadataValues ?? []).map(({ name: dimension, value }) => `${String(dimension)}=${value}`).join(' '),
        values: Object.fromEntries(
          (data ?? []).flatMap(({ timeStamp, average }) =>
            average === undefined ? [] : [[(thisMinuteMs - timeStamp.getTime()) / minuteMs, average]],
          ),
        ),
        points: data?.length,
      })),
    ]),
  );
}

const failure = { status: 424, modelStatus: 500 };

describe('RequestsPerMinute', () => {
  it('counts the requests of each minute, and has no value where there were none', async () => {
    serve(8, [{}, {}, failure]);
    serve(5, [{}]);
    expect(await query(['RequestsPerMinute'])).toEqual({
      RequestsPerMinute: [{ of: '', values: { 8: 3, 5: 1 }, points: 11 }],
    });
  });

  it('splits by the dimensions of the filter, named in lower case; what nobody got has no series', async () => {
    serve(8, [{}, {}, failure, { deployment: 'green' }, { deployment: 'green', status: 408, modelStatus: 0 }]);
    const filter = "deployment eq '*' and statusCodeClass eq '*'";
    const { RequestsPerMinute: series } = await query(['RequestsPerMinute'], { filter, top: 100 });
    expect(Object.fromEntries(series!.map(({ of, values }) => [of, values[8]]))).toEqual({
      'deployment=blue statuscodeclass=2xx': 2,
      'deployment=blue statuscodeclass=4xx': 1,
      'deployment=green statuscodeclass=2xx': 1,
      'deployment=green statuscodeclass=4xx': 1,
    });
    const narrow = "deployment eq 'green' and (statusCode eq '408' or statusCode eq '500') and modelStatusCode eq '*'";
    expect(await query(['RequestsPerMinute'], { filter: narrow })).toMatchObject({
      RequestsPerMinute: [{ of: 'deployment=green statuscode=408 modelstatuscode=0', values: { 8: 1 } }],
    });
  });

  it('has no series at all without traffic, nor for another endpoint', async () => {
    serve(8, [{ endpoint: 'other' }]);
    expect(await query(['RequestsPerMinute'])).toEqual({ RequestsPerMinute: [] });
  });

  it('gives the 10 largest series unless asked for more', async () => {
    for (let at = 0; at < 12; at += 1)
      serve(
        8,
        Array.from({ length: at + 1 }, () => ({ deployment: `d${at}` })),
      );
    const filter = "deployment eq '*'";
    const names = (answer: Awaited<ReturnType<typeof query>>) => answer['RequestsPerMinute']!.map(({ of }) => of);
    expect(names(await query(['RequestsPerMinute'], { filter }))).toHaveLength(10);
    expect(names(await query(['RequestsPerMinute'], { filter }))).not.toContain('deployment=d0');
    expect(names(await query(['RequestsPerMinute'], { filter, top: 12 }))).toHaveLength(12);
    expect(names(await query(['RequestsPerMinute'], { filter, top: 1, orderBy: 'average asc' }))).toEqual(['deployment=d0']); // prettier-ignore
  });
});

describe('RequestLatency', () => {
  it('is mean and nearest-rank percentile of a minute, by deployment', async () => {
    const times = Array.from({ length: 100 }, (_, at) => ({ durationMs: at + 1 }));
    serve(8, [...times, { deployment: 'green', durationMs: 7 }]);
    const names = ['RequestLatency', 'RequestLatency_P50', 'RequestLatency_P90', 'RequestLatency_P95', 'RequestLatency_P99']; // prettier-ignore
    const answer = await query(names, { filter: "deployment eq 'blue'" });
    expect(names.map((name) => answer[name]![0]!.values[8])).toEqual([50.5, 50, 90, 95, 99]);
  });
});

/** Made eight minutes ago. */
function blue(instances = 1) {
  const deployment = addDeployment(endpoint, 'blue', {});
  return Object.assign(deployment, { sku: { capacity: instances }, createdAt: new Date(thisMinuteMs - 8 * minuteMs) });
}

async function tellMemory(name: string, memory: unknown) {
  const path = `/_control/workspaces/ml-prod/endpoints/${endpoint.name}/deployments/${name}/memory`;
  const body = JSON.stringify(memory);
  return (await fetch(`${emulator.world.origin}${path}`, { method: 'PUT', body })).status;
}

describe('CpuMemoryUtilizationPercentage', () => {
  const names = ['CpuMemoryUtilizationPercentage'];
  const byInstance = "instanceId eq '*'";
  const ask = async (options: MetricsQueryOptions = {}) =>
    (await query(names, { filter: byInstance, ...options }, `${endpoint.id}/deployments/blue`))[names[0]!]!;

  it('is steady but for a little, the same whenever it is asked for, of each instance, from when the deployment was made', async () => {
    blue(2);
    const answer = await ask();
    expect(answer.map(({ of }) => of).toSorted()).toEqual(['instanceid=blue-0', 'instanceid=blue-1']);
    for (const { values } of answer) {
      expect(Object.keys(values)).toEqual(['2', '3', '4', '5', '6', '7', '8']);
      for (const value of Object.values(values)) expect(Math.abs(value - 40)).toBeLessThanOrEqual(0.2);
      expect(new Set(Object.values(values)).size).toBe(7);
    }
    expect(await ask()).toEqual(answer);
    expect((await ask({ filter: "instanceId eq 'blue-1'" })).map(({ of }) => of)).toEqual(['instanceid=blue-1']);
    const [both] = await query(names, {}, `${endpoint.id}/deployments/blue`).then((all) => all[names[0]!]!);
    expect(both!.values[5]).toBeCloseTo((answer[0]!.values[5]! + answer[1]!.values[5]!) / 2, 9);
  });

  it('grows as it was told, up to all there is, and is absent where it is not measured', async () => {
    const deployment = blue();
    deployment.memory = { percent: 50, perMinute: 20, since: new Date(thisMinuteMs - 6 * minuteMs) };
    const { values } = (await ask())[0]!;
    expect([8, 6, 5, 4, 3, 2].map((ago) => Math.round(values[ago]!))).toEqual([50, 50, 70, 90, 100, 100]);
    deployment.memory = 'notMeasured';
    expect(await ask()).toEqual([]);
  });

  it('is told by the control route, in words that it knows, of a deployment that is there', async () => {
    const deployment = blue();
    expect(await tellMemory('blue', { percent: 55, perMinute: 1 })).toBe(204);
    expect(deployment.memory).toEqual({ percent: 55, perMinute: 1, since: expect.any(Date) as Date });
    expect([await tellMemory('blue', 'notMeasured'), deployment.memory]).toEqual([204, 'notMeasured']);
    expect([await tellMemory('blue', { percent: 101 }), await tellMemory('green', { percent: 50 })]).toEqual([
      400, 404,
    ]);
  });

  it('is not a metric of an endpoint, nor requests one of a deployment; of a deployment that is gone it is 404', async () => {
    blue();
    await expect(query(names)).rejects.toMatchObject({ statusCode: 400 });
    const requests = query(['RequestsPerMinute'], {}, `${endpoint.id}/deployments/blue`);
    await expect(requests).rejects.toMatchObject({ statusCode: 400, message: expect.stringContaining('onlineEndpoints/deployments, metric') }); // prettier-ignore
    const gone = query(names, {}, `${endpoint.id}/deployments/green`);
    await expect(gone).rejects.toMatchObject({ statusCode: 404, code: 'ResourceNotFound' });
  });
});

describe('settling', () => {
  it('shows a minute not at all, then in part, then whole', async () => {
    for (const minutesAgo of [3, 2, 1, 0]) {
      serve(minutesAgo, [{}, {}], 10);
      serve(minutesAgo, [{}], 40);
    }
    const { RequestsPerMinute: series } = await query(['RequestsPerMinute']);
    expect(series![0]!.values).toEqual({ 3: 3, 2: 2 });
  });

  it('keeps late minutes back and lost ones for ever', async () => {
    serve(8, [{}]);
    serve(7, [{}]);
    serve(6, [{}]);
    const minute = (ago: number) => ({ from: new Date(thisMinuteMs - ago * minuteMs), to: new Date(thisMinuteMs - (ago - 1) * minuteMs) }); // prettier-ignore
    lateMinutes(emulator.world).push(
      { endpoint: endpoint.name, ...minute(8), lateByMs: 'never' },
      { endpoint: endpoint.name, ...minute(7), lateByMs: 3 * minuteMs },
      { endpoint: endpoint.name, ...minute(6), lateByMs: 5 * minuteMs },
    );
    const { RequestsPerMinute: series } = await query(['RequestsPerMinute']);
    expect(series![0]!.values).toEqual({ 7: 1 });
  });
});

describe('a question', () => {
  it.each([
    { case: 'a duration that ends now', timespan: { duration: 'PT9M' } },
    { case: 'a start and a duration', timespan: () => ({ startTime: new Date(thisMinuteMs - 9 * minuteMs), duration: 'PT9M' }) }, // prettier-ignore
    { case: 'a duration and an end', timespan: () => ({ duration: 'PT9M', endTime: new Date(thisMinuteMs) }) },
  ])('may give its time as $case', async ({ timespan }) => {
    serve(20, [{}]);
    serve(8, [{}]);
    const given = typeof timespan === 'function' ? timespan() : timespan;
    const { RequestsPerMinute: series } = await query(['RequestsPerMinute'], { timespan: given });
    expect(series![0]!.values).toEqual({ 8: 1 });
  });

  it.each([
    { case: 'an unknown metric', metrics: ['Requests'], options: {}, message: 'Valid metrics: RequestsPerMinute,RequestLatency' }, // prettier-ignore
    {
      case: 'a dimension that the metric lacks',
      metrics: ['RequestLatency'],
      options: { filter: "statusCode eq '200'" },
      message: 'Metric: RequestLatency does not support requested dimension combination: statuscode, supported ones are: deployment', // prettier-ignore
    },
    { case: 'a filter that joins by or', metrics: ['RequestsPerMinute'], options: { filter: "deployment eq 'a' or statusCode eq '1'" }, message: "'or' between different dimensions" }, // prettier-ignore
    { case: 'a filter with ne', metrics: ['RequestsPerMinute'], options: { filter: "deployment ne 'a'" }, message: "'eq' was expected" }, // prettier-ignore
    { case: 'another aggregation', metrics: ['RequestsPerMinute'], options: { aggregations: ['Total' as const] }, message: 'Total' }, // prettier-ignore
    { case: 'another namespace', metrics: ['RequestsPerMinute'], options: { metricNamespace: 'Microsoft.Web/sites' }, message: 'Microsoft.Web/sites' }, // prettier-ignore
  ])('with $case is answered 400', async ({ metrics, options, message }) => {
    const refusal = { statusCode: 400, code: 'BadRequest', message: expect.stringContaining(message) };
    await expect(query(metrics, options)).rejects.toMatchObject(refusal);
  });

  it('about an endpoint that does not exist is answered 404', async () => {
    const asked = client(emulator.world).queryResource(`${endpoint.id}-other`, ['RequestsPerMinute']);
    await expect(asked).rejects.toMatchObject({ statusCode: 404, code: 'ResourceNotFound' });
  });

  it('without a token is answered 401, and in batches 501', async () => {
    const { origin, tokens, unimplemented } = emulator.world;
    const url = `${origin}${endpoint.id}/providers/Microsoft.Insights/metrics?api-version=2024-02-01&metricnames=RequestsPerMinute`;
    expect((await fetch(url)).status).toBe(401);
    const authorization = `Bearer ${tokens.issue('https://management.azure.com')!.token}`;
    const batch = await fetch(`${origin}/subscriptions/x/metrics:getBatch`, { method: 'POST', headers: { authorization }, body: '{}' }); // prettier-ignore
    expect(batch.status).toBe(501);
    expect(unimplemented.splice(0)).toHaveLength(1);
  });
});
