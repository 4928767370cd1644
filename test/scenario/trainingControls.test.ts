import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from './given/eventually.ts';
import { ended, mailsTo, refused, running, trainingEnded } from './given/seen.ts';
import { startStack, type Stack } from './given/stack.ts';
import { AT_ONCE, published } from './given/team.ts';
import { aTrainedTeam, type TrainedOptions, type TrainedTeam } from './given/trainedTeam.ts';

const MINUTE_MS = 60_000;
const DRIFT = 'when: { drift: true }';
const ANY_TIME = `${DRIFT}, cooldown: 0m`;
const TEAMS: Readonly<Record<string, TrainedOptions>> = {
  cooling: { training: `${DRIFT}, cooldown: 15m` },
  poor: { training: `${ANY_TIME}, budget: { runs: 1, per: 12m }` },
  // Findings of other monitors in its workspace make every model look again: in its own nothing but the sweep does.
  settled: { training: 'when: { drift: true, newData: settled-rows }', workspace: 'ml-alone' },
  stubborn: { training: ANY_TIME },
  taking: { training: ANY_TIME, compute: 'small' },
  queueing: { training: ANY_TIME, compute: 'small' },
  frozen: { training: DRIFT, lines: 'freeze: { calendar: holidays }\n' },
  stopped: { training: 'when: { drift: { monitor: stopped-monitor } }' },
  punctual: { training: 'when: { schedule: { cron: "*/5 * * * *" } }' },
  broken: { training: `${DRIFT}, dataOwners: [data@example.com]` },
  commanded: { training: DRIFT },
};

const COMPUTES = 'computes: { small: { jobs: 1 } }\n';

let stack: Stack;
const teams: Record<string, TrainedTeam> = {};

beforeAll(async () => {
  stack = await startStack({ workspaces: [{ name: 'ml-prod' }, { name: 'ml-alone' }] });
  for (const [name, options] of Object.entries(TEAMS)) teams[name] = await aTrainedTeam(stack, name, options);
  // Its first slot may be due before its scenario begins.
  await teams['punctual']!.deliver('2', 100);
  teams['punctual']!.hold();
  stack.estate(COMPUTES);
  const { frozen: _, ...others } = teams;
  await published(stack, AT_ONCE, ...Object.values(others));
}, 120_000);
afterAll(() => stack.stop());

describe.concurrent('Given a model for which somebody or something asks for a training', { timeout: 120_000 }, () => {
  test('When a finding comes while one runs, Then it waits for that one, and after it for the cooldown', async () => {
    const team = teams['cooling']!;
    await team.deliver('2', 'nothing');
    team.hold();
    await team.runMonitor('newer');
    const { training: first } = await running(team);
    await team.deliver('3', 100);
    const run = await team.runMonitor('newer');
    expect((await refused(team, 'oneAtATime')).refused.sentence).toContain(first.job);

    team.letGo();
    const waiting = await refused(team, 'cooldown');
    const until = new Date(Date.parse(first.submittedAt) + 15 * MINUTE_MS).toISOString();
    expect(waiting).toMatchObject({ causes: [{ kind: 'monitor', run }], refused: { until } });
    expect(team.trainingJobs()).toHaveLength(1);

    team.hold();
    const { training, request } = await running(team, 2);
    expect(training).toMatchObject({ causes: [{ run }], pins: [{ data: team.data, version: '3' }] });
    expect(training.submittedAt >= until).toBe(true);
    expect(request).toBeUndefined();
  });

  test('When the budget is used up, Then even a person waits until there is room in it', async () => {
    const team = teams['poor']!;
    await team.deliver('2', 'nothing');
    await team.command('retrain');
    const { submittedAt } = await trainingEnded(team, 'failed', 'jobFailed');
    team.hold();
    await team.command('retrain');
    const until = new Date(Date.parse(submittedAt) + 12 * MINUTE_MS).toISOString();
    expect((await refused(team, 'budget')).refused.until).toBe(until);
    await eventually(() => expect(mailsTo(stack, team).filter(({ text }) => text?.includes('budget'))).toHaveLength(1));
    expect(team.trainingJobs()).toHaveLength(1);

    const { training } = await running(team, 2);
    expect(training.submittedAt >= until).toBe(true);
  });

  test('When there is no newer data than the champion had, Then nothing is trained until there is, which is noticed', async () => {
    const team = teams['settled']!;
    team.hold();
    const run = await team.runMonitor('newer');
    expect((await refused(team, 'sameDataAsChampion')).refused.sentence).toContain('settled-rows:1');
    await eventually(() => expect(mailsTo(stack, team)).toHaveLength(1));
    expect(team.trainingJobs()).toEqual([]);

    await team.deliver('2', 100);
    const { training } = await running(team);
    expect(training.causes).toMatchObject([{ kind: 'monitor', run }, { kind: 'newData', data: team.data, version: '2' }]);
    expect(training.pins).toEqual([{ input: 'data', data: team.data, version: '2' }]);
  });

  test('When the last version from that data was rejected, Then nothing is trained until there is newer data', async () => {
    const team = teams['stubborn']!;
    await team.deliver('2', 20);
    await team.runMonitor('newer');
    await ended(team, '2', 'rejected', 'gate');
    const second = await team.runMonitor('newer');
    expect((await refused(team, 'sameDataAsLastRejected')).refused.sentence).toContain('Version 2');
    expect(team.trainingJobs()).toHaveLength(1);

    team.hold();
    await team.deliver('3', 100);
    await team.runMonitor();
    const { training } = await running(team, 2);
    expect(training.causes[0]).toMatchObject({ kind: 'monitor', run: second });
    expect(training.pins).toMatchObject([{ version: '3' }]);
  });

  test('When the compute has as many jobs as the estate allows, Then the next one waits until one has ended', async () => {
    const [taking, queueing] = [teams['taking']!, teams['queueing']!];
    await taking.deliver('2', 'nothing');
    taking.hold();
    queueing.hold();
    await taking.command('retrain');
    await running(taking);
    await queueing.command('retrain');
    expect((await refused(queueing, 'computeBusy')).refused.sentence).toContain('small');
    expect(queueing.trainingJobs()).toEqual([]);

    taking.letGo();
    await running(queueing);
    expect((await taking.status()).trainings).toMatchObject([{ end: 'failed' }]);
  });

  test('When the calendar is closed, Then the training begins when it opens', async () => {
    const team = teams['frozen']!;
    team.hold();
    const opens = closedFor(20);
    await published(stack, AT_ONCE, team);
    await team.command('retrain');
    expect((await refused(team, 'freeze')).refused.until).toBe(opens);
    expect(team.trainingJobs()).toEqual([]);

    const { training } = await running(team);
    expect(training.submittedAt >= opens).toBe(true);
  });

  test('When a person has paused the model, Then everything that asks waits, and is one training after the pause', async () => {
    const team = teams['stopped']!;
    await team.deliver('2', 100);
    team.hold();
    await team.command('pause');
    await eventually(async () => expect((await team.status()).conditions.paused).toBeDefined());
    const run = await team.runMonitor('newer');
    const drift = { workspace: 'ml-prod', driftId: 'd1', runId: 'r1', driftName: team.monitor, coefficient: 0.7 };
    const tell = () => fetch(`${stack.world.origin}/_control/datasetDrift`, { method: 'POST', body: JSON.stringify(drift) });
    await Promise.all([tell(), tell()]);
    await team.command('retrain');
    const kinds = await eventually(async () => {
      const { causes, refused: no } = (await team.status()).request!;
      expect([causes.length, no]).toEqual([3, expect.objectContaining({ reason: 'paused', sentence: 'Paused by ann: a scenario' })]);
      return causes.map(({ kind }) => kind);
    });
    expect(kinds.toSorted()).toEqual(['command', 'datasetDrift', 'monitor']);
    expect(team.trainingJobs()).toEqual([]);

    await team.command('resume');
    const { training, request } = await running(team);
    expect(training.causes.map(({ kind }) => kind)).toEqual(kinds);
    expect(training.causes).toContainEqual(expect.objectContaining({ kind: 'monitor', run }));
    expect([request, team.trainingJobs().length]).toEqual([undefined, 1]);
  });

  test('When the schedule is due, Then it is trained once for that slot, and the next slot waits for that training', async () => {
    const team = teams['punctual']!;
    const { training } = await running(team);
    const slots = training.causes.map((cause) => (cause.kind === 'schedule' ? cause.slot : ''));
    expect(slots[0]).toMatch(/T\d\d:\d[05]:00\.000Z$/);
    const next = new Date(Date.parse(slots.at(-1)!) + 5 * MINUTE_MS).toISOString();
    expect((await refused(team, 'oneAtATime')).causes[0]).toMatchObject({ kind: 'schedule', slot: next });
    expect(team.trainingJobs()).toHaveLength(1);
    const taken = (await team.status()).timeline.flatMap(({ items }) => items);
    expect(taken.filter((item) => item === `schedule|${slots[0]}`)).toHaveLength(1);
  });

  test('When the monitor finds broken data, Then nothing is trained on drift, its owner is told, and a run without it ends that', async () => {
    const team = teams['broken']!;
    await team.deliver('2', 100);
    team.hold();
    const run = await team.runMonitor('broken');
    const { causes } = await refused(team, 'badData');
    expect(causes).toMatchObject([{ run, breaches: [{ signal: 'broken-monitor_drift' }] }]);
    expect((await team.status()).badData).toMatchObject({ run, signal: 'broken-monitor_quality', kind: 'quality' });
    await eventually(() => expect(mailsTo(stack, { address: 'data@example.com' })).toHaveLength(1));
    expect(mailsTo(stack, { address: 'data@example.com' })[0]!.text).toContain('broken-monitor_quality');
    expect(team.trainingJobs()).toEqual([]);

    // It finds nothing, so no event tells of it.
    await team.runMonitor('familiar');
    const { training, badData } = await running(team);
    expect([training.causes, badData]).toEqual([causes, undefined]);
  });

  test('When a person asks for a training and stops it, Then its job is canceled, and what was only asked for is dropped', async () => {
    const team = teams['commanded']!;
    team.hold();
    expect(await team.command('retrain')).toMatchObject({ status: 202 });
    const { training } = await running(team);
    expect(training.causes).toMatchObject([{ kind: 'command', actor: 'ann', reason: 'a scenario' }]);
    expect(await team.command('reject', { training: 2 })).toMatchObject({ status: 409 });
    expect(await team.command('reject', { training: 1 })).toMatchObject({ status: 202 });
    await trainingEnded(team, 'canceled', 'command');
    expect(team.trainingJobs().map(({ name, status }) => [name, status])).toEqual([[training.job, 'Canceled']]);

    await team.command('pause');
    await eventually(async () => expect((await team.status()).conditions.paused).toBeDefined());
    await team.command('retrain');
    await refused(team, 'paused');
    expect(await team.command('reject', { training: 2 })).toMatchObject({ status: 202 });
    await eventually(async () => expect((await team.status()).request).toBeUndefined());
    expect(team.trainingJobs()).toHaveLength(1);
  });
}); // prettier-ignore

/** Closes the calendar from now on, with the next publication; answers when it opens. */
function closedFor(minutes: number): string {
  const now = stack.world.clock.now();
  const [from, to] = [now, new Date(now.getTime() + minutes * MINUTE_MS)].map((at) => at.toISOString().slice(0, 16));
  const closed = `{ from: "${from?.replace('T', ' ')}", to: "${to?.replace('T', ' ')}" }`;
  stack.estate(`${COMPUTES}calendars: { holidays: { closed: [${closed}] } }\n`);
  return `${to}:00.000Z`;
}
