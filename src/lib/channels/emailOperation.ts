import type { EmailClientOptions } from '@azure/communication-email';
import {
  bearerTokenAuthenticationPolicy,
  createDefaultHttpClient,
  createPipelineFromOptions,
  createPipelineRequest,
  RestError,
} from '@azure/core-rest-pipeline';
import type { TokenCredential } from '@azure/identity';
import { z } from 'zod';

const API_VERSION = '2025-09-01';
/** With the double slash: that is how the service's own client asks. */
const SCOPE = 'https://communication.azure.com//.default';

const Operation = z.object({ status: z.enum(['NotStarted', 'Running', 'Succeeded', 'Failed', 'Canceled']) });

/** What the service made of a mail that it took: on its way (or gone), or failed for good. */
export function operationStatus(body: string | null | undefined): 'taken' | 'failed' {
  const { status } = Operation.parse(JSON.parse(body ?? ''));
  return status === 'Failed' || status === 'Canceled' ? 'failed' : 'taken';
}

/** The client has no public call for the status of an operation that another process began. */
export async function askOperation(
  operationId: string,
  options: { readonly endpoint: string; readonly credential: TokenCredential; readonly client?: EmailClientOptions },
  abortSignal: AbortSignal,
): Promise<'taken' | 'failed' | 'absent'> {
  const pipeline = createPipelineFromOptions({ ...options.client, retryOptions: { maxRetries: 0 } });
  pipeline.addPolicy(bearerTokenAuthenticationPolicy({ credential: options.credential, scopes: SCOPE }));
  const url = new URL(`/emails/operations/${operationId}?api-version=${API_VERSION}`, options.endpoint).href;
  const request = createPipelineRequest({ url, method: 'GET', abortSignal });
  const response = await pipeline.sendRequest(options.client?.httpClient ?? createDefaultHttpClient(), request);
  if (response.status === 404) return 'absent';
  if (response.status === 200) return operationStatus(response.bodyAsText);
  throw new RestError(`the status of mail ${operationId} could not be read`, { statusCode: response.status, request, response }); // prettier-ignore
}
