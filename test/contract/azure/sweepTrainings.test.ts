import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Workspace, World } from '../../../emulator/world.ts';
import { armArtifacts } from '../../../src/lib/azure/artifacts.ts';
import { appCredential } from '../../../src/lib/azure/credential.ts';
import { armRuns } from '../../../src/lib/azure/runs.ts';
import { armTrainings } from '../../../src/lib/azure/trainings.ts';
import type { TrainingJobFact, TrainingResultFact } from '../../../src/lib/core/step.ts';
import type { TrainingJob, Trainings } from '../../../src/lib/ports/training.ts';
import { containerOf, startTestEmulator, type TestEmulator } from '../../emulated.ts';
import { armClient, type ArmClient } from '../emulator/armClient.ts';
import { addCode, addEnvironment, addVersion, upload } from '../emulator/runtimeWorld.ts';

/** Sweeps that really run their trials: which one is meant, and what a clone of them needs to run again, shows only here. */
let emulator: TestEmulator;
let world: World;
let workspace: Workspace;
let arm: ArmClient;
let trainings: Trainings;
let options: Parameters<typeof armArtifacts>[0];
let codeId: string;
const within = { timeout: 30_000, interval: 20 };

/** Says how good it is, on what, and leaves what it was given as its model. */
const trial = `import { readFileSync, writeFileSync } from 'node:fs';
  const [mails, out, accuracy] = process.argv.slice(2);
  if (accuracy === 'fail') process.exit(3);
  writeFileSync(out + '/model.txt', readFileSync(mails + '/all.txt', 'utf8') + ' ' + accuracy);
  const run_id = process.env.MLFLOW_RUN_ID;
  const headers = { 'content-type': 'application/json', authorization: 'Bearer ' + process.env.MLFLOW_TRACKING_TOKEN };
  const metrics = [{ key: 'accuracy', value: Number(accuracy), timestamp: 1 }, { key: 'n', value: 500, timestamp: 1 }];
  const body = JSON.stringify({ run_id, metrics, tags: [{ key: 'steward.evaluated', value: 'holdout:3' }] });
  await fetch(process.env.MLFLOW_TRACKING_URI + '/api/2.0/mlflow/runs/log-batch', { method: 'POST', body, headers });`;

beforeAll(async () => {
  emulator = await startTestEmulator();
  ({ world, workspace } = emulator);
  arm = armClient(world, workspace);
  const { connectionString } = world.storage;
  options = { credential: appCredential({ managed: true }), endpoint: world.origin, retryDelayMs: 5, datastores: { connectionString } };
  trainings = armTrainings(options);
  await upload(world, workspace, { 'mails/1/all.txt': 'old', 'mails/2/all.txt': 'new' });
  for (const version of ['1', '2']) {
    addVersion(workspace, 'data', 'mails', { dataUri: `azureml://datastores/workspaceblobstore/paths/mails/${version}/` });
  }
  codeId = await addCode(world, workspace, 'trial', { 'trial.mjs': trial });
  addEnvironment(workspace);
  await submitByHand('by-hand', [0.7, 0.9, 0.8]);
  await endOf('by-hand');
}, 60_000); // prettier-ignore
afterAll(() => emulator.stop());
beforeEach(() => {
  world.calls.length = 0;
});

async function submitByHand(name: string, accuracies: readonly unknown[], more: object = {}): Promise<void> {
  const properties = {
    jobType: 'Sweep',
    experimentName: 'spam',
    displayName: 'by hand',
    tags: { team: 'mail', 'steward.template': 'train-spam' },
    properties: { owner: 'mail' },
    computeId: `${workspace.id}/computes/cpu`,
    trial: {
      command: 'node trial.mjs ${{inputs.mails}} ${{outputs.model}} ${{search_space.accuracy}}',
      environmentId: 'azureml:node@latest',
      codeId,
      resources: { instanceCount: 2 },
    },
    searchSpace: { accuracy: ['choice', [accuracies]] },
    samplingAlgorithm: { samplingAlgorithmType: 'Grid' },
    objective: { primaryMetric: 'accuracy', goal: 'Maximize' },
    limits: { jobLimitsType: 'Sweep', maxConcurrentTrials: 2, timeout: 'P1D' },
    inputs: { mails: { jobInputType: 'uri_folder', uri: 'azureml:mails:1' } },
    outputs: { model: { jobOutputType: 'custom_model' } },
    ...more,
  };
  expect((await arm.send('PUT', `/jobs/${name}`, { properties })).status).toBe(201);
}

async function endOf(job: string): Promise<TrainingJobFact> {
  return vi.waitFor(async () => {
    const fact = await trainings.job(workspace.id, job);
    if (fact === 'absent' || !['completed', 'failed', 'canceled'].includes(fact.state)) throw new Error('goes on');
    return fact;
  }, within);
}

const pins = [{ input: 'mails', data: 'mails', version: '2' }];
const from = { kind: 'job', job: 'train-spam' } as const;
const job = (name: string, source: string): TrainingJob => ({
  job: name, source, from, pins, model: 'spam', tags: {}, stewardId: `id-of-${name}`,
}); // prettier-ignore
const submit = (name: string, source = 'by-hand') => trainings.submit(workspace.id, job(name, source));
const result = (of: string, model = 'spam'): Promise<TrainingResultFact> =>
  trainings.result(workspace.id, model, { job: of, output: 'model' });
const trialsOf = (root: string) => [...workspace.runs.values()].filter(({ parentId }) => parentId === root);

/** The file behind a registered version. */
async function modelText(model: string, version: string): Promise<string> {
  const { modelUri } = workspace.models.get(model)!.versions.get(version)!.properties;
  const [, run, output] = /^azureml:\/\/jobs\/([^/]+)\/outputs\/([^/]+)\//.exec(String(modelUri)) ?? [];
  const blob = containerOf(world, workspace).getBlobClient(`azureml/${run}/${output}/model.txt`);
  return (await blob.downloadToBuffer()).toString();
}

describe('a sweep', () => {
  test('is planned with its own inputs, also by the tag of a template', async () => {
    expect(await trainings.plan(workspace.id, 'spam', { from })).toEqual({
      source: 'by-hand',
      pins,
      unpinned: [],
      compute: 'cpu',
      onCompute: 0,
    });
  });

  test('of the team says of which template it is and what it was given', async () => {
    const given = { pins: [{ ...pins[0], version: '1' }], unpinned: [] };
    expect(await endOf('by-hand')).toMatchObject({ state: 'completed', template: 'train-spam', given });
    expect(await trainings.job(workspace.id, 'by-hand_0')).toBe('absent');
  });

  test('is cloned and tries everything again on the data that was pinned; nothing of the run that was cloned is in it', async () => {
    await submit('stw-1');
    const { body } = world.calls.find(({ method, path }) => method === 'PUT' && path.endsWith('/jobs/stw-1'))!;
    const asked = (body as { properties: Record<string, unknown> }).properties;
    expect(asked['properties']).toEqual({ owner: 'mail' });
    expect(asked['tags']).toEqual({ team: 'mail', stewardId: 'id-of-stw-1', 'steward.source': 'by-hand' });
    expect(asked['trial']).toMatchObject({ environmentId: `${workspace.id}/environments/node/versions/1` });
    expect(await endOf('stw-1')).toMatchObject({ state: 'completed' });
    expect(trialsOf('stw-1').map(({ tags }) => tags.get('hyperparameters'))).toEqual(
      [0.7, 0.9, 0.8].map((accuracy) => JSON.stringify({ accuracy })),
    );
  });

  test('leaves the model of its best trial, which is registered and can be read', async () => {
    const left = await result('stw-1');
    expect(left).toEqual({ output: { uri: 'azureml://jobs/stw-1_1/outputs/model/paths/', type: 'custom_model' }, nextVersion: '1' });
    await trainings.register(workspace.id, 'spam', { version: '1', ...left.output!, job: 'stw-1', tags: {}, stewardId: 'ours' });
    expect(await modelText('spam', '1')).toBe('new 0.9');
    expect(await armArtifacts(options).identity(workspace.id, 'spam', '1')).toMatchObject({ files: 1, verifiable: true });
    expect(await result('stw-1')).toEqual({ version: '1', nextVersion: '2' });
  }); // prettier-ignore

  test('is the source of a champion that came from its best trial, and that trial alone says how good it is', async () => {
    const champion = { from: { kind: 'champion' }, champion: '1' } as const;
    expect(await trainings.plan(workspace.id, 'spam', champion)).toMatchObject({ source: 'stw-1', championPins: pins });
    expect(await armRuns(options).measured(workspace.id, 'spam', '1', ['accuracy'])).toEqual({
      version: '1',
      job: 'stw-1',
      runs: [{ run: 'stw-1_1', evaluated: 'holdout:3', metrics: { accuracy: 0.9 }, n: 500 }],
    });
  });

  test('has the version as its result that one of its trials registered', async () => {
    const properties = { modelUri: 'azureml://jobs/stw-1_0/outputs/model/paths/', modelType: 'custom_model' };
    expect((await arm.send('PUT', '/models/letters/versions/4', { properties })).status).toBe(201);
    expect(await result('stw-1', 'letters')).toEqual({ version: '4', nextVersion: '5' });
    const champion = { from: { kind: 'champion' }, champion: '4' } as const;
    expect(await trainings.plan(workspace.id, 'letters', champion)).toMatchObject({
      source: 'stw-1',
      championPins: pins,
    });
    expect(await result('by-hand', 'letters')).toMatchObject({ output: { uri: expect.stringContaining('by-hand_1') } });
  });

  test('costs the minutes of its trials, as often as each has instances', async () => {
    const { computeMinutes } = await endOf('by-hand');
    const ms = trialsOf('by-hand').map(({ startedAt, endedAt }) => endedAt!.getTime() - startedAt.getTime());
    expect(computeMinutes).toBeGreaterThan(0);
    expect(computeMinutes).toBeCloseTo((2 * ms.reduce((sum, each) => sum + each, 0)) / 60_000);
  });

  test('with a trial that failed is none that failed, and one of which nobody knows the best has no output', async () => {
    await submitByHand('partly', ['fail', 0.6]);
    expect(await endOf('partly')).not.toHaveProperty('failure');
    expect(await result('partly', 'unheard')).toMatchObject({ output: { uri: expect.stringContaining('/partly_1/') } });
    await submitByHand('silent', [0.6], { objective: { primaryMetric: 'recall', goal: 'Maximize' } });
    expect(await endOf('silent')).toMatchObject({ state: 'completed' });
    expect(await result('silent', 'unheard')).toEqual({ nextVersion: '1' });
  });

  test('of which all trials failed says what the first of them said', async () => {
    await submitByHand('failing', ['fail', 'fail']);
    expect(await endOf('failing')).toMatchObject({
      state: 'failed',
      failure: { platform: false, message: expect.stringContaining('exited with status code 3') },
    });
  });
});
