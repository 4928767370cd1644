import type { z } from 'zod';
import { notImplemented } from '../../front.ts';
import type { Resource, Versioned, Workspace, World } from '../../world.ts';
import { ASSET_NAME } from './assetBody.ts';
import { addedProperties, readBody } from './body.ts';
import { notFound, userError } from './errors.ts';
import { hasTags, inView, ordered, page, wholeNumber } from './paging.ts';
import { closePath, unreadOption, type ArmContext, type ArmRoutes } from './routes.ts';
import { view } from './view.ts';

interface AssetBody {
  readonly properties: {
    readonly tags?: Record<string, string>;
    readonly properties?: Record<string, string>;
    readonly isArchived?: boolean;
    readonly [more: string]: unknown;
  };
}

/** What sets one kind of versioned asset apart; containers and versions of all kinds share the routes below. */
export interface AssetFamily {
  readonly segment: 'models' | 'data' | 'environments' | 'codes' | 'components';
  readonly container: z.ZodType<AssetBody>;
  readonly version: z.ZodType<AssetBody>;
  /** Properties of a version that stay as they were created. */
  readonly immutable: readonly string[];
  /** The fault of a version's name, if any. */
  versionFault(version: string): string | undefined;
  /** What the service knows of a version and we do not do: a loud 501. */
  notDone?(properties: Readonly<Record<string, unknown>>): string | undefined;
  /** Checks what is created and fills in what the service adds. */
  complete(workspace: Workspace, properties: Readonly<Record<string, unknown>>): Record<string, unknown>;
  created?(world: World, workspace: Workspace, name: string, version: Resource): void;
}

export function assetRoutes(world: World, routes: ArmRoutes, family: AssetFamily): void {
  const { segment } = family;
  containerRoutes(world, routes, family);

  routes.get(`/${segment}/:name/versions`, (c) => {
    const versions = ordered(c, container(c, family, nameOf(c)).versions.values());
    const listed = versions.filter(
      (version) =>
        inView(c, version.properties['isArchived'] === true) &&
        hasTags(version.tags, c.req.query('tags')) &&
        (c.req.query('version') ?? version.name) === version.name,
    );
    const top = wholeNumber(c, '$top') ?? listed.length;
    const options = ['$skip', '$top', '$orderBy', 'listViewType', 'tags', 'version'];
    return unreadOption(world, c, options) ?? page(world, c, listed.slice(0, top).map(versionView));
  });
  closePath(world, routes, `/${segment}/:name/versions`);

  const path = `/${segment}/:name/versions/:version`;
  routes.get(path, (c) => {
    const version = c.req.param('version') ?? '';
    const found = container(c, family, nameOf(c)).versions.get(version);
    if (found === undefined) throw missing(c, `${segment}/${nameOf(c)}/versions`, version);
    return c.json(versionView(found));
  });
  routes.put(path, async (c) => {
    const body = await readBody(c, family.version);
    const version = c.req.param('version') ?? '';
    const fault = nameFault(nameOf(c)) ?? family.versionFault(version);
    if (fault !== undefined) throw userError(fault);
    const existing = c.get('workspace')[segment].get(nameOf(c))?.versions.get(version);
    if (existing !== undefined) return c.json(versionView(updateVersion(world, family, existing, body)));
    const notDone = family.notDone?.(body.properties);
    if (notDone !== undefined) return notImplemented(world, 'PUT', `${c.req.path} (${notDone})`);
    return c.json(versionView(createVersion(world, c, family, version, body)), 201);
  });
  closePath(world, routes, path, ['DELETE']);
}

function containerRoutes(world: World, routes: ArmRoutes, family: AssetFamily): void {
  const { segment } = family;
  routes.get(`/${segment}`, (c) => {
    const all = [...c.get('workspace')[segment].values()];
    const listed = all.filter((found) => inView(c, found.container.properties['isArchived'] === true));
    return unreadOption(world, c, ['$skip', 'count', 'listViewType']) ?? page(world, c, listed.map(containerView));
  });
  closePath(world, routes, `/${segment}`);

  routes.get(`/${segment}/:name`, (c) => c.json(containerView(container(c, family, nameOf(c)))));
  routes.put(`/${segment}/:name`, async (c) => {
    const { properties } = await readBody(c, family.container);
    const fault = nameFault(nameOf(c));
    if (fault !== undefined) throw userError(fault);
    const known = c.get('workspace')[segment].get(nameOf(c));
    const { container: resource } = known ?? addContainer(world, c, family, nameOf(c));
    resource.tags = properties.tags ?? {};
    const added = addedProperties(ownProperties(resource), properties.properties);
    resource.properties = { ...resource.properties, ...properties, properties: added };
    resource.modifiedAt = world.clock.now();
    return c.json(containerView(container(c, family, nameOf(c))), known === undefined ? 201 : 200);
  });
  closePath(world, routes, `/${segment}/:name`, ['DELETE']);
}

function createVersion(world: World, c: ArmContext, family: AssetFamily, name: string, body: AssetBody): Resource {
  const workspace = c.get('workspace');
  const { tags, ...properties } = body.properties;
  const completed = family.complete(workspace, properties);
  const { container: owner, versions } =
    workspace[family.segment].get(nameOf(c)) ?? addContainer(world, c, family, nameOf(c), completed['dataType']);
  const now = world.clock.now();
  const createdBy = world.tokens.person(c.req.header('authorization'));
  const version: Resource = {
    id: `${owner.id}/versions/${name}`,
    name,
    type: `${owner.type}/versions`,
    tags: tags ?? {},
    properties: { isArchived: false, isAnonymous: false, properties: {}, ...completed },
    createdAt: now,
    ...(createdBy !== undefined && { createdBy }),
    modifiedAt: now,
  };
  versions.set(name, version);
  family.created?.(world, workspace, nameOf(c), version);
  return version;
}

/** Tags are replaced whole; properties only grow; what makes the version itself stays. */
function updateVersion(world: World, family: AssetFamily, version: Resource, body: AssetBody): Resource {
  const { tags, ...asked } = body.properties;
  const changed = family.immutable.filter((key) => asked[key] !== undefined && !same(asked[key], version.properties[key])); // prettier-ignore
  if (changed.length > 0) {
    throw userError(`${version.id} already exists; ${changed.join(', ')} cannot be changed. Create a new version.`);
  }
  const properties = addedProperties(ownProperties(version), asked.properties);
  version.tags = tags ?? {};
  version.properties = { ...version.properties, ...asked, properties };
  version.modifiedAt = world.clock.now();
  return version;
}

function addContainer(world: World, c: ArmContext, family: AssetFamily, name: string, dataType?: unknown): Versioned {
  const workspace = c.get('workspace');
  const now = world.clock.now();
  const added: Versioned = {
    container: {
      id: `${workspace.id}/${family.segment}/${name}`,
      name,
      type: `Microsoft.MachineLearningServices/workspaces/${family.segment}`,
      tags: {},
      properties: { isArchived: false, properties: {}, ...(dataType !== undefined && { dataType }) },
      createdAt: now,
      modifiedAt: now,
    },
    versions: new Map(),
  };
  workspace[family.segment].set(name, added);
  return added;
}

function container(c: ArmContext, family: AssetFamily, name: string): Versioned {
  const found = c.get('workspace')[family.segment].get(name);
  if (found === undefined) throw missing(c, family.segment, name);
  return found;
}

function missing(c: ArmContext, type: string, name: string) {
  const workspace = c.get('workspace');
  return notFound(`workspaces/${workspace.name}/${type}`, name, workspace.resourceGroup);
}

function versionView(version: Resource): object {
  return view(version, { ...version.properties, tags: version.tags, provisioningState: 'Succeeded' });
}

/** `latestVersion` is the one created last, `nextVersion` one above the highest number. */
function containerView({ container: resource, versions }: Versioned): object {
  const names = [...versions.keys()];
  const highest = Math.max(0, ...names.map(Number).filter(Number.isInteger));
  return view(resource, {
    ...resource.properties,
    tags: resource.tags,
    ...(names.length > 0 && { latestVersion: names.at(-1) }),
    nextVersion: String(highest + 1),
    provisioningState: 'Succeeded',
  });
}

function ownProperties({ properties }: Resource): Record<string, string> {
  return (properties['properties'] ?? {}) as Record<string, string>;
}

function nameFault(name: string): string | undefined {
  return ASSET_NAME.test(name) ? undefined : `'${name}' is not a valid asset name.`;
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function nameOf(c: ArmContext): string {
  return c.req.param('name') ?? '';
}
