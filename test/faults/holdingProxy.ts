import {
  createServer as createHttpServer,
  request as httpRequest,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer, request as httpsRequest } from 'node:https';

/**
 * Stands between one process of the app and a service, and can hold one call there: so a process can be stopped at
 * exactly that place, which no fault of the service can promise.
 */
export interface HoldingProxy {
  /** What the process is given instead of the service's own. */
  readonly origin: string;
  /** The next call that matches: held before it reaches the service, or with its answer when the service has done it. */
  hold(place: 'before' | 'after', matches: (call: Call) => boolean): Held;
  stop(): Promise<void>;
}

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

export interface Held {
  /** Resolves when the call is there. */
  readonly arrived: Promise<void>;
  release(): void;
}

interface Gate {
  readonly place: 'before' | 'after';
  readonly matches: (call: Call) => boolean;
  readonly arrive: () => void;
  readonly released: Promise<void>;
}

/** `certificates`: for a service over TLS. */
export async function startHoldingProxy(
  service: string,
  certificates?: { readonly certificate: string; readonly key: string },
): Promise<HoldingProxy> {
  const gates: Gate[] = [];
  const listen = (from: IncomingMessage, to: ServerResponse) => void pass(from, to, service, gates);
  const server = certificates
    ? createHttpsServer({ cert: certificates.certificate, key: certificates.key }, listen)
    : createHttpServer(listen);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return {
    origin: `${certificates ? 'https' : 'http'}://127.0.0.1:${address.port}`,
    hold(place, matches) {
      const there = Promise.withResolvers<void>();
      const free = Promise.withResolvers<void>();
      gates.push({ place, matches, arrive: there.resolve, released: free.promise });
      return { arrived: there.promise, release: free.resolve };
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function pass(from: IncomingMessage, to: ServerResponse, service: string, gates: Gate[]): Promise<void> {
  try {
    const body = await whole(from);
    const call = { method: from.method ?? 'GET', path: from.url ?? '/', body: body.toString('utf8') };
    const at = gates.findIndex(({ matches }) => matches(call));
    const [gate] = at < 0 ? [] : gates.splice(at, 1);
    if (gate?.place === 'before') await heldAt(gate);
    const answer = await forward(from, body, service);
    const text = await whole(answer);
    if (gate?.place === 'after') await heldAt(gate);
    to.writeHead(answer.statusCode ?? 502, answer.headers).end(text);
  } catch {
    // The process or the service has gone away.
    to.destroy();
  }
}

function heldAt(gate: Gate): Promise<void> {
  gate.arrive();
  return gate.released;
}

/** The `host` header stays the proxy's: signatures do not cover it, and links in answers lead back through the proxy. */
function forward(from: IncomingMessage, body: Buffer, service: string): Promise<IncomingMessage> {
  const send = service.startsWith('https:') ? httpsRequest : httpRequest;
  const { 'transfer-encoding': _, ...headers } = from.headers;
  return new Promise((resolve, reject) => {
    const options = { method: from.method ?? 'GET', headers: { ...headers, 'content-length': body.byteLength } };
    send(new URL(from.url ?? '/', service), options, resolve)
      .on('error', reject)
      .end(body);
  });
}

async function whole(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}
