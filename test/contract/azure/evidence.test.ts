import type { ContainerClient } from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Workspace } from '../../../emulator/world.ts';
import { appCredential } from '../../../src/lib/azure/credential.ts';
import { armRuns } from '../../../src/lib/azure/runs.ts';
import type { Runs } from '../../../src/lib/ports.ts';
import { containerOf, startTestEmulator, type TestEmulator } from '../../emulated.ts';
import { outcome } from './outcome.ts';
import { seedAsset, seedJob, seedRun } from './seeds.ts';

let emulator: TestEmulator;
let workspace: Workspace;
let blobs: ContainerClient;
let runs: Runs;

beforeAll(async () => {
  emulator = await startTestEmulator();
  ({ workspace } = emulator);
  const { connectionString } = emulator.world.storage;
  blobs = containerOf(emulator.world, workspace);
  const credential = appCredential({ managed: true });
  const endpoint = emulator.world.origin;
  runs = armRuns({ credential, endpoint, retryDelayMs: 5, datastores: { connectionString } });
});
afterAll(() => emulator.stop());

function evaluation(job: string, given: { uri?: string; data?: string; predictions?: false } = {}): void {
  const { uri, data = 'azureml:holdout:3', predictions } = given;
  const output = { jobOutputType: 'uri_file', ...(uri !== undefined && { uri }) };
  const outputs = predictions === false ? {} : { predictions: output };
  seedRun(workspace, job, { 'champion.acc': 0.5, 'challenger.acc': 0.75 });
  seedJob(workspace, job, 'Completed', {
    properties: { jobType: 'Command', inputs: { data: { jobInputType: 'uri_file', uri: data } }, outputs },
  });
}

async function upload(name: string, text: string): Promise<void> {
  await blobs.getBlockBlobClient(name).upload(text, Buffer.byteLength(text));
}

const row = (id: number) => JSON.stringify({ id, label: 'ham', champion: 'spam', challenger: 'ham' });
const faultsOf = async (job: string) => (await runs.evidence(workspace.id, job, ['acc'])).faults;

describe('metrics', () => {
  test('are taken from the steps where the job itself logged none', async () => {
    evaluation('pipeline', { predictions: false });
    seedRun(workspace, 'pipeline', { rows: 3 });
    const tags = new Map([
      ['mlflow.rootRunId', 'pipeline'],
      ['mlflow.parentRunId', 'pipeline'],
    ]);
    seedRun(workspace, 'step', { 'champion.acc': 0.6, 'challenger.acc': 0.7, n: 10 }, { tags, parentId: 'pipeline' });
    const { metrics, n } = await runs.evidence(workspace.id, 'pipeline', ['acc']);
    expect(metrics).toEqual({ acc: { champion: 0.6, challenger: 0.7 } });
    expect(n).toBe(10);
  });

  test('and n are those of one run: other steps count other rows', async () => {
    evaluation('mixed', { predictions: false });
    seedRun(workspace, 'mixed', {});
    const tags = new Map([
      ['mlflow.rootRunId', 'mixed'],
      ['mlflow.parentRunId', 'mixed'],
    ]);
    seedRun(workspace, 'mixed-prepare', { n: 1_000_000 }, { tags, parentId: 'mixed' });
    seedRun(workspace, 'mixed-evaluate', { 'champion.acc': 0.9, 'challenger.acc': 0.905 }, { tags, parentId: 'mixed' });
    expect(await runs.evidence(workspace.id, 'mixed', ['acc'])).toMatchObject({ metrics: { acc: { champion: 0.9 } } });
    expect((await runs.evidence(workspace.id, 'mixed', ['acc'])).n).toBeUndefined();
    seedRun(workspace, 'mixed-again', { 'challenger.acc': 0.99, n: 1000 }, { tags, parentId: 'mixed' });
    const { metrics, faults } = await runs.evidence(workspace.id, 'mixed', ['acc']);
    expect([metrics, faults]).toEqual([
      {},
      [expect.stringMatching(/more than one step .*mixed-evaluate.*mixed-again/)],
    ]);
  });

  test('may say how many rows each class has, the job’s and those of a training', async () => {
    evaluation('classes', { predictions: false });
    seedRun(workspace, 'classes', {
      'champion.auc': 0.8,
      'challenger.auc': 0.9,
      n: 30,
      n_positive: 10,
      n_negative: 20,
    });
    expect(await runs.evidence(workspace.id, 'classes', ['auc'])).toMatchObject({ classes: { positive: 10, negative: 20 } }); // prettier-ignore
    seedRun(workspace, 'classes', { 'champion.auc': 0.8, 'challenger.auc': 0.9, n: 30, n_positive: 10 });
    expect(await runs.evidence(workspace.id, 'classes', ['auc'])).not.toHaveProperty('classes');
    seedAsset(workspace, 'models', 'spam', '21', { properties: { modelType: 'custom_model', jobName: 'c21' } });
    seedRun(workspace, 'c21', { auc: 0.9, n: 30, n_positive: 10, n_negative: 20 }, { tags: new Map([['steward.evaluated', 'holdout:3']]) }); // prettier-ignore
    expect((await runs.measured(workspace.id, 'spam', '21', ['auc'])).runs).toMatchObject([{ metrics: { auc: 0.9 }, classes: { positive: 10, negative: 20 } }]); // prettier-ignore
  });

  test('of a job that names its data by ARM id belong to that data', async () => {
    evaluation('arm-id', { data: `${workspace.id}/data/mails/versions/14`, predictions: false });
    expect(await runs.evidence(workspace.id, 'arm-id', [])).toMatchObject({
      data: 'mails',
      dataVersion: '14',
      faults: [],
    });
  });

  test('of a job without pinned data are a fault', async () => {
    evaluation('unpinned', { data: 'azureml://datastores/workspaceblobstore/paths/mails', predictions: false });
    expect(await faultsOf('unpinned')).toEqual(['the job unpinned names no pinned data version as its input "data"']);
  });
});

/** A pipeline that trained a version: its steps are what it left in MLflow. */
function pipeline(job: string, version: string, steps: Record<string, { mark?: string; param?: string; n?: number; acc?: number }>) {
  const jobName = 'train' in steps ? `${job}-train` : job;
  seedAsset(workspace, 'models', 'spam', version, { properties: { modelType: 'custom_model', jobName } });
  seedRun(workspace, job, {});
  for (const [step, { mark, param, ...metrics }] of Object.entries(steps)) {
    const tags = new Map([['mlflow.rootRunId', job], ['mlflow.parentRunId', job]]);
    if (mark !== undefined) tags.set('steward.evaluated', mark);
    const params = new Map(param === undefined ? [] : [['steward.evaluated', param]]);
    seedRun(workspace, `${job}-${step}`, metrics, { tags, params, parentId: job });
  }
} // prettier-ignore

const measured = (version: string) => runs.measured(workspace.id, 'spam', version, ['acc']);

describe('what a training measured', () => {
  test('is what the step says that evaluated, also where the version names the one that trained', async () => {
    pipeline('p1', '1', { train: { n: 9000, acc: 1 }, evaluate: { mark: 'holdout:3', n: 500, acc: 0.9 } });
    expect(await measured('1')).toEqual({
      version: '1',
      job: 'p1-train',
      runs: [{ run: 'p1-evaluate', evaluated: 'holdout:3', metrics: { acc: 0.9 }, n: 500 }],
    });
  });

  test('may be said by a parameter, and by the address of the data', async () => {
    pipeline('p2', '2', { evaluate: { param: 'azureml:holdout:3', acc: 0.9 } });
    expect((await measured('2')).runs).toEqual([{ run: 'p2-evaluate', evaluated: 'holdout:3', metrics: { acc: 0.9 } }]);
  });

  test('by several runs is told as that', async () => {
    pipeline('p3', '3', { early: { mark: 'holdout:3', acc: 0.8 }, late: { mark: 'holdout:3', acc: 0.9 } });
    expect((await measured('3')).runs.map(({ run }) => run).toSorted()).toEqual(['p3-early', 'p3-late']);
  });

  test('by its own run needs no other', async () => {
    pipeline('p4', '4', { train: { mark: 'holdout:3', acc: 0.8, n: 5 }, evaluate: { mark: 'holdout:4', acc: 0.9 } });
    expect((await measured('4')).runs).toMatchObject([{ run: 'p4-train', evaluated: 'holdout:3' }]);
  });

  test('by a run that is gone is nothing', async () => {
    seedAsset(workspace, 'models', 'spam', '5', { properties: { modelType: 'custom_model', jobName: 'gone' } });
    expect(await measured('5')).toEqual({ version: '5', job: 'gone', runs: [] });
  });
});

const csv = (rows: readonly string[], end = '\n') => `id,label,champion,challenger,region${end}${rows.join(end)}${end}`; // prettier-ignore

describe('predictions', () => {
  test('may be a file below the output, end lines as Windows does, and lack the last line end', async () => {
    evaluation('below');
    await upload('azureml/below/predictions/rows.ndjson', `${row(1)}\r\n${row(2)}`);
    const { paired } = await runs.evidence(workspace.id, 'below', []);
    expect(paired).toMatchObject({ n: 2, challengerOnly: 2 });
  });

  test.each([
    ['short', 'azureml://datastores/workspaceblobstore/paths/evaluations/short/'],
    ['long', `azureml://subscriptions/s/resourcegroups/rg/workspaces/ws/datastores/workspaceblobstore/paths/evaluations/long`],
  ])('are read from where the job says (%s form)', async (job, uri) => {
    evaluation(job, { uri });
    await upload(`evaluations/${job}/rows.ndjson`, row(1));
    await upload(`evaluations/${job}er`, 'another job');
    expect((await runs.evidence(workspace.id, job, [])).paired).toMatchObject({ n: 1 });
  }); // prettier-ignore

  test('of many rows are streamed and all counted', async () => {
    evaluation('many');
    await upload('azureml/many/predictions', Array.from({ length: 50_000 }, (_, id) => `${row(id)}\n`).join(''));
    expect((await runs.evidence(workspace.id, 'many', [])).paired).toMatchObject({
      n: 50_000,
      challengerOnly: 50_000,
    });
  });

  const sliced = { slices: { by: ['region'], metric: 'accuracy', minRows: 1 } };

  test.each<[string, string, string]>([
    ['by the end of its name', 'rows.csv', csv(['1,spam,ham,spam,south', '2,"ham","ham",ham,north'])],
    ['without one', 'rows', csv(['1,spam,ham,spam,south', '2,"ham","ham",ham,north'], '\r\n')],
    ['with a byte order mark, and a comma and a line end in quotes', 'rows', `\uFEFF"id"${csv(['1,spam,ham,spam,"so\nuth, or so"', '2,ham,ham,ham,north']).slice(2)}`],
  ])('may be CSV: %s', async (name, file, text) => {
    const job = `csv-${name.length}`;
    evaluation(job);
    await upload(`azureml/${job}/predictions/${file}`, text);
    const { paired, slices, faults } = await runs.evidence(workspace.id, job, ['accuracy'], 'predictions', sliced);
    expect(faults).toEqual([]);
    expect(paired).toMatchObject({ n: 2, bothRight: 1, challengerOnly: 1 });
    expect(slices?.map(({ value }) => value)).toEqual(['north', text.includes('or so') ? 'so\nuth, or so' : 'south']);
  }); // prettier-ignore

  test('of scores tell what they say of each metric that was asked for', async () => {
    evaluation('scores');
    const rows = Array.from({ length: 80 }, (_, id) => `${id},${id % 2},${(id % 7) / 10},${id % 2 ? 0.9 : 0.2},south`);
    await upload('azureml/scores/predictions/rows.csv', csv(rows));
    const { compared } = await runs.evidence(workspace.id, 'scores', ['auc', 'brier', 'size']);
    expect(Object.keys(compared ?? {})).toEqual(['auc', 'brier']);
    expect(compared?.['auc']).toMatchObject({ estimate: { n: 80, fewest: 40, challenger: 1 } });
  });

  test.each<[string, string, string]>([
    ['no header', '1,spam,ham,spam\n2,ham,ham,ham\n', 'expected lines of JSON, or a CSV header with id, label, champion, challenger; id, label, champion, challenger is missing'],
    ['a column twice', 'id,label,champion,challenger,label\n1,a,a,a,a\n', 'names label twice'],
    ['a short row', csv(['1,spam,ham,spam,south', '2,ham']), 'on line 3'],
    ['an open quote', csv(['1,spam,ham,spam,"south', '2,ham,ham,ham,north']), 'Quote Not Closed'],
    ['a header alone', csv([]), 'predictions are empty'],
    ['an id twice', csv(['1,a,a,a,x', '1,a,a,a,x']), 'line 3: id "1" was there before'],
  ])('as CSV with %s are a fault', async (name, text, fault) => {
    const job = `bad-csv-${name.replaceAll(' ', '-')}`;
    evaluation(job);
    await upload(`azureml/${job}/predictions`, text);
    expect(await faultsOf(job)).toEqual([expect.stringContaining(fault)]);
  }); // prettier-ignore

  test('as CSV of a million values in a slice end early, with the fault that says so', async () => {
    evaluation('csv-many');
    await upload('azureml/csv-many/predictions', csv(Array.from({ length: 60_000 }, (_, id) => `${id},a,a,a,${id}`)));
    const { faults } = await runs.evidence(workspace.id, 'csv-many', ['accuracy'], 'predictions', sliced);
    expect(faults).toEqual([expect.stringContaining('more than 100 values')]);
  });

  test('that were declared and not written, are empty or are several files, are a fault', async () => {
    evaluation('none');
    evaluation('empty');
    await upload('azureml/empty/predictions', '');
    evaluation('two');
    await upload('azureml/two/predictions/a', row(1));
    await upload('azureml/two/predictions/b', row(2));
    expect(await faultsOf('none')).toEqual([expect.stringContaining('there is no file')]);
    expect(await faultsOf('empty')).toEqual([expect.stringContaining('there is no file with content')]);
    expect(await faultsOf('two')).toEqual([expect.stringContaining('must be one file')]);
  });

  test('outside of a datastore are a fault', async () => {
    evaluation('elsewhere', { uri: 'https://example.com/predictions' });
    expect(await faultsOf('elsewhere')).toEqual([expect.stringContaining('not in a datastore')]);
  });

  test('in a datastore that does not exist are refused', async () => {
    evaluation('lost', { uri: 'azureml://datastores/nowhere/paths/x' });
    expect(await outcome(runs.evidence(workspace.id, 'lost', []))).toBe('Refused(notFound)');
  });

  test('in storage that does not answer are unavailable', async () => {
    evaluation('unreachable');
    const connectionString = emulator.world.storage.connectionString.replace(/BlobEndpoint=[^;]+/, 'BlobEndpoint=http://127.0.0.1:9/a'); // prettier-ignore
    const datastores = { connectionString };
    const other = armRuns({
      credential: appCredential({ managed: true }),
      endpoint: emulator.world.origin,
      datastores,
    });
    expect(await outcome(other.evidence(workspace.id, 'unreachable', []))).toBe('Unavailable(unreachable)');
  });
});
