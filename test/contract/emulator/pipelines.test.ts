import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Run, WorkspaceEvent } from '../../../emulator/world.ts';
import { containerOf, startTestEmulator, type TestEmulator } from '../../emulated.ts';
import { armClient, type ArmClient } from './armClient.ts';
import { addCode, addEnvironment, addVersion, upload } from './runtimeWorld.ts';

let emulator: TestEmulator;
let arm: ArmClient;
let events: WorkspaceEvent[] = [];

/** Each script is one step; `note` leaves a line of what the step was given. */
const scripts = {
  'split.mjs': `import { readFileSync, writeFileSync } from 'node:fs';
    const [mails, out] = process.argv.slice(2);
    writeFileSync(out + '/part.txt', readFileSync(mails + '/all.txt', 'utf8').toUpperCase());`,
  'train.mjs': `import { readFileSync, writeFileSync } from 'node:fs';
    const [part, rate, out, ...more] = process.argv.slice(2);
    writeFileSync(out + '/model.json', JSON.stringify({ part: readFileSync(part + '/part.txt', 'utf8'), rate, more, run: process.env.MLFLOW_RUN_ID }));
    const base = process.env.MLFLOW_TRACKING_URI + '/api/2.0/mlflow/';
    const body = JSON.stringify({ run_id: process.env.MLFLOW_RUN_ID, key: 'accuracy', value: 0.5, timestamp: 1 });
    await fetch(base + 'runs/log-metric', { method: 'POST', body, headers: { 'content-type': 'application/json', authorization: 'Bearer ' + process.env.MLFLOW_TRACKING_TOKEN } });`,
  'fail.mjs': `process.exit(3);`,
  'wait.mjs': `setInterval(() => {}, 1000);`,
}; // prettier-ignore

const folder = { type: 'uri_folder' };
const specs = {
  split: { command: 'node split.mjs ${{inputs.mails}} ${{outputs.part}}', inputs: { mails: folder }, outputs: { part: folder } },
  train: {
    command: 'node train.mjs ${{inputs.part}} ${{inputs.rate}} ${{outputs.model}} $[[--note ${{inputs.note}}]]',
    inputs: { part: folder, rate: { type: 'number', default: '0.1' }, note: { type: 'string', optional: true } },
    outputs: { model: { type: 'custom_model' } },
  },
  fail: { command: 'node fail.mjs', inputs: { part: { ...folder, optional: true } }, outputs: { nothing: folder } },
  wait: { command: 'node wait.mjs', inputs: { after: { ...folder, optional: true } }, outputs: {} },
  chance: { command: 'node split.mjs ${{inputs.mails}} ${{outputs.part}}', inputs: { mails: folder }, outputs: { part: folder }, is_deterministic: false },
}; // prettier-ignore

beforeAll(async () => {
  emulator = await startTestEmulator();
  const { world, workspace } = emulator;
  world.onEvent((event) => void events.push(event));
  arm = armClient(world, workspace);
  await upload(world, workspace, { 'mails/all.txt': 'ham and spam' });
  addVersion(workspace, 'data', 'mails', { dataType: 'uri_folder', dataUri: 'azureml://datastores/workspaceblobstore/paths/mails/' }); // prettier-ignore
  const code = await addCode(world, workspace, 'steps', scripts);
  const environment = addEnvironment(workspace);
  for (const [name, spec] of Object.entries(specs)) {
    const componentSpec = { type: 'command', code: `azureml:${code}`, environment: `azureml:${environment}`, ...spec };
    await arm.send('PUT', `/components/${name}/versions/1`, { properties: { componentSpec } });
  }
});
beforeEach(() => {
  events = [];
});
afterAll(() => emulator.stop());

const literal = (value: string) => ({ job_input_type: 'literal', value });
const split = {
  type: 'command',
  componentId: 'azureml:split:1',
  inputs: { mails: literal('${{parent.inputs.mails}}') },
};
/** Written before the step that it waits for: order is by need. */
const nodes = {
  train: {
    type: 'command',
    componentId: 'azureml:train:1',
    inputs: { part: literal('${{parent.jobs.split.outputs.part}}'), rate: literal('${{parent.inputs.rate}}') },
    outputs: { model: { type: 'literal', value: '${{parent.outputs.model}}' } },
  },
  split,
};
const pipeline = (more: object = {}) => ({
  properties: {
    jobType: 'Pipeline',
    experimentName: 'spam',
    inputs: {
      mails: { jobInputType: 'uri_folder', mode: 'ReadOnlyMount', uri: 'azureml:mails:1' },
      rate: { jobInputType: 'literal', value: '0.3' },
    },
    outputs: { model: { jobOutputType: 'custom_model', mode: 'ReadWriteMount' } },
    settings: { force_rerun: true },
    jobs: nodes,
    ...more,
  },
});

const free = (more: object) => pipeline({ settings: {}, ...more });
const rate = (value: string) => ({ ...pipeline().properties.inputs, rate: { jobInputType: 'literal', value } });

async function ended(name: string, body: object): Promise<string | undefined> {
  const answer = await arm.send('PUT', `/jobs/${name}`, body);
  expect([answer.status, answer.body.error?.message]).toEqual([201, undefined]);
  return vi.waitFor(async () => {
    const { properties } = await arm.sdk.jobs.get('rg', 'ml-prod', name);
    expect(properties.status).toMatch(/^(Completed|Failed|Canceled)$/);
    return properties.status;
  }, 20_000);
}

/** The newest step of a node in a pipeline job. */
function stepOf(root: string, node: string): Run {
  const runs = [...emulator.workspace.runs.values()];
  const found = runs.find(({ tags, name }) => tags.get('azureml.pipelinerunid') === root && name === node);
  if (found === undefined) throw new Error(`${root} has no step ${node}`);
  return found;
}

const statusesOf = (run: string) =>
  events.flatMap((event) => (event.kind === 'runStatusChanged' && event.run.id === run ? [event.status] : []));

async function blob(uri: string): Promise<string> {
  const path = /\/paths\/(.+)$/.exec(uri)?.[1] ?? '';
  return (await containerOf(emulator.world, emulator.workspace).getBlobClient(path).downloadToBuffer()).toString();
}

async function modelOf(root: string): Promise<unknown> {
  const { body } = await arm.send('GET', `/jobs/${root}`);
  const { uri } = (body['properties'] as unknown as { outputs: { model: { uri: string } } }).outputs.model;
  return JSON.parse(await blob(`${uri}model.json`));
}

describe('a pipeline job', () => {
  it('runs each node once what it needs has completed, and gives its outputs', async () => {
    expect(await ended('ordered', pipeline())).toBe('Completed');
    const [first, second] = [stepOf('ordered', 'split'), stepOf('ordered', 'train')];
    expect(await modelOf('ordered')).toEqual({ part: 'HAM AND SPAM', rate: '0.3', more: [], run: second.id });
    const order = events.filter(({ kind }) => kind === 'runCompleted').map((event) => 'run' in event && event.run.id);
    expect(order).toEqual([first.id, second.id, 'ordered']);
  });

  it('has a run of its own for each step, with its own events', async () => {
    await ended('events', pipeline());
    const step = stepOf('events', 'train');
    const command = ['NotStarted', 'Queued', 'Preparing', 'Running', 'Finalizing', 'Completed'];
    expect(statusesOf(step.id)).toEqual(command);
    expect(statusesOf('events')).toEqual(['NotStarted', 'Running', 'Completed']);
    expect(step).toMatchObject({ runType: 'azureml.StepRun', parentId: 'events', experimentName: 'spam' });
    expect(Object.fromEntries(step.tags)).toMatchObject({
      'azureml.pipelinerunid': 'events',
      'azureml.nodeid': expect.stringMatching(/^[0-9a-f]{8}$/),
      'mlflow.rootRunId': 'events',
      'mlflow.parentRunId': 'events',
      'mlflow.runName': 'train',
    });
    expect(Object.fromEntries(step.properties)).toMatchObject({ 'azureml.runsource': 'azureml.StepRun' });
    const root = emulator.workspace.runs.get('events');
    expect([root?.runType, root?.tags.get('mlflow.rootRunId'), root?.properties.get('azureml.runsource')]).toEqual(['azureml.PipelineRun', 'events', 'azureml.PipelineRun']); // prettier-ignore
    expect(step.metrics).toMatchObject([{ key: 'accuracy', value: 0.5 }]);
  });

  it('shows neither its steps in the list nor their properties; MLflow does', async () => {
    await ended('hidden', pipeline());
    const listed: (string | undefined)[] = [];
    for await (const { name } of arm.sdk.jobs.list('rg', 'ml-prod')) listed.push(name);
    expect(listed).toContain('hidden');
    const step = stepOf('hidden', 'split');
    expect(listed).not.toContain(step.id);
    const { status, body } = await arm.send('GET', `/jobs/${step.id}`);
    expect([status, body['name'], body['properties']]).toEqual([200, step.id, null]);
  });

  it('is read by the vendor client as it was written', async () => {
    await ended('read', pipeline());
    const { properties } = await arm.sdk.jobs.get('rg', 'ml-prod', 'read');
    expect(properties).toMatchObject({ jobType: 'Pipeline', status: 'Completed', jobs: nodes, settings: { force_rerun: true } }); // prettier-ignore
  });

  it('is listed by kind and tag, newest first, over pages', async () => {
    const { runJob } = emulator.world;
    emulator.world.runJob = () => {};
    for (let n = 1; n <= 11; n++) await arm.send('PUT', `/jobs/listed-${n}`, pipeline({ tags: { trigger: 'drift' } }));
    emulator.world.runJob = runJob;
    const names: (string | undefined)[] = [];
    for await (const { name, systemData } of arm.sdk.jobs.list('rg', 'ml-prod', {
      jobType: 'Pipeline',
      tag: 'trigger=drift',
    })) {
      names.push(name);
      expect(systemData?.createdAt).toBeInstanceOf(Date);
    }
    expect([names.length, names[0], names.at(-1)]).toEqual([11, 'listed-11', 'listed-1']);
    expect((await arm.send('GET', '/jobs?jobType=Command&tag=trigger=drift')).body['value']).toEqual([]);
  });

  it('may place an output itself, and lets a model be registered from it', async () => {
    const uri = 'azureml://datastores/workspaceblobstore/paths/chosen/';
    await ended('placed', pipeline({ outputs: { model: { jobOutputType: 'custom_model', uri } } }));
    expect(JSON.parse(await blob(`${uri}model.json`))).toMatchObject({ rate: '0.3' });
    const { body } = await arm.send('PUT', '/models/spam/versions/1', { properties: { modelUri: 'azureml://jobs/placed/outputs/model' } }); // prettier-ignore
    expect(body['properties']).toMatchObject({ jobName: 'placed' });
  });

  it('gives a job that reads its outputs by its name what its steps wrote', async () => {
    await ended('source', pipeline());
    const command = 'node -e "process.exit(require(\'./\' + process.argv[1] + \'/model.json\').rate === \'0.3\' ? 0 : 1)" ${{inputs.model}}'; // prettier-ignore
    const inputs = { model: { jobInputType: 'custom_model', uri: 'azureml://jobs/source/outputs/model' } };
    expect(await ended('reader', { properties: { jobType: 'Command', command, environmentId: 'azureml:node:1', inputs } })).toBe('Completed'); // prettier-ignore
  });

  it('takes defaults, and leaves out options without a value', async () => {
    const train = { ...nodes.train, inputs: { part: nodes.train.inputs.part, note: literal('hello') } };
    await ended('options', pipeline({ jobs: { split, train } }));
    expect(await modelOf('options')).toMatchObject({ rate: '0.1', more: ['--note', 'hello'] });
  });
});

describe('reuse', () => {
  it('takes the outputs of an earlier step that did the same', async () => {
    await ended('first', free({ inputs: rate('0.7') }));
    const earlier = stepOf('first', 'train');
    await ended('second', free({ inputs: rate('0.7') }));
    const reused = stepOf('second', 'train');
    expect(reused).toMatchObject({ runType: 'azureml.ReusedStepRun', status: 'Completed', metrics: [{ key: 'accuracy' }] }); // prettier-ignore
    expect(Object.fromEntries(reused.properties)).toMatchObject({
      'azureml.isreused': 'true',
      'azureml.reusedrunid': earlier.id,
      'azureml.reusedpipelinerunid': 'first',
    });
    expect(await modelOf('second')).toMatchObject({ run: earlier.id });
    await ended('third', free({ inputs: rate('0.7') }));
    expect(stepOf('third', 'train').properties.get('azureml.reusedrunid')).toBe(earlier.id);
  });

  it('is only for what has not changed, and for what comes after that', async () => {
    await ended('before', free({ inputs: rate('0.8') }));
    await ended('after', free({ inputs: rate('0.9') }));
    expect([stepOf('after', 'split').runType, stepOf('after', 'train').runType]).toEqual(['azureml.ReusedStepRun', 'azureml.StepRun']); // prettier-ignore
  });

  const works = [
    { what: 'force_rerun', jobs: nodes, settings: { force_rerun: true } },
    { what: 'a component that is not deterministic', jobs: { ...nodes, split: { ...split, componentId: 'azureml:chance:1' } }, settings: {} },
  ]; // prettier-ignore
  it.each(works)('does not happen with $what', async ({ what, jobs, settings }) => {
    const name = what.replaceAll(' ', '-');
    for (const job of [`${name}-1`, `${name}-2`]) await ended(job, pipeline({ jobs, settings, inputs: rate('0.6') }));
    expect(['split', 'train'].map((node) => stepOf(`${name}-2`, node).runType)).toEqual(['azureml.StepRun', 'azureml.StepRun']); // prettier-ignore
  });
});

describe('a pipeline of which a step fails', () => {
  const failing = { type: 'command', componentId: 'azureml:fail:1' };
  const waiting = { type: 'command', componentId: 'azureml:wait:1' };
  const after = { ...waiting, inputs: { after: literal('${{parent.jobs.failing.outputs.nothing}}') } };

  it('fails, cancels what runs and starts nothing more', async () => {
    expect(await ended('broken', pipeline({ outputs: {}, jobs: { failing, waiting, after } }))).toBe('Failed');
    expect([stepOf('broken', 'failing').status, stepOf('broken', 'waiting').status]).toEqual(['Failed', 'Canceled']);
    expect(() => stepOf('broken', 'after')).toThrow('no step');
    expect(statusesOf(stepOf('broken', 'failing').id).at(-1)).toBe('Failed');
  });

  it('goes on with what does not need it where the job says so', async () => {
    const settings = { continue_on_step_failure: true };
    expect(await ended('going-on', pipeline({ settings, jobs: { failing, after, ...nodes } }))).toBe('Completed');
    expect([stepOf('going-on', 'failing').status, stepOf('going-on', 'train').status]).toEqual(['Failed', 'Completed']);
    expect(() => stepOf('going-on', 'after')).toThrow('no step');
  });

  it('is canceled with all its steps', async () => {
    await arm.send('PUT', '/jobs/endless', pipeline({ outputs: {}, jobs: { waiting, also: waiting } }));
    await vi.waitFor(() => {
      expect([stepOf('endless', 'waiting').status, stepOf('endless', 'also').status]).toEqual(['Running', 'Running']);
    }, 10_000);
    await arm.sdk.jobs.beginCancelAndWait('rg', 'ml-prod', 'endless', { updateIntervalInMs: 10 });
    expect(statusesOf('endless')).toEqual(['NotStarted', 'Running', 'CancelRequested', 'Canceled']);
    expect([stepOf('endless', 'waiting').status, stepOf('endless', 'also').status]).toEqual(['Canceled', 'Canceled']);
  });
});

describe('a job of a pipeline component', () => {
  it('needs no nodes of its own, and takes the component’s defaults', async () => {
    const componentSpec = {
      type: 'pipeline',
      inputs: { mails: folder, rate: { type: 'number', default: '0.2' } },
      outputs: { model: { type: 'custom_model' } },
      jobs: nodes,
    };
    await arm.send('PUT', '/components/retrain/versions/1', { properties: { componentSpec } });
    const { mails } = pipeline().properties.inputs;
    const job = { jobs: undefined, componentId: 'azureml:retrain:1', inputs: { mails } };
    expect(await ended('of-component', pipeline(job))).toBe('Completed');
    expect(await modelOf('of-component')).toMatchObject({ rate: '0.2' });
  });
});

describe('a pipeline job is refused with', () => {
  const node = (more: object) => ({ jobs: { ...nodes, train: { ...nodes.train, ...more } } });
  const refused = [
    { what: 'a component that does not exist', more: node({ componentId: 'azureml:none:1' }), names: 'jobs.train.componentId' },
    { what: 'a camelCase input', more: node({ inputs: { part: { jobInputType: 'literal', value: '1' } } }), names: 'jobs.train.inputs.part' },
    { what: 'an input that the component lacks', more: node({ inputs: { ...nodes.train.inputs, extra: literal('1') } }), names: 'jobs.train.inputs.extra' },
    { what: 'a required input left out', more: node({ inputs: {} }), names: 'jobs.train.inputs.part' },
    { what: 'a literal where a folder is wanted', more: node({ inputs: { part: literal('here') } }), names: 'jobs.train.inputs.part' },
    { what: 'a binding to no input', more: node({ inputs: { part: literal('${{parent.inputs.none}}') } }), names: 'no input none' },
    { what: 'a binding to no output', more: node({ inputs: { part: literal('${{parent.jobs.split.outputs.none}}') } }), names: 'no output none' },
    { what: 'an output that the pipeline lacks', more: { ...node({}), outputs: {} }, names: 'no output model' },
    { what: 'an output that no node writes', more: node({ outputs: {} }), names: 'outputs.model' },
    { what: 'nodes that wait for each other', more: { jobs: { ...nodes, split: { ...split, inputs: { mails: literal('${{parent.jobs.train.outputs.model}}') } } } }, names: 'wait for each other' },
    { what: 'a setting in camelCase', more: { settings: { forceRerun: true } }, names: 'forceRerun' },
    { what: 'neither nodes nor a component', more: { jobs: {} }, names: 'either jobs or a componentId' },
    { what: 'data that does not exist', more: { inputs: { ...pipeline().properties.inputs, mails: { jobInputType: 'uri_folder', uri: 'azureml:mails:9' } } }, names: 'inputs.mails.uri' },
  ]; // prettier-ignore
  it.each(refused)('$what', async ({ more, names }) => {
    const { status, body } = await arm.send('PUT', '/jobs/refused', pipeline(more));
    expect([status, body.error?.message]).toEqual([400, expect.stringContaining(names)]);
    expect(emulator.workspace.jobs.has('refused')).toBe(false);
  });

  it('a node of another kind, which is a loud 501', async () => {
    const { status } = await arm.send('PUT', '/jobs/refused', pipeline(node({ type: 'sweep' })));
    expect([status, emulator.world.unimplemented.splice(0).length]).toEqual([501, 1]);
  });

  it('another definition under the same name; the same again starts nothing', async () => {
    await ended('same', pipeline());
    const { size } = emulator.workspace.jobs;
    expect((await arm.send('PUT', '/jobs/same', pipeline())).status).toBe(200);
    expect((await arm.send('PUT', '/jobs/same', pipeline({ settings: {} }))).body.error).toMatchObject({ innererror: { innererror: { code: 'JobPropertyImmutable' } } }); // prettier-ignore
    expect(emulator.workspace.jobs.size).toBe(size);
  });
});
