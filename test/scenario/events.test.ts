import { BlobServiceClient } from '@azure/storage-blob';
import { TableClient } from '@azure/data-tables';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EventRecord } from '../../emulator/services/eventGrid/ledger.ts';
import type { ModelDetail } from '../../src/lib/history.ts';
import { eventually } from './given/eventually.ts';
import { ended, evaluationsOf, liveVersions, mailsTo, writesByGeneration } from './given/seen.ts';
import { startStack, type Stack } from './given/stack.ts';
import { aTeam, AT_ONCE, GOOD, mischief, published, WORSE, type Team } from './given/team.ts';

// One after the other: mischief befalls the next events of its kind, whoever's they are.
let stack: Stack;
const teams: Record<string, Team> = {};

beforeAll(async () => {
  stack = await startStack();
  for (const name of ['doubled', 'reordered', 'lost', 'cloud', 'mangled']) teams[name] = await aTeam(stack, name);
  await published(stack, AT_ONCE, ...Object.values(teams));
});
afterAll(() => stack.stop());

describe('Given a team whose model serves all traffic', { timeout: 60_000 }, () => {
  test('When each event is delivered twice, Then everything happens once', async () => {
    const team = teams['doubled']!;
    const events = (['modelRegistered', 'runStatusChanged', 'runCompleted', 'modelDeployed'] as const).map((kind) =>
      mischief(stack, kind, 'double', { times: 100 }),
    );
    await team.register('2', GOOD);
    await ended(team, '2', 'released');
    for (const event of events) event.times = 0;
    const [registered] = eventsAbout(`${team.model}:2`);
    expect(registered?.delivered).toBe(2);

    // Once more, when all is over: intake knows the fact, so that not even a pass begins.
    const again = stack.events.publish(registered!.event);
    await eventually(() => expect(recordOf(again)?.delivered).toBe(1));
    const status = await team.status();
    expect(status).toMatchObject({ state: 'idle', unread: 0 });
    expect(status.timeline.flatMap(({ items }) => items).filter((item) => item.startsWith('model|'))).toHaveLength(1);

    expect(liveVersions(team)).toEqual({ 2: 100 });
    expect(status.ended).toHaveLength(1);
    expect(evaluationsOf(stack, team)).toHaveLength(1);
    expect(writesByGeneration(stack, team)).toEqual({ 1: 1 });
    await eventually(() => expect(mailsTo(stack, team)).toHaveLength(1));
  });

  test('When a newer version is told before an older one, Then only the newer one is tried', async () => {
    const team = teams['reordered']!;
    mischief(stack, 'modelRegistered', 'delay', { delayMs: 5 * 60_000 });
    await team.register('2', GOOD);
    await team.register('3', GOOD);
    const status = await eventually(async () => {
      const found = await team.status();
      expect(refusals(found)).toEqual([expect.stringMatching(/version 3/)]);
      expect(found).toMatchObject({ state: 'idle', ended: [{ version: '3', end: 'released' }] });
      return found;
    });

    expect(status.champion).toMatchObject({ version: '3' });
    expect(liveVersions(team)).toEqual({ 3: 100 });
    expect(evaluationsOf(stack, team)).toHaveLength(1);
    expect(writesByGeneration(stack, team)).toEqual({ 1: 1 });
  });

  test('When no event is delivered at all, Then the sweep finds the version and looks find the rest', async () => {
    const team = teams['lost']!;
    const events = (['modelRegistered', 'runStatusChanged', 'runCompleted'] as const).map((kind) =>
      mischief(stack, kind, 'lose', { times: 100 }),
    );
    await team.register('2', GOOD);
    await ended(team, '2', 'released');
    for (const event of events) event.times = 0;

    expect(eventsAbout(`${team.model}:2`).map(({ delivered }) => delivered)).toEqual([0]);
    expect(liveVersions(team)).toEqual({ 2: 100 });
    expect(writesByGeneration(stack, team)).toEqual({ 1: 1 });
  });

  test('When events come as CloudEvents, Then they mean the same', async () => {
    const team = teams['cloud']!;
    await stack.subscribe(stack.workspace('ml-prod'), 'CloudEventSchemaV1_0');
    await team.register('2', WORSE);
    const status = await ended(team, '2', 'rejected', 'gate');
    await stack.subscribe(stack.workspace('ml-prod'), 'EventGridSchema');

    expect(eventsAbout(`${team.model}:2`).map(({ delivered }) => delivered)).toEqual([1]);
    expect(status.timeline.flatMap(({ items }) => items)).toContainEqual(expect.stringMatching(/^run\|.*\|completed$/));
    expect(liveVersions(team)).toEqual({ 1: 100 });
  });
});

describe('Given policies for some models', { timeout: 60_000 }, () => {
  test('When a version of a model without a policy is registered, Then nothing begins', async () => {
    const stranger = { ...teams['doubled']!, model: 'stranger' };
    const before = await rowsOfLifecycles();
    await stranger.azure.put('/models/stranger/versions/1', {
      properties: { modelType: 'custom_model', modelUri: 'azureml://datastores/workspaceblobstore/paths/models/doubled/1' },
    });

    await acknowledged('stranger:1');
    expect(await rowsOfLifecycles()).toEqual(before);
    expect(await stack.ask('/api/models/prod/stranger')).toMatchObject({ status: 404 });
    expect(await refusedEvents()).toEqual([]);
  }); // prettier-ignore

  test('When an event comes from a workspace that the estate does not know, Then it is kept for people and acknowledged', async () => {
    const foreign = { name: 'ml-foreign', id: stack.workspace('ml-prod').id.replace(/ml-prod$/, 'ml-foreign') };
    await stack.subscribe(foreign);
    const before = await rowsOfLifecycles();
    publish(foreign.id, 'models/mangled:7', { ModelName: 'mangled', ModelVersion: 7, ModelTags: {}, ModelProperties: {} });

    await acknowledged('mangled:7');
    const kept = await refusedEvents();
    expect(kept).toEqual([{ reason: expect.stringContaining('ml-foreign'), event: expect.objectContaining({ topic: foreign.id }) }]);
    expect(await rowsOfLifecycles()).toEqual(before);
  }); // prettier-ignore

  test('When an event is malformed, Then it is kept, acknowledged, and the next one counts', async () => {
    const team = teams['mangled']!;
    publish(team.azure.id, 'models/mangled:8', { ModelName: { first: 'mangled' }, ModelTags: {} });
    await acknowledged('mangled:8');
    await eventually(async () =>
      expect(await refusedEvents()).toContainEqual(
        expect.objectContaining({ reason: expect.stringMatching(/lacks model, version/) }),
      ),
    );

    await team.register('2', WORSE);
    await ended(team, '2', 'rejected', 'gate');
  });
});

function refusals({ timeline }: ModelDetail): string[] {
  return timeline.flatMap(({ refused }) => Object.values(refused));
}

function eventsAbout(subject: string): EventRecord[] {
  return stack.events.records.filter(({ event }) => event.subject === `models/${subject}`);
}

function recordOf({ id }: EventRecord['event']): EventRecord | undefined {
  return stack.events.records.findLast(({ event }) => event.id === id);
}

function publish(topic: string, subject: string, data: Record<string, unknown>): void {
  stack.events.publish({ topic, subject, type: 'Microsoft.MachineLearningServices.ModelRegistered', data });
}

/** Told once and taken: Event Grid will not tell it again. */
async function acknowledged(subject: string): Promise<void> {
  await eventually(() =>
    expect(eventsAbout(subject).map(({ attempts, delivered }) => [attempts.length, delivered])).toEqual([[1, 1]]),
  );
}

async function rowsOfLifecycles(): Promise<string[]> {
  const table = TableClient.fromConnectionString(stack.world.storage.connectionString, 'lifecycles', {
    allowInsecureConnection: true,
  });
  const keys: string[] = [];
  for await (const { partitionKey, rowKey } of table.listEntities()) {
    if (rowKey === '0a' || rowKey?.startsWith('0p|')) keys.push(`${partitionKey} ${rowKey}`);
  }
  return keys;
}

async function refusedEvents(): Promise<{ reason: string; event: unknown }[]> {
  const container = BlobServiceClient.fromConnectionString(stack.world.storage.connectionString).getContainerClient(
    'steward',
  );
  const kept: { reason: string; event: unknown }[] = [];
  if (!(await container.exists())) return kept;
  for await (const { name } of container.listBlobsFlat({ prefix: 'refused/' })) {
    kept.push(JSON.parse((await container.getBlobClient(name).downloadToBuffer()).toString('utf8')));
  }
  return kept;
}
