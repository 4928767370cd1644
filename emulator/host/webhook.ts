import { z } from 'zod';
import type { HostedFunction } from './app.ts';
import type { Invoke } from './invoke.ts';
import { hasKey, type HostKeys } from './keys.ts';

const validationData = z.object({ validationCode: z.string() });

/** The code in a handshake: `[0].data` of the Event Grid schema, or one CloudEvent whose `data` is JSON in a string. */
function validationCode(body: unknown): string {
  if (Array.isArray(body)) return z.object({ data: validationData }).parse(body[0]).data.validationCode;
  const { data } = z.object({ data: z.unknown() }).parse(body);
  return validationData.parse(typeof data === 'string' ? JSON.parse(data) : data).validationCode;
}

/** One call an event, all at once; a single failure fails the delivery, and Event Grid sends all of it again. */
async function notify(called: HostedFunction, body: unknown, invoke: Invoke): Promise<Response> {
  const events = Array.isArray(body) ? body : [body];
  const outcomes = await Promise.allSettled(
    events.map((event) => invoke(called, { data: { json: JSON.stringify(event) } })),
  );
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  return failure ? new Response(String(failure.reason), { status: 500 }) : new Response(null, { status: 202 });
}

/** `/runtime/webhooks/eventgrid?functionName=NAME&code=`, the address that event subscriptions deliver to. */
export function eventGridWebhook(functions: readonly HostedFunction[], keys: HostKeys, invoke: Invoke) {
  return async (request: Request): Promise<Response> => {
    if (!hasKey(request, keys.system, keys.admin)) return new Response(null, { status: 401 });
    const name = new URL(request.url).searchParams.get('functionName');
    const called = functions.find((candidate) => candidate.name === name);
    if (!called) return new Response(`cannot find function: '${name ?? ''}'`, { status: 404 });
    switch (request.headers.get('aeg-event-type')?.toLowerCase()) {
      case 'subscriptionvalidation':
        return Response.json({ validationResponse: validationCode(await request.json()) });
      case 'notification':
        return notify(called, await request.json(), invoke);
      case 'unsubscribe':
        return new Response(null, { status: 202 });
      default:
        return new Response(null, { status: 400 });
    }
  };
}
