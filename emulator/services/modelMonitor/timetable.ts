import { Cron } from 'croner';
import { z } from 'zod';
import { NotDone } from './notDone.ts';

const localTime = z.string().nullish();
const span = { startTime: localTime, endTime: localTime, timeZone: z.string().nullish() };
const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const;

const triggerSchema = z.discriminatedUnion('triggerType', [
  z.object({ triggerType: z.literal('Cron'), expression: z.string(), ...span }),
  z.object({
    triggerType: z.literal('Recurrence'),
    frequency: z.enum(['Minute', 'Hour', 'Day', 'Week', 'Month']),
    interval: z.int().min(1),
    schedule: z
      .object({
        hours: z.array(z.int()),
        minutes: z.array(z.int()),
        weekDays: z.array(z.enum(days)).nullish(),
        monthDays: z.array(z.int()).nullish(),
      })
      .nullish(),
    ...span,
  }),
]);
type Trigger = z.infer<typeof triggerSchema>;
type Recurrence = Extract<Trigger, { triggerType: 'Recurrence' }>;

const minuteMs = 60_000;
const unitsMs = { Minute: minuteMs, Hour: 60 * minuteMs, Day: 1440 * minuteMs, Week: 7 * 1440 * minuteMs };

/**
 * The first instant after `after` at which a schedule made at `createdAt` fires; undefined when there is none any more.
 * Times are UTC, the zone when none is given.
 */
export function nextSlot(trigger: unknown, createdAt: Date, after: Date): Date | undefined {
  const read = triggerSchema.parse(trigger);
  if (!['UTC', undefined].includes(read.timeZone ?? undefined)) throw new NotDone(`time zone ${read.timeZone}`);
  const start = read.startTime ? inUtc(read.startTime) : createdAt;
  const from = new Date(Math.max(after.getTime(), start.getTime() - 1));
  const cron = cronOf(read);
  const next = cron === undefined ? stepAfter(read as Recurrence, start, from) : cron.nextRun(from);
  if (next === null || (read.endTime && next > inUtc(read.endTime))) return undefined;
  return next;
}

/** Undefined for a recurrence that counts from its start. */
function cronOf(trigger: Trigger): Cron | undefined {
  const expression = trigger.triggerType === 'Cron' ? ofCron(trigger.expression) : ofPattern(trigger);
  return expression === undefined ? undefined : new Cron(expression, { timezone: 'UTC', paused: true });
}

/** Days of the month and months are taken and ignored, as the documentation says. */
function ofCron(expression: string): string {
  const [minutes, hours, , , weekDays] = expression.trim().split(/\s+/);
  return `${minutes} ${hours} * * ${weekDays}`;
}

function ofPattern({ frequency, interval, schedule }: Recurrence): string | undefined {
  if (!schedule || frequency === 'Minute' || frequency === 'Hour') return undefined;
  if (interval !== 1) throw new NotDone(`a pattern with frequency ${frequency} and interval ${interval}`);
  const weekDays = schedule.weekDays?.map((day) => days.indexOf(day)).join(',') || '*';
  return `${schedule.minutes.join(',')} ${schedule.hours.join(',')} ${schedule.monthDays?.join(',') || '*'} * ${weekDays}`;
}

function stepAfter({ frequency, interval }: Recurrence, start: Date, from: Date): Date {
  if (frequency === 'Month') throw new NotDone('frequency Month without a pattern');
  const stepMs = unitsMs[frequency] * interval;
  const steps = Math.floor((from.getTime() - start.getTime()) / stepMs) + 1;
  return new Date(start.getTime() + steps * stepMs);
}

/** Times of a trigger have no offset. */
function inUtc(local: string): Date {
  return new Date(`${local}Z`);
}
