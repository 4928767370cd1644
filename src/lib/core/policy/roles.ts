import type { Estate } from './estate.ts';
import { EMAIL } from './leaves.ts';

/** Somebody whom the platform has signed in, with everything that a role can name him by. */
export interface Principal {
  /** Object id in the directory. */
  readonly id: string;
  /** The names that the directory gives out once each: `ada@example.com`. */
  readonly signInNames: readonly string[];
  /** What a person is called besides; anybody may be called the same. */
  readonly otherNames: readonly string[];
  /** Object ids of groups. */
  readonly groups: readonly string[];
  readonly appRoles: readonly string[];
}

const OBJECT_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** How a member is written says what it is compared with, so that no group or app role can pass for a person. */
export function memberKind(member: string): 'objectId' | 'signInName' | 'appRole' {
  if (OBJECT_ID.test(member)) return 'objectId';
  return EMAIL.test(member) ? 'signInName' : 'appRole';
}

/** The roles of the estate that this one is of. */
export function rolesOf(principal: Principal, roles: Estate['roles']): string[] {
  return Object.entries(roles).flatMap(([role, members]) => (members.some((member) => isOf(principal, member)) ? [role] : [])); // prettier-ignore
}

function isOf({ id, groups, signInNames, appRoles }: Principal, member: string): boolean {
  const same = (name: string) => name.toLowerCase() === member.toLowerCase();
  switch (memberKind(member)) {
    case 'objectId':
      return same(id) || groups.some(same);
    case 'signInName':
      return signInNames.some(same);
    case 'appRole':
      return appRoles.includes(member);
  }
}

/** Fewer people than the approvals that are asked for. Groups and app roles may have any number of members. */
export function tooFew(members: readonly string[], count: number): boolean {
  const people = new Set(members.map((member) => member.toLowerCase()));
  return people.size === 0 || (people.size < count && members.every((member) => memberKind(member) === 'signInName'));
}

/** As many people as must agree, and no more. */
export function noOneToSpare(members: readonly string[], count: number): boolean {
  return tooFew(members, count + 1) && !tooFew(members, count);
}
