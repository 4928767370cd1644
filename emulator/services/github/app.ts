import { Hono } from 'hono';
import { z } from 'zod';
import type { World } from '../../world.ts';

/** As documented: at most 100 characters, ten properties at the top. */
const dispatch = z.strictObject({
  event_type: z.string().min(1).max(100),
  client_payload: z
    .record(z.string(), z.unknown())
    .refine((payload) => Object.keys(payload).length <= 10, 'No more than 10 properties are allowed')
    .optional(),
});
export type Dispatch = z.infer<typeof dispatch>;

/** One repository of one owner, and what was dispatched to it: a pipeline of the team's reads it here. */
export interface Repository {
  readonly token: string;
  readonly dispatched: Dispatch[];
}

const repositories = new WeakMap<World, Map<string, Repository>>();

export function repositoriesOf(world: World): Map<string, Repository> {
  const known = repositories.get(world) ?? new Map<string, Repository>();
  repositories.set(world, known);
  return known;
}

/** GitHub's REST API, as far as a repository is told that something happened. */
export function github(world: World): Hono {
  const known = repositoriesOf(world);
  const app = new Hono();
  app.post('/github/repos/:owner/:name/dispatches', async (c) => {
    const repository = known.get(`${c.req.param('owner')}/${c.req.param('name')}`);
    const given = /^Bearer (.+)$/.exec(c.req.header('authorization') ?? '')?.[1];
    const anyone = [...known.values()].some(({ token }) => token === given);
    if (!anyone) return c.json({ message: 'Bad credentials', status: '401' }, 401);
    // Who may not see a repository is told that there is none.
    if (repository === undefined || repository.token !== given)
      return c.json({ message: 'Not Found', status: '404' }, 404);
    if (c.req.header('user-agent') === undefined) return c.text('Request forbidden by administrative rules.', 403);
    const body = dispatch.safeParse(await c.req.json().catch(() => undefined));
    if (!body.success) return c.json({ message: 'Validation Failed', errors: body.error.issues.map(({ message }) => message), status: '422' }, 422); // prettier-ignore
    repository.dispatched.push(body.data);
    return c.body(null, 204);
  });
  return app;
}
