import type { z } from 'zod';
import { notImplemented } from '../../front.ts';
import type { Resource, Workspace, World } from '../../world.ts';
import { addedProperties, readBody } from './body.ts';
import { notFound, userError } from './errors.ts';
import type { Operation, Operations } from './operations.ts';
import { ordered, page } from './paging.ts';
import { closePath, unreadOption, type ArmContext, type ArmRoutes } from './routes.ts';
import { scheduleBody, scheduleKind } from './scheduleBody.ts';
import { view } from './view.ts';

type ScheduleBody = z.infer<typeof scheduleBody>;

const scheduleName = /^[a-zA-Z0-9][a-zA-Z0-9\-_]{0,254}$/;

/** Schedules are kept here; who runs monitors reads them from the workspace. */
export function scheduleRoutes(world: World, routes: ArmRoutes, running: Operations): void {
  routes.get('/schedules', (c) => {
    const listed = ordered(c, c.get('workspace').schedules.values()).filter((schedule) => isListed(c, schedule));
    return unreadOption(world, c, ['$skip', 'listViewType']) ?? page(world, c, listed.map(scheduleView));
  });
  closePath(world, routes, '/schedules');

  const path = '/schedules/:name';
  routes.get(path, (c) => c.json(scheduleView(scheduleNamed(c))));
  routes.put(path, async (c) => {
    const { actionType } = (await readBody(c, scheduleKind)).properties.action;
    if (actionType === 'InvokeBatchEndpoint') return notImplemented(world, 'PUT', `${c.req.path} (${actionType})`);
    const body = await readBody(c, scheduleBody);
    const workspace = c.get('workspace');
    const existing = workspace.schedules.get(nameOf(c));
    const schedule = put(world, workspace, nameOf(c), body, existing);
    const headers = running.asyncHeaders(c, workspace, atOnce(running, workspace));
    return c.json(scheduleView(schedule), existing === undefined ? 201 : 200, headers);
  });
  routes.delete(path, (c) => {
    const workspace = c.get('workspace');
    if (!workspace.schedules.delete(nameOf(c))) return c.body(null, 204);
    return running.accepted(c, workspace, atOnce(running, workspace));
  });
  closePath(world, routes, path);
}

/** A full PUT, but for `properties.properties`, which only grows. */
function put(
  world: World,
  workspace: Workspace,
  name: string,
  { properties }: ScheduleBody,
  existing: Resource | undefined,
): Resource {
  if (!scheduleName.test(name)) throw userError(`'${name}' is not a valid schedule name.`);
  const { tags = {}, properties: asked, ...definition } = properties;
  const before = (existing?.properties['properties'] ?? {}) as Record<string, string>;
  const now = world.clock.now();
  const schedule: Resource = {
    id: `${workspace.id}/schedules/${name}`,
    name,
    type: 'Microsoft.MachineLearningServices/workspaces/schedules',
    tags,
    properties: { ...definition, properties: addedProperties(before, asked) },
    createdAt: existing?.createdAt ?? now,
    modifiedAt: now,
  };
  workspace.schedules.set(name, schedule);
  return schedule;
}

/** Nothing takes time here: the first look at the operation finds it done. */
function atOnce(running: Operations, workspace: Workspace): Operation {
  return running.start(workspace, 'schedule', () => ({ status: 'Succeeded' }));
}

/** `listViewType` of schedules, which knows other words than that of assets. */
function isListed(c: ArmContext, { properties }: Resource): boolean {
  const listed = c.req.query('listViewType') ?? 'EnabledOnly';
  switch (listed) {
    case 'EnabledOnly':
      return properties['isEnabled'] === true;
    case 'DisabledOnly':
      return properties['isEnabled'] !== true;
    case 'All':
      return true;
    default:
      throw userError(`listViewType '${listed}' is none of EnabledOnly, DisabledOnly, All.`);
  }
}

function scheduleView(schedule: Resource): object {
  return view(schedule, { ...schedule.properties, tags: schedule.tags, provisioningState: 'Succeeded' });
}

function scheduleNamed(c: ArmContext): Resource {
  const { name, resourceGroup, schedules } = c.get('workspace');
  const found = schedules.get(nameOf(c));
  if (found === undefined) throw notFound(`workspaces/${name}/schedules`, nameOf(c), resourceGroup);
  return found;
}

function nameOf(c: ArmContext): string {
  return c.req.param('name') ?? '';
}
