import { randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { digest } from './keys.ts';

/** Somebody of the test directory. The token stands for one of Entra's and means nothing outside of this host. */
const person = z.strictObject({
  token: z.string().min(16),
  objectId: z.guid(),
  signInName: z.string().min(1),
  displayName: z.string().optional(),
  /** App roles. */
  roles: z.array(z.string()).default([]),
  /** Object ids of groups. */
  groups: z.array(z.guid()).default([]),
});
const directory = z.strictObject({ tenant: z.guid(), people: z.array(person) });
export type Directory = z.output<typeof directory>;
export type Person = Omit<z.input<typeof person>, 'token'>;

/** From the setting STEWARD_HOST_SIGN_IN (JSON); absent: authentication is off. */
export function directoryFrom(setting: string | undefined): Directory | undefined {
  return setting ? directory.parse(JSON.parse(setting)) : undefined;
}

/** Gives each person a token. */
export function directoryOf(tenant: string, people: readonly Person[]): Directory {
  return directory.parse({ tenant, people: people.map((each) => ({ ...each, token: randomBytes(32).toString('base64url') })) }); // prettier-ignore
}

/** What the platform writes for whoever is signed in, so what nobody else may write. */
const WRITTEN_BY_PLATFORM = /^x-ms-(?:client-principal|token-)/;

/**
 * App Service authentication, set to let requests without a token pass: takes away what callers send under the platform's
 * names, and says who the bearer of a token is. A token of nobody is answered 401.
 */
export function authenticate({ headers }: Request, known: Directory): Response | undefined {
  // Listed first: deleting while the names are walked would leave some out.
  const written = Array.from(headers.keys()).filter((name) => WRITTEN_BY_PLATFORM.test(name));
  for (const name of written) headers.delete(name);
  const [, token] = /^bearer\s+(\S+)$/i.exec(headers.get('authorization') ?? '') ?? [];
  if (token === undefined) return undefined;
  const [found] = known.people.filter((each) => timingSafeEqual(digest(each.token), digest(token)));
  if (!found) return new Response(null, { status: 401, headers: { 'www-authenticate': 'Bearer' } });
  headers.set('x-ms-client-principal', Buffer.from(JSON.stringify(principalOf(found, known.tenant))).toString('base64'));
  headers.set('x-ms-client-principal-id', found.objectId);
  headers.set('x-ms-client-principal-name', found.signInName);
  headers.set('x-ms-client-principal-idp', 'aad');
  return undefined;
} // prettier-ignore

function claim(typ: string) {
  return (val: string) => ({ typ, val });
}

/** Some claims of the token have other names here: those of the default mapping. */
function principalOf(
  { objectId, signInName, displayName, roles, groups }: Directory['people'][number],
  tenant: string,
) {
  return {
    auth_typ: 'aad',
    claims: [
      claim('http://schemas.microsoft.com/identity/claims/objectidentifier')(objectId),
      claim('http://schemas.microsoft.com/identity/claims/tenantid')(tenant),
      claim('preferred_username')(signInName),
      ...(displayName === undefined ? [] : [claim('name')(displayName)]),
      ...roles.map(claim('roles')),
      ...groups.map(claim('groups')),
    ],
    name_typ: 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress',
    role_typ: 'http://schemas.microsoft.com/ws/2008/06/identity/claims/role',
  };
}
