import { Cron } from 'croner';
import { BadInput } from '../errors.ts';
import type { TrainingPolicy } from '../policy/policy.ts';

type Schedule = NonNullable<TrainingPolicy['when']['schedule']>;

/**
 * The last time at or before `now` for which the schedule is due. Where clocks are put forward, a time that does not
 * exist is due at the end of the gap; where they are put back, a time that exists twice is due the first time only. With
 * a wildcard or a step in minutes or hours, the schedule follows real time instead.
 */
export function lastSlot(schedule: Schedule, now: Date): Date | undefined {
  // Looks for times before the one given, so that one is named too.
  return cronOf(schedule).previousRuns(1, new Date(now.getTime() + 1))[0];
}

/** The next times after `from`, at most `count`. */
export function nextSlots(schedule: Schedule, from: Date, count: number): readonly Date[] {
  return cronOf(schedule).nextRuns(count, from);
}

/** Why nothing would ever be due, wherever; undefined for fields that work. */
export function scheduleFault(cron: string): string | undefined {
  try {
    const first = cronOf({ cron, timeZone: 'UTC' }).nextRun(new Date(0));
    return first === null ? 'it names a day that never comes' : undefined;
  } catch (error) {
    if (error instanceof BadInput) return error.faults[0]?.message;
    throw error;
  }
}

/** Day of month and day of week as in cron: where both are given, either will do. Without a function it sets no timer. */
function cronOf({ cron, timeZone }: Schedule): Cron {
  // Without a zone croner reckons, with one it asks Intl for each time that it tries.
  const zone = timeZone === 'UTC' ? { utcOffset: 0 } : { timezone: timeZone };
  try {
    return new Cron(cron, { ...zone, mode: '5-part', domAndDow: false, fixedTimeRule: 'no-wildcard' });
  } catch (error) {
    // croner throws plain errors of several kinds for what it cannot read; nothing else can go wrong here.
    const message = (error instanceof Error ? error.message : String(error)).replace(/^CronPattern: /, '');
    throw new BadInput('schedule', [{ place: 'cron', message }]);
  }
}
