import { expect, test } from 'vitest';
import { rolesOf, type Principal } from '../../../../src/lib/core/policy/roles.ts';

const ID = '00000000-0000-0000-0000-00000000000a';
const GROUP = '00000000-0000-0000-0000-0000000000ff';
const ada: Principal = {
  id: ID,
  signInNames: ['ada@example.com'],
  otherNames: ['Ada', 'boss@example.com'],
  groups: [GROUP],
  appRoles: ['Approver'],
};
const isOf = (member: string, who: Principal = ada) => rolesOf(who, { Risk: ['nobody@example.com', member] }).length > 0; // prettier-ignore

test.each([
  ['the object id', ID],
  ['the object id in capitals', ID.toUpperCase()],
  ['a group', GROUP],
  ['the sign-in name, in any case', 'ADA@example.com'],
  ['an app role', 'Approver'],
])('%s is of the role', (_, member) => expect(isOf(member)).toBe(true));

test.each([
  ['another id', '00000000-0000-0000-0000-00000000000b'],
  ['another name', 'eve@example.com'],
  ['an app role in another case', 'approver'],
  ['a name that anybody may have', 'Ada'],
  ['an e-mail address that is no sign-in name', 'boss@example.com'],
])('%s is not', (_, member) => expect(isOf(member)).toBe(false));

test('an app role that is called like a person, or a name like an id, passes for neither', () => {
  const eve: Principal = {
    id: GROUP,
    signInNames: [ID],
    otherNames: [],
    groups: [],
    appRoles: [ID, 'ada@example.com'],
  };
  expect(isOf(ID, eve)).toBe(false);
  expect(isOf('ada@example.com', eve)).toBe(false);
});

test('somebody may be of several roles, and of none', () => {
  expect(rolesOf(ada, { Risk: [ID], Ops: ['Approver'], Other: ['eve@example.com'], None: [] })).toEqual([
    'Risk',
    'Ops',
  ]);
});
