import type { Context, Hono } from 'hono';
import { notImplemented } from '../../front.ts';
import type { Workspace, World } from '../../world.ts';
import { ArmError, armError } from './errors.ts';

export interface ArmEnv {
  Variables: { workspace: Workspace };
}
export type ArmContext = Context<ArmEnv>;
export type ArmRoutes = Hono<ArmEnv>;

/**
 * Ends a path whose handlers are registered: what the vendor has and we do not is a loud 501, any other method 405.
 */
export function closePath(world: World, routes: ArmRoutes, path: string, notDone: readonly string[] = []): void {
  routes.all(path, (c) => {
    const { method, path: asked } = c.req;
    if (notDone.includes(method)) return notImplemented(world, method, asked);
    return armError(c, new ArmError(405, 'MethodNotAllowed', `The requested resource does not support http method '${method}'.`)); // prettier-ignore
  });
}

/** 501 for query options that are not read here: an option silently ignored would hide a wrong answer. */
export function unreadOption(world: World, c: ArmContext, read: readonly string[]): Response | undefined {
  const unread = Object.keys(c.req.query()).find((option) => option !== 'api-version' && !read.includes(option));
  return unread === undefined ? undefined : notImplemented(world, c.req.method, `${c.req.path}?${unread}`);
}
