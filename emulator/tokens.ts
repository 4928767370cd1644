import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { Hono, type Context, type MiddlewareHandler } from 'hono';
import { z } from 'zod';
import type { TokenFault, Tokens, World } from './world.ts';

/** What the directory knows; asking for anything else is refused as the directory refuses an unknown application. */
const resources = new Set([
  'https://management.azure.com',
  'https://ml.azure.com',
  'https://api.loganalytics.io',
  'https://communication.azure.com',
  'https://eventgrid.azure.net',
  'https://storage.azure.com',
]);
const issuer = 'https://sts.windows.net/00000000-0000-0000-0000-00000000000a/';
/** Real time, as tokens are: a managed identity's token lives 24 hours. */
const lifetimeMs = 24 * 3_600_000;

const claimsSchema = z.object({ aud: z.string(), iss: z.string(), exp: z.number(), name: z.string().optional() });

/** Signs with a secret that a restart keeps, so that a running app's tokens stay good. */
export function tokensSignedWith(secret: string): Tokens {
  const sign = (content: string) => createHmac('sha256', secret).update(content).digest();
  const claimsOf = (authorization: string | undefined): z.infer<typeof claimsSchema> | TokenFault => {
    const token = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) return 'missing';
    const [header, body, signature, ...rest] = token.split('.');
    if (header === undefined || body === undefined || signature === undefined || rest.length > 0) return 'notOurs';
    const given = Buffer.from(signature, 'base64url');
    const expected = sign(`${header}.${body}`);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return 'notOurs';
    return claimsSchema.parse(JSON.parse(Buffer.from(body, 'base64url').toString('utf8')));
  };
  return {
    issue(resource, person) {
      if (!resources.has(withoutSlash(resource))) return undefined;
      const expiresAt = new Date(Date.now() + lifetimeMs);
      const content = [
        { typ: 'JWT', alg: 'HS256' },
        { aud: resource, iss: issuer, jti: randomUUID(), exp: Math.floor(expiresAt.getTime() / 1000), name: person },
      ]
        .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
        .join('.');
      return { token: `${content}.${sign(content).toString('base64url')}`, expiresAt };
    },
    fault(authorization, audience) {
      const claims = claimsOf(authorization);
      if (typeof claims === 'string') return claims;
      if (claims.exp * 1000 < Date.now()) return 'expired';
      return withoutSlash(claims.aud) === audience ? undefined : 'wrongAudience';
    },
    person(authorization) {
      const claims = claimsOf(authorization);
      return typeof claims === 'string' ? undefined : claims.name;
    },
  };
}

/** Lets only calls pass whose bearer token is for `audience`; `refuse` answers 401 in the service's own form. */
export function requireToken(
  world: World,
  audience: string,
  refuse: (c: Context, fault: TokenFault) => Response,
): MiddlewareHandler {
  return async (c, next) => {
    const fault = world.tokens.fault(c.req.header('authorization'), audience);
    if (fault !== undefined) return refuse(c, fault);
    return next();
  };
}

/** The identity endpoint as App Service offers it to an app: `IDENTITY_ENDPOINT`, guarded by `IDENTITY_HEADER`. */
export function identity(world: World): Hono {
  const app = new Hono();
  app.get('/msi/token', (c) => {
    if (c.req.header('x-identity-header') !== world.identity.header) {
      return c.json({ statusCode: 401, message: 'The X-IDENTITY-HEADER is missing or wrong.' }, 401);
    }
    if (c.req.query('api-version') !== '2019-08-01') {
      return c.json({ statusCode: 400, message: 'The api-version must be 2019-08-01.' }, 400);
    }
    const resource = c.req.query('resource') ?? '';
    const issued = world.tokens.issue(resource);
    if (issued === undefined) {
      return c.json({ statusCode: 400, message: `AADSTS500011: The resource principal named '${resource}' was not found.` }, 400); // prettier-ignore
    }
    return c.json({
      access_token: issued.token,
      expires_on: String(Math.floor(issued.expiresAt.getTime() / 1000)),
      resource,
      token_type: 'Bearer',
      client_id: c.req.query('client_id') ?? '00000000-0000-0000-0000-0000000000c1',
    });
  });
  return app;
}

function withoutSlash(resource: string): string {
  return resource.replace(/\/+$/, '');
}
