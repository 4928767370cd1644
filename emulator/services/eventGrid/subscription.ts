import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Schema } from './envelope.ts';
import { type Filter, filterFaults } from './filter.ts';

export interface SubscriptionOptions {
  readonly name: string;
  /** ARM id of the workspace whose events are wanted. */
  readonly workspace: string;
  readonly endpointUrl: string;
  /** A function app's handshake is always a POST; a web hook with CloudEvents is asked by OPTIONS. */
  readonly endpointType?: 'azureFunction' | 'webHook';
  readonly schema?: Schema;
  readonly filter?: Filter;
  /** Blob container for what cannot be delivered. Without one it is dropped. */
  readonly deadLetter?: string;
  readonly retry?: { readonly maxDeliveryAttempts?: number; readonly eventTimeToLiveInMinutes?: number };
}

export interface Subscription extends Required<Omit<SubscriptionOptions, 'deadLetter' | 'retry'>> {
  readonly deadLetter?: string;
  readonly retry: { readonly maxDeliveryAttempts: number; readonly eventTimeToLiveInMinutes: number };
}

const handshakeLimitMs = 30_000;
const webHookOrigin = 'eventgrid.azure.net';

/** Fills in the service's defaults and refuses what the service refuses, every fault at once. */
export function completed(options: SubscriptionOptions): Subscription {
  const { maxDeliveryAttempts = 30, eventTimeToLiveInMinutes = 1440 } = options.retry ?? {};
  const faults = filterFaults(options.filter ?? {});
  if (!/^[\w-]{3,64}$/.test(options.name)) faults.push('name: 3 to 64 letters, digits, hyphens');
  if (maxDeliveryAttempts < 1 || maxDeliveryAttempts > 30) faults.push('maxDeliveryAttempts: 1 to 30');
  if (eventTimeToLiveInMinutes < 1 || eventTimeToLiveInMinutes > 1440)
    faults.push('eventTimeToLiveInMinutes: 1 to 1440');
  if (faults.length > 0) throw new Error(`Event subscription ${options.name}: ${faults.join('; ')}`);
  return {
    endpointType: 'azureFunction',
    schema: 'EventGridSchema',
    filter: {},
    ...options,
    retry: { maxDeliveryAttempts, eventTimeToLiveInMinutes },
  };
}

/** The validation event: an array in the Event Grid schema, one object with JSON in a string as a CloudEvent. */
function validationBody({ workspace, schema }: Subscription, validationCode: string): unknown {
  const eventType = 'Microsoft.EventGrid.SubscriptionValidationEvent';
  const common = { id: randomUUID(), subject: '' };
  const time = new Date().toISOString();
  const data = { validationCode };
  switch (schema) {
    case 'EventGridSchema':
      return [
        { ...common, topic: workspace, eventType, eventTime: time, data, dataVersion: '2', metadataVersion: '1' },
      ];
    case 'CloudEventSchemaV1_0':
      return { ...common, source: workspace, type: eventType, time, specversion: '1.0', data: JSON.stringify(data) };
  }
}

async function askByOptions(subscription: Subscription): Promise<string | undefined> {
  const answer = await fetch(subscription.endpointUrl, {
    method: 'OPTIONS',
    headers: { 'webhook-request-origin': webHookOrigin },
    signal: AbortSignal.timeout(handshakeLimitMs),
  });
  const allowed = answer.headers.get('webhook-allowed-origin');
  if (answer.status === 200 && (allowed === '*' || allowed?.toLowerCase() === webHookOrigin)) return undefined;
  return `OPTIONS was answered ${answer.status}, WebHook-Allowed-Origin: ${String(allowed)}`;
}

async function askByPost(subscription: Subscription): Promise<string | undefined> {
  const validationCode = randomUUID();
  const answer = await fetch(subscription.endpointUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json; charset=utf-8', 'aeg-event-type': 'SubscriptionValidation' },
    body: JSON.stringify(validationBody(subscription, validationCode)),
    signal: AbortSignal.timeout(handshakeLimitMs),
  });
  const text = await answer.text();
  const echoed = z.string().transform((json): unknown => JSON.parse(json)).pipe(z.object({ validationResponse: z.literal(validationCode) })); // prettier-ignore
  if (answer.status !== 200) return `the validation event was answered ${answer.status}`;
  return isJson(text) && echoed.safeParse(text).success ? undefined : 'the validation code did not come back';
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** A subscription delivers nothing before its endpoint has proved that it wants events. */
export async function shakeHands(subscription: Subscription): Promise<void> {
  const byOptions = subscription.endpointType === 'webHook' && subscription.schema === 'CloudEventSchemaV1_0';
  const fault = await (byOptions ? askByOptions(subscription) : askByPost(subscription)).catch(
    (error: unknown) => `the endpoint did not answer (${String(error)})`,
  );
  if (fault) throw new Error(`Event subscription ${subscription.name}: webhook validation handshake failed: ${fault}.`);
}
