import type { Person } from './plan.ts';

const TENANT = '00000000-0000-0000-0000-0000000000e1';
export const SIGN_IN = { tenant: TENANT, clientId: '00000000-0000-0000-0000-0000000000c1' };
/** Whoever may break the glass. */
export const ADMIN: Person = 'ann';
/** Whoever may approve. */
export const MODEL_RISK: ReadonlySet<string> = new Set<Person>(['ann', 'ben', 'cid']);

export function mailOf(person: Person): string {
  return `${person}@example.com`;
}

const headers = new Map<Person, string>();

/** The header in which the platform says who is signed in. */
export function principalOf(person: Person): string {
  const known = headers.get(person);
  if (known !== undefined) return known;
  const id = `00000000-0000-0000-0000-0000000000${Buffer.from(person[0] ?? '').toString('hex')}`;
  const claims = [['oid', id], ['tid', TENANT], ['preferred_username', mailOf(person)]].map(([typ, val]) => ({ typ, val })); // prettier-ignore
  const made = Buffer.from(JSON.stringify({ auth_typ: 'aad', claims, name_typ: '', role_typ: '' })).toString('base64');
  headers.set(person, made);
  return made;
}
