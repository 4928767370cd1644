import type {
  BatchDeployment,
  BatchEndpoint,
  Deployment,
  Endpoint,
  Job,
  Resource,
  Run,
  Workspace,
} from '../../../emulator/world.ts';

/** Puts things straight into an emulated workspace: what is under test is how we read and write, not how they came. */
const when = new Date('2026-11-22T09:00:00Z');

function resource(workspace: Workspace, path: string, given: Partial<Resource> = {}): Resource {
  const type = `Microsoft.MachineLearningServices/workspaces/${path.split('/')[0]}`;
  const name = path.split('/').at(-1)!;
  return { id: `${workspace.id}/${path}`, name, type, tags: {}, properties: {}, createdAt: when, modifiedAt: when, ...given }; // prettier-ignore
}

export function seedAsset(
  workspace: Workspace,
  kind: 'models' | 'data' | 'environments' | 'codes' | 'components',
  name: string,
  version: string,
  given: Partial<Resource> = {},
): void {
  const known = workspace[kind].get(name);
  const asset = known ?? { container: resource(workspace, `${kind}/${name}`), versions: new Map<string, Resource>() };
  asset.versions.set(version, resource(workspace, `${kind}/${name}/versions/${version}`, given));
  workspace[kind].set(name, asset);
}

/** Enabled, and never due. */
const never = { triggerType: 'Cron', expression: '0 3 * * *', startTime: '2100-01-01T00:00:00' };

export function seedSchedule(workspace: Workspace, name: string, properties: Resource['properties']): Resource {
  const schedule = resource(workspace, `schedules/${name}`, {
    properties: { isEnabled: true, trigger: never, ...properties },
  });
  workspace.schedules.set(name, schedule);
  return schedule;
}

export function seedJob(workspace: Workspace, name: string, status: Job['status'], given: Partial<Resource>): Job {
  const job = { ...resource(workspace, `jobs/${name}`, given), status, log: '' };
  workspace.jobs.set(name, job);
  return job;
}

export function seedRun(
  workspace: Workspace,
  id: string,
  metrics: Readonly<Record<string, number>>,
  given: Partial<Run> = {},
): void {
  workspace.experiments.set('spam', { id: 'experiment-1', name: 'spam' });
  workspace.runs.set(id, {
    id,
    experimentId: 'experiment-1',
    experimentName: 'spam',
    runType: 'azureml.scriptrun',
    name: id,
    status: 'Completed',
    startedAt: when,
    endedAt: when,
    tags: new Map([['mlflow.rootRunId', id]]),
    properties: new Map(),
    params: new Map(),
    metrics: Object.entries(metrics).map(([key, value]) => ({ key, value, timestamp: when.getTime(), step: 0 })),
    ...given,
  });
}

export function seedEndpoint(workspace: Workspace, name: string, given: Partial<Endpoint> = {}): Endpoint {
  const { properties, ...rest } = given;
  const endpoint: Endpoint = {
    ...resource(workspace, `onlineEndpoints/${name}`),
    location: 'westeurope',
    identity: { type: 'SystemAssigned', principalId: 'p', tenantId: 't' },
    state: 'Succeeded',
    keys: { primaryKey: `first-key-of-${name}`, secondaryKey: `second-key-of-${name}` },
    deployments: new Map(),
    ...rest,
    properties: { authMode: 'Key', traffic: {}, mirrorTraffic: {}, properties: {}, ...properties },
  };
  workspace.endpoints.set(name, endpoint);
  return endpoint;
}

/** Everything a deployment can have, so that a copy that loses something is noticed. */
export function seedDeployment(
  workspace: Workspace,
  endpoint: Endpoint,
  name: string,
  given: { readonly version: string; readonly stewardId?: string },
): Deployment {
  const deployment: Deployment = {
    ...resource(workspace, `onlineEndpoints/${endpoint.name}/deployments/${name}`),
    location: 'westeurope',
    sku: { name: 'Default', capacity: 2 },
    tags: { team: 'mail', ...(given.stewardId !== undefined && { stewardId: given.stewardId }) },
    state: 'Succeeded',
    log: '',
    properties: {
      endpointComputeType: 'Managed',
      model: `${workspace.id}/models/spam/versions/${given.version}`,
      codeConfiguration: { codeId: `${workspace.id}/codes/score/versions/1`, scoringScript: 'score.js' },
      environmentId: `${workspace.id}/environments/node/versions/1`,
      environmentVariables: { THRESHOLD: '0.5' },
      instanceType: 'Standard_DS3_v2',
      requestSettings: { requestTimeout: 'PT3S', maxConcurrentRequestsPerInstance: 4 },
      readinessProbe: { period: 'PT5S', failureThreshold: 3 },
      livenessProbe: { period: 'PT20S' },
      scaleSettings: { scaleType: 'Default' },
      appInsightsEnabled: true,
      egressPublicNetworkAccess: 'Disabled',
      dataCollector: { collections: { model_inputs: { dataCollectionMode: 'Enabled' } } },
      properties: { AzureAsyncOperationUri: 'https://management.azure.com/operation', owner: 'mail' },
    },
  };
  endpoint.deployments.set(name, deployment);
  return deployment;
}

export function seedBatchEndpoint(
  workspace: Workspace,
  name: string,
  { serving, tags = {} }: { readonly serving?: string; readonly tags?: Record<string, string> } = {},
): BatchEndpoint {
  const endpoint: BatchEndpoint = {
    ...resource(workspace, `batchEndpoints/${name}`),
    location: 'westeurope',
    identity: { type: 'SystemAssigned', principalId: 'p', tenantId: 't' },
    tags,
    state: 'Succeeded',
    deployments: new Map(),
    properties: {
      authMode: 'AADToken',
      description: 'every night',
      ...(serving !== undefined && { defaults: { deploymentName: serving } }),
      properties: { owner: 'mail' },
    },
  };
  workspace.batchEndpoints.set(name, endpoint);
  return endpoint;
}

/** Everything a batch deployment can have, so that a copy that loses something is noticed. */
export function seedBatchDeployment(
  workspace: Workspace,
  endpoint: BatchEndpoint,
  name: string,
  given: { readonly version: string; readonly stewardId?: string },
): BatchDeployment {
  const deployment: BatchDeployment = {
    ...resource(workspace, `batchEndpoints/${endpoint.name}/deployments/${name}`),
    location: 'westeurope',
    tags: { team: 'mail', ...(given.stewardId !== undefined && { stewardId: given.stewardId }) },
    state: 'Succeeded',
    properties: {
      description: 'by mini-batches',
      model: { referenceType: 'Id', assetId: `${workspace.id}/models/spam/versions/${given.version}` },
      codeConfiguration: { codeId: `${workspace.id}/codes/score/versions/1`, scoringScript: 'score.js' },
      environmentId: `${workspace.id}/environments/node/versions/1`,
      environmentVariables: { THRESHOLD: '0.5' },
      compute: `${workspace.id}/computes/cpu`,
      resources: { instanceCount: 2 },
      maxConcurrencyPerInstance: 3,
      miniBatchSize: 7,
      retrySettings: { maxRetries: 2, timeout: 'PT45S' },
      outputAction: 'AppendRow',
      outputFileName: 'scores.csv',
      errorThreshold: 4,
      loggingLevel: 'Debug',
      properties: { AzureAsyncOperationUri: 'https://management.azure.com/operation', owner: 'mail' },
    },
  };
  endpoint.deployments.set(name, deployment);
  return deployment;
}
