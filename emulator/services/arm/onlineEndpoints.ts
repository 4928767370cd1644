import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Endpoint, Workspace, World } from '../../world.ts';
import { addedProperties, identitySchema, readBody, resourceReadOnly, skuSchema, words, writable } from './body.ts';
import { busy, notFound, parentNotFound, userError } from './errors.ts';
import { checkOnlineName, isSettled } from './onlineNames.ts';
import type { Operation, Operations } from './operations.ts';
import { hasTags, ordered, page } from './paging.ts';
import { closePath, unreadOption, type ArmContext, type ArmRoutes } from './routes.ts';
import { checkTraffic } from './traffic.ts';
import { view } from './view.ts';

const weights = z.record(z.string(), z.number());

const endpointBody = writable(resourceReadOnly, {
  location: z.string(),
  kind: z.string().exactOptional(),
  identity: identitySchema.exactOptional(),
  sku: skuSchema.exactOptional(),
  tags: words.default({}),
  properties: writable(['provisioningState', 'scoringUri', 'swaggerUri'], {
    authMode: z.enum(['Key', 'AMLToken', 'AADToken']),
    description: z.string().exactOptional(),
    publicNetworkAccess: z.enum(['Enabled', 'Disabled']).default('Enabled'),
    traffic: weights.default({}),
    mirrorTraffic: weights.default({}),
    properties: words.exactOptional(),
    keys: z.strictObject({ primaryKey: z.string(), secondaryKey: z.string() }).exactOptional(),
  }),
});
type EndpointBody = z.infer<typeof endpointBody>;

/** All that PATCH can carry; anything else is refused (the service may ignore it: README). */
const patchBody = z.strictObject({ tags: words.exactOptional(), identity: identitySchema.exactOptional() });

/** Written by the service into `properties.properties`; sending them back is no change. */
const serverKeys = ['azureml.onlineendpointid', 'AzureAsyncOperationUri'];

export function endpointRoutes(world: World, routes: ArmRoutes, running: Operations): void {
  routes.get('/onlineEndpoints', (c) => {
    const listed = ordered(c, c.get('workspace').endpoints.values()).filter(
      (endpoint) =>
        hasTags(endpoint.tags, c.req.query('tags')) && (c.req.query('computeType') ?? 'Managed') === 'Managed',
    );
    const views = listed.map((endpoint) => endpointView(world, endpoint));
    return unreadOption(world, c, ['$skip', 'count', 'tags', 'computeType', 'orderBy']) ?? page(world, c, views);
  });
  closePath(world, routes, '/onlineEndpoints');

  const path = '/onlineEndpoints/:name';
  routes.get(path, (c) => c.json(endpointView(world, endpointNamed(c))));
  routes.put(path, (c) => putEndpoint(world, c, running));
  routes.patch(path, async (c) => {
    const body = await readBody(c, patchBody);
    const endpoint = endpointNamed(c);
    checkSettled('update', endpoint);
    if (body.identity !== undefined) endpoint.identity = body.identity;
    endpoint.tags = { ...endpoint.tags, ...body.tags };
    return running.accepted(c, c.get('workspace'), settle(world, c.get('workspace'), endpoint, running));
  });
  routes.delete(path, (c) => {
    const workspace = c.get('workspace');
    const endpoint = workspace.endpoints.get(c.req.param('name'));
    if (endpoint === undefined) return c.body(null, 204);
    checkSettled('delete', endpoint);
    return running.accepted(c, workspace, remove(world, workspace, endpoint, running));
  });
  closePath(world, routes, path);
  keyRoutes(world, routes, path);
}

async function putEndpoint(world: World, c: ArmContext, running: Operations): Promise<Response> {
  const body = await readBody(c, endpointBody);
  const workspace = c.get('workspace');
  const name = c.req.param('name') ?? '';
  const existing = workspace.endpoints.get(name);
  const endpoint = existing ?? createEndpoint(world, workspace, name, body);
  if (existing !== undefined) checkUpdate(existing, body);
  const operation = update(world, workspace, endpoint, body, running);
  const own = endpoint.properties['properties'] as Record<string, string>;
  own['AzureAsyncOperationUri'] = running.statusUri(workspace, operation, c.req.query('api-version') ?? '');
  const asked = { traffic: body.properties.traffic, mirrorTraffic: body.properties.mirrorTraffic };
  const headers = running.asyncHeaders(c, workspace, operation);
  return c.json(endpointView(world, endpoint, asked), existing === undefined ? 201 : 200, headers);
}

function keyRoutes(world: World, routes: ArmRoutes, path: string): void {
  routes.post(`${path}/listKeys`, (c) => {
    const endpoint = endpointNamed(c);
    if (endpoint.properties['authMode'] !== 'Key') throw userError(`Endpoint ${endpoint.name} does not use keys.`);
    return c.json(endpoint.keys);
  });
  closePath(world, routes, `${path}/listKeys`);
  closePath(world, routes, `${path}/regenerateKeys`, ['POST']);
  closePath(world, routes, `${path}/token`, ['POST']);
}

export function endpointNamed(c: ArmContext): Endpoint {
  const workspace = c.get('workspace');
  const name = c.req.param('name') ?? '';
  const endpoint = workspace.endpoints.get(name);
  if (endpoint !== undefined) return endpoint;
  const type = `workspaces/${workspace.name}/onlineEndpoints`;
  throw c.req.path.includes('/deployments') ? parentNotFound('deployments', `${type}/${name}`) : notFound(type, name, workspace.resourceGroup); // prettier-ignore
}

function createEndpoint(world: World, workspace: Workspace, name: string, body: EndpointBody): Endpoint {
  checkOnlineName('endpoint', name);
  // The scoring address holds the name alone, so it is taken in all workspaces.
  const taken = [...world.workspaces.values()].some(({ endpoints }) => endpoints.has(name));
  if (taken) throw userError(`The endpoint name '${name}' is already in use in this region.`);
  checkTraffic(undefined, body.properties.traffic, body.properties.mirrorTraffic);
  const now = world.clock.now();
  const id = `${workspace.id}/onlineEndpoints/${name}`;
  const endpoint: Endpoint = {
    id,
    name,
    type: 'Microsoft.MachineLearningServices/workspaces/onlineEndpoints',
    location: body.location,
    tags: {},
    properties: {
      authMode: body.properties.authMode,
      traffic: {},
      mirrorTraffic: {},
      properties: { 'azureml.onlineendpointid': id.toLowerCase() },
    },
    createdAt: now,
    modifiedAt: now,
    state: 'Creating',
    keys: body.properties.keys ?? { primaryKey: newKey(), secondaryKey: newKey() },
    deployments: new Map(),
  };
  workspace.endpoints.set(name, endpoint);
  return endpoint;
}

function checkUpdate(endpoint: Endpoint, { properties }: EndpointBody): void {
  checkSettled('update', endpoint);
  checkTraffic(endpoint, properties.traffic, properties.mirrorTraffic);
  if (properties.authMode !== endpoint.properties['authMode']) {
    throw userError(`The authMode of endpoint ${endpoint.name} cannot be changed.`);
  }
}

/**
 * A full PUT: what is absent is gone. Tags and settings show at once; a new split is what GET shows, and what the
 * front does, only when the update has settled.
 */
function update(
  world: World,
  workspace: Workspace,
  endpoint: Endpoint,
  { tags, identity, sku, properties }: EndpointBody,
  running: Operations,
): Operation {
  const { traffic, mirrorTraffic, description, publicNetworkAccess } = properties;
  const before = endpoint.properties;
  const own = addedProperties(before['properties'] as Record<string, string>, properties.properties, serverKeys);
  endpoint.tags = tags;
  endpoint.identity = identity;
  endpoint.sku = sku;
  endpoint.modifiedAt = world.clock.now();
  endpoint.properties = {
    authMode: properties.authMode,
    publicNetworkAccess,
    ...(description !== undefined && { description }),
    traffic: before['traffic'],
    mirrorTraffic: before['mirrorTraffic'],
    properties: own,
  };
  return settle(world, workspace, endpoint, running, () => {
    endpoint.properties = { ...endpoint.properties, traffic, mirrorTraffic };
  });
}

function settle(
  world: World,
  workspace: Workspace,
  endpoint: Endpoint,
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
  return running.start(workspace, 'oe', () => ({ status: done ? 'Succeeded' : 'InProgress' }));
}

function remove(world: World, workspace: Workspace, endpoint: Endpoint, running: Operations): Operation {
  endpoint.state = 'Deleting';
  world.clock.after(world.pace.deleteMs, () => {
    const deployments = [...endpoint.deployments.values()];
    void Promise.all(deployments.map((deployment) => world.stopDeployment(workspace, endpoint, deployment)))
      .catch((error: unknown) => world.crashes.push(`deleting ${endpoint.name}: ${String(error)}`))
      .then(() => workspace.endpoints.delete(endpoint.name));
  });
  const gone = () => workspace.endpoints.get(endpoint.name) !== endpoint;
  return running.start(workspace, 'oe', () => ({ status: gone() ? 'Succeeded' : 'InProgress' }));
}

function checkSettled(doing: string, endpoint: Endpoint): void {
  if (!isSettled(endpoint.state)) throw busy(`${doing} endpoint ${endpoint.name}`, endpoint.state);
}

/** `asked` is what the answer to a PUT shows: the split as asked for, though it is not yet so. */
function endpointView(world: World, endpoint: Endpoint, asked: Record<string, unknown> = {}): object {
  const address = `${world.origin}/endpoints/${endpoint.name}`;
  const properties = {
    ...endpoint.properties,
    ...asked,
    scoringUri: `${address}/score`,
    swaggerUri: `${address}/swagger.json`,
    provisioningState: endpoint.state,
  };
  return { ...view(endpoint, properties, true), kind: 'Managed' };
}

function newKey(): string {
  return randomBytes(24).toString('base64url');
}
