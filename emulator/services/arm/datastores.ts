import type { World } from '../../world.ts';
import { notFound } from './errors.ts';
import { page } from './paging.ts';
import { closePath, unreadOption, type ArmRoutes } from './routes.ts';
import { view } from './view.ts';

/** Where the workspace keeps files; both made with it, the default one first. Secrets are never shown, and `listSecrets` is not done. */
export function datastoreRoutes(world: World, routes: ArmRoutes): void {
  routes.get('/datastores', (c) => {
    const { datastores } = c.get('workspace');
    const views = [...datastores.values()].map((datastore) => view(datastore, datastore.properties));
    // Made at once: by time they are in either order.
    return unreadOption(world, c, ['$skip', 'count', 'orderByAsc']) ?? page(world, c, views);
  });
  closePath(world, routes, '/datastores');
  routes.get('/datastores/:name', (c) => {
    const { name, datastores, resourceGroup } = c.get('workspace');
    const datastore = datastores.get(c.req.param('name'));
    if (datastore === undefined) throw notFound(`workspaces/${name}/datastores`, c.req.param('name'), resourceGroup);
    return c.json(view(datastore, datastore.properties));
  });
  closePath(world, routes, '/datastores/:name', ['PUT', 'DELETE']);
}
