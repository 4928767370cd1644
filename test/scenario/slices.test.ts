import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from './given/eventually.ts';
import { ended, liveVersions, mailsTo } from './given/seen.ts';
import { startStack, type Stack } from './given/stack.ts';
import { aTeam, AT_ONCE, GOOD, published, type Team } from './given/team.ts';

/** Wrong on 7 of 200 rows, the champion on 20; but on 6 of the lower half, where the champion never is. */
const BETTER_BUT_FOR_ONE_HALF = { above: 93 };

let stack: Stack;
let teams: Record<'fair' | 'partial', Team>;

/** Each has its versions judged by halves of the rows as well. */
async function aCarefulTeam(model: string): Promise<Team> {
  const team = await aTeam(stack, model);
  const slices = '{ by: [half], metric: accuracy, minRows: 50, maxGap: 0.2 }';
  return { ...team, policy: (rollout) => team.policy(rollout).replace('better: higher', `better: higher, slices: ${slices}`) };
} // prettier-ignore

beforeAll(async () => {
  stack = await startStack();
  teams = { fair: await aCarefulTeam('fair'), partial: await aCarefulTeam('partial') };
  await published(stack, AT_ONCE, teams.fair, teams.partial);
}, 120_000);
afterAll(() => stack.stop());

describe.concurrent('Given a gate that looks at halves of the rows', { timeout: 120_000 }, () => {
  test('When a version is better in both, Then it is released, and the halves are remembered', async () => {
    const team = teams.fair;
    await team.register('2', GOOD);
    const status = await ended(team, '2', 'released');
    expect(status.releases[0]?.release.gate?.slices).toEqual(['half=lower', 'half=upper']);
    expect(liveVersions(team)).toEqual({ 2: 100 });
  });

  test('When a version is better all in all and worse in one, Then it is refused, and told where', async () => {
    const team = teams.partial;
    await team.register('2', BETTER_BUT_FOR_ONE_HALF);
    const status = await ended(team, '2', 'rejected', 'gate');
    const verdicts = status.releases[0]?.reasons.map(({ rule, verdict, what }) => `${rule} ${verdict} ${what}`);
    expect(verdicts).toEqual([
      'gate.superior pass accuracy',
      'gate.slice fail accuracy where half is "lower"',
      'gate.slices pass largest gap between slices in accuracy',
    ]);
    expect(liveVersions(team)).toEqual({ 1: 100 });
    const mail = await eventually(async () => {
      const found = mailsTo(stack, team).find(({ subject }) => subject.includes('rejected'));
      expect(found).toBeDefined();
      return found!;
    });
    expect(mail.subject).toContain('rejected at the gate, accuracy where half is "lower" 6 points below v1');
  });
});
