import type { Deployment, Endpoint, Workspace, World } from '../../world.ts';
import { addedProperties, readBody } from './body.ts';
import { deploymentBody, deploymentPatch, logsBody, type DeploymentBody } from './deploymentBody.ts';
import { busy, notFound, userError, type ErrorDetail } from './errors.ts';
import { notImplemented } from '../../front.ts';
import { endpointNamed } from './onlineEndpoints.ts';
import { checkOnlineName, isSettled } from './onlineNames.ts';
import type { Operation, Operations } from './operations.ts';
import { ordered, page } from './paging.ts';
import { capacityOf, checkQuota, mostDeployments, mostInstances } from './quota.ts';
import { namedAsset } from './references.ts';
import { closePath, unreadOption, type ArmContext, type ArmRoutes } from './routes.ts';
import { hasTraffic } from './traffic.ts';
import { view } from './view.ts';

const serverKeys = ['AzureAsyncOperationUri'];

export function deploymentRoutes(world: World, routes: ArmRoutes, running: Operations): void {
  const all = '/onlineEndpoints/:name/deployments';
  routes.get(all, (c) => {
    const views = ordered(c, endpointNamed(c).deployments.values()).map(deploymentView);
    return unreadOption(world, c, ['$skip', '$orderBy']) ?? page(world, c, views);
  });
  closePath(world, routes, all);

  const path = `${all}/:deployment`;
  routes.get(path, (c) => c.json(deploymentView(deploymentNamed(c))));
  routes.put(path, (c) => putDeployment(world, c, running));
  routes.patch(path, (c) => patchDeployment(world, c, running));
  routes.delete(path, (c) => {
    const workspace = c.get('workspace');
    const endpoint = endpointNamed(c);
    const deployment = endpoint.deployments.get(c.req.param('deployment'));
    if (deployment === undefined) return c.body(null, 204);
    checkSettled('delete', endpoint, deployment);
    if (hasTraffic(endpoint, deployment.name)) {
      throw userError(`Deployment ${deployment.name} cannot be deleted because it has traffic; set it to 0 first.`);
    }
    return running.accepted(c, workspace, remove(world, workspace, endpoint, deployment, running));
  });
  closePath(world, routes, path);

  routes.post(`${path}/getLogs`, async (c) => {
    const { containerType, tail } = await readBody(c, logsBody);
    const { log } = deploymentNamed(c);
    if (containerType === 'StorageInitializer') return c.json({ content: '' });
    return c.json({ content: tail === undefined ? log : log.split('\n').slice(-tail).join('\n') });
  });
  closePath(world, routes, `${path}/getLogs`);
  closePath(world, routes, `${path}/skus`, ['GET']);
}

async function putDeployment(world: World, c: ArmContext, running: Operations): Promise<Response> {
  const body = await readBody(c, deploymentBody);
  const workspace = c.get('workspace');
  const endpoint = endpointNamed(c);
  const name = c.req.param('deployment') ?? '';
  const existing = endpoint.deployments.get(name);
  checkOnlineName('deployment', name);
  checkSettled(existing === undefined ? 'create' : 'update', endpoint, existing, name);
  if (lacksCode(workspace, body)) return notImplemented(world, 'PUT', `${c.req.path} (model without scoring code)`);
  checkDeployment(workspace, endpoint, body, existing);

  const deployment = existing ?? createDeployment(world, endpoint, name, body);
  const { properties, sku, tags, identity } = body;
  const before = deployment.properties['properties'] as Record<string, string>;
  deployment.properties = { ...properties, properties: addedProperties(before, properties.properties, serverKeys) };
  Object.assign(deployment, { sku, tags, identity, modifiedAt: world.clock.now() });
  deployment.state = existing === undefined ? 'Creating' : 'Updating';
  const operation = start(world, workspace, endpoint, deployment, running);
  const own = deployment.properties['properties'] as Record<string, string>;
  own['AzureAsyncOperationUri'] = running.statusUri(workspace, operation, c.req.query('api-version') ?? '');
  const headers = running.asyncHeaders(c, workspace, operation);
  return c.json(deploymentView(deployment), existing === undefined ? 201 : 200, headers);
}

function checkDeployment(workspace: Workspace, endpoint: Endpoint, body: DeploymentBody, existing?: Deployment): void {
  const { properties, sku } = body;
  const faults: ErrorDetail[] = [];
  namedAsset(workspace, 'models', properties.model, 'properties.model', faults);
  namedAsset(workspace, 'environments', properties.environmentId, 'properties.environmentId', faults);
  namedAsset(workspace, 'codes', properties.codeConfiguration?.codeId, 'properties.codeConfiguration.codeId', faults);
  if (capacityOf(sku) > mostInstances) {
    faults.push({ code: 'InvalidCapacity', target: 'sku.capacity', message: `At most ${mostInstances} instances.` });
  }
  if (existing === undefined && endpoint.deployments.size >= mostDeployments) {
    faults.push({ code: 'TooManyDeployments', target: 'name', message: `At most ${mostDeployments} deployments.` });
  }
  if (faults.length > 0) throw userError(faults.map(({ target, message }) => `${target}: ${message}`).join('; '), faults); // prettier-ignore
  checkQuota(workspace, sku, properties.instanceType, existing);
}

/** An MLflow model needs neither code nor environment in the cloud; here nothing could run it. Others need both. */
function lacksCode(workspace: Workspace, { properties }: DeploymentBody): boolean {
  const { codeConfiguration, environmentId, model } = properties;
  if (codeConfiguration?.codeId !== undefined && environmentId !== undefined) return false;
  const type = namedAsset(workspace, 'models', model, 'model', [])?.properties['modelType'];
  if (type === 'mlflow_model') return true;
  throw userError('A deployment of a custom model needs codeConfiguration with codeId, and environmentId.');
}

function createDeployment(world: World, endpoint: Endpoint, name: string, { location }: DeploymentBody): Deployment {
  const now = world.clock.now();
  const deployment: Deployment = {
    id: `${endpoint.id}/deployments/${name}`,
    name,
    type: 'Microsoft.MachineLearningServices/workspaces/onlineEndpoints/deployments',
    location,
    tags: {},
    properties: { properties: {} },
    createdAt: now,
    modifiedAt: now,
    state: 'Creating',
    log: '',
  };
  endpoint.deployments.set(name, deployment);
  return deployment;
}

/** Takes the compute's time, then as long as the process really needs to get ready or to fail. */
function start(
  world: World,
  workspace: Workspace,
  endpoint: Endpoint,
  deployment: Deployment,
  running: Operations,
): Operation {
  let outcome: Deployment['state'] | undefined;
  world.clock.after(world.pace.deploymentMs, () => {
    void world
      .startDeployment(workspace, endpoint, deployment)
      .catch((error: unknown) => {
        world.crashes.push(`starting ${deployment.name}: ${String(error)}`);
        deployment.state = 'Failed';
      })
      .then(() => (outcome = deployment.state));
  });
  return running.start(workspace, 'od', () => {
    if (outcome === undefined) return { status: 'InProgress' };
    if (outcome === 'Succeeded') return { status: 'Succeeded' };
    const message = 'User container has crashed or terminated. Please see troubleshooting guide, available here: https://aka.ms/oe-tsg#error-resourcenotready'; // prettier-ignore
    return { status: 'Failed', error: { code: 'ResourceNotReady', message } };
  });
}

/** PATCH carries tags and sku: it scales out or in. */
async function patchDeployment(world: World, c: ArmContext, running: Operations): Promise<Response> {
  const { tags, sku } = await readBody(c, deploymentPatch);
  const workspace = c.get('workspace');
  const endpoint = endpointNamed(c);
  const deployment = deploymentNamed(c);
  checkSettled('update', endpoint, deployment);
  const scaled = { name: 'Default', ...(deployment.sku as object), ...sku };
  if (sku !== undefined) checkQuota(workspace, scaled, String(deployment.properties['instanceType']), deployment);
  deployment.tags = { ...deployment.tags, ...tags };
  deployment.sku = scaled;
  deployment.modifiedAt = world.clock.now();
  const before = deployment.state;
  const changing = sku === undefined ? 'Updating' : 'Scaling';
  deployment.state = changing;
  let done = false;
  world.clock.after(world.pace.deploymentMs, () => {
    // Unless its process died meanwhile.
    if (deployment.state === changing) deployment.state = before;
    done = true;
  });
  const operation = running.start(workspace, 'od', () => ({ status: done ? 'Succeeded' : 'InProgress' }));
  return running.accepted(c, workspace, operation);
}

function remove(
  world: World,
  workspace: Workspace,
  endpoint: Endpoint,
  deployment: Deployment,
  running: Operations,
): Operation {
  deployment.state = 'Deleting';
  world.clock.after(world.pace.deleteMs, () => {
    void world
      .stopDeployment(workspace, endpoint, deployment)
      .catch((error: unknown) => world.crashes.push(`deleting ${deployment.name}: ${String(error)}`))
      .then(() => endpoint.deployments.delete(deployment.name));
  });
  const gone = () => endpoint.deployments.get(deployment.name) !== deployment;
  return running.start(workspace, 'od', () => ({ status: gone() ? 'Succeeded' : 'InProgress' }));
}

/** The wording for an endpoint is the service's own; the one for a deployment follows it. */
function checkSettled(doing: string, endpoint: Endpoint, deployment?: Deployment, name = deployment?.name): void {
  if (!isSettled(endpoint.state)) {
    const what = doing === 'create' ? 'create a deployment' : `${doing} deployment ${name}`;
    throw busy(`${what} in endpoint ${endpoint.name}`, endpoint.state);
  }
  if (deployment !== undefined && !isSettled(deployment.state)) {
    throw busy(`${doing} deployment ${deployment.name}`, deployment.state);
  }
}

function deploymentNamed(c: ArmContext): Deployment {
  const workspace = c.get('workspace');
  const endpoint = endpointNamed(c);
  const name = c.req.param('deployment') ?? '';
  const deployment = endpoint.deployments.get(name);
  if (deployment !== undefined) return deployment;
  throw notFound(`workspaces/${workspace.name}/onlineEndpoints/${endpoint.name}/deployments`, name, workspace.resourceGroup); // prettier-ignore
}

function deploymentView(deployment: Deployment): object {
  const properties = { ...deployment.properties, provisioningState: deployment.state };
  return { ...view(deployment, properties, true), kind: 'Managed' };
}
