import type { BatchEndpoint, Workspace, World } from '../../world.ts';
import { batchEndpointBody, batchEndpointPatch, type BatchEndpointBody } from './batchBodies.ts';
import { addedProperties, readBody } from './body.ts';
import { busy, notFound, parentNotFound, userError } from './errors.ts';
import { checkOnlineName, isSettled } from './onlineNames.ts';
import type { Operation, Operations } from './operations.ts';
import { ordered, page } from './paging.ts';
import { closePath, unreadOption, type ArmContext, type ArmRoutes } from './routes.ts';
import { view } from './view.ts';

/** Written by the service into `properties.properties`; sending them back is no change. */
const serverKeys = ['BatchEndpointCreationApiVersion', 'AzureAsyncOperationUri'];

export function batchEndpointRoutes(world: World, routes: ArmRoutes, running: Operations): void {
  routes.get('/batchEndpoints', (c) => {
    const views = ordered(c, c.get('workspace').batchEndpoints.values()).map((each) => endpointView(world, each));
    return unreadOption(world, c, ['$skip', 'count']) ?? page(world, c, views);
  });
  closePath(world, routes, '/batchEndpoints');

  const path = '/batchEndpoints/:name';
  routes.get(path, (c) => c.json(endpointView(world, batchEndpointNamed(c))));
  routes.put(path, (c) => putEndpoint(world, c, running));
  routes.patch(path, async (c) => {
    const body = await readBody(c, batchEndpointPatch);
    const endpoint = batchEndpointNamed(c);
    checkSettled('update', endpoint);
    if (body.identity !== undefined) endpoint.identity = body.identity;
    endpoint.tags = { ...endpoint.tags, ...body.tags };
    return running.accepted(c, c.get('workspace'), settle(world, c.get('workspace'), endpoint, running));
  });
  routes.delete(path, (c) => {
    const workspace = c.get('workspace');
    const endpoint = workspace.batchEndpoints.get(c.req.param('name'));
    if (endpoint === undefined) return c.body(null, 204);
    checkSettled('delete', endpoint);
    endpoint.state = 'Deleting';
    world.clock.after(world.pace.deleteMs, () => workspace.batchEndpoints.delete(endpoint.name));
    const gone = () => workspace.batchEndpoints.get(endpoint.name) !== endpoint;
    const operation = running.start(workspace, 'be', () => ({ status: gone() ? 'Succeeded' : 'InProgress' }));
    return running.accepted(c, workspace, operation);
  });
  closePath(world, routes, path);
  closePath(world, routes, `${path}/listkeys`, ['POST']);
}

async function putEndpoint(world: World, c: ArmContext, running: Operations): Promise<Response> {
  const body = await readBody(c, batchEndpointBody);
  const workspace = c.get('workspace');
  const name = c.req.param('name') ?? '';
  const existing = workspace.batchEndpoints.get(name);
  if (existing !== undefined) checkSettled('update', existing);
  checkDefault(existing, name, body.properties.defaults?.deploymentName);
  const endpoint = existing ?? createEndpoint(world, workspace, name, body);
  const operation = update(world, workspace, endpoint, body, running);
  const own = endpoint.properties['properties'] as Record<string, string>;
  own['AzureAsyncOperationUri'] = running.statusUri(workspace, operation, c.req.query('api-version') ?? '');
  const asked = body.properties.defaults && { defaults: body.properties.defaults };
  const headers = running.asyncHeaders(c, workspace, operation);
  return c.json(endpointView(world, endpoint, asked), existing === undefined ? 201 : 200, headers);
}

function checkDefault(endpoint: BatchEndpoint | undefined, name: string, deployment: string | undefined): void {
  if (deployment === undefined) return;
  if (endpoint?.deployments.get(deployment)?.state === 'Succeeded') return;
  throw userError(`Deployment ${deployment} cannot be the default of endpoint ${name}: it does not exist there, or is not provisioned.`); // prettier-ignore
}

function createEndpoint(world: World, workspace: Workspace, name: string, body: BatchEndpointBody): BatchEndpoint {
  checkOnlineName('endpoint', name);
  // The address for invocations holds the name alone, so it is taken in all workspaces.
  const taken = [...world.workspaces.values()].some(({ batchEndpoints }) => batchEndpoints.has(name));
  if (taken) throw userError(`The endpoint name '${name}' is already in use in this region.`);
  const now = world.clock.now();
  const endpoint: BatchEndpoint = {
    id: `${workspace.id}/batchEndpoints/${name}`,
    name,
    type: 'Microsoft.MachineLearningServices/workspaces/batchEndpoints',
    location: body.location,
    tags: {},
    properties: { authMode: 'AADToken', properties: {} },
    createdAt: now,
    modifiedAt: now,
    state: 'Creating',
    deployments: new Map(),
  };
  workspace.batchEndpoints.set(name, endpoint);
  return endpoint;
}

/** A full PUT: what is absent is gone. Tags show at once; a new default is what GET shows, and what jobs run on, when it has settled. */
function update(
  world: World,
  workspace: Workspace,
  endpoint: BatchEndpoint,
  { tags, identity, sku, properties }: BatchEndpointBody,
  running: Operations,
): Operation {
  const { authMode, description, defaults } = properties;
  const before = endpoint.properties;
  const own = addedProperties(before['properties'] as Record<string, string>, properties.properties, serverKeys);
  Object.assign(endpoint, { tags, identity, sku, modifiedAt: world.clock.now() });
  const said = { authMode, ...(description !== undefined && { description }), properties: own };
  endpoint.properties = { ...said, ...(before['defaults'] !== undefined && { defaults: before['defaults'] }) };
  return settle(world, workspace, endpoint, running, () => {
    endpoint.properties = { ...said, ...(defaults !== undefined && { defaults }) };
  });
}

function settle(
  world: World,
  workspace: Workspace,
  endpoint: BatchEndpoint,
  running: Operations,
  apply: () => void = () => {},
): Operation {
  if (endpoint.state !== 'Creating') endpoint.state = 'Updating';
  let done = false;
  world.clock.after(world.pace.endpointMs, () => {
    apply();
    endpoint.state = 'Succeeded';
    done = true;
  });
  return running.start(workspace, 'be', () => ({ status: done ? 'Succeeded' : 'InProgress' }));
}

export function batchEndpointNamed(c: ArmContext): BatchEndpoint {
  const workspace = c.get('workspace');
  const name = c.req.param('name') ?? '';
  const endpoint = workspace.batchEndpoints.get(name);
  if (endpoint !== undefined) return endpoint;
  const type = `workspaces/${workspace.name}/batchEndpoints`;
  throw c.req.path.includes('/deployments') ? parentNotFound('deployments', `${type}/${name}`) : notFound(type, name, workspace.resourceGroup); // prettier-ignore
}

function checkSettled(doing: string, endpoint: BatchEndpoint): void {
  if (!isSettled(endpoint.state)) throw busy(`${doing} endpoint ${endpoint.name}`, endpoint.state);
}

function endpointView(world: World, endpoint: BatchEndpoint, asked: object = {}): object {
  const address = `${world.origin}/batch/${endpoint.name}`;
  const properties = {
    ...endpoint.properties,
    ...asked,
    scoringUri: `${address}/jobs`,
    swaggerUri: `${address}/swagger.json`,
    provisioningState: endpoint.state,
  };
  return view(endpoint, properties, true);
}
