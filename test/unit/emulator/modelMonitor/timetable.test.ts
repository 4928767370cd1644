import { expect, test } from 'vitest';
import { nextSlot } from '../../../../emulator/services/modelMonitor/timetable.ts';

const made = new Date('2026-11-05T09:30:20Z');

function next(trigger: unknown, after: string): string | undefined {
  return nextSlot(trigger, made, new Date(after))?.toISOString();
}

const cron = (expression: string, more: object = {}) => ({ triggerType: 'Cron', expression, ...more });
const every = (frequency: string, interval: number, more: object = {}) => ({ triggerType: 'Recurrence', frequency, interval, ...more }); // prettier-ignore

test.each([
  { what: 'cron', trigger: cron('15 3 * * *'), after: '2026-11-05T09:31:00Z', is: '2026-11-06T03:15:00.000Z' },
  { what: 'cron, its days and months ignored', trigger: cron('15 3 1 1 *'), after: '2026-11-05T09:31:00Z', is: '2026-11-06T03:15:00.000Z' },
  { what: 'cron on Sundays', trigger: cron('0 3 * * SUN'), after: '2026-11-05T09:31:00Z', is: '2026-11-08T03:00:00.000Z' },
  { what: 'cron, not before its start', trigger: cron('0 * * * *', { startTime: '2026-11-07T12:00:00' }), after: '2026-11-05T09:31:00Z', is: '2026-11-07T12:00:00.000Z' },
  { what: 'cron after its end', trigger: cron('0 * * * *', { endTime: '2026-11-05T10:30:00' }), after: '2026-11-05T10:00:00Z', is: undefined },
  { what: 'a recurrence fires at once when it is made', trigger: every('Hour', 6), after: '2026-11-05T09:30:00Z', is: '2026-11-05T09:30:20.000Z' },
  { what: 'and counts from there', trigger: every('Hour', 6), after: '2026-11-05T09:30:20Z', is: '2026-11-05T15:30:20.000Z' },
  { what: 'or from its start', trigger: every('Day', 2, { startTime: '2026-11-01T03:00:00' }), after: '2026-11-05T09:31:00Z', is: '2026-11-07T03:00:00.000Z' },
  { what: 'a start that is still to come', trigger: every('Day', 1, { startTime: '2026-11-20T03:00:00' }), after: '2026-11-05T09:31:00Z', is: '2026-11-20T03:00:00.000Z' },
  { what: 'a pattern', trigger: every('Week', 1, { schedule: { hours: [3, 15], minutes: [10], weekDays: ['Monday', 'Friday'] } }), after: '2026-11-05T09:31:00Z', is: '2026-11-06T03:10:00.000Z' },
  { what: 'a pattern of days of the month', trigger: every('Month', 1, { schedule: { hours: [3], minutes: [10], monthDays: [1] } }), after: '2026-11-05T09:31:00Z', is: '2026-12-01T03:10:00.000Z' },
])('$what: $is', ({ trigger, after, is }) => {
  expect(next(trigger, after)).toBe(is);
}); // prettier-ignore

test.each([
  { what: 'other zones', trigger: cron('0 3 * * *', { timeZone: 'W. Europe Standard Time' }), says: /time zone W\. Europe/ },
  { what: 'a pattern every second week', trigger: every('Week', 2, { schedule: { hours: [3], minutes: [0] } }), says: /interval 2/ },
  { what: 'months without a pattern', trigger: every('Month', 1), says: /Month/ },
])('$what: said to be not done', ({ trigger, says }) => {
  expect(() => next(trigger, '2026-11-05T09:31:00Z')).toThrow(says);
}); // prettier-ignore
