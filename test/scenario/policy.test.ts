import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ended, liveVersions } from './given/seen.ts';
import { startStack, type Stack } from './given/stack.ts';
import { aTeam, AT_ONCE, GOOD, published, type Team } from './given/team.ts';

let stack: Stack;
let team: Team;

beforeAll(async () => {
  stack = await startStack();
  team = await aTeam(stack, 'ruled');
  await published(stack, AT_ONCE, team);
});
afterAll(() => stack.stop());

describe('Given a published policy', { timeout: 60_000 }, () => {
  test('When one with three faults is published, Then all three are told with their places and the last good one holds', async () => {
    const faulty = team
      .policy(AT_ONCE)
      .replace('better: higher', 'better: bigger')
      .replace('watch: 1m', 'watch: 1')
      .replace('keepPrevious', 'keepPrevius');
    const { exitCode, output } = await stack.publish(faulty);

    expect(exitCode).toBe(1);
    const faults = output.split('\n').filter((line) => /policy-1\.yaml:\d+:\d+ /.test(line) && !line.includes('warning:'));
    expect(faults).toEqual([
      expect.stringMatching(/:7:\d+ gate\.better: .*'bigger'/),
      expect.stringMatching(/:8:\d+ rollout\.watch: .*duration/),
      expect.stringMatching(/:8:\d+ rollout\.keepPrevius: .*did you mean 'keepPrevious'/),
    ]);
    await team.register('2', GOOD);
    await ended(team, '2', 'released');
    expect(liveVersions(team)).toEqual({ 2: 100 });
  }); // prettier-ignore
});
