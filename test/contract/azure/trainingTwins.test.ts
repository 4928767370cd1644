import { dataAssetsTwin } from '../../twins/dataAssets.ts';
import { modelsTwin } from '../../twins/models.ts';
import { monitorsTwin } from '../../twins/monitors.ts';
import { trainingsTwin } from '../../twins/trainings.ts';
import { dataAssetsContract } from './dataAssets.contract.ts';
import { monitorsContract } from './monitors.contract.ts';
import { trainingsContract } from './trainings.contract.ts';

const workspace = '/subscriptions/s/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/ml-prod';
const close = async () => {};

dataAssetsContract('twin', async () => {
  const assets = dataAssetsTwin();
  return {
    assets,
    workspace,
    close,
    add(data, version, at) {
      const known = assets.all.get(`${workspace}|${data}`) ?? [];
      assets.all.set(`${workspace}|${data}`, [...known, { version, createdAt: at.toISOString() }]);
    },
    async asked(endpoint, { deployment, collection, hour, name, content }) {
      const [year = '', month, day, begun = ''] = hour.split('/');
      const until = new Date(Date.parse(`${year}-${month}-${day}T${begun}:00:00Z`) + 3_600_000).toISOString();
      const path = `${deployment}/${collection}/${hour}/${name}`;
      const known = assets.files.get(`${workspace}|${endpoint}`) ?? [];
      assets.files.set(`${workspace}|${endpoint}`, [...known, { path, collection, bytes: content.length, until }]);
    },
    held: async (data, version) =>
      assets.all.get(`${workspace}|${data}`)?.find((known) => known.version === version)?.made?.files ?? [],
  };
});

monitorsContract('twin', async () => {
  const monitors = monitorsTwin();
  const kinds = new Map<string, 'drift' | 'quality'>();
  return {
    monitors,
    workspace,
    close,
    monitor(name, endpoint, signals) {
      monitors.all.set(`${workspace}|${name}`, { endpoint, runs: [], signals: Object.keys(signals) });
      for (const [signal, kind] of Object.entries(signals)) kinds.set(signal, kind);
    },
    run(monitor, { at, breaches, ...run }) {
      const told = Object.entries(breaches).map(([signal, features]) => {
        const kind = kinds.get(signal) ?? 'drift';
        const metric = kind === 'quality' ? 'NullValueRate' : 'PopulationStabilityIndex';
        const all = Object.entries(features).map(([feature, value]) => ({ feature, metric, value, threshold: 0.2 }));
        return { signal, kind, features: all.slice(0, 5), more: Math.max(0, all.length - 5) };
      });
      monitors.all.get(`${workspace}|${monitor}`)?.runs.push({ ...run, at: at.toISOString(), breaches: told });
    },
    stranger: (run, called, signal) => void monitors.strangers.set(`${workspace}|${run}`, { name: called, signal }),
  };
});

trainingsContract('twin', async () => {
  const models = modelsTwin();
  const data = dataAssetsTwin();
  const trainings = trainingsTwin(models, data);
  const { all, components } = trainings;
  return {
    trainings,
    workspace,
    close,
    job: (name, { tags = {}, inputs = {}, outputs = {}, of, ...given }) =>
      void all.set(`${workspace}|${name}`, { ...given, tags, inputs, outputs, ...(of !== undefined && { root: of }) }),
    step: (name, root) =>
      void all.set(`${workspace}|${name}`, { state: 'completed', at: new Date(), tags: {}, inputs: {}, outputs: {}, root }),
    data: (name, versions) =>
      void data.all.set(
        `${workspace}|${name}`,
        versions.map((version, hour) => ({ version, createdAt: new Date(Date.UTC(2026, 10, 22, hour)).toISOString() })),
      ),
    component: (name, versions) =>
      void components.set(`${workspace}|${name}`, { versions, inputs: ['mails', 'rate'], outputs: { model: 'mlflow_model' } }),
    model: (model, version, given) => models.register(workspace, model, version, given),
    end(name, state, { from, to }) {
      const found = all.get(`${workspace}|${name}`);
      if (found === undefined) throw new Error(`no job ${name}`);
      found.state = state;
      found.facts = {
        startedAt: from.toISOString(),
        endedAt: to.toISOString(),
        computeMinutes: (to.getTime() - from.getTime()) / 60_000,
      };
    },
    snapshot: () => structuredClone([[...all], models.versions(workspace, 'spam'), models.versions(workspace, 'fresh')]),
  }; // prettier-ignore
});
