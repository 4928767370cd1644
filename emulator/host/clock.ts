import { z } from 'zod';

/** Virtual now = origin + (real now - realStart) * factor, all instants in milliseconds since 1970. */
export interface HostClock {
  now(): Date;
  /** Calls back at a virtual instant; the returned function cancels. */
  at(instant: Date, callback: () => void): () => void;
}

const clockSetting = z.strictObject({
  origin: z.iso.datetime(),
  /** Real time at `origin`, Unix milliseconds; where absent, virtual and real time agree at `origin`. */
  realStart: z.number().optional(),
  factor: z.number().positive(),
});
export type ClockSetting = z.infer<typeof clockSetting>;

const longestTimeoutMs = 2 ** 31 - 1;

/** From the setting STEWARD_CLOCK, which the host shares with the app; real time where it is absent. */
export function clockFrom(setting: string | undefined): HostClock {
  const { origin, realStart, factor } = setting
    ? clockSetting.parse(JSON.parse(setting))
    : { origin: new Date(0).toISOString(), realStart: 0, factor: 1 };
  const originMs = Date.parse(origin);
  const startMs = realStart ?? originMs;
  const nowMs = () => originMs + (Date.now() - startMs) * factor;
  return {
    now: () => new Date(nowMs()),
    at(instant, callback) {
      let timer: NodeJS.Timeout;
      const wait = () => {
        const delayMs = Math.ceil((instant.getTime() - nowMs()) / factor);
        if (delayMs <= 0) timer = setTimeout(callback, 0);
        else timer = setTimeout(wait, Math.min(delayMs, longestTimeoutMs));
      };
      wait();
      return () => clearTimeout(timer);
    },
  };
}
