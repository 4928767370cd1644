import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ServedRequest } from '../../emulator/world.ts';
import { eventually } from './given/eventually.ts';
import { ended, liveVersions, mailsTo, subjectsTo, trafficWrites } from './given/seen.ts';
import { startStack, type Stack } from './given/stack.ts';
import { aTeam, GOOD, published, type Team } from './given/team.ts';

/** Half of the requests are copied first. A loaded machine is slow for both, so latency is given room. */
const SHADOWED =
  '{ shadow: {percent: 50%, for: 5m, answers: {rows: /predictions, prediction: label, maxFlips: 20%}}, steps: [100%], bake: 0m, watch: 5m, keepPrevious: 24h, canary: { settle: 3m, minRequests: 20, negligible: 20%, latency: +900% } }';

/** What deployments of the team are asked and answer is kept. */
const LOGGED = {
  dataCollector: {
    collections: {
      model_inputs: { dataCollectionMode: 'Enabled' },
      model_outputs: { dataCollectionMode: 'Enabled' },
    },
  },
};

let stack: Stack;
let good: Team;
let failing: Team;
let otherwise: Team;

beforeAll(async () => {
  stack = await startStack();
  const serving = LOGGED;
  good = await aTeam(stack, 'copied', { serving });
  failing = await aTeam(stack, 'copied-fails', { serving });
  otherwise = await aTeam(stack, 'copied-otherwise', { serving });
  await published(stack, SHADOWED, good, failing, otherwise);
});
afterAll(() => stack.stop());

describe.concurrent('Given a policy that asks for a shadow, and people who use the model', { timeout: 110_000 }, () => {
  test('When a better version is registered, Then it answers copies first, the mirror comes off, and it is released', async () => {
    const clients = good.sendRequests(60);
    await good.register('2', GOOD);
    await eventually(async () => expect((await good.status()).release?.shadow?.since).toBeDefined());
    expect(await good.status()).toMatchObject({
      state: 'shadowing',
      waitingFor: 'enough copies of live requests to judge',
    });
    expect(liveVersions(good)).toEqual({ 1: 100 });
    await eventually(async () => expect((await good.status()).state).not.toBe('shadowing'));
    const { releases, champion } = await ended(good, '2', 'released');
    await clients.stop();

    const challenger = champion!.deployment;
    expect(liveVersions(good)).toEqual({ 2: 100 });
    expect(good.endpoint.properties['mirrorTraffic']).toEqual({});
    const writes = trafficWrites(stack, good).map(({ generation, traffic, mirror }) => ({
      generation,
      traffic,
      mirror,
    }));
    expect(writes).toEqual([
      { generation: '1', traffic: { first: 100 }, mirror: { [challenger]: 50 } },
      { generation: '2', traffic: { first: 100 }, mirror: {} },
      { generation: '3', traffic: { [challenger]: 100 }, mirror: {} },
    ]);
    const answered = servedBy(good, challenger);
    const firstLive = answered.findIndex(({ live }) => live);
    expect(firstLive).toBeGreaterThanOrEqual(20);
    expect(answered.slice(firstLive).every(({ live }) => live)).toBe(true);
    expect(releases[0]?.release.shadow?.canary?.challenger.requests).toBeGreaterThanOrEqual(20);
    await eventually(() => expect(mailsTo(stack, good).map(({ text }) => text)).toEqual([expect.stringMatching(/Shadow: 50 % of live requests were copied to v2 for/)])); // prettier-ignore
    const { answers } = releases[0]!.release.shadow!;
    expect(answers?.found.requests).toBeGreaterThanOrEqual(20);
    // Of the numbers that people ask about two in a hundred lie between the two models.
    expect(answers?.measured.flips?.value).toBeLessThan(0.2);
    expect(mailsTo(stack, good)[0]!.text).toMatch(
      /Answers: \d+ of \d+ different inputs that were copied compared: another class in [\d.]+ %, [\d.]+ to [\d.]+ % \([\d.]+ % interval\)\./,
    );
  });

  test('When a version fails on what people ask, Then copies show it, and nobody ever gets an answer of it', async () => {
    const clients = failing.sendRequests(60);
    await failing.register('2', { ...GOOD, failsFrom: 500 });
    const { releases, traffic } = await ended(failing, '2', 'rolledBack', 'shadow');
    await clients.stop();

    expect(liveVersions(failing)).toEqual({ 1: 100 });
    expect(failing.endpoint.properties['mirrorTraffic']).toEqual({});
    expect(traffic?.verified?.split).toEqual({ first: 100 });
    expect(trafficWrites(stack, failing).map(({ traffic: split }) => split)).toEqual([{ first: 100 }, { first: 100 }]);
    const answered = servedBy(failing, releases[0]!.release.deployment!);
    expect(answered.filter(({ status }) => status === 424).length).toBeGreaterThan(10);
    expect(answered.filter(({ live }) => live)).toEqual([]);
    const seen = stack.world.served.filter(
      ({ endpoint, live, status }) => endpoint === failing.endpoint.name && live && status !== 200,
    );
    expect(seen).toEqual([]);
    await eventually(() => expect(subjectsTo(stack, failing)).toEqual([expect.stringMatching(/v2 failed before it had traffic.*\(verified\)/)])); // prettier-ignore
    expect(mailsTo(stack, failing)[0]!.text).toContain('does worse than the champion on copies of live requests');
  });

  test('When a version never fails and answers otherwise than the champion, Then nobody ever gets an answer of it', async () => {
    const clients = otherwise.sendRequests(60);
    // On the holdout, which holds no number above 199, it is better than the champion.
    await otherwise.register('2', { ...GOOD, turnsFrom: 500 });
    const { releases } = await ended(otherwise, '2', 'rolledBack', 'shadow');
    await clients.stop();

    expect(liveVersions(otherwise)).toEqual({ 1: 100 });
    expect(servedBy(otherwise, releases[0]!.release.deployment!).filter(({ live }) => live)).toEqual([]);
    const { flips } = releases[0]!.release.shadow!.answers!.measured;
    expect(flips?.low).toBeGreaterThan(0.2);
    await eventually(() => expect(mailsTo(stack, otherwise)).toHaveLength(1));
    const { text } = mailsTo(stack, otherwise)[0]!;
    expect(text).toContain('answers copies of live requests otherwise than the champion, more than the policy allows.');
    expect(text).toMatch(/changed answers +.* FAIL/);
  });
});

function servedBy({ endpoint }: Team, deployment: string): ServedRequest[] {
  return stack.world.served.filter((one) => one.endpoint === endpoint.name && one.deployment === deployment);
}
