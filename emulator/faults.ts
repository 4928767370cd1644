import type { Fault, World } from './world.ts';

export type ServiceName = Fault['service'];

export interface Call {
  readonly service: ServiceName;
  readonly method: string;
  readonly path: string;
  readonly body: ArrayBuffer | undefined;
  readonly authorization?: string | undefined;
}

/** What the connection under an answer can do beside answering. */
export interface Connection {
  /** Cuts it without an answer. */
  cut(): void;
  /** Resolves when the client has gone away or the server ends; a hanging call waits for it. */
  gone(): Promise<void>;
}

/**
 * The one place where faults act and calls are recorded, the same for every service. `perform` runs the service; it is
 * a function because `late` runs it after the caller has been told 504.
 */
export async function answer(
  world: World,
  call: Call,
  connection: Connection,
  perform: () => Promise<Response>,
): Promise<Response> {
  const fault = nextFault(world, call);
  const done = async () => {
    const response = await perform();
    record(world, call, response.status, fault?.kind);
    return response;
  };
  if (fault === undefined) return done();
  const act: Readonly<Record<Fault['kind'], () => Promise<Response>>> = {
    async status() {
      record(world, call, fault.status ?? 500, 'status');
      return faultResponse(fault);
    },
    async hang() {
      await connection.gone();
      return new Response(null, { status: 499 });
    },
    async dropAnswer() {
      const response = await done();
      connection.cut();
      return response;
    },
    async late() {
      world.clock.after(fault.delayMs ?? 0, () => void done());
      record(world, call, 504, 'late');
      return vendorError(504, 'GatewayTimeout', 'The gateway did not receive a response in time.');
    },
    async delay() {
      await new Promise<void>((resolve) => world.clock.after(fault.delayMs ?? 0, resolve));
      return done();
    },
  };
  return act[fault.kind]();
}

/** Counts the call on every fault it matches; the first that is due acts. */
function nextFault(world: World, call: Call): Fault | undefined {
  let due: Fault | undefined;
  for (const fault of world.faults) {
    if (!matches(fault, call)) continue;
    fault.seen += 1;
    if (due === undefined && fault.times > 0 && fault.seen > (fault.skip ?? 0)) due = fault;
  }
  if (due !== undefined) due.times -= 1;
  return due;
}

function matches(fault: Fault, call: Call): boolean {
  if (fault.service !== call.service) return false;
  if (fault.method !== undefined && fault.method.toUpperCase() !== call.method) return false;
  return fault.path === undefined || new RegExp(fault.path, 'i').test(call.path);
}

function faultResponse(fault: Fault): Response {
  const status = fault.status ?? 500;
  const response =
    fault.body === undefined
      ? vendorError(status, status === 429 ? 'TooManyRequests' : 'InjectedFault', `Fault ${fault.id} of the emulator.`)
      : Response.json(fault.body, { status });
  if (fault.retryAfterSeconds !== undefined) response.headers.set('retry-after', String(fault.retryAfterSeconds));
  return response;
}

function vendorError(status: number, code: string, message: string): Response {
  return Response.json({ error: { code, message } }, { status });
}

function record(world: World, call: Call, status: number, fault?: Fault['kind']): void {
  if (call.method === 'GET' || call.service === 'scoring') return;
  const { service, method, path } = call;
  const body = call.body === undefined || call.body.byteLength === 0 ? {} : { body: readable(call.body) };
  const by = world.tokens.person(call.authorization);
  world.calls.push({ at: world.clock.now(), service, method, path, status, ...body, ...(by !== undefined && { by }), ...(fault && { fault }) }); // prettier-ignore
}

const secretName = /^(keys|primaryKey|secondaryKey|password|secret|token|accountKey|sasToken|environmentVariables)$/i;

/** The body as JSON without secrets where it is JSON, else as text. */
function readable(body: ArrayBuffer): unknown {
  const text = new TextDecoder().decode(body);
  try {
    return JSON.parse(text, (key, value: unknown) => (secretName.test(key) ? '(removed)' : value));
  } catch {
    return text;
  }
}
