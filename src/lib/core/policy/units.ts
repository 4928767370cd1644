import { z } from 'zod';
import { expected } from './expected.ts';

const MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const DURATION = /^(\d{1,6})(ms|s|m|h|d)$/;
const PERCENT = /^(\d{1,3}(?:\.\d{1,4})?)%$/;
const MULTIPLE = /^(\d{1,3}(?:\.\d{1,4})?)x$/;
const INCREASE = /^\+(\d{1,4}(?:\.\d{1,4})?)%$/;
/** No timer, date or table of ours is asked to reach further than this. */
const LONGEST_MS = 366 * MS.d;

/** `10m` -> 600000; undefined when it is not a whole number with a unit, or longer than a year. */
export function parseDuration(text: string): number | undefined {
  const match = DURATION.exec(text);
  const unit = match?.[2];
  if (unit !== 'ms' && unit !== 's' && unit !== 'm' && unit !== 'h' && unit !== 'd') return undefined;
  const durationMs = Number(match?.[1]) * MS[unit];
  return durationMs <= LONGEST_MS ? durationMs : undefined;
}

/** In the largest unit that needs no fraction: 86400000 -> `1d`. */
export function formatDuration(durationMs: number): string {
  const unit = (['d', 'h', 'm', 's'] as const).find((name) => durationMs % MS[name] === 0) ?? 'ms';
  return durationMs === 0 ? '0m' : `${durationMs / MS[unit]}${unit}`;
}

function numberIn(pattern: RegExp, text: string): number {
  return Number(pattern.exec(text)?.[1] ?? Number.NaN);
}

/** `2.5%` -> 2.5; undefined without the sign or outside 0..100. */
export function parsePercent(text: string): number | undefined {
  const percent = numberIn(PERCENT, text);
  return percent <= 100 ? percent : undefined;
}

export function formatPercent(percent: number): string {
  return `${percent}%`;
}

/** A fraction from a percentage, without the dust that dividing by 100 leaves (0.07, not 0.07000000000000001). */
function fractionOf(percent: number): number {
  return Number((percent / 100).toFixed(8));
}

interface Range {
  readonly above?: number;
  readonly atLeast?: number;
  readonly below?: number;
  readonly atMost?: number;
}

function within(value: number | undefined, { above, atLeast, below, atMost }: Range): value is number {
  if (value === undefined || Number.isNaN(value)) return false;
  if (above !== undefined && value <= above) return false;
  if (atLeast !== undefined && value < atLeast) return false;
  if (below !== undefined && value >= below) return false;
  return atMost === undefined || value <= atMost;
}

interface Quantity {
  readonly what: string;
  /** For editors, which know the pattern alone: `read` decides. */
  readonly pattern: RegExp;
  readonly read: (text: string) => number | undefined;
}

/** A text that `read` turns into a number within the range; anything else is refused with `what` was expected. */
function quantity({ what, pattern, read }: Quantity, range: Range = {}) {
  const wish = expected(what);
  return z
    .string(wish)
    .meta({ pattern: pattern.source })
    .transform((text, context) => {
      const value = read(text);
      if (within(value, range)) return value;
      context.addIssue({ code: 'custom', message: wish.error({ input: text }) });
      return z.NEVER;
    });
}

/** Milliseconds. */
export function duration(range: Range = {}) {
  const more = range.above === 0 ? ', longer than zero' : '';
  return quantity(
    { what: `a duration with a unit, such as 10m, 24h or 7d${more}`, pattern: DURATION, read: parseDuration },
    range,
  );
}

/** 0..100. */
export function percent(range: Range = {}, hint = 'such as 5%') {
  return quantity({ what: `a percentage with its sign, ${hint}`, pattern: PERCENT, read: parsePercent }, range);
}

/** Written as a percentage, read as a fraction. The range is in percent. */
export function fraction(range: Range = {}, hint = 'such as 95%') {
  return percent(range, hint).transform(fractionOf);
}

/** `2x` -> 2. */
export function multiple() {
  return quantity(
    { what: 'a multiple greater than 1x, such as 2x', pattern: MULTIPLE, read: (text) => numberIn(MULTIPLE, text) },
    { above: 1 },
  );
}

/** `+30%` -> 30. */
export function increase() {
  return quantity(
    { what: 'an increase greater than +0%, such as +30%', pattern: INCREASE, read: (text) => numberIn(INCREASE, text) },
    { above: 0 },
  );
}
