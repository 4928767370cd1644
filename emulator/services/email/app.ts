import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Context, Hono } from 'hono';
import { z } from 'zod';
import type { World } from '../../world.ts';
import { customDomain, type DomainLimits, managedDomain } from './limits.ts';
import { type Mailbox, mailOf, type Operation, post } from './mailbox.ts';
import { type EmailMessage, maxRequestBytes, readMessage } from './message.ts';
import { signatureFault } from './signature.ts';

const apiVersions = ['2023-03-31', '2025-09-01'];
const audience = 'https://communication.azure.com';
/** Virtual time from acceptance until a mail is out for delivery. */
const sendingMs = 2_000;
const retryAfterSeconds = '1';

type Refusal = 400 | 401 | 404 | 413 | 429;

function refuse(c: Context, status: Refusal, code: string, message: string): Response {
  c.header('x-ms-error-code', code);
  return c.json({ error: { code, message } }, status);
}

/** A token for Communication Services, or a signature with the access key. */
function authFault(c: Context, world: World, body: string): string | undefined {
  const authorization = c.req.header('authorization');
  if (!authorization?.startsWith('HMAC-SHA256')) return world.tokens.fault(authorization, audience);
  const header = (name: string) => c.req.header(name);
  return signatureFault({ method: c.req.method, url: new URL(c.req.url), header, body }, mailOf(world).accessKey);
}

/** What every route asks first. */
function refusal(c: Context, world: World, body = ''): Response | undefined {
  const fault = authFault(c, world, body);
  if (fault) return refuse(c, 401, 'Denied', `Denied by the resource provider (${fault}).`);
  const asked = c.req.query('api-version');
  if (asked !== undefined && apiVersions.includes(asked)) return undefined;
  return refuse(c, 400, 'InvalidApiVersionParameter', `The api-version '${asked ?? ''}' is invalid. The supported versions are '${apiVersions.join(',')}'.`); // prettier-ignore
}

function tooMany(c: Context, waitSeconds: number): Response {
  c.header('retry-after', String(waitSeconds));
  return refuse(c, 429, 'TooManyRequests', 'The request rate limit of this resource is exceeded.');
}

function limitsOf(box: Mailbox, sender: string | undefined): DomainLimits {
  return box.limits ?? (sender?.toLowerCase().endsWith('.azurecomm.net') ? managedDomain : customDomain);
}

function senderRefusal(c: Context, box: Mailbox, { senderAddress }: EmailMessage): Response | undefined {
  const sender = senderAddress.toLowerCase();
  const known = box.senders.map((address) => address.toLowerCase());
  if (known.includes(sender)) return undefined;
  const domain = sender.slice(sender.indexOf('@'));
  return known.some((address) => address.endsWith(domain))
    ? refuse(c, 400, 'InvalidSenderUserName', `Invalid email sender username: '${senderAddress}'.`)
    : refuse(c, 404, 'DomainNotLinked', 'The specified sender domain has not been linked.');
}

function accepted(c: Context, world: World, operation: Operation): Response {
  const version = c.req.query('api-version') ?? '';
  c.header('operation-location', `${world.origin}/emails/operations/${operation.id}?api-version=${version}`);
  c.header('retry-after', retryAfterSeconds);
  return c.json({ id: operation.id, status: 'Running' }, 202);
}

async function send(c: Context, world: World): Promise<Response> {
  const body = await c.req.text();
  const refused = refusal(c, world, body);
  if (refused) return refused;
  const box = mailOf(world);
  if (Buffer.byteLength(body) > maxRequestBytes) return refuse(c, 413, 'RequestTooLarge', 'The request exceeds 10 MB.');
  const message = readMessage(body);
  if (typeof message === 'string') return refuse(c, 400, 'BadRequest', message);
  const stranger = senderRefusal(c, box, message);
  if (stranger) return stranger;
  const id = c.req.header('operation-id') ?? randomUUID();
  if (!z.guid().safeParse(id).success) return refuse(c, 400, 'BadRequest', 'The Operation-Id must be a UUID.');
  const now = world.clock.now();
  const waitSeconds = box.budgets.send.take(limitsOf(box, message.senderAddress).send, now);
  if (waitSeconds > 0) return tooMany(c, waitSeconds);

  const earlier = box.operations.get(id);
  if (earlier && box.repeated === 'refuse') {
    return refuse(c, 400, 'OperationIdAlreadyUsed', `An operation ${id} exists already.`);
  }
  if (earlier) return accepted(c, world, earlier);
  const failure = box.failures.shift();
  const operation: Operation = { id, startedAt: now, ...(failure && { failure }) };
  box.operations.set(id, operation);
  if (!failure) await post(world, message, operation);
  return accepted(c, world, operation);
}

function status(c: Context, world: World, id: string): Response {
  const refused = refusal(c, world);
  if (refused) return refused;
  const box = mailOf(world);
  const now = world.clock.now();
  const sender = box.mails.find(({ operationId }) => operationId === id)?.from;
  const waitSeconds = box.budgets.status.take(limitsOf(box, sender).status, now);
  if (waitSeconds > 0) return tooMany(c, waitSeconds);
  const operation = box.operations.get(id);
  if (!operation) return refuse(c, 404, 'NotFound', `There is no operation ${id}.`);
  if (now.getTime() - operation.startedAt.getTime() < sendingMs) {
    c.header('retry-after', retryAfterSeconds);
    return c.json({ id, status: 'Running' });
  }
  const { failure } = operation;
  return c.json(failure ? { id, status: 'Failed', error: failure } : { id, status: 'Succeeded' });
}

/** Communication Services e-mail. What it sends is a file and `mailOf(world).mails`. */
export function email(world: World): Hono {
  const app = new Hono();
  app.post('/emails:send', (c) => send(c, world));
  app.get('/emails/operations/:id', (c) => status(c, world, c.req.param('id')));
  app.get('/_control/mail', (c) => c.json(mailOf(world).mails));
  app.get('/_control/mail/:number', (c) => {
    const mail = mailOf(world).mails.find(({ number }) => number === Number(c.req.param('number')));
    return mail ? c.text(readFileSync(mail.file, 'utf8')) : c.json({ error: 'no such mail' }, 404);
  });
  return app;
}
