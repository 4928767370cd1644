import { describe, expect, it } from 'vitest';
import { FilterFault, parseFilter } from '../../../emulator/services/monitor/filter.ts';
import { parseTimespan } from '../../../emulator/services/monitor/timespan.ts';

describe('a filter', () => {
  it.each([
    { text: "deployment eq 'blue'", read: [{ dimension: 'deployment', values: ['blue'] }] },
    { text: "  deployment  EQ '*'  ", read: [{ dimension: 'deployment', values: '*' }] },
    { text: "a eq 'it''s' and b eq ''", read: [{ dimension: 'a', values: ["it's"] }, { dimension: 'b', values: [''] }] },
    { text: "(a eq '1' or A eq '2') and b eq '*'", read: [{ dimension: 'a', values: ['1', '2'] }, { dimension: 'b', values: '*' }] },
    { text: "a eq '1' or a eq '*'", read: [{ dimension: 'a', values: '*' }] },
  ])('$text is read', ({ text, read }) => {
    expect(parseFilter(text)).toEqual(read);
  }); // prettier-ignore

  it.each([
    '',
    'a',
    'a eq',
    'a eq 1',
    "a eq '1",
    "a ne '1'",
    "startswith(a, '1')",
    "a eq '1' b eq '2'",
    "a eq '1' and",
    "(a eq '1'",
    "a eq '1')",
    "a eq '1' or b eq '2'",
    "a eq '1' and A eq '2'",
    "a eq '1' ; b",
  ])('%j is refused', (text) => {
    expect(() => parseFilter(text)).toThrow(FilterFault);
  });
});

describe('a timespan', () => {
  const now = new Date('2026-11-22T12:00:00Z');

  it.each([
    { text: 'PT15M', from: '2026-11-22T11:45:00.000Z', to: '2026-11-22T12:00:00.000Z' },
    { text: 'P1DT1H', from: '2026-11-21T11:00:00.000Z', to: '2026-11-22T12:00:00.000Z' },
    { text: '2026-11-22T10:00:00Z/2026-11-22T11:00:00Z', from: '2026-11-22T10:00:00.000Z', to: '2026-11-22T11:00:00.000Z' }, // prettier-ignore
    { text: '2026-11-22T10:00:00Z/PT30M', from: '2026-11-22T10:00:00.000Z', to: '2026-11-22T10:30:00.000Z' },
    { text: 'PT30M/2026-11-22T10:00:00Z', from: '2026-11-22T09:30:00.000Z', to: '2026-11-22T10:00:00.000Z' },
  ])('$text is read', ({ text, from, to }) => {
    const read = parseTimespan(text, now);
    expect([read?.from.toISOString(), read?.to.toISOString()]).toEqual([from, to]);
  });

  it.each(['', 'P', 'PT', '15m', 'P1M', 'PT15M/PT1H', '2026-11-22/PT1H', '2026-11-22T11:00:00Z/2026-11-22T10:00:00Z'])(
    '%j is refused',
    (text) => {
      expect(parseTimespan(text, now)).toBeUndefined();
    },
  );
});
