import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AzureKeyCredential, EventGridDeserializer, EventGridPublisherClient } from '@azure/eventgrid';
import { ManagedIdentityCredential } from '@azure/identity';
import { ContainerClient } from '@azure/storage-blob';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { startHost } from '../../../emulator/host/start.ts';
import { passes } from '../../../emulator/services/eventGrid/filter.ts';
import { type EventGrid, gridOf } from '../../../emulator/services/eventGrid/grid.ts';
import { startStorage, type Storage } from '../../../emulator/storage.ts';
import type { Run } from '../../../emulator/world.ts';
import { startTestEmulator, type TestEmulator } from '../../emulated.ts';

interface Delivery {
  readonly method: string;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: unknown;
}

const hostApp = fileURLToPath(new URL('../../fixtures/host-app', import.meta.url));
const within = { timeout: 20_000, interval: 20 };
let storage: Storage;
/** One for the file: a second authority of the same name is not trusted in one process. */
let folder: string;
let emulator: TestEmulator;
let grid: EventGrid;
let endpoint: Server;
let endpointUrl: string;
/** Notifications that the endpoint got, and what it answers to the next ones (202 when empty). */
let got: Delivery[] = [];
let answers: number[] = [];

/** Answers the handshakes as an endpoint must, and notifications as the test wants. */
function startEndpoint(): Server {
  return createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    request.on('end', () => {
      const { method = '', headers } = request;
      if (method === 'OPTIONS')
        return response.writeHead(200, { 'webhook-allowed-origin': 'eventgrid.azure.net' }).end();
      const body: unknown = JSON.parse(text);
      if (headers['aeg-event-type'] === 'SubscriptionValidation') return response.end(validation(body));
      got.push({ method, headers, body });
      return response.writeHead(answers.shift() ?? 202).end();
    });
  });
}

function validation(body: unknown): string {
  const data = Array.isArray(body) ? body[0].data : JSON.parse((body as { data: string }).data);
  return JSON.stringify({ validationResponse: data.validationCode });
}

function run(id = 'run-1'): Run {
  return {
    id,
    experimentId: 'e1',
    experimentName: 'mails',
    runType: null,
    name: id,
    status: 'Completed',
    startedAt: new Date(),
    tags: new Map([['azureml.x', 'y']]),
    properties: new Map(),
    params: new Map(),
    metrics: [],
  };
}

const register = (version = '20') =>
  emulator.world.raise({
    kind: 'modelRegistered',
    workspace: emulator.workspace.id,
    name: 'spam',
    version,
    tags: { a: 'b' },
    properties: {},
  });

const types = () => got.map(({ body }) => (Array.isArray(body) ? body[0].eventType : (body as { type: string }).type));
const versions = () => got.map(({ body }) => (body as [{ data: { ModelVersion: number } }])[0].data.ModelVersion);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'grid-'));
  storage = await startStorage();
  endpoint = startEndpoint().listen(0, '127.0.0.1');
  await once(endpoint, 'listening');
  endpointUrl = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/`;
});
afterAll(async () => {
  endpoint.close();
  await storage.stop();
  rmSync(folder, { recursive: true });
});

async function start(factor: number) {
  emulator = await startTestEmulator({ clock: { origin: new Date(), factor }, storage: storage.addresses, folder });
  grid = gridOf(emulator.world);
  got = [];
  answers = [];
}
const subscribe = (options: Partial<Parameters<EventGrid['addSubscription']>[0]> = {}) =>
  grid.addSubscription({ name: 'steward', workspace: emulator.workspace.id, endpointUrl, ...options });

describe('the workspace topic', () => {
  afterEach(() => emulator.stop());
  // A virtual hour in two seconds.
  beforeEach(() => start(1800));

  it('sends the casing that really arrives, with the headers of a delivery', async () => {
    await subscribe();
    register();
    emulator.world.raise({ kind: 'runCompleted', workspace: emulator.workspace.id, run: run(), status: 'Completed' });
    emulator.world.raise({
      kind: 'runStatusChanged',
      workspace: emulator.workspace.id,
      run: run(),
      status: 'Completed',
    });
    await vi.waitFor(() => expect(got).toHaveLength(3), within);
    const bodies = got.map(({ body }) => (body as Record<string, unknown>[])[0]!);
    const of = (type: string) =>
      bodies.find(({ eventType }) => eventType === `Microsoft.MachineLearningServices.${type}`);
    expect(of('ModelRegistered')).toMatchObject({
      topic: emulator.workspace.id,
      subject: 'models/spam:20',
      metadataVersion: '1',
      data: { ModelName: 'spam', ModelVersion: 20, ModelTags: { a: 'b' }, ModelProperties: {} },
    });
    const data = { experimentId: 'e1', experimentName: 'mails', runId: 'run-1', runType: null, runTags: { 'azureml.x': 'y' }, runProperties: {} }; // prettier-ignore
    expect(of('RunCompleted')).toMatchObject({ subject: 'experiments/e1/runs/run-1' });
    expect(of('RunCompleted')!['data']).toEqual(data);
    expect(of('RunStatusChanged')!['data']).toEqual({ ...data, runStatus: 'Completed' });
    expect(got[0]!.headers).toMatchObject({
      'aeg-event-type': 'Notification',
      'aeg-subscription-name': 'STEWARD',
      'aeg-delivery-count': '0',
    });
    // The vendor's reader takes every one of them.
    for (const { body } of got)
      expect(
        await new EventGridDeserializer().deserializeEventGridEvents(body as Record<string, unknown>),
      ).toHaveLength(1);
  });

  it('sends a drift event of the first generation in the casing of models, its times as they are given', async () => {
    await subscribe();
    const drift = { driftId: 'd1', driftName: 'mails', runId: 'r1', baseDatasetId: 'b1', targetDatasetId: 't1', coefficient: 0.83, startTime: null, endTime: 'null' }; // prettier-ignore
    emulator.world.raise({ kind: 'datasetDrift', workspace: emulator.workspace.id, drift });
    await vi.waitFor(() => expect(got).toHaveLength(1), within);
    const [event] = got[0]!.body as [Record<string, unknown>];
    expect(event).toMatchObject({ eventType: 'Microsoft.MachineLearningServices.DatasetDriftDetected', subject: 'datadrifts/d1/runs/r1' }); // prettier-ignore
    expect(event['data']).toEqual({
      DataDriftId: 'd1',
      DataDriftName: 'mails',
      RunId: 'r1',
      BaseDatasetId: 'b1',
      TargetDatasetId: 't1',
      DriftCoefficient: 0.83,
      StartTime: null,
      EndTime: 'null',
    });
  });

  it('sends CloudEvents one by one, to a function app and to a web hook', async () => {
    const schema = 'CloudEventSchemaV1_0';
    await subscribe({ schema });
    await subscribe({ name: 'hook', endpointType: 'webHook', schema });
    register();
    await vi.waitFor(() => expect(got).toHaveLength(2), within);
    expect(got[0]!.headers['content-type']).toContain('application/cloudevents+json');
    expect(got[0]!.body).toMatchObject({
      specversion: '1.0',
      source: emulator.workspace.id,
      type: 'Microsoft.MachineLearningServices.ModelRegistered',
    });
    expect(
      await new EventGridDeserializer().deserializeCloudEvents(got[0]!.body as Record<string, unknown>),
    ).toHaveLength(1);
  });

  it.each(['EventGridSchema', 'CloudEventSchemaV1_0'] as const)(
    'reaches a function of a real app with %s',
    async (schema) => {
      const settings = { Storage: storage.addresses.connectionString, WORK_QUEUE: 'unused', TICK: '0 0 0 1 1 *' };
      const host = await startHost({ app: hostApp, settings });
      try {
        await subscribe({ endpointUrl: host.eventGridUrl('events'), schema });
        register();
        await vi.waitFor(() => expect(grid.summary().delivered).toBe(1), within);
        const calls = host.logs().filter((line) => line.function === 'events' && line.level === 'information');
        const [event] = calls.map(({ message }): unknown => JSON.parse(message));
        expect(event).toMatchObject({ id: grid.records[0]!.event.id, data: { ModelVersion: 20 } });
        await expect(subscribe({ endpointUrl: `${host.url}/runtime/webhooks/eventgrid?functionName=events` })).rejects.toThrow(/answered 401/); // prettier-ignore
      } finally {
        await host.stop();
      }
    },
  );

  it('delivers nothing to an endpoint that did not shake hands', async () => {
    const nobody = subscribe({ endpointUrl: `${emulator.world.storage.blob}/` });
    await expect(nobody).rejects.toThrow(/handshake failed/);
    await expect(subscribe({ name: 'x', retry: { maxDeliveryAttempts: 31 } })).rejects.toThrow(/name: .*maxDelivery/);
    register();
    expect(grid.summary()).toMatchObject({ events: 1, attempts: 0 });
  });

  it('tries again by the schedule, counting', async () => {
    await subscribe();
    answers = [500, 404, 202];
    register();
    await vi.waitFor(() => expect(grid.summary().delivered).toBe(1), within);
    expect(got.map(({ headers }) => headers['aeg-delivery-count'])).toEqual(['0', '1', '2']);
    const [first, second, third] = grid.records[0]!.attempts.map(({ at }) => at.getTime() / 1000);
    expect(second! - first!).toBeGreaterThanOrEqual(10);
    // 404 waits five minutes, longer than the schedule's 30 s.
    expect(third! - second!).toBeGreaterThanOrEqual(300);
  });

  it.each([
    ['final answers', [400], undefined, 1, 'Undeliverable', 'BadRequest'],
    ['too many tries', [500, 503], 2, 2, 'MaxDeliveryAttemptsExceeded', 'Busy'],
  ] as const)(
    'writes dead letters after %s',
    async (_, statuses, maxDeliveryAttempts, deliveryAttempts, reason, outcome) => {
      const deadLetter = `dead-${deliveryAttempts}`;
      const container = new ContainerClient(storage.addresses.connectionString, deadLetter, {
        keepAliveOptions: { enable: false },
      });
      await container.createIfNotExists();
      await subscribe({ deadLetter, ...(maxDeliveryAttempts && { retry: { maxDeliveryAttempts } }) });
      answers = [...statuses];
      register();
      await vi.waitFor(() => expect(grid.summary().deadLettered).toBe(1), within);
      const names = [];
      for await (const { name } of container.listBlobsFlat()) names.push(name);
      expect(names[0]).toMatch(/^STEWARD\/\d{4}\/\d\d\/\d\d\/\d\d\/[0-9a-f-]+\.json$/);
      const [letter] = JSON.parse((await container.getBlobClient(names[0]!).downloadToBuffer()).toString());
      expect(letter).toMatchObject({
        id: grid.records[0]!.event.id,
        deadLetterReason: reason,
        deliveryAttempts,
        lastDeliveryOutcome: outcome,
      });
    },
  );

  it('drops what has no dead-letter container', async () => {
    await subscribe();
    answers = [403];
    register();
    await vi.waitFor(() => expect(grid.summary()).toMatchObject({ dropped: 1, delivered: 0, attempts: 1 }), within);
  });
});

describe('mischief', () => {
  afterEach(() => emulator.stop());
  beforeEach(() => start(1800));

  it('doubles, delays, reorders and loses exactly what it is told to', async () => {
    await subscribe();
    const { mischief } = emulator.world;
    const event = 'modelRegistered';
    mischief.push({ id: 'd', event, kind: 'double', times: 1, seen: 0 });
    mischief.push({ id: 'l', event, kind: 'lose', skip: 1, times: 1, seen: 0 });
    mischief.push({ id: 'r', event, kind: 'reorder', skip: 2, times: 1, seen: 0 });
    mischief.push({ id: 'w', event, kind: 'delay', delayMs: 20 * 60_000, skip: 4, times: 1, seen: 0 });
    register('1');
    await vi.waitFor(() => expect(versions()).toEqual([1, 1]), within);
    register('2');
    register('3');
    register('4');
    await vi.waitFor(() => expect(versions().toSorted((a, b) => a - b)).toEqual([1, 1, 3, 4]), within);
    register('5');
    register('6');
    await vi.waitFor(() => expect(versions().at(-1)).toBe(5), within);
    expect(versions().indexOf(6)).toBeGreaterThan(0);
    // The endpoint sees a delivery before the ledger does, which counts only what was answered.
    const counts = { events: 6, doubled: 1, lost: 1, reordered: 1, delayed: 1, delivered: 6 };
    await vi.waitFor(() => expect(grid.summary()).toMatchObject(counts), within);
    expect(grid.records.map(({ delivered }) => delivered)).toEqual([2, 0, 1, 1, 1, 1]);
    // One id however often it is sent.
    expect((got[0]!.body as [{ id: string }])[0].id).toBe((got[1]!.body as [{ id: string }])[0].id);
  });
});

describe('filters', () => {
  it('let through what the subscription names', async () => {
    await start(60);
    const included = 'Microsoft.MachineLearningServices.RunStatusChanged';
    await subscribe({ filter: { includedEventTypes: [included], subjectBeginsWith: 'EXPERIMENTS/e1/' } });
    register();
    emulator.world.raise({ kind: 'runStatusChanged', workspace: emulator.workspace.id, run: run(), status: 'Failed' });
    grid.publish({ topic: '/subscriptions/other', subject: 'experiments/e1/runs/x', type: included, data: {} });
    await vi.waitFor(() => expect(grid.summary().delivered).toBe(1), within);
    expect(types()).toEqual([included]);
    await emulator.stop();
  });

  const body = {
    data: { runType: 'azureml.StepRun', runTags: { plain: 'It HAS failed', 'with.dot': 'x' }, n: 3, none: null },
  };
  it.each([
    [{ key: 'data.runType', operatorType: 'StringIn', values: ['AZUREML.steprun'] }, true],
    [{ key: 'data.runType', operatorType: 'StringNotIn', values: ['azureml.StepRun'] }, false],
    [{ key: 'data.RunTags.plain', operatorType: 'StringContains', values: ['nope', 'has failed'] }, true],
    [{ key: 'data.runTags.plain', operatorType: 'StringBeginsWith', values: ['has'] }, false],
    [{ key: 'data.runTags.with.dot', operatorType: 'StringContains', values: ['x'] }, false],
    [{ key: 'data.missing', operatorType: 'StringContains', values: ['x'] }, false],
    [{ key: 'data.missing', operatorType: 'StringNotContains', values: ['x'] }, true],
    [{ key: 'data.missing', operatorType: 'IsNullOrUndefined' }, true],
    [{ key: 'data.none', operatorType: 'IsNotNull' }, false],
    [{ key: 'data.n', operatorType: 'NumberGreaterThanOrEquals', value: 3 }, true],
    [{ key: 'data.n', operatorType: 'NumberIn', values: [1, 2] }, false],
    [{ key: 'data.n', operatorType: 'StringIn', values: ['3'] }, false],
  ] as const)('%j -> %s', (filter, expected) => {
    expect(passes(body, 'T', 's', { advancedFilters: [filter] })).toBe(expected);
  });
});

describe('custom topics', () => {
  afterEach(() => emulator.stop());
  beforeEach(() => start(60));

  it('take events of both schemas from the real client, by key and by token', async () => {
    const cloud = grid.addTopic({ name: 'released', schema: 'CloudEventSchemaV1_0' });
    const byToken = new EventGridPublisherClient(cloud.endpoint, 'CloudEvent', new ManagedIdentityCredential());
    await byToken.send([{ type: 'Steward.ReleaseEnded', source: '/steward', data: { champion: 2 } }]);
    expect(cloud.received).toMatchObject([{ type: 'Steward.ReleaseEnded', specversion: '1.0', data: { champion: 2 } }]);

    const plain = grid.addTopic({ name: 'plain', schema: 'EventGridSchema' });
    const byKey = new EventGridPublisherClient(plain.endpoint, 'EventGrid', new AzureKeyCredential(plain.key));
    await byKey.send([{ eventType: 'T', subject: 's', dataVersion: '1', data: { n: 1 } }]);
    expect(plain.received).toMatchObject([{ eventType: 'T', subject: 's' }]);
  });

  it('refuse wrong keys, wrong schemas and half events', async () => {
    const plain = grid.addTopic({ name: 'plain', schema: 'EventGridSchema' });
    const wrongKey = new EventGridPublisherClient(plain.endpoint, 'EventGrid', new AzureKeyCredential('x'));
    const event = { eventType: 'T', subject: 's', dataVersion: '1', data: { n: 1 } };
    await expect(wrongKey.send([event])).rejects.toMatchObject({ statusCode: 401, code: 'Unauthorized' });
    const wrongSchema = new EventGridPublisherClient(plain.endpoint, 'CloudEvent', new AzureKeyCredential(plain.key));
    const refused = { statusCode: 400, code: 'BadRequest' };
    await expect(wrongSchema.send([{ type: 'T', source: '/s' }])).rejects.toMatchObject(refused);
    const right = new EventGridPublisherClient(plain.endpoint, 'EventGrid', new AzureKeyCredential(plain.key));
    await expect(right.send([event, { ...event, subject: '' }])).rejects.toMatchObject(refused);
    const nowhere = new EventGridPublisherClient(plain.endpoint.replace('plain', 'none'), 'EventGrid', new AzureKeyCredential('x')); // prettier-ignore
    await expect(nowhere.send([event])).rejects.toMatchObject({ statusCode: 404 });
    expect(plain.received).toEqual([]);
  });
});
