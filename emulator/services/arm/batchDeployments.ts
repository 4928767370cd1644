import { componentNamed } from '../../runtime/components.ts';
import { UnknownReference } from '../../runtime/assets.ts';
import { notImplemented } from '../../front.ts';
import type { BatchDeployment, BatchEndpoint, Workspace, World } from '../../world.ts';
import { batchDeploymentKind, modelDeploymentBody, pipelineDeploymentBody, type BatchDeploymentBody } from './batchBodies.ts'; // prettier-ignore
import { batchEndpointNamed } from './batchEndpoints.ts';
import { addedProperties, readBody } from './body.ts';
import { ArmError, busy, notFound, userError, type ErrorDetail } from './errors.ts';
import { checkOnlineName, isSettled } from './onlineNames.ts';
import type { Operations } from './operations.ts';
import { ordered, page } from './paging.ts';
import { mostDeployments } from './quota.ts';
import { namedAsset } from './references.ts';
import { closePath, unreadOption, type ArmContext, type ArmRoutes } from './routes.ts';
import { view } from './view.ts';

const serverKeys = ['AzureAsyncOperationUri'];
/** Deployments of pipeline components are there from this version on. */
const pipelinesSince = '2024-04-01';

export function batchDeploymentRoutes(world: World, routes: ArmRoutes, running: Operations): void {
  const all = '/batchEndpoints/:name/deployments';
  routes.get(all, (c) => {
    const views = ordered(c, batchEndpointNamed(c).deployments.values()).map(deploymentView);
    return unreadOption(world, c, ['$skip', '$orderBy']) ?? page(world, c, views);
  });
  closePath(world, routes, all);

  const path = `${all}/:deployment`;
  routes.get(path, (c) => c.json(deploymentView(deploymentNamed(c))));
  routes.put(path, (c) => putDeployment(world, c, running));
  routes.delete(path, (c) => {
    const workspace = c.get('workspace');
    const endpoint = batchEndpointNamed(c);
    const deployment = endpoint.deployments.get(c.req.param('deployment'));
    if (deployment === undefined) return c.body(null, 204);
    checkSettled('delete', endpoint, deployment);
    if (isDefault(endpoint, deployment)) {
      throw userError(`Deployment ${deployment.name} cannot be deleted because it is the default of endpoint ${endpoint.name}.`); // prettier-ignore
    }
    deployment.state = 'Deleting';
    world.clock.after(world.pace.deleteMs, () => endpoint.deployments.delete(deployment.name));
    const gone = () => endpoint.deployments.get(deployment.name) !== deployment;
    const operation = running.start(workspace, 'bd', () => ({ status: gone() ? 'Succeeded' : 'InProgress' }));
    return running.accepted(c, workspace, operation);
  });
  closePath(world, routes, path, ['PATCH']);
}

function isDefault({ properties }: BatchEndpoint, { name }: BatchDeployment): boolean {
  return (properties['defaults'] as { deploymentName?: string } | undefined)?.deploymentName === name;
}

async function putDeployment(world: World, c: ArmContext, running: Operations): Promise<Response> {
  const version = c.req.query('api-version') ?? '';
  const kind = await readBody(c, batchDeploymentKind);
  const isPipeline = kind.properties.deploymentConfiguration !== undefined;
  if (isPipeline && version < pipelinesSince) throw new ArmError(400, 'ValidationError', `The request is invalid. properties.deploymentConfiguration: is not known to api-version ${version}`); // prettier-ignore
  const body: BatchDeploymentBody = isPipeline
    ? await readBody(c, pipelineDeploymentBody)
    : await readBody(c, modelDeploymentBody);
  const workspace = c.get('workspace');
  const endpoint = batchEndpointNamed(c);
  const name = c.req.param('deployment') ?? '';
  const existing = endpoint.deployments.get(name);
  checkOnlineName('deployment', name);
  checkSettled(existing === undefined ? 'create' : 'update', endpoint, existing, name);
  if (lacksCode(workspace, body)) return notImplemented(world, 'PUT', `${c.req.path} (model without scoring code)`);
  checkDeployment(workspace, endpoint, body, existing);

  const deployment = existing ?? createDeployment(world, endpoint, name, body);
  const { properties, sku, tags, identity } = body;
  const own = addedProperties((deployment.properties['properties'] ?? {}) as Record<string, string>, properties.properties, serverKeys); // prettier-ignore
  deployment.properties = { ...properties, properties: own };
  Object.assign(deployment, { sku, tags, identity, modifiedAt: world.clock.now() });
  deployment.state = existing === undefined ? 'Creating' : 'Updating';
  // Nothing runs until it is invoked: there is no process that could fail to start.
  world.clock.after(world.pace.deploymentMs, () => void (deployment.state = 'Succeeded'));
  const settled = () => isSettled(deployment.state);
  const operation = running.start(workspace, 'bd', () => ({ status: settled() ? 'Succeeded' : 'InProgress' }));
  own['AzureAsyncOperationUri'] = running.statusUri(workspace, operation, version);
  const headers = running.asyncHeaders(c, workspace, operation);
  return c.json(deploymentView(deployment), existing === undefined ? 201 : 200, headers);
}

/** An MLflow model needs neither code nor environment in the cloud; here nothing could run it. Others need both. */
function lacksCode(workspace: Workspace, { properties }: BatchDeploymentBody): boolean {
  if ('deploymentConfiguration' in properties) return false;
  const { codeConfiguration, environmentId, model } = properties;
  if (codeConfiguration?.codeId !== undefined && environmentId !== undefined) return false;
  const type = namedAsset(workspace, 'models', model.assetId, 'model', [])?.properties['modelType'];
  if (type === 'mlflow_model') return true;
  throw userError('A deployment of a custom model needs codeConfiguration with codeId, and environmentId.');
}

function checkDeployment(
  workspace: Workspace,
  endpoint: BatchEndpoint,
  { properties }: BatchDeploymentBody,
  existing: BatchDeployment | undefined,
): void {
  const faults: ErrorDetail[] = [];
  if ('deploymentConfiguration' in properties) {
    checkComponent(workspace, properties.deploymentConfiguration.componentId.assetId, faults);
  } else {
    namedAsset(workspace, 'models', properties.model.assetId, 'properties.model', faults);
    namedAsset(workspace, 'environments', properties.environmentId, 'properties.environmentId', faults);
    namedAsset(workspace, 'codes', properties.codeConfiguration?.codeId, 'properties.codeConfiguration.codeId', faults);
  }
  if (existing === undefined && endpoint.deployments.size >= mostDeployments) {
    faults.push({ code: 'TooManyDeployments', target: 'name', message: `At most ${mostDeployments} deployments.` });
  }
  if (faults.length > 0) throw userError(faults.map(({ target, message }) => `${target}: ${message}`).join('; '), faults); // prettier-ignore
}

function checkComponent(workspace: Workspace, id: string, faults: ErrorDetail[]): void {
  try {
    componentNamed(workspace, id, 'pipeline');
  } catch (error) {
    if (!(error instanceof UnknownReference)) throw error;
    faults.push({ code: 'NotFound', target: 'properties.deploymentConfiguration.componentId', message: error.message });
  }
}

function createDeployment(
  world: World,
  endpoint: BatchEndpoint,
  name: string,
  { location }: BatchDeploymentBody,
): BatchDeployment {
  const now = world.clock.now();
  const deployment: BatchDeployment = {
    id: `${endpoint.id}/deployments/${name}`,
    name,
    type: 'Microsoft.MachineLearningServices/workspaces/batchEndpoints/deployments',
    location,
    tags: {},
    properties: { properties: {} },
    createdAt: now,
    modifiedAt: now,
    state: 'Creating',
  };
  endpoint.deployments.set(name, deployment);
  return deployment;
}

function checkSettled(
  doing: string,
  endpoint: BatchEndpoint,
  deployment?: BatchDeployment,
  name = deployment?.name,
): void {
  if (!isSettled(endpoint.state)) {
    const what = doing === 'create' ? 'create a deployment' : `${doing} deployment ${name}`;
    throw busy(`${what} in endpoint ${endpoint.name}`, endpoint.state);
  }
  if (deployment !== undefined && !isSettled(deployment.state)) {
    throw busy(`${doing} deployment ${deployment.name}`, deployment.state);
  }
}

function deploymentNamed(c: ArmContext): BatchDeployment {
  const workspace = c.get('workspace');
  const endpoint = batchEndpointNamed(c);
  const name = c.req.param('deployment') ?? '';
  const deployment = endpoint.deployments.get(name);
  if (deployment !== undefined) return deployment;
  throw notFound(`workspaces/${workspace.name}/batchEndpoints/${endpoint.name}/deployments`, name, workspace.resourceGroup); // prettier-ignore
}

function deploymentView(deployment: BatchDeployment): object {
  return view(deployment, { ...deployment.properties, provisioningState: deployment.state }, true);
}
