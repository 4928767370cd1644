import { azureOf, type Azure } from '../../../demo/azure.ts';
import type { BatchEndpoint } from '../../../emulator/world.ts';
import type { Stack } from './stack.ts';
import { evaluateOnce, FAIR, ready, registering, succeeded, type Team } from './team.ts';

/** A team with one model on one batch endpoint: version 1, a fair one, is its default deployment `first`. */
export interface BatchTeam extends Pick<
  Team,
  'model' | 'environment' | 'azure' | 'address' | 'policy' | 'register' | 'status' | 'command'
> {
  readonly endpoint: BatchEndpoint;
  /** The version that jobs run on which name no deployment, as the world has it. */
  defaultVersion(): string | undefined;
}

export async function aBatchTeam(stack: Stack, model: string): Promise<BatchTeam> {
  const here = stack.workspace('ml-prod');
  const azure = azureOf(stack.world, here);
  const name = `${model}-nightly`;
  await ready(stack, azure);
  const register = registering(stack, azure, model);
  await register('1', FAIR);
  await serveFirst(azure, model, name);
  const endpoint = here.batchEndpoints.get(name);
  if (!endpoint) throw new Error(`there is no batch endpoint ${name}`);
  await evaluateOnce(azure, model);
  return {
    model, environment: 'prod', azure, endpoint, register, address: `${model}@example.com`,
    policy: (batch) => `steward: 1
model: ${model}
owners: [${model}@example.com]
environments:
  prod: { workspace: ml-prod, batchEndpoint: ${name} }
evaluation: { job: evaluate-tiny, data: holdout }
gate: { metric: accuracy, better: higher }
batch: ${batch}
`,
    defaultVersion: () => versionOf(endpoint, defaultOf(endpoint)),
    status: () => stack.model('prod', model),
    command: (command, order = {}) => stack.ask(`/api/models/prod/${model}/${command}`, { actor: 'ann', reason: 'a scenario', ...order }),
  };
} // prettier-ignore

function defaultOf({ properties }: BatchEndpoint): string | undefined {
  return (properties['defaults'] as { deploymentName?: string } | undefined)?.deploymentName;
}

function versionOf({ deployments }: BatchEndpoint, deployment = ''): string | undefined {
  const model = deployments.get(deployment)?.properties['model'] as { assetId: string } | undefined;
  return model?.assetId.split('/').at(-1);
}

async function serveFirst(azure: Azure, model: string, name: string): Promise<void> {
  const path = `/batchEndpoints/${name}`;
  const endpoint = { location: 'westeurope', properties: { authMode: 'AADToken' } };
  await azure.put(path, endpoint);
  await azure.until(path, succeeded);
  await azure.put(`${path}/deployments/first`, {
    location: 'westeurope',
    properties: {
      model: { referenceType: 'Id', assetId: `${azure.id}/models/${model}/versions/1` },
      codeConfiguration: { codeId: `${azure.id}/codes/tiny/versions/1`, scoringScript: 'scoreBatch.js' },
      environmentId: `${azure.id}/environments/node/versions/1`,
      compute: `${azure.id}/computes/cpu`,
      outputFileName: 'labels.jsonl',
      errorThreshold: 0,
      retrySettings: { maxRetries: 0, timeout: 'PT30S' },
    },
  });
  await azure.until(`${path}/deployments/first`, succeeded);
  await azure.put(path, { ...endpoint, properties: { ...endpoint.properties, defaults: { deploymentName: 'first' } } });
  await azure.until(path, succeeded);
}
