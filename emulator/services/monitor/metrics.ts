import type { ServedRequest } from '../../world.ts';

const onlineEndpoints = 'Microsoft.MachineLearningServices/workspaces/onlineEndpoints';

/** The dimensions that a served request has, in the service's spelling. */
const dimensionOf: Readonly<Record<string, (request: ServedRequest) => string>> = {
  deployment: (request: ServedRequest) => request.deployment,
  statusCode: (request: ServedRequest) => String(request.status),
  statusCodeClass: (request: ServedRequest) => `${Math.floor(request.status / 100)}xx`,
  modelStatusCode: (request: ServedRequest) => String(request.modelStatus),
};

export function dimensionValue(dimension: string, request: ServedRequest): string {
  return dimensionOf[dimension]?.(request) ?? '';
}

export interface MetricDefinition {
  readonly name: string;
  readonly unit: 'CountPerMinute' | 'Milliseconds' | 'Percent';
  readonly description: string;
  readonly dimensions: readonly string[];
}

export interface RequestMetric extends MetricDefinition {
  /** The value of one minute; `requests` is never empty. */
  readonly measure: (requests: readonly ServedRequest[]) => number;
}

/** What one kind of resource measures. */
export interface MetricSet<Metric extends MetricDefinition = MetricDefinition> {
  readonly namespace: string;
  readonly metrics: readonly Metric[];
}

const requestMetrics: readonly RequestMetric[] = [
  {
    name: 'RequestsPerMinute',
    unit: 'CountPerMinute',
    description: 'The number of requests sent to online endpoint within a minute',
    dimensions: Object.keys(dimensionOf),
    measure: (requests) => requests.length,
  },
  latency('RequestLatency', 'The average complete interval of time taken for a request to be responded', mean),
  ...([50, 90, 95, 99] as const).map((percent) =>
    latency(`RequestLatency_P${percent}`, `The P${percent} request latency`, (values) => percentile(values, percent)),
  ),
];

export const endpointMetrics: MetricSet<RequestMetric> = { namespace: onlineEndpoints, metrics: requestMetrics };

export const deploymentMetrics: MetricSet = {
  namespace: `${onlineEndpoints}/deployments`,
  metrics: [
    {
      name: 'CpuMemoryUtilizationPercentage',
      unit: 'Percent',
      description: 'Percentage of memory utilization on an instance',
      dimensions: ['instanceId'],
    },
  ],
};

function latency(name: string, description: string, of: (valuesMs: readonly number[]) => number): RequestMetric {
  const measure = (requests: readonly ServedRequest[]) => of(requests.map(({ durationMs }) => durationMs));
  return { name, unit: 'Milliseconds', description, dimensions: ['deployment'], measure };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Nearest rank: the smallest value that at least `percent` of all do not exceed. */
function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil((percent / 100) * sorted.length) - 1] ?? Number.NaN;
}
