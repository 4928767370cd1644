import { artifactsTwin } from '../../twins/artifacts.ts';
import { endpointsTwin } from '../../twins/endpoints.ts';
import { jobsTwin } from '../../twins/jobs.ts';
import { modelsTwin } from '../../twins/models.ts';
import { runsTwin } from '../../twins/runs.ts';
import { scoringTwin } from '../../twins/scoring.ts';
import { trafficMetricsTwin } from '../../twins/trafficMetrics.ts';
import { artifactsContract } from './artifacts.contract.ts';
import { broughtVersionsContract } from './broughtVersions.contract.ts';
import { endpointsContract } from './endpoints.contract.ts';
import { jobsContract } from './jobs.contract.ts';
import { lineageContract } from './lineage.contract.ts';
import { modelsContract } from './models.contract.ts';
import { runsContract } from './runs.contract.ts';
import { scoringContract } from './scoring.contract.ts';
import { trafficMetricsContract } from './trafficMetrics.contract.ts';

const workspace = '/subscriptions/s/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/ml-prod';
const close = async () => {};

modelsContract('twin', async () => {
  const models = modelsTwin();
  return { models, workspace, close, register: (model, version, given) => models.register(workspace, model, version, given) }; // prettier-ignore
});

lineageContract('twin', async () => {
  const models = modelsTwin();
  return {
    models,
    workspace,
    close,
    register: (model, version, given) => models.register(workspace, model, version, given),
    trained: (job, told) => void models.jobs.set(`${workspace}|${job}`, told),
    left: async (job, output, files) => void models.outputs.set(`${workspace}|${job}|${output}`, files.length),
  };
});

artifactsContract('twin', async () => {
  const models = modelsTwin();
  const artifacts = artifactsTwin(models);
  const keyOf = (model: string, version: string) => `${workspace}|${model}|${version}`;
  const filesOf = (model: string, version: string) => {
    const files = artifacts.all.get(keyOf(model, version));
    if (files === undefined || typeof files === 'string') throw new Error(`no files of ${model}:${version}`);
    return files;
  };
  const put = (model: string, version: string, files: Map<string, string> | string) => {
    models.register(workspace, model, version);
    artifacts.all.set(keyOf(model, version), files);
  };
  return {
    artifacts,
    workspace,
    close,
    register: async (model, version, files) => put(model, version, new Map(Object.entries(files))),
    hide: async (model, version) => put(model, version, 'nobody may look at it'),
    write: async (model, version, file, content) => void filesOf(model, version).set(file, content),
    remove: async (model, version, file) => void filesOf(model, version).delete(file),
  };
});

broughtVersionsContract('twin', async () => {
  const models = modelsTwin();
  const artifacts = artifactsTwin(models);
  models.artifacts = artifacts;
  const source = workspace.replace('ml-prod', 'ml-dev');
  return {
    models,
    artifacts,
    source,
    target: workspace,
    close,
    register: async (where, model, version, given) => models.register(where, model, version, given),
    write: async (model, version, file, content) =>
      void artifacts.all.set(`${source}|${model}|${version}`, new Map([[file, content]])),
  };
});

jobsContract('twin', async () => {
  const jobs = jobsTwin();
  return {
    jobs,
    workspace,
    close,
    job: (name, { state, at, tags = {}, inputs = [] }) => jobs.all.set(`${workspace}|${name}`, { state, at, tags, inputs }),
    component(name, version, inputs) {
      const id = `${workspace}/components/${name}/versions/${version}`;
      jobs.components.set(`${workspace}|${name}`, [...(jobs.components.get(`${workspace}|${name}`) ?? []), { id, inputs }]);
      return id;
    },
    data: (name, versions) => jobs.data.set(`${workspace}|${name}`, [...versions]),
    snapshot: () => structuredClone([...jobs.all]),
  }; // prettier-ignore
});

runsContract('twin', async () => {
  const runs = runsTwin();
  return {
    runs,
    workspace,
    close,
    async run(job, given) {
      runs.all.set(`${workspace}|${job}`, { data: 'holdout', dataVersion: '3', ...given });
    },
    trained(model, version, logged) {
      const job = `train-${model}-${version}`;
      const { evaluated, metrics = {} } = logged ?? {};
      const run = evaluated === undefined ? [] : [{ run: job, evaluated, metrics, ...(metrics['n'] !== undefined && { n: metrics['n'] }) }]; // prettier-ignore
      runs.trained.set(`${workspace}|${model}|${version}`, { ...(logged && { job }), runs: run });
    },
  };
});

for (const serves of ['online', 'batch'] as const)
  endpointsContract(
    `twin, ${serves}`,
    async () => {
      const models = modelsTwin();
      models.register(workspace, 'spam', '1');
      models.register(workspace, 'spam', '2');
      const endpoints = endpointsTwin(models, serves);
      return {
        endpoints,
        updates: endpoints.updates,
        plan: { instanceType: 'any' },
        changing(name, deployment) {
          const { deployments } = endpoints.all.get(`${workspace}|${name}`)!;
          deployments.set(deployment, { ...deployments.get(deployment)!, state: 'updating' });
        },
        workspace,
        close,
        given(name, { traffic, mirror = {}, marks, deployments }) {
          const facts = Object.entries(deployments).map(([deployment, { version, stewardId }]) => ({
            name: deployment,
            state: 'ready' as const,
            model: `${workspace}/models/spam/versions/${version}`,
            version,
            ...(stewardId !== undefined && { stewardId }),
          }));
          endpoints.all.set(`${workspace}|${name}`, {
            state: 'ready',
            traffic,
            mirror,
            ...(marks && {
              generation: marks.generation,
              split: marks.split,
              ...(marks.mirror && { splitMirror: marks.mirror }),
            }),
            deployments: new Map(facts.map((fact) => [fact.name, fact])),
          });
        },
        busy: (name) => void (endpoints.all.get(`${workspace}|${name}`)!.state = 'busy'),
        settled: async () => endpoints.settle(),
        full() {
          endpoints.quota = 0;
          return () => void (endpoints.quota = 100);
        },
        snapshot: (name) => structuredClone(endpoints.all.get(`${workspace}|${name}`)),
      };
    },
    serves,
  );

trafficMetricsContract('twin', async () => {
  const metrics = trafficMetricsTwin();
  const start = new Date('2026-11-22T09:00:00Z');
  return {
    metrics,
    workspace,
    close,
    start,
    serve: (request) => void metrics.served.push({ workspace, ...request }),
    memory: (deployment, percent) => void metrics.memory.set(deployment, percent),
  };
});

const good = (body: unknown) => ({ status: 200, latencyMs: 5, body: JSON.stringify(body) });
const bad = () => ({ status: 424, latencyMs: 5, body: 'the model failed' });

scoringContract('twin', async () => {
  const scoring = scoringTwin();
  scoring.all.set(`${workspace}|echo`, new Map([['good', good], ['bad', bad]])); // prettier-ignore
  return { scoring, workspace, close };
});
