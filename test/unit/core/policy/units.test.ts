import { assert, integer, oneof, pre, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  duration, formatDuration, formatPercent, fraction, increase, multiple, parseDuration, parsePercent, percent,
} from '../../../../src/lib/core/policy/units.ts'; // prettier-ignore

const YEAR_MS = 366 * 86_400_000;

describe('durations', () => {
  it.each([
    ['300ms', 300], ['0m', 0], ['90s', 90_000], ['10m', 600_000], ['24h', 86_400_000], ['7d', 604_800_000],
  ] as const)('%s', (text, ms) => expect(parseDuration(text)).toBe(ms)); // prettier-ignore

  it.each(['10', '1.5h', '-1m', '10 m', '10min', 'm', '', '367d', '1e3s', '١0m'])('%s is none', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it('come back from their own text', () => {
    const second = integer({ min: 0, max: YEAR_MS / 1000 }).map((seconds) => seconds * 1000);
    const any = oneof(second, integer({ min: 0, max: 999_999 }));
    assert(
      property(any, (durationMs) => {
        const text = formatDuration(durationMs);
        pre(/^\d{1,6}[a-z]+$/.test(text));
        expect(parseDuration(text)).toBe(durationMs);
      }),
    );
  });

  it('are told in the largest unit that needs no fraction', () => {
    expect([0, 300, 90_000, 3_600_000, 172_800_000].map(formatDuration)).toEqual(['0m', '300ms', '90s', '1h', '2d']);
  });
});

describe('percentages', () => {
  it('come back from their own text', () => {
    assert(
      property(integer({ min: 0, max: 1_000_000 }), (tenThousandths) => {
        const value = Number((tenThousandths / 10_000).toFixed(4));
        expect(parsePercent(formatPercent(value))).toBe(value);
      }),
    );
  });

  it('as fractions carry no dust', () => {
    assert(
      property(integer({ min: 0, max: 100 }), (whole) => {
        expect(fraction().parse(`${whole}%`)).toBe(Number(`${whole}e-2`));
      }),
    );
  });

  it.each(['5', '101%', '-1%', '5 %', '%', '0.05', '1e1%'])('%s is none', (text) => {
    expect(parsePercent(text)).toBeUndefined();
  });

  it('keep to their range, ends included or not as asked', () => {
    expect(percent({ above: 0, atMost: 50 }).safeParse('0%').success).toBe(false);
    expect(percent({ above: 0, atMost: 50 }).safeParse('50%').success).toBe(true);
    expect(percent({ atLeast: 50, below: 100 }).safeParse('50%').success).toBe(true);
    expect(percent({ atLeast: 50, below: 100 }).safeParse('100%').success).toBe(false);
  });
});

describe('multiples and increases', () => {
  it('read what they say', () => {
    expect(multiple().parse('2x')).toBe(2);
    expect(multiple().parse('1.5x')).toBe(1.5);
    expect(increase().parse('+30%')).toBe(30);
    expect(duration().parse('2h')).toBe(7_200_000);
  });

  it.each(['2', 'x', '1x', '0.5x', '-2x'])('%s is no multiple', (text) => {
    expect(multiple().safeParse(text).success).toBe(false);
  });

  it.each(['30%', '+0%', '-30%', '+30'])('%s is no increase', (text) => {
    expect(increase().safeParse(text).success).toBe(false);
  });
});
