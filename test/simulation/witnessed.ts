/** The ports that change the world, with the oracle looking on: each effect is told when it has really taken place. */
import type { SimulatedAzure } from './azure.ts';
import { environmentOf, MODEL } from './azure.ts';
import type { Oracle } from './oracle.ts';

export function witnessed(azure: SimulatedAzure, oracle: Oracle, { note, troubled }: { readonly note: (line: string) => void; readonly troubled: () => boolean }): Pick<SimulatedAzure, 'endpoints' | 'trainings' | 'models'> & { updates: SimulatedAzure['endpoints']['updates'] } {
  const { endpoints, trainings, models } = azure;
  const known = (workspace: string) => models.versions(workspace, MODEL).length;
  return {
    endpoints: {
      ...endpoints,
      createDeployment: async (workspace, endpoint, plan) => {
        endpoints.quota = azure.isWrong('quota') ? 0 : 100;
        const before = endpoints.all.get(`${workspace}|${endpoint}`)?.deployments.get(plan.deployment);
        await endpoints.createDeployment(workspace, endpoint, plan);
        if (before) return;
        note(`  azure: create ${plan.deployment}`);
        oracle.did(environmentOf(workspace), 'deployment', plan.deployment);
      },
      setTraffic: async (workspace, endpoint, change) => {
        await endpoints.setTraffic(workspace, endpoint, change);
        const environment = environmentOf(workspace);
        note(`  azure: ${environment} ${JSON.stringify(change.desired)} ${JSON.stringify(change.mirror?.desired ?? {})}`);
        oracle.wrote(environment, change.desired, change.mirror?.desired ?? {});
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
