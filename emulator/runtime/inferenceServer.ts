/**
 * The server inside a deployment's process. It is copied into the deployment's folder and started there, so it imports
 * nothing but Node. The scoring script is an ES module that exports `init()` (optional, awaited before readiness) and
 * `run(body)`, which gets the parsed JSON body and whose answer is sent as JSON.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

type Run = (body: unknown) => unknown;

let run: Run | undefined;

const server = createServer({ keepAliveTimeout: 120_000 }, (request, response) => {
  if (request.url === '/ready') send(response, run === undefined ? 503 : 200, null);
  else void score(request, response);
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.({ port: typeof address === 'object' ? address?.port : undefined });
});
// Whoever started this process is gone: nobody could stop it any more.
process.on('disconnect', () => process.exit(0));

const script: unknown = await import(pathToFileURL(resolve(process.env['AZUREML_ENTRY_SCRIPT'] ?? 'score.mjs')).href);
const init = exported(script, 'init');
const found = exported(script, 'run');
if (found === undefined) throw new Error('the scoring script does not export a function run(body)');
await init?.(undefined);
run = found;

async function score(request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    if (run === undefined) return send(response, 503, { error: 'not ready' });
    const answer = await run(JSON.parse(Buffer.concat(chunks).toString('utf8')));
    send(response, 200, answer ?? null);
  } catch (error) {
    console.error(error);
    send(response, 500, { error: error instanceof Error ? error.message : String(error) });
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function exported(module: unknown, name: string): Run | undefined {
  if (typeof module !== 'object' || module === null || !(name in module)) return undefined;
  const value: unknown = Reflect.get(module, name);
  return typeof value === 'function' ? (body) => Reflect.apply(value, undefined, [body]) : undefined;
}
