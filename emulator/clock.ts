import type { Clock } from './world.ts';

/** Node's timers hold at most a signed 32-bit count of milliseconds. */
const longestTimerMs = 2 ** 31 - 1;

export interface StoppableClock extends Clock {
  /** Cancels every timer: nothing calls back after this. */
  stop(): void;
}

export function virtualClock(origin: Date, factor: number): StoppableClock {
  if (!(factor > 0) || !Number.isFinite(factor)) throw new RangeError(`clock factor must be above 0, not ${factor}`);
  const pending = new Set<() => void>();
  let stopped = false;
  const virtualNowMs = () => origin.getTime() + (Date.now() - origin.getTime()) * factor;

  return {
    origin,
    factor,
    now: () => new Date(virtualNowMs()),
    after(delayMs, callback) {
      if (stopped) return () => {};
      const dueMs = virtualNowMs() + delayMs;
      let timer: NodeJS.Timeout;
      const cancel = () => {
        clearTimeout(timer);
        pending.delete(cancel);
      };
      const wait = () => {
        const leftMs = Math.ceil((dueMs - virtualNowMs()) / factor);
        timer = setTimeout(fireWhenDue, Math.min(Math.max(leftMs, 0), longestTimerMs));
      };
      // Node's timers may fire a millisecond early, which is minutes on a fast clock.
      const fireWhenDue = () => {
        if (virtualNowMs() < dueMs) {
          wait();
          return;
        }
        pending.delete(cancel);
        callback();
      };
      pending.add(cancel);
      wait();
      return cancel;
    },
    stop() {
      stopped = true;
      for (const cancel of pending) cancel();
    },
  };
}
