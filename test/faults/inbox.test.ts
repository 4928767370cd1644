import { TableClient } from '@azure/data-tables';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tableActiveIndex } from '../../src/lib/azure/activeIndex.ts';
import { factHash, partitionOf, UNREAD } from '../../src/lib/azure/rowKeys.ts';
import { eventually } from '../scenario/given/eventually.ts';
import { ended, liveVersions, mailsTo, writesByGeneration } from '../scenario/given/seen.ts';
import { startStack, type Stack } from '../scenario/given/stack.ts';
import { aTeam, AT_ONCE, GOOD, published, WORSE, type Team } from '../scenario/given/team.ts';
import { commandWithoutMessage } from './orders.ts';

let stack: Stack;
let stalled: Team;
let commanded: Team;

beforeAll(async () => {
  // The wait after a failed try is real time: 30 s in host.json.
  stack = await startStack({
    settings: () => ({ AzureFunctionsJobHost__extensions__queues__visibilityTimeout: '00:00:01' }),
  });
  [stalled, commanded] = [await aTeam(stack, 'stalled'), await aTeam(stack, 'commanded')];
  await published(stack, AT_ONCE, stalled, commanded);
});
afterAll(() => stack.stop({ mayThrow: true }));

describe.concurrent('Given a model that serves all traffic', { timeout: 60_000 }, () => {
  test('When an item always throws, Then it is set aside, people are told, and the release goes its way', async () => {
    const factKey = 'from a newer Steward';
    await insertUnread(stalled, { factKey, happening: { kind: 'eclipse' } });
    await stalled.register('2', GOOD);
    const status = await ended(stalled, '2', 'released');

    expect(liveVersions(stalled)).toEqual({ 2: 100 });
    expect(writesByGeneration(stack, stalled)).toEqual({ 1: 1 });
    expect(status.conditions.stalled).toBeDefined();
    expect(status.held).toEqual([factKey]);
    expect(status.unread).toBe(0);
    expect(status.commands).toContain('resume');
    await eventually(() =>
      expect(mailsTo(stack, stalled).map(({ subject }) => subject)).toEqual([
        expect.stringContaining('stalled'),
        expect.stringContaining('v2 released'),
      ]),
    );
  });

  test('When a command is stored but the app dies before it asks for a pass, Then the sweep sees that it is obeyed', async () => {
    await commanded.register('2', WORSE);
    await ended(commanded, '2', 'rejected');
    // Nothing else makes the sweep look: it has found the lifecycle quiet and forgotten it.
    await eventually(async () => expect(await watchedBySweep()).not.toContain(commanded.model));
    const answer = await commandWithoutMessage(stack, commanded, 'pause', { reason: 'holidays' });
    expect(answer.status).toBe(202);

    const status = await eventually(async () => {
      const found = await commanded.status();
      expect(found.conditions.paused).toMatchObject({ actor: 'ann', reason: 'holidays' });
      return found;
    });
    expect(status.unread).toBe(0);
    expect(status.timeline[0]?.rules).toEqual(['command.pause']);
  });
});

/** Models in the index of what the sweep has to look after. */
async function watchedBySweep(): Promise<string[]> {
  const index = tableActiveIndex({ connectionString: stack.world.storage.connectionString });
  const everything = await index.overdue(new Date(stack.world.clock.now().getTime() + 30 * 24 * 3_600_000), 100);
  return everything.map(({ key }) => key.model);
}

/** An unread row as intake writes it, of a kind that this version does not know. */
async function insertUnread(
  team: Team,
  item: { readonly factKey: string; readonly happening: unknown },
): Promise<void> {
  const receivedAt = stack.world.clock.now().toISOString();
  const table = TableClient.fromConnectionString(stack.world.storage.connectionString, 'lifecycles', {
    allowInsecureConnection: true,
  });
  await table.createTable();
  await table.createEntity({
    partitionKey: partitionOf(team),
    rowKey: `${UNREAD.from}1|${receivedAt}|${factHash(item.factKey)}`,
    factKey: item.factKey,
    json: JSON.stringify({ ...item, receivedAt }),
  });
}
