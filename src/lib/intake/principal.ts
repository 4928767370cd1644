import { z } from 'zod';
import { BadInput, type Fault } from '../core/errors.ts';
import type { Principal } from '../core/policy/roles.ts';

/** App Service authentication puts it on each request of somebody who is signed in, and takes away what callers send under that name. */
const HEADER = 'X-MS-CLIENT-PRINCIPAL';
const MOST_CHARS = 64 * 1024;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

const text = z.string().max(4096);
const shape = z.object({
  /** Another provider's ids are no ids of the directory. */
  auth_typ: z.literal('aad'),
  claims: z.array(z.object({ typ: text, val: text })).max(2000),
});

/** The platform renames some claims of the token and leaves others, so both names are known. */
const MICROSOFT = 'http://schemas.microsoft.com';
const SOAP = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims';
const CLAIMS = {
  id: [`${MICROSOFT}/identity/claims/objectidentifier`, 'oid'],
  tenant: [`${MICROSOFT}/identity/claims/tenantid`, 'tid'],
  signInName: ['preferred_username', `${SOAP}/upn`, 'upn'],
  /** An e-mail claim can be set to anything by whoever runs the account's own directory. */
  otherName: [`${SOAP}/name`, 'name', `${SOAP}/emailaddress`, 'email'],
  group: ['groups'],
  appRole: [`${MICROSOFT}/ws/2008/06/identity/claims/role`, 'roles'],
} as const;

/** Who the header says is signed in. Throws `BadInput` with all faults; none of them repeats what the header holds. */
export function readPrincipal(header: string, tenant: string): Principal {
  const { claims } = parsed(header);
  const of = (what: keyof typeof CLAIMS) => [...new Set(claims.filter(({ typ }) => (CLAIMS[what] as readonly string[]).includes(typ)).map(({ val }) => val))]; // prettier-ignore
  const ids = of('id');
  const tenants = of('tenant');
  const faults: Fault[] = [];
  const [id] = ids;
  if (id === undefined || ids.length > 1 || !z.guid().safeParse(id).success)
    faults.push({ place: `${HEADER}.claims`, message: 'expected one object id' });
  if (tenants.length !== 1 || tenants[0]?.toLowerCase() !== tenant.toLowerCase())
    faults.push({ place: `${HEADER}.claims`, message: 'expected the tenant of this app' });
  if (id === undefined || faults.length > 0) throw new BadInput('identity', faults);
  return {
    id: id.toLowerCase(),
    signInNames: of('signInName'),
    otherNames: of('otherName'),
    groups: of('group'),
    appRoles: of('appRole'),
  };
}

function parsed(header: string): z.output<typeof shape> {
  const read = shape.safeParse(decoded(header));
  if (read.success) return read.data;
  throw new BadInput('identity', read.error.issues.map(({ path, message }) => ({ place: [HEADER, ...path].join('.'), message }))); // prettier-ignore
}

function refused(message: string): BadInput {
  return new BadInput('identity', [{ place: HEADER, message }]);
}

function decoded(header: string): unknown {
  if (header.length > MOST_CHARS) throw refused(`expected at most ${MOST_CHARS} characters`);
  if (!BASE64.test(header)) throw refused('expected base64');
  try {
    return JSON.parse(Buffer.from(header, 'base64').toString('utf8'));
  } catch {
    throw refused('expected JSON in base64');
  }
}
