import { type Context, Hono } from 'hono';
import type { World } from '../../world.ts';
import { gridOf } from './grid.ts';
import { keyFits, readEvents, type Topic } from './topic.ts';

const apiVersion = '2018-01-01';
const maxRequestBytes = 1024 * 1024;
const audience = 'https://eventgrid.azure.net';

type Refusal = 400 | 401 | 404 | 413;

/** Error bodies: the form is the service's, the texts are unverified. */
function refuse(c: Context, status: Refusal, code: string, message: string): Response {
  return c.json({ error: { code, message, details: [{ code, message }] } }, status);
}

/** The key, or a bearer token for Event Grid; the fault in words, or undefined. */
function authFault(c: Context, world: World, topic: Topic): string | undefined {
  const key = c.req.header('aeg-sas-key');
  if (key !== undefined) return keyFits(topic, key) ? undefined : 'The request authorization key is not authorized.';
  const fault = world.tokens.fault(c.req.header('authorization'), audience);
  return fault && `The request must carry an aeg-sas-key or a bearer token for ${audience} (${fault}).`;
}

/** What apps publish to: custom topics. Workspace events go out from `grid.ts`, without a route. */
export function eventGrid(world: World): Hono {
  const grid = gridOf(world);
  const app = new Hono();
  app.post('/topics/:name/api/events', async (c) => {
    const topic = grid.topics.get(c.req.param('name').toLowerCase());
    if (!topic) return refuse(c, 404, 'ResourceNotFound', `There is no topic ${c.req.param('name')}.`);
    const fault = authFault(c, world, topic);
    if (fault) return refuse(c, 401, 'Unauthorized', fault);
    if (c.req.query('api-version') !== apiVersion) {
      return refuse(c, 400, 'BadRequest', `The api-version query parameter must be ${apiVersion}.`);
    }
    const body = await c.req.text();
    if (Buffer.byteLength(body) > maxRequestBytes) {
      return refuse(c, 413, 'PayloadTooLarge', `The request is larger than ${maxRequestBytes} bytes.`);
    }
    const events = readEvents(topic, c.req.header('content-type') ?? '', body);
    if (typeof events === 'string') return refuse(c, 400, 'BadRequest', events);
    topic.received.push(...events);
    return c.body(null, 200);
  });
  app.get('/_control/eventGrid/events', (c) => c.json({ summary: grid.summary(), events: grid.records }));
  app.get('/_control/eventGrid/topics/:name', (c) => {
    const topic = grid.topics.get(c.req.param('name').toLowerCase());
    return topic ? c.json(topic.received) : c.json({ error: 'no such topic' }, 404);
  });
  return app;
}
