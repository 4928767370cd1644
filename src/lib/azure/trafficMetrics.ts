import type { MetricsQueryClient } from '@azure/monitor-query';
import { z } from 'zod';
import { Refused } from '../core/errors.ts';
import type { TrafficMetrics } from '../ports.ts';
import { readRetries, type ArmOptions } from './arm.ts';
import { asking, parsed } from './armErrors.ts';
import { assembleMinutes, deploymentsIn, type Series } from './trafficMetricsMinutes.ts';

const provider = 'Azure Monitor';
const namespace = 'Microsoft.MachineLearningServices/workspaces/onlineEndpoints';
const deploymentNamespace = `${namespace}/deployments`;
/** Deployments times status codes of an endpoint, or instances; the service returns 10 series unless asked for more. */
const maxSeries = 1000;

const answer = z.object({
  metrics: z.array(
    z.object({
      name: z.string(),
      timeseries: z.array(
        z.object({
          metadataValues: z.array(z.object({ name: z.union([z.string(), z.object({ value: z.string() })]), value: z.string() })),
          data: z.array(z.object({ timeStamp: z.date(), average: z.number().nullish() })).nullish(),
        }),
      ),
    }),
  ),
}); // prettier-ignore

/**
 * Minutes of an endpoint from the platform's own metrics: two questions, and one for each deployment that was called. Whether
 * `RequestsPerMinute` at one-minute grain is an exact count, and whether memory comes as an average of one minute for every
 * kind of instance, is unverified. The client is the vendor's deprecated one, kept in this file: docs/decisions/0005-arm-writes.md.
 */
export function monitorTrafficMetrics(options: ArmOptions): TrafficMetrics {
  let client: Promise<MetricsQueryClient> | undefined;
  const query: Query = async (resource, metricNamespace, names, filter, timespan) => {
    client ??= openClient(options);
    const metrics = await client;
    const asked = `${names.join(', ')} of ${resource.split('/').slice(-2).join('/')}`;
    const result = await asking(provider, asked, () =>
      // With a leading slash the client would send two.
      metrics.queryResource(resource.slice(1), names, {
        granularity: 'PT1M',
        timespan,
        aggregations: ['Average'],
        filter,
        top: maxSeries,
        metricNamespace,
        abortSignal: AbortSignal.timeout(options.timeoutMs ?? 30_000),
      }),
    );
    return seriesOf(parsed(provider, asked, answer, result));
  };
  return {
    async minutes(workspace, endpoint, from, to) {
      const timespan = { startTime: from, endTime: to };
      const resource = `${workspace}/onlineEndpoints/${encodeURIComponent(endpoint)}`;
      const byCode = "deployment eq '*' and statusCode eq '*'";
      const requests = await query(resource, namespace, ['RequestsPerMinute'], byCode, timespan);
      if (requests.length === 0) return [];
      const latencies = ['RequestLatency', 'RequestLatency_P95'];
      const rest = await Promise.all([
        query(resource, namespace, latencies, "deployment eq '*'", timespan),
        ...deploymentsIn(requests).map((deployment) => memory(query, resource, deployment, timespan)),
      ]);
      return assembleMinutes([...requests, ...rest.flat()], from, to);
    },
  };
}

type Query = (resource: string, metricNamespace: string, names: string[], filter: string, timespan: Span) => Promise<Series[]>; // prettier-ignore

/** None where the platform does not measure it, or no longer has the deployment: the canary asks only for what is there. */
async function memory(query: Query, endpoint: string, deployment: string, timespan: Span): Promise<Series[]> {
  const resource = `${endpoint}/deployments/${encodeURIComponent(deployment)}`;
  const names = ['CpuMemoryUtilizationPercentage'];
  try {
    const series = await query(resource, deploymentNamespace, names, "instanceId eq '*'", timespan);
    return series.map((one) => ({ ...one, dimensions: { ...one.dimensions, deployment } }));
  } catch (error) {
    // Which of the two statuses the service has for a deployment that is gone or not measured is unverified.
    if (error instanceof Refused && (error.code === 'notFound' || error.code === 'invalid')) return [];
    throw error;
  }
}

interface Span {
  readonly startTime: Date;
  readonly endTime: Date;
}

async function openClient(options: ArmOptions): Promise<MetricsQueryClient> {
  const { MetricsQueryClient } = await import('@azure/monitor-query');
  const policies = await readRetries(options.retryDelayMs);
  return new MetricsQueryClient(options.credential, {
    endpoint: options.endpoint ?? 'https://management.azure.com',
    audience: options.audience ?? 'https://management.azure.com',
    retryOptions: { maxRetries: 0 },
    additionalPolicies: policies.map((policy) => ({ policy, position: 'perCall' })),
  });
}

function seriesOf({ metrics }: z.output<typeof answer>): Series[] {
  return metrics.flatMap(({ name, timeseries }) =>
    timeseries.map(({ metadataValues, data }) => ({
      metric: name,
      // The service returns dimension names in lower case whatever the question's was.
      dimensions: Object.fromEntries(
        metadataValues.map(({ name: key, value }) => [
          (typeof key === 'string' ? key : key.value).toLowerCase(),
          value,
        ]),
      ),
      points: (data ?? []).flatMap(({ timeStamp, average }) =>
        typeof average !== 'number' ? [] : [{ at: timeStamp, average }],
      ),
    })),
  );
}
