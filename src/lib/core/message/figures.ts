/** Numbers and times as people read them. One place, so that a mail never shows one figure in two ways. */

const WHOLE = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const TENTHS = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });
const FINER = [2, 3, 4].map((digits) => new Intl.NumberFormat('en-US', { maximumFractionDigits: digits }));
const DIGITS = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 4 });
const TWO_DIGITS = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 2 });
const POWER = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 2, notation: 'scientific' });

export function count(value: number): string {
  return WHOLE.format(value);
}

/** A figure without a unit, e.g. a metric: 0.8034. A tiny one (a p-value) is 1.2E-17, not a row of zeros. */
export function plain(value: number): string {
  return value !== 0 && Math.abs(value) < 0.0001 ? POWER.format(value) : DIGITS.format(value);
}

/** A fraction as `98.2 %`; very small ones in two digits, so that 0.04 % does not become 0 %. */
export function percent(fraction: number): string {
  return `${hundredths(fraction)} %`;
}

/** A difference of fractions in percentage points, as `-27.3`. */
export function signedHundredths(fraction: number): string {
  return fraction > 0 ? `+${hundredths(fraction)}` : hundredths(fraction);
}

export function hundredths(fraction: number): string {
  const value = fraction * 100;
  return value !== 0 && Math.abs(value) < 0.1 ? TWO_DIGITS.format(value) : TENTHS.format(value);
}

export function signed(value: number): string {
  return value > 0 ? `+${plain(value)}` : plain(value);
}

/** `4.9 times`. What is not its limit does not read like it: beside 1.3 times, 1.25 is not 1.3. */
export function times(ratio: number, limit = ratio): string {
  const forms = [TENTHS, ...FINER].map((form) => form.format(ratio));
  const told = limit === ratio ? undefined : forms.find((text) => text !== TENTHS.format(limit));
  return `${told ?? TENTHS.format(ratio)} times`;
}

export function milliseconds(value: number): string {
  return `${value < 10 ? TENTHS.format(value) : WHOLE.format(value)} ms`;
}

/** `1 request`, `2,700 requests`. */
export function many(value: number, singular: string, plural = `${singular}s`): string {
  return `${count(value)} ${value === 1 ? singular : plural}`;
}

/** `a`, `a and b`, `a, b and c`, `a, b and 2 more`. */
export function series(items: readonly string[], more = 0): string {
  const all = more > 0 ? [...items, `${count(more)} more`] : items;
  return [all.slice(0, -1).join(', '), ...all.slice(-1)].filter((part) => part !== '').join(' and ');
}

const CLOCK = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: 'UTC' });
const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });

/** `03:12 UTC`, with the day where it is not the day of `reference` (both ISO times). */
export function time(at: string, reference: string): string {
  const date = new Date(at);
  const clock = `${CLOCK.format(date)} UTC`;
  return at.slice(0, 10) === reference.slice(0, 10) ? clock : `${DAY.format(date)} ${clock}`;
}

/** `at 03:12 UTC`; `on 5 Dec 03:12 UTC` where it is not the day of `reference`. */
export function when(at: string, reference: string): string {
  return `${at.slice(0, 10) === reference.slice(0, 10) ? 'at' : 'on'} ${time(at, reference)}`;
}

/** Whole minutes between two ISO times, at least 1. */
export function minutes(from: string, to: string): string {
  return many(Math.max(1, Math.round((Date.parse(to) - Date.parse(from)) / 60_000)), 'minute');
}

/** The same, in hours where it is long. */
export function span(from: string, to: string): string {
  const hours = (Date.parse(to) - Date.parse(from)) / 3_600_000;
  return hours < 2 ? minutes(from, to) : `${TENTHS.format(hours)} hours`;
}

/** `v7`; names that people chose stay as they are. */
export function versionName(version: string): string {
  return /^\d/.test(version) ? `v${version}` : version;
}
