import { z } from 'zod';

/** Multi-value operators take `values`, the others `value`; names as ARM has them. */
export type AdvancedFilter = { readonly key: string } & (
  | {
      readonly operatorType:
        | 'StringIn'
        | 'StringNotIn'
        | 'StringContains'
        | 'StringNotContains'
        | 'StringBeginsWith'
        | 'StringNotBeginsWith'
        | 'StringEndsWith'
        | 'StringNotEndsWith';
      readonly values: readonly string[];
    }
  | { readonly operatorType: 'NumberIn' | 'NumberNotIn'; readonly values: readonly number[] }
  | {
      readonly operatorType:
        'NumberLessThan' | 'NumberLessThanOrEquals' | 'NumberGreaterThan' | 'NumberGreaterThanOrEquals';
      readonly value: number;
    }
  | { readonly operatorType: 'BoolEquals'; readonly value: boolean }
  | { readonly operatorType: 'IsNullOrUndefined' | 'IsNotNull' }
);

export interface Filter {
  /** Absent = all types of the source. */
  readonly includedEventTypes?: readonly string[];
  readonly subjectBeginsWith?: string;
  readonly subjectEndsWith?: string;
  readonly advancedFilters?: readonly AdvancedFilter[];
}

/** Limits of the service: 25 filters and 25 values a subscription, 512 characters a string. */
const maxFilters = 25;
const maxValues = 25;
const maxTextLength = 512;

/** Everything that the service would refuse about a filter, at once. */
export function filterFaults({ advancedFilters = [] }: Filter): string[] {
  const values = advancedFilters.flatMap((filter) => ('values' in filter ? [...filter.values] : []));
  const faults: string[] = [];
  if (advancedFilters.length > maxFilters) faults.push(`more than ${maxFilters} advanced filters`);
  if (values.length > maxValues) faults.push(`more than ${maxValues} values in all advanced filters`);
  for (const value of values) {
    if (typeof value === 'string' && value.length > maxTextLength)
      faults.push(`a value over ${maxTextLength} characters`);
  }
  return faults;
}

const record = z.record(z.string(), z.unknown());

/**
 * Follows `data.runTags.x` one name a dot, so a name that itself holds a dot cannot be reached: the service's own
 * limit. Names are compared without case, for which the vendor's samples are the only witness (unverified).
 */
function valueAt(body: unknown, key: string): unknown {
  let at = body;
  for (const part of key.split('.')) {
    const inner = record.safeParse(at);
    if (!inner.success) return undefined;
    at = Object.entries(inner.data).find(([name]) => name.toLowerCase() === part.toLowerCase())?.[1];
  }
  return at;
}

const same = (a: string) => (b: string) => a === b;
const holds = (a: string) => (b: string) => a.includes(b);
const begins = (a: string) => (b: string) => a.startsWith(b);
const ends = (a: string) => (b: string) => a.endsWith(b);

/** Text comparisons know no case; a value that is no text fits no text, which the Not operators let pass. */
function anyText(value: unknown, values: readonly string[], compare: (a: string) => (b: string) => boolean): boolean {
  return typeof value === 'string' && values.map((text) => text.toLowerCase()).some(compare(value.toLowerCase()));
}

function fits(body: unknown, filter: AdvancedFilter): boolean {
  const value = valueAt(body, filter.key);
  switch (filter.operatorType) {
    case 'StringIn':
      return anyText(value, filter.values, same);
    case 'StringNotIn':
      return !anyText(value, filter.values, same);
    case 'StringContains':
      return anyText(value, filter.values, holds);
    case 'StringNotContains':
      return !anyText(value, filter.values, holds);
    case 'StringBeginsWith':
      return anyText(value, filter.values, begins);
    case 'StringNotBeginsWith':
      return !anyText(value, filter.values, begins);
    case 'StringEndsWith':
      return anyText(value, filter.values, ends);
    case 'StringNotEndsWith':
      return !anyText(value, filter.values, ends);
    case 'NumberIn':
      return typeof value === 'number' && filter.values.includes(value);
    case 'NumberNotIn':
      return !(typeof value === 'number' && filter.values.includes(value));
    case 'NumberLessThan':
      return typeof value === 'number' && value < filter.value;
    case 'NumberLessThanOrEquals':
      return typeof value === 'number' && value <= filter.value;
    case 'NumberGreaterThan':
      return typeof value === 'number' && value > filter.value;
    case 'NumberGreaterThanOrEquals':
      return typeof value === 'number' && value >= filter.value;
    case 'BoolEquals':
      return value === filter.value;
    case 'IsNullOrUndefined':
      return value === null || value === undefined;
    case 'IsNotNull':
      return value !== null && value !== undefined;
  }
}

/** `body` is the event in the subscription's schema, since keys are those of the schema. All parts must fit. */
export function passes(
  body: Readonly<Record<string, unknown>>,
  type: string,
  subject: string,
  filter: Filter,
): boolean {
  const { includedEventTypes, subjectBeginsWith = '', subjectEndsWith = '', advancedFilters = [] } = filter;
  return (
    (includedEventTypes === undefined ||
      includedEventTypes.some((included) => included.toLowerCase() === type.toLowerCase())) &&
    subject.toLowerCase().startsWith(subjectBeginsWith.toLowerCase()) &&
    subject.toLowerCase().endsWith(subjectEndsWith.toLowerCase()) &&
    advancedFilters.every((advanced) => fits(body, advanced))
  );
}
