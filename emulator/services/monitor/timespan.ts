import { isoDurationMs } from '../../runtime/isoDuration.ts';

export interface Timespan {
  readonly from: Date;
  readonly to: Date;
}

/** `start/end`, `start/duration`, `duration/end`, or a duration that ends now; undefined for anything else. */
export function parseTimespan(text: string, now: Date): Timespan | undefined {
  const [first = '', second] = text.split('/');
  const durationMs = isoDurationMs(first);
  if (second === undefined) {
    return durationMs === undefined ? undefined : { from: new Date(now.getTime() - durationMs), to: now };
  }
  const to = instant(second);
  if (durationMs !== undefined) return to && { from: new Date(to.getTime() - durationMs), to };
  const from = instant(first);
  const lengthMs = isoDurationMs(second);
  const end = lengthMs !== undefined && from !== undefined ? new Date(from.getTime() + lengthMs) : to;
  return from && end && from <= end ? { from, to: end } : undefined;
}

function instant(text: string): Date | undefined {
  if (!/^\d{4}-\d\d-\d\dT/.test(text)) return undefined;
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
