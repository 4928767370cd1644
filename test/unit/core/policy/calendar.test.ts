import { expect, test } from 'vitest';
import { closedUntil } from '../../../../src/lib/core/policy/calendar.ts';

const zurich = (...closed: { from: string; to: string }[]) => ({ timeZone: 'Europe/Zurich', closed });
const WINTER = { from: '2026-12-18 16:00', to: '2027-01-04 08:00' };

test.each([
  ['a minute before', zurich(WINTER), '2026-12-18T14:59:00Z', undefined],
  ['from is included', zurich(WINTER), '2026-12-18T15:00:00Z', '2027-01-04T07:00:00.000Z'],
  ['in the middle', zurich(WINTER), '2026-12-24T12:00:00Z', '2027-01-04T07:00:00.000Z'],
  ['to is excluded', zurich(WINTER), '2027-01-04T07:00:00Z', undefined],
  ['entries that touch are one', zurich(WINTER, { from: '2027-01-04 08:00', to: '2027-01-05 08:00' }), '2026-12-24T12:00:00Z', '2027-01-05T07:00:00.000Z'],
  ['whatever their order', zurich({ from: '2027-01-03 08:00', to: '2027-01-05 08:00' }, WINTER), '2026-12-24T12:00:00Z', '2027-01-05T07:00:00.000Z'],
  ['the offset is that of the end', zurich({ from: '2027-03-27 12:00', to: '2027-03-29 12:00' }), '2027-03-27T12:00:00Z', '2027-03-29T10:00:00.000Z'],
  ['an end that does not exist is the end of the gap', zurich({ from: '2027-03-27 12:00', to: '2027-03-28 02:30' }), '2027-03-27T12:00:00Z', '2027-03-28T01:00:00.000Z'],
  ['no entry', zurich(), '2027-03-27T12:00:00Z', undefined],
])('%s', (_, calendar, now, until) => {
  expect(closedUntil(calendar, new Date(now))?.toISOString()).toBe(until);
}); // prettier-ignore

test.each([
  ['Europe/Zurich', '2026-10-24 00:00', '2026-10-25 02:30', '2026-10-25T01:10:00Z'],
  ['America/New_York', '2026-10-31 00:00', '2026-11-01 01:30', '2026-11-01T06:10:00Z'],
  ['Australia/Lord_Howe', '2026-04-04 00:00', '2026-04-05 01:45', '2026-04-04T15:05:00Z'],
])('an end that is shown twice never lies behind now: %s until %s %s', (timeZone, from, to, now) => {
  const until = closedUntil({ timeZone, closed: [{ from, to }] }, new Date(now));
  expect(until?.getTime()).toBeGreaterThan(Date.parse(now));
});
