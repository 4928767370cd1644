import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BadInput } from '../../../../src/lib/core/errors.ts';
import { lastSlot, nextSlots, scheduleFault } from '../../../../src/lib/core/training/schedule.ts';
import { DAY_MS, MINUTE_MS } from '../given.ts';

const ZURICH = 'Europe/Zurich';
const NEW_YORK = 'America/New_York';
const slot = (cron: string, timeZone: string, now: string) => lastSlot({ cron, timeZone }, new Date(now))?.toISOString().replace(':00.000Z', 'Z'); // prettier-ignore

/** Every slot of a period, as a look each minute finds them. */
function slots(cron: string, timeZone: string, from: string, to: string): string[] {
  const found = new Set<string>();
  for (let ms = Date.parse(from); ms < Date.parse(to); ms += MINUTE_MS) {
    const last = slot(cron, timeZone, new Date(ms).toISOString());
    if (last !== undefined && last >= from) found.add(last);
  }
  return [...found];
}

describe('the last slot', () => {
  test.each([
    ['0 3 * * *', 'UTC', '2026-03-02T02:59:59.999Z', '2026-03-01T03:00Z', 'not before its time'],
    ['0 3 * * *', 'UTC', '2026-03-02T03:00:00.000Z', '2026-03-02T03:00Z', 'at its time'],
    ['0 3 * * *', 'UTC', '2026-03-02T03:00:00.001Z', '2026-03-02T03:00Z', 'just after it'],
    ['0 3 * * SUN', ZURICH, '2026-11-22T01:59:00Z', '2026-11-15T02:00Z', 'a week ago'],
    ['0 3 * * SUN', ZURICH, '2026-11-22T02:00:00Z', '2026-11-22T02:00Z', 'in the zone’s own time'],
    ['0 3 * * 0', ZURICH, '2026-11-22T02:00:00Z', '2026-11-22T02:00Z', 'Sunday is 0'],
    ['0 3 * * 7', ZURICH, '2026-11-22T02:00:00Z', '2026-11-22T02:00Z', 'and 7'],
    ['*/20 * * * *', 'UTC', '2026-03-02T03:41:07Z', '2026-03-02T03:40Z', 'a step'],
    ['0 0 31 * *', 'UTC', '2026-05-01T00:00:00Z', '2026-03-31T00:00Z', 'a month without a 31st has none'],
    ['0 0 L * *', 'UTC', '2026-03-01T12:00:00Z', '2026-02-28T00:00Z', 'the end of February'],
    ['0 0 L * *', 'UTC', '2028-03-01T12:00:00Z', '2028-02-29T00:00Z', 'in a leap year'],
    ['30 23 31 12 *', NEW_YORK, '2027-01-01T04:31:00Z', '2027-01-01T04:30Z', 'the end of a year that is over in Greenwich'],
    ['0 0 29 2 *', 'UTC', '2028-02-28T23:59:00Z', '2024-02-29T00:00Z', 'a leap day, four years ago'],
    ['0 0 29 2 *', 'UTC', '2028-02-29T00:00:00Z', '2028-02-29T00:00Z', 'a leap day'],
    ['0 3 13 * FRI', 'UTC', '2026-03-12T03:00:00Z', '2026-03-06T03:00Z', 'either day will do: a Friday'],
    ['0 3 13 * FRI', 'UTC', '2026-04-14T03:00:00Z', '2026-04-13T03:00Z', 'either day will do: a 13th'],
  ])('%s in %s at %s is %s: %s', (cron, timeZone, now, expected) => {
    expect(slot(cron, timeZone, now)).toBe(expected);
  }); // prettier-ignore

  test('of a day that never comes is none', () => {
    expect(slot('0 0 30 2 *', 'UTC', '2026-06-01T00:00:00Z')).toBeUndefined();
  });
});

describe('where clocks are put forward', () => {
  test.each([
    // 2026-03-29: 02:00 is 03:00 at once.
    ['30 2 * * *', ZURICH, '2026-03-29T00:00Z', ['2026-03-29T01:00Z'], 'a time that does not exist is due once, at the end of the gap'],
    ['0 2 * * *', ZURICH, '2026-03-29T00:00Z', ['2026-03-29T01:00Z'], 'also the very first minute of it'],
    ['30 2,14 * * *', ZURICH, '2026-03-29T00:00Z', ['2026-03-29T01:00Z', '2026-03-29T12:30Z'], 'also in a list'],
    ['0 2,3 * * *', ZURICH, '2026-03-29T00:00Z', ['2026-03-29T01:00Z'], 'two that fall together are one'],
    ['30 1 * * *', ZURICH, '2026-03-29T00:00Z', ['2026-03-29T00:30Z'], 'the hour before is as ever'],
    ['*/30 1-3 * * *', ZURICH, '2026-03-29T00:00Z', ['2026-03-29T00:00Z', '2026-03-29T00:30Z', '2026-03-29T01:00Z', '2026-03-29T01:30Z'], 'steps go on in real time'],
    // 2026-03-08.
    ['30 2 * * *', NEW_YORK, '2026-03-08T05:00Z', ['2026-03-08T07:00Z'], 'in New York as well'],
    ['0 3 * * SUN', NEW_YORK, '2026-03-08T05:00Z', ['2026-03-08T07:00Z'], 'the hour after is as ever'],
  ])('%s in %s from %s: %j: %s', (cron, timeZone, from, expected) => {
    expect(slots(cron, timeZone, from, new Date(Date.parse(from) + 23 * 60 * MINUTE_MS).toISOString())).toEqual(expected);
  }); // prettier-ignore
});

describe('where clocks are put back', () => {
  test.each([
    // 2026-10-25: 03:00 is 02:00 again.
    ['30 2 * * *', ZURICH, '2026-10-24T23:00Z', ['2026-10-25T00:30Z'], 'a time that exists twice is due once, the first time'],
    ['30 2,14 * * *', ZURICH, '2026-10-24T23:00Z', ['2026-10-25T00:30Z', '2026-10-25T13:30Z'], 'also in a list'],
    ['0 3 * * SUN', ZURICH, '2026-10-24T23:00Z', ['2026-10-25T02:00Z'], 'the hour after is as ever'],
    ['*/30 2 * * *', ZURICH, '2026-10-24T23:00Z', ['2026-10-25T00:00Z', '2026-10-25T00:30Z', '2026-10-25T01:00Z', '2026-10-25T01:30Z'], 'steps go on in real time'],
    // 2026-11-01.
    ['30 1 * * *', NEW_YORK, '2026-11-01T05:00Z', ['2026-11-01T05:30Z'], 'in New York as well'],
    ['0 2 * * *', NEW_YORK, '2026-11-01T05:00Z', ['2026-11-01T07:00Z'], 'the hour after is as ever'],
  ])('%s in %s from %s: %j: %s', (cron, timeZone, from, expected) => {
    expect(slots(cron, timeZone, from, new Date(Date.parse(from) + 23 * 60 * MINUTE_MS).toISOString())).toEqual(expected);
  }); // prettier-ignore
});

/** The wall clock's day, by another way than the one that is tested. */
const dayIn = (timeZone: string, at: Date) => new Intl.DateTimeFormat('sv-SE', { timeZone }).format(at);
const anyTime = fc.integer({ min: Date.parse('2026-01-01'), max: Date.parse('2029-01-01') }).map((ms) => new Date(ms));
const anyZone = fc.constantFrom('UTC', ZURICH, NEW_YORK, 'Asia/Kathmandu', 'Australia/Lord_Howe');

test('a slot is at or before now, and the last one of itself; none comes between it and now', () => {
  const crons = fc.constantFrom('30 2 * * *', '0 3 * * SUN', '*/20 * * * *', '15 1,2,3 * * MON-FRI', '0 0 1,15 * *');
  fc.assert(
    fc.property(crons, anyZone, anyTime, fc.double({ min: 0, max: 1, noNaN: true }), (cron, timeZone, now, part) => {
      const last = lastSlot({ cron, timeZone }, now) ?? new Date(Number.NaN);
      const between = new Date(last.getTime() + part * (now.getTime() - last.getTime()));
      expect(last.getTime()).toBeLessThanOrEqual(now.getTime());
      expect(lastSlot({ cron, timeZone }, between)).toEqual(last);
    }),
  );
});

test('UTC, which needs no Intl, is like any other zone', () => {
  const crons = fc.constantFrom('30 2 * * *', '0 3 * * SUN', '*/20 * * * *', '0 0 1,15 * FRI', '59 23 L 2 *');
  fc.assert(
    fc.property(crons, anyTime, (cron, now) => {
      const [utc, other] = [
        { cron, timeZone: 'UTC' },
        { cron, timeZone: 'Etc/UTC' },
      ];
      expect(lastSlot(utc, now)).toEqual(lastSlot(other, now));
      expect(nextSlots(utc, now, 3)).toEqual(nextSlots(other, now, 3));
    }),
  );
});

test('a daily schedule is due on each day once, on any day of any zone', () => {
  fc.assert(
    fc.property(fc.nat(23), fc.nat(59), anyZone, anyTime, (hour, minute, timeZone, now) => {
      const schedule = { cron: `${minute} ${hour} * * *`, timeZone };
      const last = lastSlot(schedule, now) ?? new Date(Number.NaN);
      const before = lastSlot(schedule, new Date(last.getTime() - 1)) ?? new Date(Number.NaN);
      expect(Date.parse(dayIn(timeZone, last)) - Date.parse(dayIn(timeZone, before))).toBe(DAY_MS);
      expect(now.getTime() - last.getTime()).toBeLessThan(25 * 60 * MINUTE_MS);
    }),
  );
});

describe('a schedule that cannot be due', () => {
  test.each([
    ['0 0 30 2 *', /a day that never comes/],
    ['99 3 * * *', /minute: 99/],
    ['0 3 * * FOO', /illegal characters/],
    ['0 0 3 * * *', /exactly 5 parts/],
  ])('%s: %s', (cron, fault) => {
    expect(scheduleFault(cron)).toMatch(fault);
  });

  test.each(['0 3 * * SUN', '0 0 29 2 *', '*/7 0-5 L JAN-MAR *'])('is not %s', (cron) => {
    expect(scheduleFault(cron)).toBeUndefined();
  });

  test('is bad input where it is asked all the same', () => {
    expect(() => slot('99 3 * * *', 'UTC', '2026-03-02T00:00:00Z')).toThrow(BadInput);
  });
});
