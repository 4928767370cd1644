import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aBatchTeam, type BatchTeam } from './given/batchTeam.ts';
import { eventually } from './given/eventually.ts';
import { ended, subjectsTo } from './given/seen.ts';
import { startStack, type Stack } from './given/stack.ts';
import { GOOD, published } from './given/team.ts';

/** The rows of the holdout without their labels would do; what is tested is that each gets an answer. */
const TESTED = '{ testRun: { input: holdout, expect: { rows: same } } }';

let stack: Stack;
let better: BatchTeam;
let silent: BatchTeam;
let forgetful: BatchTeam;

beforeAll(async () => {
  stack = await startStack();
  [better, silent, forgetful] = [await aBatchTeam(stack, 'better'), await aBatchTeam(stack, 'silent'), await aBatchTeam(stack, 'forgetful')]; // prettier-ignore
  await published(stack, TESTED, better, silent, forgetful);
});
afterAll(() => stack.stop());

const testJobsOf = (team: BatchTeam) =>
  [...stack.workspace('ml-prod').jobs.values()].filter(({ properties }) => properties['experimentName'] === team.endpoint.name); // prettier-ignore

describe.concurrent('Given a batch endpoint with a default deployment', { timeout: 60_000 }, () => {
  test('When a better version is registered, Then a job of it is tested, it becomes the default, and rollback switches back', async () => {
    await better.register('2', GOOD);
    const status = await ended(better, '2', 'released');

    expect(better.defaultVersion()).toBe('2');
    expect(status.champion).toMatchObject({ version: '2', replaced: 'first' });
    expect(status.releases[0]?.release.testRun).toMatchObject({ data: 'holdout:1', files: 1, rows: 200 });
    expect(testJobsOf(better)).toMatchObject([{ status: 'Completed' }]);
    await eventually(() => expect(subjectsTo(stack, better)).toEqual([expect.stringContaining('v2 released, is the default deployment instead of v1')])); // prettier-ignore

    const { status: answered } = await better.command('rollback', { release: 1 });
    expect(answered).toBe(202);
    const back = await ended(better, '2', 'rolledBack', 'command');
    expect(better.defaultVersion()).toBe('1');
    expect(back.champion).toMatchObject({ version: '1', deployment: 'first' });
    expect(back.traffic?.verified?.split).toEqual({ first: 100 });
    await eventually(() => expect(subjectsTo(stack, better)[1]).toContain('v2 rolled back, v1 is the default deployment (verified)')); // prettier-ignore
  });

  test('When a version completes its test job and leaves nothing, Then the default stays what it was', async () => {
    await silent.register('2', { ...GOOD, writesNothing: true });
    const status = await ended(silent, '2', 'rolledBack', 'testRun');

    expect(silent.defaultVersion()).toBe('1');
    expect(status.champion).toMatchObject({ version: '1', deployment: 'first' });
    expect(testJobsOf(silent)).toMatchObject([{ status: 'Completed' }]);
    expect(status.releases[0]?.sentence).toContain('holds no file with content');
    const writes = stack.world.calls.filter(({ method, path }) => method === 'PUT' && path.endsWith(`/batchEndpoints/${silent.endpoint.name}`)); // prettier-ignore
    expect(writes.filter(({ body }) => (body as { tags?: object }).tags !== undefined)).toEqual([]);
    await eventually(() => expect(subjectsTo(stack, silent)).toEqual([expect.stringContaining('v2 failed before it was the default')])); // prettier-ignore
  });

  test('When the answer to the invocation gets lost, Then its job is found and no other one is started', async () => {
    stack.world.faults.push({ id: 'lost', service: 'batch', path: forgetful.endpoint.name, kind: 'dropAnswer', times: 1, seen: 0 }); // prettier-ignore
    await forgetful.register('2', GOOD);
    await ended(forgetful, '2', 'released');

    expect(forgetful.defaultVersion()).toBe('2');
    expect(testJobsOf(forgetful)).toHaveLength(1);
  });
});
