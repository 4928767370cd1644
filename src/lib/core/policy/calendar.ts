import type { Estate, EstateCalendar } from './estate.ts';
import type { FreezePolicy } from './policy.ts';

/** Costly to make, and the zones of an estate are few. */
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-CA', {
    timeZone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit',
  }); // prettier-ignore
  formats.set(timeZone, made);
  return made;
}

/** The wall clock of a zone as `2026-12-20 18:00`: texts of this form compare as times do. */
function wallClock(at: Date, timeZone: string): string {
  const parts = Object.fromEntries(
    formatOf(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  return `${parts['year']}-${parts['month']}-${parts['day']} ${parts['hour']}:${parts['minute']}`;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Zones are at most 14 hours ahead of UTC and 12 behind. */
const WIDEST_MS = 15 * HOUR_MS;

/** First instant, to the minute, at which the zone's wall clock shows `local` or later; a skipped time ends the gap. */
function instantOf(local: string, timeZone: string): Date {
  const asUtcMs = Date.parse(`${local.replace(' ', 'T')}:00Z`);
  let before = asUtcMs - WIDEST_MS;
  let atOrAfter = asUtcMs + WIDEST_MS;
  // The wall clock goes back once a year: one of the two instants that show `local` then is found.
  while (atOrAfter - before > MINUTE_MS) {
    const middle = before + Math.floor((atOrAfter - before) / (2 * MINUTE_MS)) * MINUTE_MS;
    if (wallClock(new Date(middle), timeZone) >= local) atOrAfter = middle;
    else before = middle;
  }
  return new Date(atOrAfter);
}

/** When the calendar opens again, where it is closed now; entries that touch or overlap are one. */
export function closedUntil({ timeZone, closed }: EstateCalendar, now: Date): Date | undefined {
  const local = wallClock(now, timeZone);
  let end: string | undefined;
  for (const { from, to } of closed.toSorted((a, b) => a.from.localeCompare(b.from))) {
    const reached = end ?? local;
    if (from <= reached && to > reached) end = to;
  }
  const at = end === undefined ? undefined : instantOf(end, timeZone);
  // In the hour that is shown twice the end lies behind its first showing: looked at again each minute until it is over.
  return at && at <= now ? new Date(now.getTime() + MINUTE_MS) : at;
}

/** When it closes next, of what is still to come; undefined when it never does. */
export function closesNext({ calendar }: FreezePolicy, calendars: Estate['calendars'], now: Date): Date | undefined {
  const found = Object.hasOwn(calendars, calendar) ? calendars[calendar] : undefined;
  if (!found) return undefined;
  const local = wallClock(now, found.timeZone);
  const [next] = found.closed.map(({ from }) => from).filter((from) => from > local).toSorted(); // prettier-ignore
  return next === undefined ? undefined : instantOf(next, found.timeZone);
}

/** When the calendar that a policy names opens again, where it is closed now; an estate without it is open. */
export function frozenUntil({ calendar }: FreezePolicy, calendars: Estate['calendars'], now: Date): Date | undefined {
  const found = Object.hasOwn(calendars, calendar) ? calendars[calendar] : undefined;
  return found && closedUntil(found, now);
}
