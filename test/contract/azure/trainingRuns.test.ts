import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Workspace, World } from '../../../emulator/world.ts';
import { openArm, type ArmOptions } from '../../../src/lib/azure/arm.ts';
import { appCredential } from '../../../src/lib/azure/credential.ts';
import { armTrainings } from '../../../src/lib/azure/trainings.ts';
import { resultOf } from '../../../src/lib/azure/trainingsResult.ts';
import type { TrainingJobFact } from '../../../src/lib/core/step.ts';
import type { Pin } from '../../../src/lib/core/training/state.ts';
import type { TrainingJob, Trainings } from '../../../src/lib/ports/training.ts';
import { startTestEmulator, type TestEmulator } from '../../emulated.ts';
import { armClient, type ArmClient } from '../emulator/armClient.ts';
import { addCode, addEnvironment, addVersion, upload } from '../emulator/runtimeWorld.ts';
import { outcome } from './outcome.ts';
import { seedJob } from './seeds.ts';
import { folder, node, scripts, specs, steps } from './trainingSteps.ts';

/** Jobs that really run, pipelines above all: what a clone of them needs to run again shows only here. */
let emulator: TestEmulator;
let world: World;
let workspace: Workspace;
let arm: ArmClient;
let options: ArmOptions;
let trainings: Trainings;

beforeAll(async () => {
  emulator = await startTestEmulator();
  ({ world, workspace } = emulator);
  arm = armClient(world, workspace);
  options = { credential: appCredential({ managed: true }), endpoint: world.origin, retryDelayMs: 5 };
  trainings = armTrainings(options);
  const texts = ['mails/1', 'mails/2', 'words/1', 'words/2'];
  await upload(world, workspace, Object.fromEntries(texts.map((path) => [`${path}/all.txt`, path])));
  for (const path of texts) {
    addVersion(workspace, 'data', path.slice(0, 5), { dataUri: `azureml://datastores/workspaceblobstore/paths/${path}/` });
  }
  const code = await addCode(world, workspace, 'steps', scripts);
  const environment = addEnvironment(workspace);
  for (const [name, spec] of Object.entries(specs)) {
    const componentSpec = { type: 'command', code: `azureml:${code}`, environment: `azureml:${environment}`, ...spec };
    await arm.send('PUT', `/components/${name}/versions/1`, { properties: { componentSpec } });
  }
  await submitByHand('by-hand', steps);
  await endOf('by-hand');
}, 60_000); // prettier-ignore
afterAll(() => emulator.stop());
beforeEach(() => {
  world.faults.length = 0;
  world.calls.length = 0;
});

async function submitByHand(name: string, jobs: object): Promise<void> {
  const properties = {
    jobType: 'Pipeline',
    experimentName: 'spam',
    displayName: 'by hand',
    tags: { team: 'mail', 'steward.template': 'train-spam' },
    inputs: { mails: { jobInputType: 'uri_folder', uri: 'azureml:mails:1' } },
    outputs: 'train' in jobs ? { model: { jobOutputType: 'custom_model' } } : {},
    settings: { default_compute: `${workspace.id}/computes/cpu` },
    jobs,
  };
  expect((await arm.send('PUT', `/jobs/${name}`, { properties })).status).toBe(201);
}

async function endOf(job: string): Promise<TrainingJobFact> {
  return vi.waitFor(async () => {
    const fact = await trainings.job(workspace.id, job);
    if (fact === 'absent' || !['completed', 'failed', 'canceled'].includes(fact.state)) throw new Error('goes on');
    return fact;
  }, 30_000);
}

const pins: readonly Pin[] = [
  { input: 'mails', data: 'mails', version: '2' },
  { input: 'train.words', data: 'words', version: '2' },
];
const job = (name: string, changes: Partial<TrainingJob> = {}): TrainingJob => ({
  job: name, source: 'by-hand', from: { kind: 'job', job: 'by-hand' }, pins, model: 'spam', tags: {}, stewardId: `id-of-${name}`, ...changes,
}); // prettier-ignore
const submit = (name: string, changes?: Partial<TrainingJob>) => trainings.submit(workspace.id, job(name, changes));
const stepsOf = (root: string) => [...workspace.runs.values()].filter(({ parentId }) => parentId === root);

describe('a pipeline', () => {
  test('is planned with its own inputs and those of its nodes', async () => {
    expect(await trainings.plan(workspace.id, 'spam', { from: { kind: 'job', job: 'by-hand' } })).toEqual({
      source: 'by-hand',
      pins,
      unpinned: [],
      compute: 'cpu',
      onCompute: 0,
    });
  });

  test('is cloned and really trains on the data that was pinned; nothing of the run that was cloned is in it', async () => {
    await submit('stw-1');
    expect(await endOf('stw-1')).toMatchObject({ state: 'completed' });
    const left = await trainings.result(workspace.id, 'spam', { job: 'stw-1', output: 'model' });
    expect(left).toEqual({ output: { uri: 'azureml://jobs/stw-1/outputs/model/paths/', type: 'custom_model' }, nextVersion: '1' });
    await trainings.register(workspace.id, 'spam', { version: '1', ...left.output!, job: 'stw-1', tags: {}, stewardId: 'ours' });
    expect(workspace.models.get('spam')?.versions.get('1')).toMatchObject({ properties: { jobName: 'stw-1' }, tags: { stewardId: 'ours' } });
    expect(await trainings.result(workspace.id, 'spam', { job: 'stw-1', output: 'model' })).toMatchObject({ version: '1' });
    expect(workspace.jobs.get('stw-1')!.tags).toMatchObject({ team: 'mail', stewardId: 'id-of-stw-1' });
    const inputs = stepsOf('stw-1').map(({ id, name }) => [name, JSON.stringify(workspace.jobs.get(id)?.properties['inputs'])]);
    expect(Object.fromEntries(inputs)).toEqual({
      clean: expect.stringContaining('mails/versions/2'),
      train: expect.stringContaining('words/versions/2'),
    });
  }); // prettier-ignore

  test('that is registered while one looks for its version is not told to be registered under the next number', async () => {
    addVersion(workspace, 'models', 'words', {});
    const whole = openArm(options);
    const read: typeof whole.read = async (at, question, schema) => {
      if (question.path === '/models/words') addVersion(workspace, 'models', 'words', { jobName: 'stw-1' });
      return whole.read(at, question, schema);
    };
    const left = await resultOf({ ...whole, read }, workspace.id, 'words', { job: 'stw-1', output: 'model' });
    expect(left).toEqual({ version: '2', nextVersion: '3' });
  });

  test('of the team says of which template it is and what it and its nodes were given; a clone of ours does not', async () => {
    const given = [{ input: 'mails', data: 'mails', version: '1' }, { input: 'train.words', data: 'words', version: '1' }];
    expect(await endOf('by-hand')).toMatchObject({ state: 'completed', template: 'train-spam', given: { pins: given, unpinned: [] } });
    expect(await endOf('stw-1')).not.toHaveProperty('template');
    for (const { id } of stepsOf('by-hand')) expect(await trainings.job(workspace.id, id)).toBe('absent');
  }); // prettier-ignore

  test('trained twice on the same data does its work twice', async () => {
    await submit('stw-2');
    await endOf('stw-2');
    expect(stepsOf('stw-2').map(({ runType }) => runType)).toEqual(['azureml.StepRun', 'azureml.StepRun']);
  });

  test('is the source of a champion that names one of its steps', async () => {
    const [step] = stepsOf('stw-1');
    addVersion(workspace, 'models', 'letters', { jobName: step!.id });
    const champion = { from: { kind: 'champion' }, champion: '1' } as const;
    expect(await trainings.plan(workspace.id, 'letters', champion)).toMatchObject({ source: 'stw-1', championPins: pins });
    expect(await trainings.result(workspace.id, 'letters', { job: 'stw-1', output: 'model' })).toMatchObject({ version: '1' });
  }); // prettier-ignore

  test('costs the minutes of its steps, as often as their nodes have instances', async () => {
    const { computeMinutes } = await endOf('stw-1');
    const minutes = stepsOf('stw-1').map(({ name, startedAt, endedAt }) => {
      const ms = endedAt!.getTime() - startedAt.getTime();
      return (ms / 60_000) * (name === 'clean' ? 3 : 1);
    });
    expect(computeMinutes).toBeGreaterThan(0);
    expect(computeMinutes).toBeCloseTo(minutes.reduce((sum, each) => sum + each, 0));
  });
});

describe('a failed training', () => {
  test('says what its step said, and that it was the code', async () => {
    await submitByHand('failing', { broken: node('fail') });
    await endOf('failing');
    await submit('stw-f', { source: 'failing', pins: [] });
    const { failure } = await endOf('stw-f');
    expect(failure).toEqual({ platform: false, message: expect.stringContaining('exited with status code 3') });
  });

  test('whose node was taken away was not the code', async () => {
    await submitByHand('waiting', { slow: node('wait') });
    await vi.waitFor(() => expect(stepsOf('waiting')[0]?.status).toBe('Running'), 20_000);
    expect((await fetch(`${world.origin}/_control/jobs/waiting/preempt`, { method: 'POST' })).status).toBe(204);
    const fact = await endOf('waiting');
    expect(fact).toMatchObject({ state: 'failed', failure: { platform: true } });
    expect(fact.failure?.message).toContain('PreemptionError');
  });

  test('ends without a reason where the run history does not answer, or in other words', async () => {
    for (const fault of [{ status: 404 }, { status: 403 }, { status: 400, body: 'no' }]) {
      world.faults.push({ id: 'f', service: 'runHistory', kind: 'status', times: 1, seen: 0, ...fault });
      expect(await trainings.job(workspace.id, 'failing')).not.toHaveProperty('failure');
    }
    const step = stepsOf('failing')[0]!;
    Object.assign(step, { error: { code: 7, message: [] } });
    expect(await trainings.job(workspace.id, 'failing')).not.toHaveProperty('failure');
    world.faults.push({ id: 'f', service: 'runHistory', kind: 'status', status: 503, times: 9, seen: 0 });
    expect(await outcome(trainings.job(workspace.id, 'failing'))).toBe('Unavailable(serverError)');
  });
});

describe('a command', () => {
  test('is cloned into the newest version of an environment that it names without one', async () => {
    const newest = addEnvironment(workspace, 'node:24-newer');
    const properties = { jobType: 'Command', command: 'true', environmentId: 'azureml:node@latest' };
    expect((await arm.send('PUT', '/jobs/command', { properties })).status).toBe(201);
    await submit('stw-e', { source: 'command', pins: [] });
    expect(workspace.jobs.get('stw-e')!.properties['environmentId']).toBe(newest);
    await Promise.all(['command', 'stw-e'].map(endOf));
  });

  test('whose environment is gone is refused', async () => {
    const properties = { jobType: 'Command', command: 'true', environmentId: 'azureml:gone@latest' };
    seedJob(workspace, 'homeless', 'Completed', { properties });
    expect(await outcome(submit('stw-h', { source: 'homeless', pins: [] }))).toBe('Refused(notFound)');
  });
});

describe('a component', () => {
  test('of one command is trained as a pipeline', async () => {
    await upload(world, workspace, { 'clean/clean.txt': 'HAM' });
    addVersion(workspace, 'data', 'clean', { dataUri: 'azureml://datastores/workspaceblobstore/paths/clean/' });
    const inputs = { clean: 'azureml:clean:1', words: 'azureml:words@latest' };
    const from = { kind: 'component', component: 'train', compute: 'cpu', inputs } as const;
    const { source = '', pins: given } = await trainings.plan(workspace.id, 'spam', { from });
    await submit('stw-c', { source, from, pins: given });
    expect(await endOf('stw-c')).toMatchObject({ state: 'completed' });
    const { output } = await trainings.result(workspace.id, 'spam', { job: 'stw-c', output: 'model' });
    expect(output).toEqual({ uri: 'azureml://jobs/stw-c/outputs/model/paths/', type: 'custom_model' });
  }); // prettier-ignore

  test('that is a pipeline is trained as itself', async () => {
    const componentSpec = {
      type: 'pipeline',
      inputs: { mails: folder },
      outputs: { model: { type: 'custom_model' } },
      jobs: { ...steps },
    };
    await arm.send('PUT', '/components/whole/versions/1', { properties: { componentSpec } });
    const from = { kind: 'component', component: 'whole', compute: 'cpu', inputs: { mails: 'azureml:mails@latest' } } as const;
    const { source = '', pins: given } = await trainings.plan(workspace.id, 'spam', { from });
    expect(given).toEqual([pins[0]]);
    await submit('stw-w', { source, from, pins: given });
    expect(await endOf('stw-w')).toMatchObject({ state: 'completed' });
  }); // prettier-ignore
});

test('a submission whose answer got lost is not repeated; the next call finds it done', async () => {
  world.faults.push({ id: 'f', service: 'arm', method: 'PUT', kind: 'dropAnswer', times: 1, seen: 0 });
  expect(await outcome(submit('stw-lost'))).toBe('Unavailable(unreachable)');
  expect(await outcome(submit('stw-lost'))).toBe('done');
  expect(world.calls.filter(({ method }) => method === 'PUT')).toHaveLength(1);
  await endOf('stw-lost');
});

test('a registration whose answer got lost is not repeated either', async () => {
  const version = { version: '7', uri: 'azureml://jobs/by-hand/outputs/model/paths/', type: 'custom_model', job: 'by-hand', tags: {}, stewardId: 'ours' };
  const register = () => trainings.register(workspace.id, 'late', version);
  world.faults.push({ id: 'f', service: 'arm', method: 'PUT', kind: 'dropAnswer', times: 1, seen: 0 });
  expect(await outcome(register())).toBe('Unavailable(unreachable)');
  expect(await outcome(register())).toBe('done');
  expect(world.calls.filter(({ method }) => method === 'PUT')).toHaveLength(1);
}); // prettier-ignore
