import { z } from 'zod';
import type { Deployment } from '../world.ts';
import { UnknownReference } from './assets.ts';
import { isoDurationMs } from './isoDuration.ts';

const duration = z.string().transform((text, context) => {
  const durationMs = isoDurationMs(text);
  if (durationMs === undefined) context.addIssue(`${text} is not an ISO 8601 duration`);
  return durationMs ?? 0;
});
const defaultRequestTimeoutMs = 5_000;

const requestSettings = z
  .object({
    requestTimeout: duration.nullish(),
    maxConcurrentRequestsPerInstance: z.int().min(1).nullish(),
  })
  .nullish();

const propertiesSchema = z.object({
  model: z.string().nullish(),
  codeConfiguration: z.object({ codeId: z.string(), scoringScript: z.string() }),
  environmentId: z.string(),
  environmentVariables: z.record(z.string(), z.string()).nullish(),
  requestSettings,
  readinessProbe: z
    .object({
      initialDelay: duration.nullish(),
      period: duration.nullish(),
      failureThreshold: z.int().min(1).nullish(),
    })
    .nullish(),
});
export type OnlineDeployment = z.infer<typeof propertiesSchema>;

export function parseDeployment(properties: unknown): OnlineDeployment {
  const parsed = propertiesSchema.safeParse(properties);
  if (!parsed.success) throw new UnknownReference(`this deployment cannot be run:\n${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/** Virtual milliseconds that a deployment may take to get ready; the defaults are the service's. */
export function readinessLimitMs({ readinessProbe }: OnlineDeployment): number {
  const { initialDelay, period, failureThreshold } = readinessProbe ?? {};
  return (initialDelay ?? 10_000) + (period ?? 10_000) * (failureThreshold ?? 30);
}

export interface RequestLimits {
  readonly timeoutMs: number;
  /** Requests worked on at a time, over all instances. */
  readonly slots: number;
  /** Requests worked on or waiting; one more is refused with 429. Twice the slots [unverified]. */
  readonly pending: number;
}

/** Read from the resource at each request, so that a change acts at once. */
export function requestLimits(deployment: Deployment): RequestLimits {
  const settings = requestSettings.safeParse(deployment.properties['requestSettings']).data;
  const capacity = z.object({ capacity: z.int().min(1) }).safeParse(deployment.sku).data?.capacity ?? 1;
  const slots = (settings?.maxConcurrentRequestsPerInstance ?? 1) * capacity;
  return { timeoutMs: settings?.requestTimeout ?? defaultRequestTimeoutMs, slots, pending: 2 * slots };
}
