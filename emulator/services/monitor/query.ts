import { z } from 'zod';
import { FilterFault, parseFilter, type Condition } from './filter.ts';
import type { MetricDefinition, MetricSet } from './metrics.ts';
import { parseTimespan, type Timespan } from './timespan.ts';

const defaultTimespan = 'PT1H';
const defaultTop = 10;

/** The service's versions that have this shape of query. */
const apiVersions = ['2018-01-01', '2019-07-01', '2021-05-01', '2023-10-01', '2024-02-01'] as const;

/** Answered 400 `BadRequest`, without the `error` wrapper that other services of the control plane use. */
export class BadQuery extends Error {
  override name = 'BadQuery';
}

/** What Azure would do and this emulator does not; answered 501. */
export class UnsupportedQuery extends Error {
  override name = 'UnsupportedQuery';
}

const querySchema = z.strictObject({
  'api-version': z.enum(apiVersions),
  timespan: z.string().default(defaultTimespan),
  interval: z.string().default('PT1M'),
  metricnames: z.string().min(1),
  metricnamespace: z.string().optional(),
  aggregation: z.string().default('Average'),
  top: z.string().regex(/^[1-9]\d*$/, 'must be a positive number').transform(Number).default(defaultTop), // prettier-ignore
  orderby: z.string().default('average desc'),
  $filter: z.string().optional(),
});

export interface MetricQuery<Metric extends MetricDefinition = MetricDefinition> {
  readonly metrics: readonly {
    readonly definition: Metric;
    /** With the dimensions in the service's spelling. */
    readonly conditions: readonly Condition[];
  }[];
  readonly timespan: Timespan;
  readonly isFiltered: boolean;
  /** Acts only where there is a filter. */
  readonly top: number;
  readonly ascending: boolean;
}

export function parseQuery<Metric extends MetricDefinition>(
  set: MetricSet<Metric>,
  given: Record<string, string>,
  now: Date,
): MetricQuery<Metric> {
  const known: readonly string[] = Object.keys(querySchema.shape);
  const unknown = Object.keys(given).filter((key) => !known.includes(key));
  if (unknown.length > 0) throw new UnsupportedQuery(`parameters ${unknown.join(', ')}`);
  const parsed = querySchema.safeParse(given);
  if (!parsed.success) throw new BadQuery(z.prettifyError(parsed.error));
  const asked = parsed.data;
  if (asked.interval.toUpperCase() !== 'PT1M') throw new UnsupportedQuery(`interval ${asked.interval}`);
  const timespan = parseTimespan(asked.timespan, now);
  if (timespan === undefined) throw new BadQuery(`The timespan ${asked.timespan} is not valid.`);
  checkWords(set.namespace, asked);
  const conditions = asked.$filter === undefined ? [] : conditionsOf(asked.$filter);
  return {
    metrics: asked.metricnames.split(',').map((name) => {
      const definition = definitionOf(set, name.trim());
      return { definition, conditions: conditions.map((condition) => resolve(definition, condition)) };
    }),
    timespan,
    isFiltered: conditions.length > 0,
    top: asked.top,
    ascending: / asc$/i.test(asked.orderby),
  };
}

function checkWords(
  namespace: string,
  { metricnamespace = namespace, aggregation, orderby }: z.infer<typeof querySchema>,
): void {
  if (metricnamespace.toLowerCase() !== namespace.toLowerCase()) {
    throw new BadQuery(`The metric namespace ${metricnamespace} is not one of ${namespace}.`);
  }
  const others = aggregation.split(',').filter((word) => word.trim().toLowerCase() !== 'average');
  if (others.length > 0) throw new BadQuery(`These metrics have no aggregation ${others.join(', ')}, only Average.`);
  if (!/^average( (asc|desc))?$/i.test(orderby)) throw new BadQuery(`orderby ${orderby} is not understood.`);
}

function conditionsOf(filter: string): readonly Condition[] {
  try {
    return parseFilter(filter);
  } catch (error) {
    if (error instanceof FilterFault) throw new BadQuery(`The filter ${filter} is not valid: ${error.message}.`);
    throw error;
  }
}

function definitionOf<Metric extends MetricDefinition>(
  { namespace, metrics }: MetricSet<Metric>,
  name: string,
): Metric {
  const found = metrics.find((definition) => definition.name.toLowerCase() === name.toLowerCase());
  if (found !== undefined) return found;
  const [provider, ...type] = namespace.split('/');
  throw new BadQuery(
    `Failed to find metric configuration for provider: ${provider}, resource Type: ${type.join('/')}, metric: ${name}, Valid metrics: ${metrics.map((definition) => definition.name).join(',')}`,
  );
}

function resolve(definition: MetricDefinition, { dimension: asked, values }: Condition): Condition {
  const dimension = definition.dimensions.find((candidate) => candidate.toLowerCase() === asked.toLowerCase());
  if (dimension !== undefined) return { dimension, values };
  throw new BadQuery(
    `Metric: ${definition.name} does not support requested dimension combination: ${asked.toLowerCase()}, supported ones are: ${definition.dimensions.join(',')}`,
  );
}
