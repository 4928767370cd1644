import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Run, WorkspaceEvent } from '../../../emulator/world.ts';
import { containerOf, startTestEmulator, type TestEmulator } from '../../emulated.ts';
import { armClient, type ArmClient } from './armClient.ts';
import { addCode, addEnvironment, addVersion, upload } from './runtimeWorld.ts';

let emulator: TestEmulator;
let arm: ArmClient;
let events: WorkspaceEvent[] = [];
const within = { timeout: 20_000, interval: 20 };

/** Leaves what it was given and logs `loss` once for each number after the folders; `fail` and `wait` do as they say. */
const trial = `import { readFileSync, writeFileSync } from 'node:fs';
  const [mails, out, ...losses] = process.argv.slice(2);
  if (losses[0] === 'wait') setInterval(() => {}, 1000);
  writeFileSync(out + '/model.json', JSON.stringify({ mails: readFileSync(mails + '/all.txt', 'utf8'), losses, run: process.env.MLFLOW_RUN_ID }));
  for (const [step, loss] of losses.entries()) {
    if (!(Number(loss) > 0)) continue;
    const body = JSON.stringify({ run_id: process.env.MLFLOW_RUN_ID, key: 'loss', value: Number(loss), timestamp: 1, step });
    const headers = { 'content-type': 'application/json', authorization: 'Bearer ' + process.env.MLFLOW_TRACKING_TOKEN };
    await fetch(process.env.MLFLOW_TRACKING_URI + '/api/2.0/mlflow/runs/log-metric', { method: 'POST', body, headers });
  }
  if (losses.includes('fail')) process.exit(3);`;
let code: string;

beforeAll(async () => {
  emulator = await startTestEmulator();
  const { world, workspace } = emulator;
  world.onEvent((event) => void events.push(event));
  arm = armClient(world, workspace);
  await upload(world, workspace, { 'mails/all.txt': 'ham and spam' });
  addVersion(workspace, 'data', 'mails', { dataType: 'uri_folder', dataUri: 'azureml://datastores/workspaceblobstore/paths/mails/' }); // prettier-ignore
  code = await addCode(world, workspace, 'trial', { 'trial.mjs': trial });
  addEnvironment(workspace);
});
beforeEach(() => {
  events = [];
});
afterAll(() => emulator.stop());

const command = 'node trial.mjs ${{inputs.mails}} ${{outputs.model}} ${{search_space.loss}}';
const sweep = (more: object = {}) => ({
  properties: {
    jobType: 'Sweep',
    experimentName: 'spam',
    trial: { command, environmentId: 'azureml:node:1', codeId: code },
    searchSpace: { loss: ['choice', [[0.4, 0.2, 0.3]]] },
    samplingAlgorithm: { samplingAlgorithmType: 'Grid' },
    objective: { primaryMetric: 'loss', goal: 'Minimize' },
    limits: { jobLimitsType: 'Sweep', maxConcurrentTrials: 2 },
    inputs: { mails: { jobInputType: 'uri_folder', uri: 'azureml:mails@latest' } },
    outputs: { model: { jobOutputType: 'custom_model' } },
    ...more,
  },
});
const space = (loss: unknown) => ({ searchSpace: { loss } });
const choice = (...values: unknown[]) => space(['choice', [values]]);
const limits = (more: object) => ({ limits: { jobLimitsType: 'Sweep', ...more } });

async function submit(name: string, more?: object): Promise<void> {
  const answer = await arm.send('PUT', `/jobs/${name}`, sweep(more));
  expect([answer.status, answer.body.error?.message]).toEqual([201, undefined]);
}

/** Its status and what the vendor's client reads of it. */
async function ended(name: string, more?: object): Promise<Record<string, string> & { status: string }> {
  await submit(name, more);
  return vi.waitFor(async () => {
    const { properties } = await arm.sdk.jobs.get('rg', 'ml-prod', name);
    const { status = '' } = properties;
    expect(status).toMatch(/^(Completed|Failed|Canceled)$/);
    return { status, ...(properties.properties as Record<string, string>) };
  }, within);
}

const trialsOf = (sweep: string): Run[] =>
  [...emulator.workspace.runs.values()].filter(({ parentId }) => parentId === sweep);
const tried = (sweep: string) =>
  trialsOf(sweep).map(({ tags }) => JSON.parse(tags.get('hyperparameters') ?? '') as unknown);
const statusesOf = (run: string) =>
  events.flatMap((event) => (event.kind === 'runStatusChanged' && event.run.id === run ? [event.status] : []));

async function left(trial: string): Promise<unknown> {
  const blob = containerOf(emulator.world, emulator.workspace).getBlobClient(`azureml/${trial}/model/model.json`);
  return JSON.parse((await blob.downloadToBuffer()).toString());
}

describe('a sweep job', () => {
  it('runs each combination of its grid as a trial of its own, and says which was best', async () => {
    const { status, ...properties } = await ended('grid');
    expect([status, trialsOf('grid').map(({ id }) => id)]).toEqual(['Completed', ['grid_0', 'grid_1', 'grid_2']]);
    expect(tried('grid')).toEqual([{ loss: 0.4 }, { loss: 0.2 }, { loss: 0.3 }]);
    expect(trialsOf('grid').map(({ metrics }) => metrics.map(({ value }) => value))).toEqual([[0.4], [0.2], [0.3]]);
    expect(properties).toMatchObject({
      best_child_run_id: 'grid_1', score: '0.2', best_metric_status: 'Succeeded', best_data_container_id: 'dcid.grid_1',
      primary_metric_config: '{"name":"loss","goal":"minimize"}', space_size: '3', 'azureml.runsource': 'hyperdrive',
    });
    expect(await left('grid_1')).toEqual({ mails: 'ham and spam', losses: ['0.2'], run: 'grid_1' });
  }); // prettier-ignore

  it('has a run of its own for each trial, with its own events', async () => {
    await ended('events', choice(0.1));
    expect(statusesOf('events_0')).toEqual(['NotStarted', 'Queued', 'Preparing', 'Running', 'Finalizing', 'Completed']);
    expect(statusesOf('events')).toEqual(['NotStarted', 'Running', 'Completed']);
    const [trial] = trialsOf('events');
    expect(trial).toMatchObject({ runType: 'azureml.scriptrun', experimentName: 'spam', name: 'events_0' });
    expect(Object.fromEntries(trial!.tags)).toMatchObject({ 'mlflow.rootRunId': 'events', 'mlflow.parentRunId': 'events' }); // prettier-ignore
    const root = emulator.workspace.runs.get('events');
    expect([root?.runType, root?.tags.get('mlflow.rootRunId')]).toEqual(['hyperdrive', 'events']);
  });

  it('shows neither its trials in the list nor their properties, and has no outputs of its own', async () => {
    await ended('hidden', choice(0.1));
    const { body } = await arm.send('GET', '/jobs?jobType=Command');
    expect(body['value']).toEqual([]);
    const { status, body: trial } = await arm.send('GET', '/jobs/hidden_0');
    expect([status, trial['name'], trial['properties']]).toEqual([200, 'hidden_0', null]);
    const { properties } = await arm.sdk.jobs.get('rg', 'ml-prod', 'hidden');
    expect(properties).toMatchObject({ jobType: 'Sweep', ...choice(0.1), outputs: { model: { jobOutputType: 'custom_model' } } }); // prettier-ignore
    await expect(left('hidden')).rejects.toMatchObject({ statusCode: 404 });
  });

  it('runs no more trials at a time than it allows, and each when its turn has come', async () => {
    let [now, most] = [0, 0];
    emulator.world.onEvent((event) => {
      if (event.kind !== 'runStatusChanged' || event.run.parentId !== 'narrow') return;
      if (event.status === 'NotStarted') most = Math.max(most, (now += 1));
      if (event.status === 'Completed') now -= 1;
    });
    await ended('narrow', choice(1, 2, 3, 4));
    expect([trialsOf('narrow').length, most]).toEqual([4, 2]);
  });

  it('starts no more trials than its limit', async () => {
    await ended('limited', limits({ maxTotalTrials: 2 }));
    expect(tried('limited')).toEqual([{ loss: 0.4 }, { loss: 0.2 }]);
  });

  it('goes through the combinations of several parameters, the last one changing fastest', async () => {
    await ended('two', { searchSpace: { rate: ['choice', [['a', 'b']]], loss: ['choice', [[1, 2]]] } });
    expect(tried('two')).toEqual([{ rate: 'a', loss: 1 }, { rate: 'a', loss: 2 }, { rate: 'b', loss: 1 }, { rate: 'b', loss: 2 }]); // prettier-ignore
    expect(trialsOf('two')[0]?.tags.get('hyperparameters')).toBe('{"rate":"a","loss":1}');
  });
});

describe('the best trial', () => {
  it('is that of the highest metric where that is the goal', async () => {
    expect(await ended('highest', { objective: { primaryMetric: 'loss', goal: 'Maximize' } })).toMatchObject({
      best_child_run_id: 'highest_0',
      score: '0.4',
    });
  });

  it('is found by what a trial logged last', async () => {
    const values = choice('0.1 0.9', '0.5 0.4');
    expect(await ended('last', values)).toMatchObject({ best_child_run_id: 'last_1', score: '0.4' });
  });

  it('is none where no trial logged the metric', async () => {
    const objective = { primaryMetric: 'accuracy', goal: 'Maximize' };
    const found = await ended('silent', { ...choice(0.1), objective });
    expect(found.status).toBe('Completed');
    expect(found).not.toHaveProperty('best_child_run_id');
  });

  it('is none of those that failed, and one that failed is no failure of the sweep', async () => {
    const found = await ended('partly', choice('0.1 fail', 0.7));
    expect(found).toMatchObject({ status: 'Completed', best_child_run_id: 'partly_1' });
    expect(trialsOf('partly').map(({ status }) => status)).toEqual(['Failed', 'Completed']);
  });
});

const random = (more: object = {}) => ({
  samplingAlgorithm: { samplingAlgorithmType: 'Random', ...more },
  ...limits({ maxTotalTrials: 3 }),
  searchSpace: {
    loss: ['uniform', [0.25, 0.5]],
    rate: ['loguniform', [-6, -1]],
    layers: ['randint', [4]],
    units: ['quniform', [10, 100, 5]],
    kernel: ['choice', [['rbf', 'poly']]],
  },
});
const between = (from: number, to: number) => expect.toSatisfy((value: number) => value >= from && value <= to);

describe('random sampling', () => {
  it('draws what its distributions allow', async () => {
    const found = await ended('random', random({ seed: 7 }));
    expect(tried('random')).toHaveLength(3);
    for (const values of tried('random')) {
      expect(values).toEqual({ loss: between(0.25, 0.5), rate: between(Math.exp(-6), Math.exp(-1)), layers: expect.toSatisfy((value: number) => [0, 1, 2, 3].includes(value)), units: expect.toSatisfy((value: number) => value % 5 === 0 && value >= 10 && value <= 100), kernel: expect.stringMatching(/^(rbf|poly)$/) }); // prettier-ignore
    }
    expect(found).not.toHaveProperty('space_size');
    expect(new Set(tried('random').map((values) => JSON.stringify(values))).size).toBe(3);
  });

  it('draws the same for the same seed, and something else for another', async () => {
    await ended('seeded', random({ seed: 7 }));
    await ended('other', random({ seed: 8 }));
    await ended('random-again', random({ seed: 7 }));
    expect(tried('seeded')).toEqual(tried('random-again'));
    expect(tried('seeded')).not.toEqual(tried('other'));
  });
});

describe('a sweep that does not complete', () => {
  it('has failed where all its trials have', async () => {
    expect((await ended('failing', choice('fail', 'fail'))).status).toBe('Failed');
    const run = emulator.workspace.runs.get('failing');
    expect(run?.error).toEqual({ code: 'UserError', message: 'User errors were found in at least one of the child runs.' }); // prettier-ignore
    expect(run?.properties.has('best_child_run_id')).toBe(false);
    expect(trialsOf('failing')[0]?.error?.message).toContain('status code 3');
  });

  it('is canceled with the trials that run, and starts no more', async () => {
    await submit('endless', { ...choice('wait', 'wait', 'wait') });
    await vi.waitFor(() => expect(trialsOf('endless').map(({ status }) => status)).toEqual(['Running', 'Running']), within); // prettier-ignore
    await arm.sdk.jobs.beginCancelAndWait('rg', 'ml-prod', 'endless', { updateIntervalInMs: 10 });
    expect(statusesOf('endless')).toEqual(['NotStarted', 'Running', 'CancelRequested', 'Canceled']);
    expect(trialsOf('endless').map(({ status }) => status)).toEqual(['Canceled', 'Canceled']);
  });

  it('is canceled when it runs longer than its limit; a trial by a limit of its own, which fails the sweep', async () => {
    expect((await ended('long', { ...choice('wait'), ...limits({ timeout: 'PT1M' }) })).status).toBe('Canceled');
    expect((await ended('long-trial', { ...choice('wait'), ...limits({ trialTimeout: 'PT1M' }) })).status).toBe('Failed'); // prettier-ignore
    expect(trialsOf('long-trial').map(({ status }) => status)).toEqual(['Canceled']);
  });
});

describe('a sweep job is refused with', () => {
  const trial = (more: object) => ({ trial: { command, environmentId: 'azureml:node:1', codeId: code, ...more } });
  const refused = [
    { what: 'no trial', more: { trial: undefined }, names: 'trial' },
    { what: 'an environment that does not exist', more: trial({ environmentId: 'azureml:none:1' }), names: 'trial.environmentId' },
    { what: 'data that does not exist', more: { inputs: { mails: { jobInputType: 'uri_folder', uri: 'azureml:mails:9' } } }, names: 'inputs.mails.uri' },
    { what: 'a parameter that its command names and it lacks', more: trial({ command: 'x ${{search_space.rate}}' }), names: 'search_space.rate' },
    { what: 'no parameter', more: { ...trial({ command: 'x' }), searchSpace: {} }, names: 'searchSpace' },
    { what: 'a distribution nobody knows', more: space(['normalish', [1]]), names: 'searchSpace.loss' },
    { what: 'a choice that is no list of a list', more: space(['choice', [1, 2]]), names: 'searchSpace.loss' },
    { what: 'a grid of what cannot be counted', more: space(['uniform', [0, 1]]), names: 'only be used with choice' },
    { what: 'an unknown goal', more: { objective: { primaryMetric: 'loss', goal: 'minimize' } }, names: 'objective.goal' },
    { what: 'limits of another kind of job', more: { limits: { jobLimitsType: 'Command' } }, names: 'limits.jobLimitsType' },
    { what: 'a property that sweeps do not have', more: { command }, names: 'command' },
  ]; // prettier-ignore
  it.each(refused)('$what', async ({ more, names }) => {
    const { status, body } = await arm.send('PUT', '/jobs/refused', sweep(more));
    expect([status, body.error?.message]).toEqual([400, expect.stringContaining(names)]);
    expect(emulator.workspace.jobs.has('refused')).toBe(false);
  });

  const known = [
    { what: 'Bayesian sampling', more: { samplingAlgorithm: { samplingAlgorithmType: 'Bayesian' } } },
    { what: 'Sobol sampling', more: { samplingAlgorithm: { samplingAlgorithmType: 'Random', rule: 'Sobol' } } },
    { what: 'random sampling without limits.maxTotalTrials', more: { samplingAlgorithm: { samplingAlgorithmType: 'Random' } } },
    { what: 'early termination by Bandit', more: { earlyTermination: { policyType: 'Bandit', slackFactor: 0.1 } } },
    { what: 'qnormal distribution', more: space(['qnormal', [1, 2, 3]]) },
    { what: 'sweep of a component', more: { componentId: 'azureml:x:1' } },
    { what: 'place of model, an output of many trials', more: { outputs: { model: { jobOutputType: 'custom_model', uri: 'azureml://datastores/workspaceblobstore/paths/x' } } } },
  ]; // prettier-ignore
  it.each(known)('$what by a loud 501', async ({ what, more }) => {
    const { status } = await arm.send('PUT', '/jobs/refused', sweep(more));
    expect([status, emulator.world.unimplemented.splice(0)]).toEqual([501, [expect.stringContaining(`(${what})`)]]);
  });

  it('another definition under the same name; the same again starts nothing', async () => {
    await ended('same');
    const { size } = emulator.workspace.jobs;
    expect((await arm.send('PUT', '/jobs/same', sweep())).status).toBe(200);
    expect((await arm.send('PUT', '/jobs/same', sweep(choice(1)))).body.error).toMatchObject({ innererror: { innererror: { code: 'JobPropertyImmutable' } } }); // prettier-ignore
    expect(emulator.workspace.jobs.size).toBe(size);
  });
});
