import type { LogsQueryClient } from '@azure/monitor-query';
import type { TokenCredential } from '@azure/identity';
import { z } from 'zod';
import { Refused, Unavailable } from '../core/errors.ts';
import type { TrafficMetrics } from '../ports.ts';
import { partsOf, readRetries } from './arm.ts';
import { asking, parsed } from './armErrors.ts';
import { minutesOfLog, type LogRow } from './trafficLogMinutes.ts';

const provider = 'Log Analytics';
/** The public cloud's; also whom tokens are for, whatever `endpoint` says. */
const publicCloud = 'https://api.loganalytics.io';
const minuteMs = 60_000;

export interface LogsOptions {
  readonly credential: TokenCredential;
  /** `https://api.loganalytics.io` unless the cloud (or the local stack) has another. */
  readonly endpoint?: string;
  /** Until a call is given up; 30 s by default. */
  readonly timeoutMs?: number;
  /** Wait before the first of two repeats; 500 ms by default. */
  readonly retryDelayMs?: number;
}

const answer = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('Success'),
    tables: z.tuple([z.object({ columnDescriptors: z.array(z.object({ name: z.string() })), rows: z.array(z.array(z.unknown())) })]), // prettier-ignore
  }),
  z.object({ status: z.literal('PartialFailure'), partialError: z.object({ code: z.string(), message: z.string() }) }),
]);

/** Durations are null where no request of the group has one. */
const logRow = z.object({
  minute: z.date(),
  deployment: z.string().min(1),
  code: z.int().min(100).max(599),
  requests: z.int().positive(),
  timed: z.int().min(0),
  totalMs: z.number().nullable(),
  p95Ms: z.number().nullable(),
});

/**
 * Minutes of an endpoint from its traffic log (diagnostic category AmlOnlineEndpointTrafficLog): each request one row, so
 * counts and means are exact; the percentile is the service's estimate over all requests of the minute.
 *
 * It asks in the context of the Azure ML workspace, the resource type that the table is documented for, so that no Log
 * Analytics workspace needs to be configured. Unverified: whether rows are found there, since the diagnostic setting stands
 * on the endpoint and `_ResourceId` may be the endpoint's; what is answered where no setting exists; whether requests that
 * never reached a deployment have rows (without a deployment's name they are nobody's and left out), and mirrored ones;
 * whether a row may come twice; of which instant `TimeGenerated` is. Nothing found is no minutes, and those pass nothing.
 * The client is the vendor's deprecated one, kept in this file: docs/decisions/0005-arm-writes.md.
 */
export function logAnalyticsTraffic(options: LogsOptions): TrafficMetrics {
  let client: Promise<LogsQueryClient> | undefined;
  return {
    async minutes(workspace, endpoint, from, to) {
      partsOf(workspace);
      // A minute belongs to the span that its start lies in.
      const span = { startTime: nextMinute(from), endTime: nextMinute(to) };
      if (span.startTime >= span.endTime) return [];
      const query = queryOf(endpoint, span.startTime, span.endTime);
      client ??= openClient(options);
      const logs = await client;
      const asked = `traffic log of endpoint ${endpoint}`;
      const result = await asking(provider, asked, () =>
        logs.queryResource(workspace, query, span, { abortSignal: AbortSignal.timeout(options.timeoutMs ?? 30_000) }),
      );
      return minutesOfLog(rowsOf(asked, parsed(provider, asked, answer, result)));
    },
  };
}

/** Percentiles of codes do not merge, so that of the whole minute stands beside each code's count. */
function queryOf(endpoint: string, from: Date, to: Date): string {
  // Azure ML allows no other names; nothing else gets into a query.
  if (!/^[A-Za-z][A-Za-z0-9-]{0,62}$/.test(endpoint))
    throw new Refused('invalid', provider, `Not the name of an online endpoint: ${endpoint}`);
  return [
    'let asked = AmlOnlineEndpointTrafficLog',
    `| where TimeGenerated >= datetime(${from.toISOString()}) and TimeGenerated < datetime(${to.toISOString()})`,
    `| where EndpointName =~ '${endpoint}' and isnotempty(DeploymentName)`,
    '| project minute = bin(TimeGenerated, 1m), deployment = DeploymentName, code = toint(ResponseCode), ms = toreal(TotalDurationMs);',
    'asked',
    '| summarize requests = count(), timed = countif(isnotnull(ms)), totalMs = sum(ms) by minute, deployment, code',
    '| join kind=inner (asked | summarize p95Ms = percentile(ms, 95) by minute, deployment) on minute, deployment',
    '| project minute, deployment, code, requests, timed, totalMs, p95Ms',
  ].join('\n');
}

/** A part of an answer is not one: what is missing would look like a minute without failures. */
function rowsOf(asked: string, result: z.output<typeof answer>): LogRow[] {
  if (result.status === 'PartialFailure') {
    const { code, message } = result.partialError;
    throw new Unavailable('serverError', provider, `${provider} answered only a part of ${asked}: ${code}: ${message}`);
  }
  const [{ columnDescriptors, rows }] = result.tables;
  const named = rows.map((row) => Object.fromEntries(columnDescriptors.map(({ name }, at) => [name, row[at]])));
  return parsed(provider, asked, z.array(logRow), named);
}

function nextMinute(at: Date): Date {
  return new Date(Math.ceil(at.getTime() / minuteMs) * minuteMs);
}

async function openClient(options: LogsOptions): Promise<LogsQueryClient> {
  const { LogsQueryClient } = await import('@azure/monitor-query');
  const policies = await readRetries(options.retryDelayMs);
  return new LogsQueryClient(options.credential, {
    endpoint: options.endpoint ?? publicCloud,
    audience: publicCloud,
    retryOptions: { maxRetries: 0 },
    additionalPolicies: policies.map((policy) => ({ policy, position: 'perCall' })),
  });
}
