import { Cron } from 'croner';
import type { HostedFunction, Trigger } from './app.ts';
import type { HostClock } from './clock.ts';
import type { Invoke } from './invoke.ts';

export type TimerFunction = HostedFunction<Extract<Trigger, { type: 'timerTrigger' }>>;

export interface RunningTimer {
  /** Runs it now, beside the schedule. Resolves when it has ended, also when it failed (the log says so). */
  run(isPastDue?: boolean): Promise<void>;
  stop(): Promise<void>;
}

/** NCRONTAB: six fields, seconds first, UTC; day of month and day of week must both match. */
export function scheduleOf(expression: string): Cron {
  if (expression.trim().split(/\s+/).length !== 6) {
    throw new Error(`schedule "${expression}": expected six NCRONTAB fields (seconds first).`);
  }
  return new Cron(expression, { timezone: 'UTC', domAndDow: true, paused: true, mode: '6-part' });
}

/** Fires at virtual time. A tick that falls into a running invocation is left out, as the cloud's timer does. */
export function startTimer(called: TimerFunction, clock: HostClock, invoke: Invoke): RunningTimer {
  const cron = scheduleOf(called.trigger.schedule);
  let cancel: (() => void) | undefined;
  let stopped = false;
  let last = new Date(0);
  let running = Promise.resolve();

  const nextAfter = (instant: Date) => cron.nextRun(instant);
  const runOnce = async (isPastDue: boolean) => {
    const now = clock.now();
    const status = { Last: last, Next: nextAfter(now), LastUpdated: last };
    last = now;
    const json = JSON.stringify({ Schedule: { AdjustForDST: true }, ScheduleStatus: status, IsPastDue: isPastDue });
    // A failed run is in the log; a timer has no other retry than its next tick.
    await invoke(called, { data: { json } }).catch(() => {});
  };
  const run = (isPastDue = false) => (running = running.then(() => runOnce(isPastDue)));
  const schedule = () => {
    const next = nextAfter(clock.now());
    if (stopped || !next) return;
    cancel = clock.at(next, () => void run().then(schedule));
  };
  if (called.trigger.runOnStartup) void run().then(schedule);
  else schedule();
  return {
    run,
    stop() {
      stopped = true;
      cancel?.();
      return running;
    },
  };
}
