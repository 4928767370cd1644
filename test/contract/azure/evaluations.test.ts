import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Evidence } from '../../../src/lib/core/gate/evidence.ts';
import type { Needs } from '../../../src/lib/core/step.ts';
import type { Jobs, Runs } from '../../../src/lib/ports.ts';
import { appCredential } from '../../../src/lib/azure/credential.ts';
import { armJobs } from '../../../src/lib/azure/jobs.ts';
import { armRuns } from '../../../src/lib/azure/runs.ts';
import { startTestEmulator, type TestEmulator } from '../../emulated.ts';
import { armClient, type ArmClient } from '../emulator/armClient.ts';
import { addCode, addEnvironment, addVersion, upload } from '../emulator/runtimeWorld.ts';

/** Evaluations that really run: templates and components of every kind, from the submission to the evidence. */
let emulator: TestEmulator;
let arm: ArmClient;
let jobs: Jobs;
let runs: Runs;

/** A model answers with one word, whatever it is asked. */
const score = `import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
  const [champion, challenger, data, out] = process.argv.slice(2);
  const answer = (folder) => readFileSync(folder + '/answer.txt', 'utf8').trim();
  const labels = readFileSync(data, 'utf8').trim().split('\\n');
  const rows = labels.map((label, id) => JSON.stringify({ id, label, champion: answer(champion), challenger: answer(challenger) }));
  writeFileSync(out, rows.join('\\n'));
  const base = process.env.MLFLOW_TRACKING_URI + '/api/2.0/mlflow/';
  const headers = { 'content-type': 'application/json', authorization: 'Bearer ' + process.env.MLFLOW_TRACKING_TOKEN };
  const body = JSON.stringify({ run_id: process.env.MLFLOW_RUN_ID, key: 'n', value: labels.length, timestamp: 1 });
  await fetch(base + 'runs/log-metric', { method: 'POST', headers, body });`;

/** A step before it, whose result nobody outside sees: what a cache would serve first. */
const prepare = `import { copyFileSync } from 'node:fs';
  copyFileSync(process.argv[2], process.argv[3]);`;

const model = { type: 'custom_model' };
const file = { type: 'uri_file' };
const spec = {
  type: 'command',
  command: 'node score.mjs ${{inputs.champion}} ${{inputs.challenger}} ${{inputs.data}} ${{outputs.answers}}',
  inputs: { champion: model, challenger: model, data: file },
  outputs: { answers: file },
};
const literal = (value: string) => ({ job_input_type: 'literal', value });
const node = (component: string) => ({
  type: 'command',
  componentId: component,
  inputs: Object.fromEntries(Object.keys(spec.inputs).map((name) => [name, literal(`\${{parent.inputs.${name}}}`)])),
  outputs: { answers: { type: 'literal', value: '${{parent.outputs.answers}}' } },
});
const nodes = {
  prepare: {
    type: 'command',
    componentId: 'azureml:prepare:1',
    inputs: { data: literal('${{parent.inputs.data}}') },
    outputs: {},
  },
  score: {
    ...node('azureml:score:1'),
    inputs: { ...node('').inputs, data: literal('${{parent.jobs.prepare.outputs.rows}}') },
  },
};
const asked = {
  inputs: {
    champion: { jobInputType: 'custom_model', uri: 'azureml:words:1' },
    challenger: { jobInputType: 'custom_model', uri: 'azureml:words:1' },
    data: { jobInputType: 'uri_file', uri: 'azureml:holdout:1' },
  },
  outputs: { answers: { jobOutputType: 'uri_file' } },
};

const at = (path: string) => `azureml://datastores/workspaceblobstore/paths/${path}`;

beforeAll(async () => {
  emulator = await startTestEmulator();
  const { world, workspace } = emulator;
  arm = armClient(world, workspace);
  const options = { credential: appCredential({ managed: true }), endpoint: world.origin, retryDelayMs: 5 };
  jobs = armJobs(options);
  runs = armRuns({ ...options, datastores: { connectionString: world.storage.connectionString } });
  await upload(world, workspace, {
    'ham/answer.txt': 'ham', 'spam/answer.txt': 'spam', 'old.txt': 'ham', 'holdout.txt': 'ham\nspam\nspam\nspam',
  }); // prettier-ignore
  for (const word of ['ham', 'spam']) addVersion(workspace, 'models', 'words', { modelType: 'custom_model', modelUri: at(`${word}/`) }); // prettier-ignore
  for (const name of ['old.txt', 'holdout.txt']) addVersion(workspace, 'data', 'holdout', { dataType: 'uri_file', dataUri: at(name) }); // prettier-ignore
  const code = await addCode(world, workspace, 'score', { 'score.mjs': score, 'prepare.mjs': prepare });
  const environment = addEnvironment(workspace);
  const place = { code: `azureml:${code}`, environment: `azureml:${environment}` };
  const put = (name: string, componentSpec: object) => arm.send('PUT', `/components/${name}/versions/1`, { properties: { componentSpec } }); // prettier-ignore
  await put('score', { ...spec, ...place });
  const copy = 'node prepare.mjs ${{inputs.data}} ${{outputs.rows}}';
  await put('prepare', { type: 'command', command: copy, inputs: { data: file }, outputs: { rows: file }, ...place });
  await put('score-all', { ...spec, command: undefined, type: 'pipeline', jobs: nodes });
  const template = { experimentName: 'words', ...asked };
  await ended('by-command', { jobType: 'Command', command: spec.command, codeId: code, environmentId: environment, ...template }); // prettier-ignore
  await ended('by-pipeline', { jobType: 'Pipeline', jobs: nodes, ...template });
});
afterAll(() => emulator.stop());

async function ended(name: string, properties: object): Promise<void> {
  const answer = await arm.send('PUT', `/jobs/${name}`, { properties: { ...properties, tags: { 'steward.template': name } } }); // prettier-ignore
  expect(answer.body.error?.message).toBeUndefined();
  await completed(name);
}

async function completed(job: string): Promise<void> {
  const { workspace } = emulator;
  await vi.waitFor(async () => expect(await jobs.job(workspace.id, job)).toEqual({ name: job, state: 'completed' }), 20_000); // prettier-ignore
}

/** From the plan to the evidence, as the stages go. */
async function evaluate(job: string, wanted: Needs['evaluationPlan'] & object, compute?: string): Promise<Evidence> {
  const { id } = emulator.workspace;
  const { template = '', dataVersion = '' } = await jobs.evaluationPlan(id, wanted);
  await jobs.submitEvaluation(id, {
    job, template, ...(compute !== undefined && { compute }), model: 'words', champion: '1', challenger: '2', data: 'holdout', dataVersion, stewardId: job,
  }); // prettier-ignore
  await completed(job);
  return runs.evidence(id, job, [], 'answers');
}

const sources: readonly [string, Needs['evaluationPlan'] & object, string?][] = [
  ['a command job', { template: 'by-command', data: 'holdout' }],
  ['a pipeline job', { template: 'by-pipeline', data: 'holdout' }],
  ['a command component', { component: 'score', data: 'holdout' }, 'cpu'],
  ['a pipeline component', { component: 'score-all', data: 'holdout' }, 'cpu'],
];

test.each(sources)('%s measures both versions on the newest data', async (_, wanted, compute) => {
  const job = `stw-${wanted.template ?? wanted.component}`;
  expect(await evaluate(job, wanted, compute)).toEqual({
    job, data: 'holdout', dataVersion: '2', metrics: {}, n: 4, faults: [],
    paired: { n: 4, bothRight: 0, championOnly: 1, challengerOnly: 3, bothWrong: 0, majority: 3, majorityLabel: 'spam' },
  }); // prettier-ignore
});

test.each(sources)('%s measures anew what was measured before: no step is taken from the cache', async (_, wanted, compute) => {
  const job = `stw-again-${wanted.template ?? wanted.component}`;
  await evaluate(job, wanted, compute);
  const steps = [...emulator.workspace.runs.values()].filter(({ tags }) => tags.get('azureml.pipelinerunid') === job);
  const own = { 'by-command': 0, 'by-pipeline': 2, score: 1, 'score-all': 2 }[wanted.template ?? wanted.component ?? ''];
  expect(steps.map(({ runType }) => runType)).toEqual(Array.from({ length: own ?? 0 }, () => 'azureml.StepRun'));
}); // prettier-ignore

test('an output of another name is not looked at, and the evaluation is accepted without', async () => {
  const { paired, faults } = await runs.evidence(emulator.workspace.id, 'by-pipeline', []);
  expect([paired, faults]).toEqual([undefined, []]);
});
