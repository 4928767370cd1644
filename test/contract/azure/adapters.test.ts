import { afterAll, beforeAll } from 'vitest';
import type { Workspace, World } from '../../../emulator/world.ts';
import type { ArmOptions } from '../../../src/lib/azure/arm.ts';
import { appCredential } from '../../../src/lib/azure/credential.ts';
import { armArtifacts } from '../../../src/lib/azure/artifacts.ts';
import { armDeploymentUpdates } from '../../../src/lib/azure/deploymentsUpdate.ts';
import { armBatchEndpoints } from '../../../src/lib/azure/batchEndpoints.ts';
import { armJobs } from '../../../src/lib/azure/jobs.ts';
import { armModels } from '../../../src/lib/azure/models.ts';
import { armEndpoints } from '../../../src/lib/azure/onlineEndpoints.ts';
import { armRuns } from '../../../src/lib/azure/runs.ts';
import { endpointScoring } from '../../../src/lib/azure/scoring.ts';
import { monitorTrafficMetrics } from '../../../src/lib/azure/trafficMetrics.ts';
import { containerOf, startTestEmulator, type TestEmulator } from '../../emulated.ts';
import { artifactsContract } from './artifacts.contract.ts';
import { seedEcho } from './echo.ts';
import { endpointsContract } from './endpoints.contract.ts';
import { jobsContract } from './jobs.contract.ts';
import { modelsContract } from './models.contract.ts';
import { runsContract } from './runs.contract.ts';
import { scoringContract } from './scoring.contract.ts';
import {
  seedAsset,
  seedBatchDeployment,
  seedBatchEndpoint,
  seedDeployment,
  seedEndpoint,
  seedJob,
  seedRun,
} from './seeds.ts';
import { settled } from './settled.ts';
import { trafficMetricsContract } from './trafficMetrics.contract.ts';

let emulator: TestEmulator;
let world: World;
let workspace: Workspace;
let options: ArmOptions;
let startDeployment: World['startDeployment'];
const close = async () => {};

beforeAll(async () => {
  emulator = await startTestEmulator({ pace: { endpointMs: 600, deploymentMs: 600, deleteMs: 600 } });
  ({ world, workspace } = emulator);
  options = { credential: appCredential({ managed: true }), endpoint: world.origin, retryDelayMs: 5 };
  // Only scoring needs processes: a started job runs until it is cancelled, and deployments are ready at once.
  world.runJob = (_, job) => void (job.status = 'Running');
  world.cancelJob = (_, job) => void (job.status = 'Canceled');
  ({ startDeployment } = world);
  world.startDeployment = async (_, __, deployment) => void (deployment.state = 'Succeeded');
  world.stopDeployment = async () => {};
  seedAsset(workspace, 'codes', 'score', '1');
  seedAsset(workspace, 'environments', 'node', '1', { properties: { image: 'node:24' } });
});
afterAll(() => emulator.stop());

modelsContract('adapter', async () => ({
  models: armModels(options),
  workspace: workspace.id,
  close: async () => workspace.models.clear(),
  register(model, version, { tags = {}, jobName, registeredBy, at }) {
    const properties = { modelType: 'custom_model', isArchived: false, ...(jobName !== undefined && { jobName }) };
    seedAsset(workspace, 'models', model, version, {
      tags,
      properties,
      createdAt: at,
      ...(registeredBy !== undefined && { createdBy: registeredBy }),
    });
  },
}));

const folder = (model: string, version: string) => `artifacts/${model}/${version}`;

artifactsContract('adapter', async () => {
  const { connectionString } = world.storage;
  const blobs = containerOf(world, workspace);
  const write = async (model: string, version: string, file: string, content: string) => {
    await blobs.getBlockBlobClient(`${folder(model, version)}/${file}`).upload(content, Buffer.byteLength(content));
  };
  const seed = (model: string, version: string, modelUri: string) =>
    seedAsset(workspace, 'models', model, version, { properties: { modelType: 'custom_model', modelUri } });
  return {
    artifacts: armArtifacts({ ...options, datastores: { connectionString } }),
    workspace: workspace.id,
    close: async () => workspace.models.clear(),
    async register(model, version, files) {
      for (const [file, content] of Object.entries(files)) await write(model, version, file, content);
      seed(model, version, `azureml://datastores/workspaceblobstore/paths/${folder(model, version)}/`);
    },
    hide: async (model, version) => seed(model, version, 'https://elsewhere.example.com/models/spam'),
    write,
    remove: async (model, version, file) => void (await blobs.getBlobClient(`${folder(model, version)}/${file}`).delete()),
  }; // prettier-ignore
});

jobsContract('adapter', async () => {
  seedAsset(workspace, 'models', 'spam', '1');
  seedAsset(workspace, 'models', 'spam', '2');
  return {
    jobs: armJobs(options),
    workspace: workspace.id,
    close,
    component(name, version, inputs) {
      const spec = { type: 'command', command: 'node evaluate.js', code: `azureml:${workspace.id}/codes/score/versions/1`, environment: 'azureml:node:1' }; // prettier-ignore
      const ports = Object.fromEntries(inputs.map((input) => [input, { type: input === 'data' ? 'uri_file' : 'custom_model' }])); // prettier-ignore
      seedAsset(workspace, 'components', name, version, {
        createdAt: new Date(Date.UTC(2026, 10, 22, Number(version))),
        properties: { componentSpec: { ...spec, inputs: ports, outputs: { predictions: { type: 'uri_file' } } } },
      });
      return `${workspace.id}/components/${name}/versions/${version}`;
    },
    job(name, { state, at, tags = {}, inputs = [] }) {
      const status = { waiting: 'Queued', running: 'Running', completed: 'Completed', failed: 'Failed', canceled: 'Canceled' } as const; // prettier-ignore
      seedJob(workspace, name, status[state], { tags, createdAt: at, properties: templateProperties(inputs) });
    },
    data: (name, versions) =>
      versions.forEach((version, hour) =>
        seedAsset(workspace, 'data', name, version, { createdAt: new Date(Date.UTC(2026, 10, 22, hour)) }),
      ),
    snapshot: () => structuredClone([...workspace.jobs.values()]),
  };
});

function templateProperties(inputs: readonly string[]): Record<string, unknown> {
  return {
    jobType: 'Command',
    command: 'node evaluate.js',
    codeId: `${workspace.id}/codes/score/versions/1`,
    environmentId: `${workspace.id}/environments/node/versions/1`,
    experimentName: 'spam',
    displayName: 'evaluate',
    properties: { runSource: 'MFE', owner: 'mail' },
    inputs: Object.fromEntries(
      inputs.map((input) => [
        input,
        input === 'data'
          ? { jobInputType: 'uri_file', uri: 'azureml:holdout:9', mode: 'Download' }
          : { jobInputType: 'custom_model', uri: 'azureml:spam:1' },
      ]),
    ),
    outputs: { predictions: { jobOutputType: 'uri_file', mode: 'Upload' } },
  };
}

runsContract('adapter', async () => {
  const { connectionString } = world.storage;
  const blobs = containerOf(world, workspace);
  return {
    runs: armRuns({ ...options, datastores: { connectionString } }),
    workspace: workspace.id,
    close,
    async run(job, { metrics, predictions, output = 'predictions' }) {
      seedRun(workspace, job, metrics);
      const outputs = predictions && { [output]: { jobOutputType: 'uri_file' } };
      const inputs = { data: { jobInputType: 'uri_file', uri: 'azureml:holdout:3' } };
      seedJob(workspace, job, 'Completed', { properties: { jobType: 'Command', inputs, ...(outputs && { outputs }) } });
      if (predictions === undefined) return;
      const text = predictions.map((line) => `${line}\n`).join('');
      await blobs.getBlockBlobClient(`azureml/${job}/${output}`).upload(text, Buffer.byteLength(text));
    },
    trained(model, version, logged) {
      const job = logged && `train-${model}-${version}`;
      const jobName = job && { jobName: job };
      seedAsset(workspace, 'models', model, version, { properties: { modelType: 'custom_model', ...jobName } });
      if (logged === undefined || job === undefined) return;
      const { evaluated, metrics } = logged;
      const mark = new Map(evaluated === undefined ? [] : [['steward.evaluated', evaluated]]);
      seedRun(workspace, job, metrics, { tags: new Map([['mlflow.rootRunId', job], ...mark]) });
    },
  };
});

endpointsContract('adapter', async () => {
  seedAsset(workspace, 'models', 'spam', '1', { properties: { modelType: 'custom_model' } });
  seedAsset(workspace, 'models', 'spam', '2', { properties: { modelType: 'custom_model' } });
  const of = (name: string) => workspace.endpoints.get(name)!;
  return {
    endpoints: armEndpoints(options),
    updates: armDeploymentUpdates(options),
    workspace: workspace.id,
    plan: { instanceType: 'Standard_DS2_v2', environment: 'node:1', code: { asset: 'score:1', script: 'score.js' } },
    close: async () => workspace.endpoints.clear(),
    given(name, { traffic, mirror = {}, marks, deployments }) {
      const mirrored = marks?.mirror && { stewardMirror: JSON.stringify(marks.mirror) };
      const tags = marks && { stewardGeneration: String(marks.generation), stewardSplit: JSON.stringify(marks.split), ...mirrored };
      const endpoint = seedEndpoint(workspace, name, { properties: { traffic, mirrorTraffic: mirror }, tags: tags ?? {} });
      for (const [deployment, given] of Object.entries(deployments)) seedDeployment(workspace, endpoint, deployment, given);
    },
    busy: (name) => void (of(name).state = 'Updating'),
    changing: (name, deployment) => void (of(name).deployments.get(deployment)!.state = 'Updating'),
    settled: (name) => settled(of(name)),
    full() {
      const { quota } = workspace;
      workspace.quota = 0;
      return () => void (workspace.quota = quota);
    },
    snapshot: (name) => structuredClone(of(name)),
  }; // prettier-ignore
});

endpointsContract(
  'adapter, batch',
  async () => {
    const of = (name: string) => workspace.batchEndpoints.get(name)!;
    return {
    endpoints: armBatchEndpoints(options),
    updates: armDeploymentUpdates(options),
    plan: {},
    changing: (name, deployment) => void (of(name).deployments.get(deployment)!.state = 'Updating'),
    workspace: workspace.id,
    close: async () => workspace.batchEndpoints.clear(),
    given(name, { traffic, marks, deployments }) {
      const tags = marks && { stewardGeneration: String(marks.generation), stewardSplit: JSON.stringify(marks.split) };
      const [serving] = Object.entries(traffic).find(([, percent]) => percent > 0) ?? [];
      const endpoint = seedBatchEndpoint(workspace, name, { ...(serving !== undefined && { serving }), tags: tags ?? {} });
      for (const [deployment, given] of Object.entries(deployments)) seedBatchDeployment(workspace, endpoint, deployment, given);
    },
    busy: (name) => void (of(name).state = 'Updating'),
    settled: (name) => settled(of(name)),
    full: () => () => {},
    snapshot: (name) => structuredClone(of(name)),
  }; // prettier-ignore
  },
  'batch',
);

trafficMetricsContract('adapter', async () => {
  const start = new Date(Math.floor(world.clock.now().getTime() / 60_000) * 60_000 - 30 * 60_000);
  const [spam] = [seedEndpoint(workspace, 'spam'), seedEndpoint(workspace, 'quiet')];
  return {
    metrics: monitorTrafficMetrics(options),
    workspace: workspace.id,
    start,
    close: async () => workspace.endpoints.clear(),
    serve: (request) =>
      void world.served.push({ workspace: workspace.id, modelStatus: request.status, live: true, ...request }),
    memory: (name, percent) => void (seedDeployment(workspace, spam, name, { version: '1' }).memory = { percent }),
  };
});

scoringContract('adapter', async () => {
  const endpoint = seedEndpoint(workspace, 'echo');
  world.startDeployment = startDeployment;
  for (const kind of ['good', 'bad'] as const) await seedEcho(world, workspace, endpoint, kind);
  return { scoring: endpointScoring({ ...options, clock: world.clock }), workspace: workspace.id, close };
});
