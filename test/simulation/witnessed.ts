/** The ports that change the world, with the oracle looking on: each effect is told when it has really taken place. */
import type { EndpointsTwin } from '../twins/endpoints.ts';
import type { SimulatedAzure } from './azure.ts';
import { environmentOf, MODEL } from './azure.ts';
import type { Oracle } from './oracle.ts';

export function witnessed(azure: SimulatedAzure, oracle: Oracle, { note, troubled }: { readonly note: (line: string) => void; readonly troubled: () => boolean }): Pick<SimulatedAzure, 'endpoints' | 'batchEndpoints' | 'batchRuns' | 'trainings' | 'models'> & { updates: SimulatedAzure['endpoints']['updates'] } {
  const { endpoints, batchEndpoints, trainings, models } = azure;
  const known = (workspace: string) => models.versions(workspace, MODEL).length;
  const ofKind = (twin: EndpointsTwin): EndpointsTwin => ({
    ...twin,
    createDeployment: async (workspace, endpoint, plan) => {
      twin.quota = azure.isWrong('quota') ? 0 : 100;
      const at = () => twin.all.get(`${workspace}|${endpoint}`);
      const [there, made] = [at() !== undefined, at()?.deployments.has(plan.deployment)];
      await twin.createDeployment(workspace, endpoint, plan);
      if (!there) oracle.did(environmentOf(workspace), 'endpoint', endpoint);
      if (made || !at()?.deployments.has(plan.deployment)) return;
      note(`  azure: create ${plan.deployment}`);
      oracle.did(environmentOf(workspace), 'deployment', plan.deployment);
    },
    setTraffic: async (workspace, endpoint, change) => {
      await twin.setTraffic(workspace, endpoint, change);
      const environment = environmentOf(workspace);
      note(`  azure: ${environment} ${JSON.stringify(change.desired)} ${JSON.stringify(change.mirror?.desired ?? {})}`);
      oracle.wrote(environment, change.desired, change.mirror?.desired ?? {});
    },
  });
  return {
    endpoints: ofKind(endpoints),
    batchEndpoints: ofKind(batchEndpoints),
    batchRuns: {
      ...azure.batchRuns,
      start: async (workspace, endpoint, test) => {
        const before = azure.batchRuns.started.size;
        const started = await azure.batchRuns.start(workspace, endpoint, test);
        if (azure.batchRuns.started.size > before) oracle.did(environmentOf(workspace), 'batchTest', test.testId);
        return started;
      },
    },
    updates: {
      update: async (workspace, endpoint, change) => {
        const served = () => endpoints.all.get(`${workspace}|${endpoint}`)?.deployments.get(change.deployment)?.version;
        const before = served();
        await endpoints.updates.update(workspace, endpoint, change);
        if (served() === before) return;
        note(`  azure: ${change.deployment} is updated to version ${change.version}`);
        oracle.updated(environmentOf(workspace), change.version);
      },
    },
    trainings: {
      ...trainings,
      submit: async (workspace, job) => {
        const name = `${workspace}|${job.job}`;
        const before = trainings.all.has(name);
        await trainings.submit(workspace, job);
        if (before) return;
        note(`  azure: train ${job.job}`);
        const others = [...trainings.all].filter(([other, { state, made }]) => other !== name && other.startsWith(`${workspace}|`) && made && (state === 'waiting' || state === 'running'));
        oracle.submitted(environmentOf(workspace), job.job, others.map(([other]) => other.slice(workspace.length + 1)), troubled());
      },
      register: async (workspace, model, registration) => {
        const before = known(workspace);
        await trainings.register(workspace, model, registration);
        if (known(workspace) === before) return;
        note(`  azure: register ${registration.version} from ${registration.job}`);
        oracle.did(environmentOf(workspace), 'registered', registration.job);
      },
    },
    models: {
      ...models,
      bring: async (workspace, model, brought) => {
        const before = known(workspace);
        await models.bring(workspace, model, brought);
        if (known(workspace) > before) oracle.did(environmentOf(workspace), 'broughtVersion', `${brought.from}:${brought.version}`);
      },
    },
  };
} // prettier-ignore
