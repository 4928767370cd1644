import type { MetricsQueryClient } from '@azure/monitor-query';
import { z } from 'zod';
import type { TrafficMetrics, WorkspaceId } from '../ports.ts';
import { readRetries, type ArmOptions } from './arm.ts';
import { asking, parsed } from './armErrors.ts';
import { assembleMinutes, type Series } from './trafficMetricsMinutes.ts';

const provider = 'Azure Monitor';
const namespace = 'Microsoft.MachineLearningServices/workspaces/onlineEndpoints';
/** Deployments times status codes of one endpoint; the service returns 10 series unless asked for more. */
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
 * Minutes of an endpoint from the platform's own metrics. Whether `RequestsPerMinute` at one-minute grain is an exact
 * count is unverified. The client is the vendor's deprecated one, kept in this file: docs/decisions/0005-arm-writes.md.
 */
export function monitorTrafficMetrics(options: ArmOptions): TrafficMetrics {
  let client: Promise<MetricsQueryClient> | undefined;
  const query = async (workspace: WorkspaceId, endpoint: string, names: string[], filter: string, timespan: Span) => {
    client ??= openClient(options);
    const metrics = await client;
    const asked = `${names.join(', ')} of endpoint ${endpoint}`;
    // With a leading slash the client would send two.
    const resource = `${workspace}/onlineEndpoints/${encodeURIComponent(endpoint)}`.slice(1);
    const result = await asking(provider, asked, () =>
      metrics.queryResource(resource, names, {
        granularity: 'PT1M',
        timespan,
        aggregations: ['Average'],
        filter,
        top: maxSeries,
        metricNamespace: namespace,
        abortSignal: AbortSignal.timeout(options.timeoutMs ?? 30_000),
      }),
    );
    return seriesOf(parsed(provider, asked, answer, result));
  };
  return {
    async minutes(workspace, endpoint, from, to) {
      const timespan = { startTime: from, endTime: to };
      const byCode = "deployment eq '*' and statusCode eq '*'";
      const requests = await query(workspace, endpoint, ['RequestsPerMinute'], byCode, timespan);
      if (requests.length === 0) return [];
      const latencies = await query(workspace, endpoint, ['RequestLatency'], "deployment eq '*'", timespan);
      return assembleMinutes([...requests, ...latencies], from, to);
    },
  };
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
