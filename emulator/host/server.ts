import { type Server } from 'node:http';
import { serve } from '@hono/node-server';
import { type HostedFunction, triggeredBy } from './app.ts';
import { httpFunctions } from './http.ts';
import type { Invoke } from './invoke.ts';
import { hasKey, type HostKeys } from './keys.ts';
import { type Log, textOf } from './log.ts';
import { authenticate, type Directory } from './signIn.ts';
import type { HostSettings } from './settings.ts';
import type { RunningTimer } from './timer.ts';
import { eventGridWebhook } from './webhook.ts';

export interface Hosted {
  readonly functions: readonly HostedFunction[];
  readonly timers: ReadonlyMap<string, RunningTimer>;
  readonly settings: HostSettings;
  readonly keys: HostKeys;
  /** Who may sign in; absent: authentication is off, and headers come as callers send them. */
  readonly directory?: Directory | undefined;
  readonly invoke: Invoke;
  readonly log: Log;
}

/** `POST /admin/functions/NAME`: runs a timer by hand. Accepted at once, as in the cloud; the log tells the end. */
function runByHand(request: Request, name: string, { functions, timers, keys }: Hosted): Response {
  if (!hasKey(request, keys.admin)) return new Response(null, { status: 401 });
  if (request.method !== 'POST' || !functions.some((called) => called.name === name)) {
    return new Response(null, { status: 404 });
  }
  const timer = timers.get(name);
  if (!timer) return new Response(`This host runs only timers by hand; "${name}" is none.`, { status: 501 });
  void timer.run();
  return new Response(null, { status: 202 });
}

function router(hosted: Hosted): (request: Request) => Promise<Response> {
  const { functions, settings, keys, directory, invoke } = hosted;
  const http = httpFunctions(triggeredBy(functions, 'httpTrigger'), settings.routePrefix, keys, invoke);
  const webhook = eventGridWebhook(triggeredBy(functions, 'eventGridTrigger'), keys, invoke);
  return async (request) => {
    const stranger = directory && authenticate(request, directory);
    if (stranger) return stranger;
    const { pathname } = new URL(request.url);
    if (pathname.toLowerCase() === '/runtime/webhooks/eventgrid') return webhook(request);
    const byHand = /^\/admin\/functions\/([^/]+)$/i.exec(pathname)?.[1];
    if (byHand !== undefined) return runByHand(request, decodeURIComponent(byHand), hosted);
    return (await http(request)) ?? new Response(null, { status: 404 });
  };
}

export interface Listening {
  readonly url: string;
  close(): Promise<void>;
}

/** Plain HTTP on loopback; port 0 lets the system choose. */
export function listen(port: number, hosted: Hosted): Promise<Listening> {
  const answer = router(hosted);
  const fetch = async (request: Request) => {
    try {
      return await answer(request);
    } catch (error) {
      hosted.log('error', `${request.method} ${new URL(request.url).pathname}: ${textOf(error)}`);
      return new Response(null, { status: 500 });
    }
  };
  return new Promise((resolve, reject) => {
    const server = serve({ fetch, port, hostname: '127.0.0.1' }, (address) => {
      resolve({ url: `http://127.0.0.1:${address.port}`, close: () => close(server as Server) });
    });
    server.on('error', reject);
  });
}

/** Lets requests that are being answered end, and drops idle connections. */
function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}
