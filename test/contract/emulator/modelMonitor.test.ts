import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Run, WorkspaceEvent } from '../../../emulator/world.ts';
import { startTestEmulator, type TestEmulator } from '../../emulated.ts';
import { armClient, type ArmClient } from './armClient.ts';
import { addCode, addDeployment, addEndpoint, addEnvironment, addVersion, collectedLines, upload } from './runtimeWorld.ts'; // prettier-ignore

const tag = 'azureml_modelmonitor_threshold_breached';
const within = { timeout: 20_000, interval: 50 };
let emulator: TestEmulator;
let arm: ArmClient;
/** Every run event with the tags that the run had then. */
const told: { event: WorkspaceEvent['kind']; run: string; status: string; tags: Map<string, string> }[] = [];

beforeAll(async () => {
  emulator = await startTestEmulator();
  arm = armClient(emulator.world, emulator.workspace);
  emulator.world.onEvent((event) => {
    if (event.kind !== 'runStatusChanged' && event.kind !== 'runCompleted') return;
    told.push({ event: event.kind, run: event.run.id, status: event.status, tags: new Map(event.run.tags) });
  });
});
afterAll(() => emulator.stop());

/** A data asset that holds these rows as NDJSON. */
async function asset(name: string, rows: readonly object[]): Promise<string> {
  const path = `data/${name}/rows.jsonl`;
  await upload(emulator.world, emulator.workspace, { [path]: rows.map((row) => JSON.stringify(row)).join('\n') });
  addVersion(emulator.workspace, 'data', name, { dataUri: `azureml://datastores/workspaceblobstore/paths/data/${name}/` });
  return `azureml:${name}:1`;
} // prettier-ignore

const fixed = (uri: string) => ({ inputDataType: 'Fixed', jobInputType: 'uri_folder', uri });
const lastHour = (uri: string) => ({ inputDataType: 'Rolling', jobInputType: 'uri_folder', uri, windowSize: 'PT1H', windowOffset: 'PT0S' }); // prettier-ignore
const numerical = (metric: string, value: number) => ({ dataType: 'Numerical', metric, threshold: { value } });
const categorical = (metric: string, value: number) => ({ dataType: 'Categorical', metric, threshold: { value } });

async function addMonitor(name: string, signals: object, more: object = {}, trigger?: object): Promise<void> {
  const { status, body } = await arm.send('PUT', `/schedules/${name}`, {
    properties: {
      trigger: trigger ?? { triggerType: 'Cron', expression: '0 3 * * *', startTime: '2100-01-01T00:00:00' },
      action: {
        actionType: 'CreateMonitor',
        monitorDefinition: {
          computeConfiguration: { computeType: 'ServerlessSpark', computeIdentity: { computeIdentityType: 'AmlToken' }, instanceType: 'standard_e4s_v3', runtimeVersion: '3.4' },
          signals,
          ...more,
        },
      },
    },
  });
  if (status >= 400) throw new Error(JSON.stringify(body));
} // prettier-ignore

async function runNow(name: string): Promise<Run> {
  const url = `${emulator.world.origin}/_control/monitors/ml-prod/${name}/run`;
  const { run } = (await (await fetch(url, { method: 'POST' })).json()) as { run: string };
  await expect.poll(() => runOf(run).status, within).toMatch(/Completed|Failed/);
  return runOf(run);
}

const runOf = (id: string) => emulator.workspace.runs.get(id)!;
const stepsOf = (root: Run) => [...emulator.workspace.runs.values()].filter(({ parentId }) => parentId === root.id);
const breachedStep = (root: Run) => stepsOf(root).find(({ tags }) => tags.has(tag));

/** What a data collector would have left: one line for each of the rows, `minutesAgo` virtual minutes old. */
async function collected(name: string, rows: readonly object[], minutesAgo = 5): Promise<string> {
  const time = new Date(emulator.world.clock.now().getTime() - minutesAgo * 60_000).toISOString();
  return asset(name, rows.map((data) => ({ specversion: '1.0', time, data: [data] }))); // prettier-ignore
}

const wide = (shift: number) => many((at) => Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`feature${n}`, Math.sin(at + n) + shift]))); // prettier-ignore
const many = (of: (at: number) => object, count = 60) => Array.from({ length: count }, (_, at) => of(at));

describe('a run of a monitor', () => {
  const wavy = (shift: number) =>
    many((at) => ({ length: Math.sin(at) + shift, kind: at % 3 === 0 ? 'html' : 'plain' }));

  it('is a pipeline whose evaluating step gets the tag while it runs, and completes all the same', async () => {
    const reference = await asset('calm', wavy(0));
    const served = await collected('moved', wavy(2));
    const drift = { signalType: 'DataDrift', productionData: lastHour(served), referenceData: fixed(reference), metricThresholds: [numerical('NormalizedWassersteinDistance', 0.5)] };
    await addMonitor('watch', { watch_drift: drift });
    const root = await runNow('watch');
    const at = root.name.replace('watch-', '');
    expect(at).toMatch(/^\d{8}T\d{6}Z$/);
    expect([root.runType, root.status, root.tags.has(tag)]).toEqual(['azureml.PipelineRun', 'Completed', false]);
    expect(emulator.workspace.jobs.get(root.id)).toMatchObject({ status: 'Completed', properties: { jobType: 'Pipeline', displayName: root.name } });
    const steps = stepsOf(root);
    expect(steps.map(({ name, status, runType }) => [name, status, runType])).toEqual(
      ['preprocess_data', 'compute_metrics', 'evaluate_metric_thresholds'].map((name) => [name, 'Completed', 'azureml.StepRun']),
    );
    const [, computing, evaluating] = steps as [Run, Run, Run];
    const distance = computing.metrics.find(({ key }) => key === 'length.NormalizedWassersteinDistance')!.value;
    expect(distance).toBeGreaterThan(2);
    expect(evaluating.tags.get(tag)).toBe(
      "The signal 'watch_drift' has failed due to one or more features violating metric thresholds.\n" +
        'The feature names and their corresponding computed metric values violating the threshold are \n' +
        `['{"group":"length","metric_value":${distance},"metric_name":"NormalizedWassersteinDistance","threshold_value":0.5}']\n`,
    );
    expect(evaluating.tags.get('azureml.pipelinerunid')).toBe(root.id);
    expect(evaluating.tags.get('mlflow.rootRunId')).toBe(root.id);
    const ofStep = told.filter(({ run }) => run === evaluating.id);
    expect(ofStep.map(({ event, status, tags }) => [event, status, tags.has(tag)])).toEqual([
      ['runStatusChanged', 'NotStarted', false],
      ['runStatusChanged', 'Queued', false],
      ['runStatusChanged', 'Running', false],
      ['runStatusChanged', 'Finalizing', true],
      ['runStatusChanged', 'Completed', true],
      ['runCompleted', 'Completed', true],
    ]);
  }); // prettier-ignore

  const kinds = (html: number) => many((at) => ({ kind: at < html ? 'html' : 'plain' }));
  const drifts = [
    {
      what: 'Wasserstein, moved',
      rows: [wavy(0), wavy(2)],
      threshold: numerical('NormalizedWassersteinDistance', 0.5),
      breached: true,
    },
    {
      what: 'Wasserstein, as it was',
      rows: [wavy(0), wavy(0.05)],
      threshold: numerical('NormalizedWassersteinDistance', 0.5),
      breached: false,
    },
    {
      what: 'Kolmogorov-Smirnov, moved (a p-value below)',
      rows: [wavy(0), wavy(1)],
      threshold: numerical('TwoSampleKolmogorovSmirnovTest', 0.05),
      breached: true,
    },
    {
      what: 'Kolmogorov-Smirnov, as it was',
      rows: [wavy(0), wavy(0.01)],
      threshold: numerical('TwoSampleKolmogorovSmirnovTest', 0.05),
      breached: false,
    },
    {
      what: 'Jensen-Shannon of numbers',
      rows: [wavy(0), wavy(2)],
      threshold: numerical('JensenShannonDistance', 0.3),
      breached: true,
    },
    {
      what: 'stability index of numbers',
      rows: [wavy(0), wavy(2)],
      threshold: numerical('PopulationStabilityIndex', 0.3),
      breached: true,
    },
    {
      what: 'Jensen-Shannon of words',
      rows: [kinds(5), kinds(40)],
      threshold: categorical('JensenShannonDistance', 0.3),
      breached: true,
    },
    {
      what: 'Jensen-Shannon of words, as it was',
      rows: [kinds(20), kinds(23)],
      threshold: categorical('JensenShannonDistance', 0.3),
      breached: false,
    },
    {
      what: 'stability index of words',
      rows: [kinds(5), kinds(40)],
      threshold: categorical('PopulationStabilityIndex', 0.3),
      breached: true,
    },
    {
      what: 'a threshold of the other kind of feature',
      rows: [wavy(0), wavy(2)],
      threshold: categorical('JensenShannonDistance', 0.3),
      breached: false,
    },
  ];
  it.each(drifts)('compares: $what', async ({ what, rows: [before = [], after = []], threshold, breached }) => {
    const name = `drift-${drifts.findIndex((one) => one.what === what)}`;
    const [reference, served] = [await asset(`${name}-before`, before), await collected(`${name}-after`, after)];
    await addMonitor(name, { [name]: { signalType: 'DataDrift', productionData: lastHour(served), referenceData: fixed(reference), metricThresholds: [threshold] } });
    const root = await runNow(name);
    expect(root.status).toBe('Completed');
    expect(breachedStep(root) !== undefined).toBe(breached);
  }); // prettier-ignore

  const whole = many((at) => ({ length: at, kind: at % 2 === 0 ? 'html' : 'plain' }), 40);
  const broken = (of: (row: object, at: number) => object) => whole.map((row, at) => (at < 8 ? of(row, at) : row));
  const faults = [
    {
      what: 'no value',
      rows: broken((row) => ({ ...row, length: null })),
      metric: 'NullValueRate',
      group: 'length',
      value: 0.2,
    },
    {
      what: 'a text for a number',
      rows: broken((row, at) => ({ ...row, length: String(at) })),
      metric: 'DataTypeErrorRate',
      group: 'length',
      value: 0.2,
    },
    {
      what: 'larger than ever',
      rows: broken((row) => ({ ...row, length: 100 })),
      metric: 'OutOfBoundsRate',
      group: 'length',
      value: 0.2,
    },
    {
      what: 'a word that never was',
      rows: broken((row) => ({ ...row, kind: 'rtf' })),
      metric: 'OutOfBoundsRate',
      group: 'kind',
      value: 0.2,
    },
  ];
  it.each(faults)('finds bad data: $what', async ({ what, rows, metric, group, value }) => {
    const name = `quality-${faults.findIndex((one) => one.what === what)}`;
    const [reference, served] = [await asset(`${name}-before`, whole), await collected(`${name}-after`, rows)];
    const metricThresholds = [numerical(metric, 0.1), categorical(metric, 0.1)];
    await addMonitor(name, { [name]: { signalType: 'DataQuality', productionData: lastHour(served), referenceData: fixed(reference), metricThresholds } });
    const message = breachedStep(await runNow(name))?.tags.get(tag);
    expect(message).toContain(`['{"group":"${group}","metric_value":${value},"metric_name":"${metric}","threshold_value":0.1}']`);
  }); // prettier-ignore

  it('adds what the reference itself has to the threshold of a rate', async () => {
    const gaps = whole.map((row, at) => (at < 10 ? { ...row, length: null } : row));
    const [reference, served] = [await asset('gaps-before', gaps), await collected('gaps-after', gaps)];
    const signal = { signalType: 'DataQuality', productionData: lastHour(served), referenceData: fixed(reference), metricThresholds: [numerical('NullValueRate', 0)] };
    await addMonitor('gaps', { gaps: signal });
    expect(breachedStep(await runNow('gaps'))).toBeUndefined();
  }); // prettier-ignore

  it('measures performance where labels came in: a value below its threshold, of no feature', async () => {
    const labels = await asset('labels', many((at) => ({ id: `m${at}`, label: at % 2 ? 'spam' : 'ham' }), 20));
    const served = await collected('answers', many((at) => ({ mail: `m${at}`, said: at < 5 || at % 2 ? 'spam' : 'ham' }), 25));
    const signal = {
      signalType: 'ModelPerformance',
      productionData: [{ ...lastHour(served), columns: { correlation_id: 'mail', target_column: 'said' } }],
      referenceData: { ...fixed(labels), columns: { correlation_id: 'id', target_column: 'label' } },
      metricThreshold: { modelType: 'Classification', metric: 'Accuracy', threshold: { value: 0.9 } },
    };
    await addMonitor('right', { right: signal });
    const message = breachedStep(await runNow('right'))?.tags.get(tag);
    expect(message).toContain(`['{"metric_value":0.85,"metric_name":"Accuracy","threshold_value":0.9}']`);
  }); // prettier-ignore

  it('looks at its window only, and fails with the error tag when that is empty', async () => {
    const reference = await asset('late-before', wavy(0));
    const served = await collected('late-after', wavy(2), 65);
    await addMonitor('late', { late: { signalType: 'DataDrift', productionData: lastHour(served), referenceData: fixed(reference), metricThresholds: [numerical('NormalizedWassersteinDistance', 0.5)] } });
    const root = await runNow('late');
    expect(root.status).toBe('Failed');
    expect(stepsOf(root).map(({ status, tags }) => [status, tags.get('azureml.modelmonitor.error')])).toEqual([['Failed', expect.stringContaining('No data is found')]]);
  }); // prettier-ignore

  it('cuts the message to what a tag holds, and tells the root when people are to be mailed', async () => {
    const [reference, served] = [await asset('wide-before', wide(0)), await collected('wide-after', wide(3))];
    const signal = { signalType: 'DataDrift', notificationTypes: ['AmlNotification'], productionData: lastHour(served), referenceData: fixed(reference), metricThresholds: [numerical('NormalizedWassersteinDistance', 0.5)] };
    await addMonitor('wide', { wide: signal }, { alertNotificationSettings: { emailNotificationSettings: { emails: ['a@example.com', 'b@example.com'] } } });
    const root = await runNow('wide');
    expect(breachedStep(root)?.tags.get(tag)).toHaveLength(1000);
    expect(root.tags.get('azureml.notification.email.address')).toBe('a@example.com,b@example.com');
    expect(root.tags.get('azureml.modelmonitor.threshold.breached.wide')).toHaveLength(1000);
  }); // prettier-ignore
});

it('makes rows of what was really served by the component of the team', async () => {
  const { world, workspace } = emulator;
  const environment = addEnvironment(workspace);
  const code = await addCode(world, workspace, 'features', {
    'features.mjs': `
      import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
      const [from, to, input, output] = process.argv.slice(2);
      const files = statSync(input).isDirectory() ? readdirSync(input, { recursive: true }).map((name) => input + '/' + name) : [input];
      const lines = files.filter((file) => /l$/.test(file)).flatMap((file) => readFileSync(file, 'utf8').trim().split('\\n')).map((line) => JSON.parse(line));
      const texts = lines.filter(({ time }) => !time || (time >= from && time < to)).map(({ data, text }) => text ?? data.text);
      writeFileSync(output + '/rows.jsonl', texts.map((text) => JSON.stringify({ length: text.length })).join('\\n'));`,
  });
  const component = addVersion(workspace, 'components', 'features', {
    componentSpec: {
      type: 'command', code, environment,
      command: 'node features.mjs ${{inputs.data_window_start}} ${{inputs.data_window_end}} ${{inputs.input_data}} ${{outputs.preprocessed_data}}',
      inputs: { data_window_start: { type: 'string' }, data_window_end: { type: 'string' }, input_data: { type: 'uri_folder' } },
      outputs: { preprocessed_data: { type: 'mltable' } },
    },
  });
  const codeId = await addCode(world, workspace, 'score', { 'score.mjs': 'export const run = () => 1;' });
  const endpoint = addEndpoint(workspace, 'spam-online');
  endpoint.properties['traffic'] = { blue: 100 };
  const dataCollector = { collections: { request: { dataCollectionMode: 'Enabled' } } };
  const blue = addDeployment(endpoint, 'blue', { environmentId: environment, codeConfiguration: { codeId, scoringScript: 'score.mjs' }, dataCollector });
  await world.startDeployment(workspace, endpoint, blue);
  for (let at = 0; at < 30; at += 1) {
    await fetch(`${world.origin}/endpoints/spam-online/score`, { method: 'POST', headers: { authorization: 'Bearer first-key' }, body: JSON.stringify({ text: 'x'.repeat(50 + at) }) });
  }
  await expect.poll(() => collectedLines(world, workspace, 'modelDataCollector/spam-online/'), within).toHaveLength(30);

  const reference = await asset('texts', many((at) => ({ text: 'x'.repeat(at % 40) })));
  const always = { inputDataType: 'Static', jobInputType: 'uri_folder', windowStart: '2000-01-01T00:00:00Z', windowEnd: '2100-01-01T00:00:00Z' };
  const signal = {
    signalType: 'DataDrift',
    productionData: { ...lastHour('azureml:spam-online-blue-request:1'), preprocessingComponentId: component },
    referenceData: { ...always, uri: reference, preprocessingComponentId: component },
    metricThresholds: [numerical('NormalizedWassersteinDistance', 1)],
  };
  await addMonitor('served', { served: signal });
  const root = await runNow('served');
  expect(breachedStep(root)?.tags.get(tag)).toContain('"group":"length"');
  const lengths = stepsOf(root).flatMap(({ metrics }) => metrics.map(({ value }) => value));
  expect(lengths[0]).toBeGreaterThan(3);
}); // prettier-ignore

it('runs by the trigger of its schedule, on the virtual clock, and not while it is disabled', async () => {
  const reference = await asset('often-before', many((at) => ({ length: at })));
  const signals = { often: { signalType: 'DataDrift', productionData: fixed(reference), referenceData: fixed(reference), metricThresholds: [numerical('JensenShannonDistance', 0.5)] } };
  await addMonitor('often', signals, {}, { triggerType: 'Recurrence', frequency: 'Minute', interval: 1 });
  const runs = () => [...emulator.workspace.runs.values()].filter(({ name }) => name.startsWith('often-'));
  await expect.poll(() => runs().length, within).toBeGreaterThanOrEqual(2);
  const starts = runs().map(({ name }) => name);
  expect(new Set(starts).size).toBe(starts.length);
  emulator.workspace.schedules.get('often')!.properties['isEnabled'] = false;
  await expect.poll(() => runs().every(({ status }) => status === 'Completed'), within).toBe(true);
  const before = runs().length;
  await new Promise<void>((resolve) => emulator.world.clock.after(150_000, resolve));
  expect(runs()).toHaveLength(before);
}); // prettier-ignore

function post(path: string, body?: object): Promise<Response> {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  return fetch(`${emulator.world.origin}/_control/${path}`, { method: 'POST', ...sent });
}

describe('the control routes', () => {
  it('know no monitor that does not exist', async () => {
    expect((await post('monitors/ml-prod/nobody/run')).status).toBe(404);
    expect((await post('monitors/nowhere/watch/run')).status).toBe(404);
  });

  it.each([
    { startTime: '2026-11-05T09:00:00Z', endTime: '2026-11-05T10:00:00Z' },
    { startTime: null, endTime: null },
    { startTime: 'null', endTime: 'null' },
  ])('raise the drift event of the first generation, from $startTime to $endTime', async (times) => {
    const heard: WorkspaceEvent[] = [];
    emulator.world.onEvent((event) => heard.push(event));
    const asked = { workspace: 'ml-prod', driftName: 'mails', coefficient: 0.83, ...times };
    expect((await post('datasetDrift', asked)).status).toBe(202);
    expect(heard).toEqual([
      { kind: 'datasetDrift', workspace: emulator.workspace.id, drift: expect.objectContaining({ driftName: 'mails', coefficient: 0.83, ...times }) },
    ]);
    expect((await post('datasetDrift', { workspace: 'ml-prod', coefficient: 1 })).status).toBe(400);
  }); // prettier-ignore
});
