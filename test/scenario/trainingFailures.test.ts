import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Fault } from '../../emulator/world.ts';
import { jobPrefix } from '../../src/lib/core/names.ts';
import { eventually } from './given/eventually.ts';
import { ended, mailsTo, registrations, running, subjectsTo, trainingEnded } from './given/seen.ts';
import { startStack, type Stack } from './given/stack.ts';
import { AT_ONCE, published, uploadText } from './given/team.ts';
import { trainedTeams, type TrainedOptions, type TrainedTeam } from './given/trainedTeam.ts';

const training = 'when: { drift: true }, cooldown: 0m';
const TEAMS: Readonly<Record<string, TrainedOptions>> = {
  faulty: { training },
  preempted: { training },
  queued: { training: `${training}, deadline: { start: 3m }`, compute: 'full' },
  endless: { training: `${training}, deadline: { finish: 3m }` },
  leaving: { training },
  registering: { training },
  empty: { training: `${training}, output: weights` },
  refused: { training },
  throttled: { training },
  silent: { training },
  crashed: { training },
};

let stack: Stack;
let teams: Record<string, TrainedTeam>;

beforeAll(async () => {
  stack = await startStack();
  teams = await trainedTeams(stack, TEAMS);
  await published(stack, AT_ONCE, ...Object.values(teams));
}, 120_000);
afterAll(() => stack.stop());

describe.concurrent('Given a training that a person has asked for', { timeout: 120_000 }, () => {
  test('When its code fails, Then people are told why, and it is not tried again', async () => {
    const team = teams['faulty']!;
    await team.deliver('3', 'nothing');
    await team.command('retrain');
    const { attempts, sentence, computeMinutes } = await trainingEnded(team, 'failed', 'jobFailed');

    expect([attempts, sentence]).toEqual([1, expect.stringContaining('User process exited with status code 1')]);
    expect(computeMinutes).toBeGreaterThan(0);
    await eventually(() => expect(subjects(team)).toEqual([expect.stringContaining('training 1 failed'), started]));
    expect(team.trainingJobs()).toHaveLength(1);
    expect((await team.status()).training).toBeUndefined();
  });

  test('When the node is taken away, Then it is tried once more, and what that leaves is released', async () => {
    const team = teams['preempted']!;
    team.hold();
    await team.command('retrain');
    const { training: first } = await running(team);
    await fetch(`${stack.world.origin}/_control/jobs/${first.job}/preempt`, { method: 'POST' });
    const { training: second } = await eventually(async () => {
      const status = await running(team);
      expect(status.training.attempt).toBe(2);
      return status;
    });
    team.letGo();
    await ended(team, '2', 'released');

    expect(states(team)).toEqual([[first.job, 'Failed'], [second.job, 'Completed']]);
    const [done] = (await team.status()).trainings;
    expect(done).toMatchObject({ end: 'succeeded', attempts: 2, version: '2', promoted: true, release: { end: 'released' } });
    expect(done!.pins).toEqual(first.pins);
  });

  test('When no node is free until the deadline, Then the job is canceled, and tried once more', async () => {
    const team = teams['queued']!;
    stack.workspace('ml-prod').nodes.set('full', 0);
    await team.command('retrain');
    await eventually(() => expect(states(team)[0]).toEqual([expect.anything(), 'Canceled']));
    stack.workspace('ml-prod').nodes.set('full', 1);

    expect(await trainingEnded(team, 'succeeded', 'registered')).toMatchObject({ attempts: 2, version: '2' });
    expect(team.trainingJobs()).toHaveLength(2);
  });

  test('When it runs longer than the policy allows, Then it is canceled, people are told, and that was all', async () => {
    const team = teams['endless']!;
    team.hold();
    await team.command('retrain');
    expect(await trainingEnded(team, 'failed', 'finishDeadline')).toMatchObject({ attempts: 1 });

    expect(states(team)).toEqual([[expect.anything(), 'Canceled']]);
    await eventually(() => expect(subjects(team)).toEqual([expect.stringContaining('training 1 failed'), started]));
  });

  test('When its job leaves a model and registers none, Then its output becomes a version that tells where it is from', async () => {
    const team = teams['leaving']!;
    await team.command('retrain');
    const { job } = await trainingEnded(team, 'succeeded', 'registered');
    const { body } = await team.azure.get(`/models/${team.model}/versions/2`);
    expect(body.properties).toMatchObject({
      jobName: job, modelUri: `azureml://jobs/${job}/outputs/model/paths/`,
      tags: { 'steward.training': '1', 'steward.data.data': `${team.data}:2` },
    });
    expect(registrations(stack, team)).toEqual([['1', 201], ['2', 201]]);
    expect(team.trainingJobs()[0]?.properties['environmentId']).toBe(`${team.azure.id}/environments/node/versions/1`);
    expect((await ended(team, '2', 'released')).releases[0]?.release.origin).toMatchObject({ job, training: 1, causes: [{ kind: 'command' }] });
  });

  test('When its job registers a model itself, Then that version is released as what the training made, before the job has ended', async () => {
    const team = teams['registering']!;
    team.hold();
    await team.command('retrain');
    const { training: { job } } = await running(team);
    const file = await uploadText(stack, team.azure, `registered/${team.model}/model.json`, JSON.stringify({ above: 100 }));
    await team.azure.put(`/models/${team.model}/versions/2`, { properties: { modelType: 'custom_model', jobName: job, modelUri: file.replace(/model.json$/, '') } });

    const { releases, training } = await ended(team, '2', 'released');
    expect(training?.phase).toBe('running');
    expect(releases[0]?.release.origin).toMatchObject({ job, training: 1, causes: [{ kind: 'command' }], data: [{ data: team.data, version: '2' }] });
    await eventually(() => expect(texts(team)).toContainEqual(expect.stringContaining(`training ${job} ->`)));

    team.letGo();
    expect(await trainingEnded(team, 'succeeded', 'registered')).toMatchObject({ job, version: '2', promoted: true, release: { end: 'released' } });
    expect((await team.status()).ended).toHaveLength(1);
    expect(registrations(stack, team)).toEqual([['1', 201], ['2', 201]]);
  });

  test('When its job leaves nothing under the name that the policy says, Then people are told what is missing', async () => {
    const team = teams['empty']!;
    await team.command('retrain');
    const { sentence } = await trainingEnded(team, 'failed', 'noModel');
    expect(sentence).toContain("no output named 'weights'");
    await eventually(() => expect(subjects(team)).toEqual([expect.stringContaining('training 1 failed'), started]));
    expect(registrations(stack, team)).toEqual([['1', 201]]);
  });

  test('When Azure refuses the job, Then the training ends with what Azure said', async () => {
    const team = teams['refused']!;
    const message = 'The workspace has no quota left for jobs.';
    fault(team, { kind: 'status', status: 400, body: { error: { code: 'BadRequest', message } }, times: 100 });
    await team.command('retrain');
    expect((await trainingEnded(team, 'failed', 'invalid')).sentence).toContain(message);
    await eventually(() => expect(texts(team)).toContainEqual(expect.stringContaining(message)));
    expect(team.trainingJobs()).toEqual([]);
  });

  test('When Azure is not there for the job, Then it is asked again, and there is one job', async () => {
    const team = teams['throttled']!;
    const down = fault(team, { kind: 'status', status: 503, times: 2 });
    await team.command('retrain');
    await trainingEnded(team, 'succeeded', 'registered');
    expect([down.seen, puts(team)]).toEqual([3, [503, 503, 201]]);
    expect(team.trainingJobs().map(({ name }) => name)).toEqual([`${jobPrefix(team)}t1-a1`]);
  });

  test('When the answer gets lost, Then the job that there is is followed', async () => {
    const team = teams['silent']!;
    fault(team, { kind: 'dropAnswer' });
    await team.command('retrain');
    expect(await trainingEnded(team, 'succeeded', 'registered')).toMatchObject({ attempts: 1 });
    expect([puts(team), team.trainingJobs().length]).toEqual([[201], 1]);
  });
}); // prettier-ignore

describe('Given a training that has been saved and is on its way to Azure', { timeout: 120_000 }, () => {
  test('When the app is killed, Then after its restart there is one job, and people were told once', async () => {
    const team = teams['crashed']!;
    const slow = fault(team, { kind: 'delay', delayMs: 30_000 });
    await team.command('retrain');
    await eventually(() => expect(slow.seen).toBe(1));
    await stack.host.kill('SIGKILL');
    await stack.host.restart();
    expect(await trainingEnded(team, 'succeeded', 'registered')).toMatchObject({ number: 1, attempts: 1 });

    expect(team.trainingJobs()).toHaveLength(1);
    await ended(team, '2', 'released');
    await eventually(() => expect(subjects(team)).toEqual([started, expect.stringContaining('v2 released')]));
  });
});

const started = expect.stringContaining('training 1 started');

function subjects(team: TrainedTeam): string[] {
  return subjectsTo(stack, team);
}

function texts(team: TrainedTeam): (string | undefined)[] {
  return mailsTo(stack, team).map(({ text }) => text);
}

function states(team: TrainedTeam): string[][] {
  return team.trainingJobs().map(({ name, status }) => [name, status]);
}

/** What was answered to whoever submitted the first job. */
function puts(team: TrainedTeam): number[] {
  const asked = stack.world.calls.filter(({ method, path }) => method === 'PUT' && path.endsWith(`${jobPrefix(team)}t1-a1`));
  return asked.map(({ status }) => status);
} // prettier-ignore

/** Befalls the next submissions of the team's trainings. */
function fault(team: TrainedTeam, wanted: Pick<Fault, 'kind' | 'status' | 'body' | 'delayMs'> & { readonly times?: number }): Fault {
  const made: Fault = { times: 1, ...wanted, id: `${team.model}-fault`, service: 'arm', method: 'PUT', path: `/jobs/${jobPrefix(team)}t`, seen: 0 };
  stack.world.faults.push(made);
  return made;
} // prettier-ignore
