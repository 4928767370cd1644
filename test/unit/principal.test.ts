import { describe, expect, test } from 'vitest';
import { BadInput, type Fault } from '../../src/lib/core/errors.ts';
import { readPrincipal } from '../../src/lib/intake/principal.ts';

const TENANT = '00000000-0000-0000-0000-0000000000e1';
const ID = '00000000-0000-0000-0000-00000000000a';
const OID = { typ: 'http://schemas.microsoft.com/identity/claims/objectidentifier', val: ID };
const TID = { typ: 'http://schemas.microsoft.com/identity/claims/tenantid', val: TENANT };
const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64');
const header = (claims: unknown, more: object = {}) => encoded({ auth_typ: 'aad', claims, name_typ: 'n', role_typ: 'r', ...more }); // prettier-ignore

function faultsOf(text: string): readonly Fault[] {
  try {
    readPrincipal(text, TENANT);
  } catch (error) {
    if (error instanceof BadInput) return error.faults;
    throw error;
  }
  throw new Error('it was read');
}

describe('the principal that the platform tells', () => {
  test('is read with claims under the names of the token and those of the default mapping', () => {
    const soap = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims';
    const mapped = [OID, TID, { typ: `${soap}/upn`, val: 'ada@example.com' }, { typ: `${soap}/emailaddress`, val: 'a@b.ch' }, { typ: 'http://schemas.microsoft.com/ws/2008/06/identity/claims/role', val: 'Approver' }]; // prettier-ignore
    expect(readPrincipal(header(mapped), TENANT)).toEqual({ id: ID, signInNames: ['ada@example.com'], otherNames: ['a@b.ch'], groups: [], appRoles: ['Approver'] }); // prettier-ignore
    const plain = [{ typ: 'oid', val: ID.toUpperCase() }, { typ: 'tid', val: TENANT.toUpperCase() }, { typ: 'preferred_username', val: 'ada@example.com' }, { typ: 'groups', val: 'g' }, { typ: 'roles', val: 'A' }, { typ: 'roles', val: 'B' }]; // prettier-ignore
    expect(readPrincipal(header(plain), TENANT)).toEqual({ id: ID, signInNames: ['ada@example.com'], otherNames: [], groups: ['g'], appRoles: ['A', 'B'] }); // prettier-ignore
  });

  const faults: [string, string, string[]][] = [
    ['nothing', '', ['X-MS-CLIENT-PRINCIPAL: expected base64']],
    ['no base64', '{"auth_typ":"aad"}', ['X-MS-CLIENT-PRINCIPAL: expected base64']],
    ['no JSON', Buffer.from('secret-{').toString('base64'), ['X-MS-CLIENT-PRINCIPAL: expected JSON in base64']],
    ['far too much', 'A'.repeat(70_000), ['X-MS-CLIENT-PRINCIPAL: expected at most 65536 characters']],
    ['no object', encoded('secret'), ['X-MS-CLIENT-PRINCIPAL: Invalid input: expected object, received string']],
    ['another provider, and claims that are none', encoded({ auth_typ: 'google', claims: [{ typ: 'oid', val: 7 }] }), ['X-MS-CLIENT-PRINCIPAL.auth_typ: Invalid input: expected "aad"', 'X-MS-CLIENT-PRINCIPAL.claims.0.val: Invalid input: expected string, received number']],
    ['no id, no tenant', header([]), ['X-MS-CLIENT-PRINCIPAL.claims: expected one object id', 'X-MS-CLIENT-PRINCIPAL.claims: expected the tenant of this app']],
    ['two ids', header([OID, TID, { typ: 'oid', val: TENANT }]), ['X-MS-CLIENT-PRINCIPAL.claims: expected one object id']],
    ['an id that is none', header([{ typ: 'oid', val: 'secret' }, TID]), ['X-MS-CLIENT-PRINCIPAL.claims: expected one object id']],
    ['another tenant', header([OID, { typ: 'tid', val: ID }]), ['X-MS-CLIENT-PRINCIPAL.claims: expected the tenant of this app']],
    ['two tenants', header([OID, TID, { typ: 'tid', val: ID }]), ['X-MS-CLIENT-PRINCIPAL.claims: expected the tenant of this app']],
  ]; // prettier-ignore
  test.each(faults)('is refused with its place, and without what it holds: %s', (_, text, wanted) => {
    const found = faultsOf(text).map(({ place, message }) => `${place}: ${message}`);
    expect(found).toEqual(wanted);
    expect(found.join()).not.toMatch(/secret|google/);
  });
});
