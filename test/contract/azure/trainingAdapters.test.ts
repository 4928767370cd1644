import type { ContainerClient } from '@azure/storage-blob';
import { afterAll, beforeAll } from 'vitest';
import { blobLocation } from '../../../emulator/runtime/blobLocations.ts';
import type { Job, Run, Workspace, World } from '../../../emulator/world.ts';
import type { ArmOptions } from '../../../src/lib/azure/arm.ts';
import { appCredential } from '../../../src/lib/azure/credential.ts';
import { armDataAssets } from '../../../src/lib/azure/dataAssets.ts';
import { armMonitors } from '../../../src/lib/azure/monitors.ts';
import { armTrainings } from '../../../src/lib/azure/trainings.ts';
import { containerOf, startTestEmulator, type TestEmulator } from '../../emulated.ts';
import { dataAssetsContract } from './dataAssets.contract.ts';
import { monitorsContract } from './monitors.contract.ts';
import { seedAsset, seedJob, seedRun, seedSchedule } from './seeds.ts';
import { trainingsContract, type GivenJob } from './trainings.contract.ts';

let emulator: TestEmulator;
let world: World;
let workspace: Workspace;
let options: ArmOptions;
const close = async () => {};

beforeAll(async () => {
  emulator = await startTestEmulator();
  ({ world, workspace } = emulator);
  options = { credential: appCredential({ managed: true }), endpoint: world.origin, retryDelayMs: 5 };
  // Nothing has to be computed here: a started job runs until the test ends it.
  world.runJob = (_, job) => {
    job.status = 'Running';
    putRun(job.name, { status: 'Running' });
  };
  seedAsset(workspace, 'codes', 'train', '1');
  seedAsset(workspace, 'environments', 'node', '1', { properties: { image: 'node:24' } });
});
afterAll(() => emulator.stop());

/** Without an end, unless one is given. */
function putRun(id: string, given: Partial<Run> = {}): void {
  seedRun(workspace, id, {}, given);
  if (given.endedAt === undefined) delete workspace.runs.get(id)!.endedAt;
}

const hour = (count: number) => new Date(Date.UTC(2026, 10, 22, count));

dataAssetsContract('adapter', async () => ({
  assets: armDataAssets({ ...options, datastores: world.storage }),
  workspace: workspace.id,
  close,
  add: (data, version, at) => seedAsset(workspace, 'data', data, version, { createdAt: at }),
  async asked(endpoint, { deployment, collection, hour, name, content }) {
    const path = `modelDataCollector/${endpoint}/${deployment}/${collection}/${hour}/${name}`;
    const blob = blobs().getAppendBlobClient(path);
    await blob.createIfNotExists();
    await blob.appendBlock(content, content.length);
  },
  async held(data, version) {
    const uri = String(workspace.data.get(data)?.versions.get(version)?.properties['dataUri']);
    const { path } = blobLocation(world, workspace, uri);
    const names: string[] = [];
    for await (const { name } of blobs().listBlobsFlat({ prefix: `${path}/` })) names.push(name.slice(path.length + 1));
    return names;
  },
}));

function blobs(): ContainerClient {
  return containerOf(world, workspace);
}

monitorsContract('adapter', async () => {
  const types = { drift: 'DataDrift', quality: 'DataQuality' } as const;
  const metrics = new Map<string, string>();
  seedSchedule(workspace, 'retrain', { action: { actionType: 'CreateJob', jobDefinition: { jobType: 'Pipeline' } } });
  return {
    monitors: armMonitors(options),
    workspace: workspace.id,
    close,
    monitor(name, endpoint, signals) {
      const definitions = Object.entries(signals).map(([signal, kind]) => [signal, { signalType: types[kind] }]);
      for (const [signal, kind] of Object.entries(signals)) {
        metrics.set(signal, kind === 'drift' ? 'PopulationStabilityIndex' : 'NullValueRate');
      }
      const monitoringTarget = { taskType: 'Classification', deploymentId: `azureml:${endpoint}:blue` };
      const monitorDefinition = { monitoringTarget, signals: Object.fromEntries(definitions) };
      seedSchedule(workspace, name, { action: { actionType: 'CreateMonitor', monitorDefinition } });
    },
    run(monitor, { run, at, ended, breaches, steps }) {
      const displayName = `${monitor}-${at.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
      const status = ended ? 'Completed' : 'Running';
      seedJob(workspace, run, status, { createdAt: at, properties: { jobType: 'Pipeline', displayName } });
      putRun(run, { name: displayName, status, startedAt: at, tags: new Map([['mlflow.rootRunId', run]]) });
      const messages = Object.entries(breaches).map(([signal, features]) => breachTag(signal, features, metrics.get(signal)));
      steps.forEach((step, index) => {
        const tags = new Map([['mlflow.rootRunId', run], ['azureml.pipelinerunid', run]]);
        const message = messages[index];
        if (message !== undefined) tags.set('azureml_modelmonitor_threshold_breached', message);
        putRun(step, { status, parentId: run, startedAt: new Date(at.getTime() + index), tags });
      });
    },
    stranger: (run, name, signal) =>
      putRun(run, { name, status: 'Completed', tags: new Map([['azureml_modelmonitor_threshold_breached', breachTag(signal, {}, undefined)]]) }),
  }; // prettier-ignore
});

function breachTag(signal: string, features: Readonly<Record<string, number>>, metric: string | undefined): string {
  const rows = Object.entries(features).map(
    ([group, value]) => `'${JSON.stringify({ group, metric_value: value, metric_name: metric, threshold_value: 0.2 })}'`,
  );
  return `The signal '${signal}' has failed due to one or more features violating metric thresholds.\nThe feature names and their corresponding computed metric values violating the threshold are \n[${rows.join(', ')}]\n`;
} // prettier-ignore

trainingsContract('adapter', async () => {
  let models = 0;
  return {
    trainings: armTrainings(options),
    workspace: workspace.id,
    close,
    job: putJob,
    step: (name, job) => putRun(name, { tags: new Map([['mlflow.rootRunId', job], ['mlflow.parentRunId', job]]), parentId: job }),
    data: (name, versions) =>
      versions.forEach((version, index) => seedAsset(workspace, 'data', name, version, { createdAt: hour(index) })),
    component: (name, versions) =>
      versions.forEach((version, index) =>
        seedAsset(workspace, 'components', name, version, { createdAt: hour(index), properties: { componentSpec } }),
      ),
    model(model, version, { jobName, tags = {} }) {
      const properties = { modelType: 'mlflow_model', isArchived: false, ...(jobName !== undefined && { jobName }) };
      seedAsset(workspace, 'models', model, version, { tags, properties, createdAt: hour((models += 1)) });
    },
    end(name, state, { from, to }) {
      const status = ({ completed: 'Completed', failed: 'Failed', canceled: 'Canceled' } as const)[state];
      workspace.jobs.get(name)!.status = status;
      putRun(name, { status, startedAt: from, endedAt: to });
    },
    snapshot: () => structuredClone([[...workspace.jobs.values()], [...workspace.models]]),
  }; // prettier-ignore
});

const componentSpec = {
  type: 'command',
  command: 'node train.js',
  environment: 'azureml:node:1',
  inputs: { mails: { type: 'uri_file' }, rate: { type: 'number' } },
  outputs: { model: { type: 'mlflow_model' } },
};

const statuses = { waiting: 'Queued', running: 'Running', completed: 'Completed', failed: 'Failed', canceled: 'Canceled' } as const; // prettier-ignore

/** A command job and its run, as the service tells them. */
function putJob(name: string, { state, at, tags = {}, inputs, outputs, compute, commit, of }: GivenJob): void {
  const places = Object.entries(inputs ?? {}).map(([input, uri]) => [input, { jobInputType: 'uri_file', uri }]);
  const kinds = Object.entries(outputs ?? {}).map(([output, jobOutputType]) => [output, { jobOutputType }]);
  const properties: Job['properties'] = {
    jobType: 'Command',
    command: 'node train.js',
    codeId: `${workspace.id}/codes/train/versions/1`,
    environmentId: `${workspace.id}/environments/node/versions/1`,
    experimentName: 'spam',
    properties: { runSource: 'MFE', ...(commit !== undefined && { 'mlflow.source.git.commit': commit }) },
    inputs: { ...Object.fromEntries(places), rate: { jobInputType: 'literal', value: '0.1' } },
    outputs: Object.fromEntries(kinds),
    ...(compute !== undefined && { computeId: `${workspace.id}/computes/${compute}` }),
  };
  seedJob(workspace, name, statuses[state], { tags: { ...tags }, createdAt: at, properties });
  const parents = of === undefined ? [] : [['mlflow.rootRunId', of] as const, ['mlflow.parentRunId', of] as const];
  putRun(name, { status: statuses[state], startedAt: at, tags: new Map(parents), ...(of !== undefined && { parentId: of }) });
} // prettier-ignore
