import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Run, Workspace, World } from '../../../emulator/world.ts';
import { appCredential } from '../../../src/lib/azure/credential.ts';
import { armMonitors } from '../../../src/lib/azure/monitors.ts';
import type { MonitorFact } from '../../../src/lib/core/step.ts';
import type { Monitors } from '../../../src/lib/ports/training.ts';
import { startTestEmulator, type TestEmulator } from '../../emulated.ts';
import { armClient, type ArmClient } from '../emulator/armClient.ts';
import { addVersion, upload } from '../emulator/runtimeWorld.ts';
import { seedJob, seedRun, seedSchedule } from './seeds.ts';

/** What the contract cannot ask of a twin: monitors that really ran, and what looks like one and is none. */
let emulator: TestEmulator;
let world: World;
let workspace: Workspace;
let arm: ArmClient;
let monitors: Monitors;
const tag = 'azureml_modelmonitor_threshold_breached';

beforeAll(async () => {
  emulator = await startTestEmulator();
  ({ world, workspace } = emulator);
  arm = armClient(world, workspace);
  monitors = armMonitors({ credential: appCredential({ managed: true }), endpoint: world.origin, retryDelayMs: 5 });
});
afterAll(() => emulator.stop());
beforeEach(() => {
  for (const known of [workspace.schedules, workspace.jobs, workspace.runs]) known.clear();
});

const read = async (hints: readonly string[] = [], runs = 9) => {
  const fact = await monitors.monitor(workspace.id, 'spam-online', { hints, runs });
  if (fact.found !== 'one') throw new Error(`found ${fact.found}`);
  return fact;
};
const signalsOf = ({ runs }: Extract<MonitorFact, { found: 'one' }>) =>
  runs.flatMap(({ breaches }) => breaches.map(({ signal, kind }) => `${signal}: ${kind}`));

/** A data asset that holds these rows. */
async function asset(name: string, rows: readonly object[]): Promise<string> {
  const path = `data/${name}/rows.jsonl`;
  await upload(world, workspace, { [path]: rows.map((row) => JSON.stringify(row)).join('\n') });
  addVersion(workspace, 'data', name, { dataUri: `azureml://datastores/workspaceblobstore/paths/data/${name}/` });
  return `azureml:${name}:1`;
}
const numerical = (metric: string, value: number) => ({ dataType: 'Numerical', metric, threshold: { value } });
const rows = (shift: number) => Array.from({ length: 60 }, (_, at) => ({ length: Math.sin(at) + shift }));

describe('a monitor that really ran', () => {
  test('tells its breaches as it measured them', async () => {
    const referenceData = { inputDataType: 'Fixed', jobInputType: 'uri_folder', uri: await asset('calm', rows(0)) };
    const productionData = { ...referenceData, uri: await asset('moved', rows(2)) };
    const signal = { productionData, referenceData };
    const signals = {
      spam_drift: { ...signal, signalType: 'DataDrift', metricThresholds: [numerical('NormalizedWassersteinDistance', 0.5)] },
      spam_quality: { ...signal, signalType: 'DataQuality', metricThresholds: [numerical('NullValueRate', 0.1)] },
    };
    const properties = {
      trigger: { triggerType: 'Cron', expression: '0 3 * * *', startTime: '2100-01-01T00:00:00' },
      action: {
        actionType: 'CreateMonitor',
        monitorDefinition: {
          computeConfiguration: { computeType: 'ServerlessSpark', computeIdentity: { computeIdentityType: 'AmlToken' }, instanceType: 'standard_e4s_v3', runtimeVersion: '3.4' },
          monitoringTarget: { taskType: 'Classification', deploymentId: `${workspace.id}/onlineEndpoints/Spam-Online/deployments/blue` },
          signals,
        },
      },
    };
    expect((await arm.send('PUT', '/schedules/spam', { properties })).status).toBe(201);
    const answer = await fetch(`${world.origin}/_control/monitors/ml-prod/spam/run`, { method: 'POST' });
    const { run } = (await answer.json()) as { run: string };
    await vi.waitFor(() => expect(workspace.runs.get(run)?.status).toBe('Completed'), 20_000);
    const step = [...workspace.runs.values()].find(({ tags }) => tags.has(tag))!;
    const fact = await read([step.id]);
    expect(fact).toMatchObject({ name: 'spam', rootOf: { [step.id]: run }, runs: [{ run, ended: true }] });
    expect(signalsOf(fact)).toEqual(['spam_drift: drift']);
    const [feature] = fact.runs[0]!.breaches[0]!.features;
    expect(feature).toMatchObject({ feature: 'length', metric: 'NormalizedWassersteinDistance', threshold: 0.5 });
    expect(feature?.value).toBeGreaterThan(2);
  });
}); // prettier-ignore

const when = new Date('2026-11-22T09:00:00Z');
function monitor(name: string, endpoint = 'spam-online', given: object = {}): void {
  const monitoringTarget = { deploymentId: `azureml:${endpoint}:blue` };
  const monitorDefinition = { monitoringTarget, signals: { spam_drift: { signalType: 'DataDrift' } } };
  const action = { actionType: 'CreateMonitor', monitorDefinition };
  seedSchedule(workspace, name, { action, ...given });
}
function root(id: string, displayName: string, startedAt = when): void {
  seedJob(workspace, id, 'Completed', { createdAt: startedAt, properties: { jobType: 'Pipeline', displayName } });
  seedRun(workspace, id, {}, { name: displayName, startedAt });
}
function step(id: string, of: string, message: string, given: Partial<Run> = {}): void {
  seedRun(workspace, id, {}, { tags: new Map([['mlflow.rootRunId', of], [tag, message]]), ...given });
} // prettier-ignore
const breach = (signal: string) => `The signal '${signal}' has failed due to one or more features`;

describe('what looks like a monitor', () => {
  test('and is switched off, or starts jobs of another kind, watches nothing', async () => {
    monitor('off', 'spam-online', { isEnabled: false });
    seedSchedule(workspace, 'retrain', { action: { actionType: 'CreateJob', jobDefinition: { jobType: 'Pipeline' } } });
    const fact = await monitors.monitor(workspace.id, 'spam-online', { hints: [], runs: 1 });
    expect(fact).toEqual({ found: 'none', names: [] });
  });

  test('is found behind more schedules and jobs than a page holds', async () => {
    monitor('spam');
    for (let n = 0; n < 25; n += 1) {
      seedSchedule(workspace, `retrain-${n}`, { action: { actionType: 'CreateJob', jobDefinition: {} } });
      root(`other-${n}`, `retrain-${n}-20261122T090000Z`, new Date(when.getTime() + 60_000 * n));
    }
    root('run-1', 'spam-20261122T090000Z', new Date('2026-11-21T09:00:00Z'));
    expect((await read()).runs.map(({ run }) => run)).toEqual(['run-1']);
  });

  test.each([
    ['another monitor whose name begins alike', 'spam-drift-20261122T090000Z'],
    ['a job that is only called like it', 'spam-test'],
    ['the name alone', 'spam'],
    ['a copy of a run', 'spam-20261122T090000Z (copy)'],
  ])('but is %s has no run of it', async (_, displayName) => {
    monitor('spam');
    root('run-1', displayName);
    step('step-1', 'run-1', breach('spam_drift'));
    const fact = await read(['run-1', 'step-1']);
    // Nothing follows from it, but that people hear of it: it might be the monitor's after all.
    expect(fact).toMatchObject({
      runs: [],
      rootOf: {},
      strangers: [{ hint: 'step-1', signal: 'spam_drift', name: displayName }],
    });
    expect(fact.strangers).toHaveLength(1);
  });

  test('and is a run of another monitor is no stranger, though both call a signal the same', async () => {
    monitor('spam');
    monitor('letters', 'letters-online');
    root('run-1', 'letters-20261122T090000Z');
    step('step-1', 'run-1', breach('spam_drift'));
    expect((await read(['step-1'])).strangers).toBeUndefined();
  });

  test('a stranger that is a root run says the signal in the name of its tag', async () => {
    monitor('spam');
    seedRun(
      workspace,
      'run-1',
      {},
      { name: 'odd', tags: new Map([['azureml.modelmonitor.threshold.breached.spam_drift', 'x']]) },
    );
    expect((await read(['run-1'])).strangers).toEqual([{ hint: 'run-1', signal: 'spam_drift', name: 'odd' }]);
  });

  test('a tag that names a signal which the monitor does not have is no breach', async () => {
    monitor('spam');
    root('run-1', 'spam-20261122T090000Z');
    step('step-1', 'run-1', breach('forged'));
    step('step-2', 'run-1', 'anything');
    expect(signalsOf(await read(['step-1']))).toEqual([]);
  });

  test('a signal is one breach, however many steps tell it', async () => {
    monitor('spam');
    root('run-1', 'spam-20261122T090000Z');
    for (const id of ['step-1', 'step-2']) step(id, 'run-1', breach('spam_drift'));
    expect(signalsOf(await read())).toEqual(['spam_drift: drift']);
  });

  test('a step of a pipeline of the first generation leads to its root by its own tag', async () => {
    monitor('spam');
    root('run-1', 'spam-20261122T090000Z');
    seedRun(workspace, 'step-1', {}, { tags: new Map([['azureml.pipelinerunid', 'run-1']]) });
    expect((await read(['step-1'])).rootOf).toEqual({ 'step-1': 'run-1' });
  });

  test('a run that is known by an event before the list has it is read all the same', async () => {
    monitor('spam');
    root('run-1', 'spam-20261122T090000Z');
    workspace.jobs.delete('run-1');
    expect((await read(['run-1'])).runs.map(({ run }) => run)).toEqual(['run-1']);
  });
});
