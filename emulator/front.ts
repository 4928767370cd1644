import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import type { Hono } from 'hono';
import type { Certificates } from './certificates.ts';
import { answer, type Connection, type ServiceName } from './faults.ts';
import type { World } from './world.ts';

/** A service and the paths that are its own; the first that matches gets the call, with the path as sent. */
export interface Mounted {
  readonly name: ServiceName | 'control';
  readonly path: RegExp;
  readonly app: Hono;
}

export interface Front {
  readonly origin: string;
  /** Calls are answered 503 until this is done: the world needs the origin before its services exist. */
  mount(world: World, services: readonly Mounted[]): void;
  stop(): Promise<void>;
}

/** The one TLS server on a free loopback port that all services share. */
export async function startFront(certificates: Certificates, port = 0): Promise<Front> {
  let handle: (request: Request, bindings: HttpBindings) => Response | Promise<Response> = starting;
  const listener = getRequestListener((request, bindings) => handle(request, asHttp1(bindings)), {
    overrideGlobalObjects: false,
  });
  const server: Server = createServer(
    { cert: certificates.certificate, key: certificates.key, keepAliveTimeout: 120_000 },
    (incoming, outgoing) => void listener(incoming, outgoing),
  );
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const { port: chosen } = server.address() as AddressInfo;
  return {
    origin: `https://127.0.0.1:${chosen}`,
    mount(world, services) {
      for (const service of services) refuseUnknown(world, service);
      handle = (request, bindings) => dispatch(world, services, request, bindings);
    },
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function dispatch(
  world: World,
  services: readonly Mounted[],
  original: Request,
  bindings: HttpBindings,
): Promise<Response> {
  // One of the vendor's clients sends `//subscriptions/...`; the cloud takes it as one slash.
  const url = new URL(original.url);
  url.pathname = url.pathname.replace(/\/{2,}/g, '/');
  const service = services.find((candidate) => candidate.path.test(url.pathname));
  if (service === undefined) return notImplemented(world, original.method, url.pathname);
  const { method, headers } = original;
  const bytes = method === 'GET' || method === 'HEAD' ? undefined : await original.arrayBuffer();
  const perform = async () =>
    service.app.fetch(new Request(url, { method, headers, ...(bytes && { body: bytes }) }), bindings);
  if (service.name === 'control') {
    return isLoopback(bindings) ? perform() : Response.json({ error: 'for this machine only' }, { status: 403 });
  }
  const authorization = headers.get('authorization') ?? undefined;
  const call = { service: service.name, method, path: url.pathname, body: bytes, authorization };
  return answer(world, call, connectionOf(bindings), perform);
}

function connectionOf({ incoming }: HttpBindings): Connection {
  const { socket } = incoming;
  return {
    cut: () => socket.destroy(),
    async gone() {
      if (!socket.destroyed) await once(socket, 'close');
    },
  };
}

/** Unknown routes are loud: 501, and remembered, so that the test that met one fails. */
function refuseUnknown(world: World, { name, app }: Mounted): void {
  app.notFound((c) => notImplemented(world, c.req.method, new URL(c.req.url).pathname));
  app.onError((error, c) => {
    const path = new URL(c.req.url).pathname;
    world.crashes.push(`${name}: ${c.req.method} ${path}: ${error.stack ?? error.message}`);
    return c.json({ error: { code: 'InternalServerError', message: `The emulator failed: ${error.message}` } }, 500);
  });
}

/** For routes that a service knows of and does not do. */
export function notImplemented(world: World, method: string, path: string): Response {
  world.unimplemented.push(`${method} ${path}`);
  const message = `The emulator does not do ${method} ${path}.`;
  return Response.json({ error: { code: 'NotImplemented', message } }, { status: 501 });
}

function isLoopback({ incoming }: HttpBindings): boolean {
  return /^(127\.|::1$|::ffff:127\.)/.test(incoming.socket.remoteAddress ?? '');
}

function starting(): Response {
  return new Response('The emulator is starting.', { status: 503 });
}

function asHttp1(bindings: { incoming: unknown; outgoing: unknown }): HttpBindings {
  return bindings as HttpBindings;
}
