import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from './given/eventually.ts';
import { ended, liveVersions } from './given/seen.ts';
import { DEAD_LETTERS, startStack, type Stack } from './given/stack.ts';
import { aTeam, AT_ONCE, GOOD, published, type Team } from './given/team.ts';

let stack: Stack;
let team: Team;

beforeAll(async () => {
  stack = await startStack();
  team = await aTeam(stack, 'undelivered');
  await published(stack, AT_ONCE, team);
});
afterAll(() => stack.stop());

test('Given an app that is down for as long as Event Grid tries, When it is well again, Then the event is taken all the same', { timeout: 60_000 }, async () => {
  const workspace = stack.workspace('ml-prod');
  await stack.subscribe(workspace, 'CloudEventSchemaV1_0', {}, { deadLetter: DEAD_LETTERS, retry: { maxDeliveryAttempts: 2 } });
  // No other way to hear of the version is left: listings fail.
  stack.world.faults.push({ id: 'no-listing', service: 'arm', method: 'GET', path: `/models/${team.model}/versions$`, kind: 'status', status: 500, times: 1000, seen: 0 });
  await stack.host.stop();
  await team.register('2', GOOD);
  const written = await eventually(async () => {
    const names = await letters();
    expect(names).toHaveLength(1);
    return names;
  });
  expect(record()).toMatchObject({ delivered: 0, deadLettered: 1 });

  const well = await stack.anotherHost();
  stack.askThrough(well);
  const status = await ended(team, '2', 'released');
  expect(status.timeline.flatMap(({ items }) => items).filter((item) => item.startsWith('model|'))).toHaveLength(1);
  expect(liveVersions(team)).toEqual({ 2: 100 });
  expect(well.logs().filter(({ message }) => message.includes('Dead letters taken again'))).not.toEqual([]);
  // The subscription still names the process that is gone, so what happened since comes to lie there as well.
  expect(await letters()).not.toEqual(expect.arrayContaining(written));
}); // prettier-ignore

function record() {
  return stack.events.records.find(({ event }) => event.subject === `models/${team.model}:2`);
}

async function letters(): Promise<string[]> {
  const storage = BlobServiceClient.fromConnectionString(stack.world.storage.connectionString);
  const names: string[] = [];
  for await (const { name } of storage.getContainerClient(DEAD_LETTERS).listBlobsFlat()) names.push(name);
  return names;
}
