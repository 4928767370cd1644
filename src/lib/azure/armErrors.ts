import { z } from 'zod';
import { BadInput, Refused, Unavailable } from '../core/errors.ts';

/** What a provider answered when it did not do what we asked. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly retryAfter?: string | undefined;
  readonly url?: string | undefined;
}

const armBody = z.object({ error: z.object({ code: z.string().optional(), message: z.string().optional() }) });
const restError = z.object({
  name: z.literal('RestError'),
  message: z.string(),
  code: z.string().optional(),
  request: z.object({ url: z.string() }).optional(),
  statusCode: z.number().optional(),
  response: z
    .object({
      bodyAsText: z.string().nullish(),
      headers: z.custom<{ get(name: string): string | undefined }>((value) => typeof value === 'object'),
    })
    .optional(),
});

/** What Node throws where a connection ends while a body is read. */
const brokenOff = z.object({ code: z.string().regex(/^(E(CONN|PIPE|TIMEDOUT|HOST|NET|AI_)|ERR_STREAM_PREMATURE_CLOSE)/) }); // prettier-ignore

/** The one place that says what a provider's refusal means. Statuses and codes decide, never the wording. */
export function errorOf(provider: string, asked: string, answer: Answer, cause?: unknown): Refused | Unavailable {
  const { status } = answer;
  const message = `${provider} answered ${status} to ${asked}: ${said(answer.body)}`;
  const options = { cause };
  if (status === 429 || status >= 500) {
    const retryAfterMs = retryAfterMsOf(answer.retryAfter);
    return new Unavailable(status === 429 ? 'throttled' : 'serverError', provider, message, {
      ...options,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    });
  }
  if (status === 408) return new Unavailable('timeout', provider, message, options);
  // The link that every quota refusal of online deployments carries; their error code is also used for other faults.
  if (status === 400 && answer.body.includes('error-outofquota'))
    return new Refused('quota', provider, message, options);
  if (status === 401 || status === 403) return new Refused('forbidden', provider, message, options);
  if (status === 404) return new Refused(isParentGone(answer) ? 'noWorkspace' : 'notFound', provider, message, options);
  if (status === 409) return new Refused('conflict', provider, message, options);
  return new Refused('invalid', provider, message, options);
}

/** What it lies in is gone, and not only what was asked for. Whether the service says so by these codes alone is unverified. */
const PARENT_GONE = new Set(['ParentResourceNotFound', 'ResourceGroupNotFound', 'SubscriptionNotFound']);
/** What these lie in is an endpoint, so that is what may be gone; a question for the endpoint itself tells of the workspace. */
const BELOW_ENDPOINT = /\/(?:online|batch)Endpoints\/[^/]+\/deployments/i;

export function isParentGone({ status, body, url = '' }: Pick<Answer, 'status' | 'body' | 'url'>): boolean {
  const code = status === 404 ? (errorIn(body)?.code ?? '') : '';
  return PARENT_GONE.has(code) && !(code === 'ParentResourceNotFound' && BELOW_ENDPOINT.test(url));
}

/** Turns what an Azure client threw into the words of the ports; what is neither an answer nor the network is a bug. */
export function thrown(provider: string, asked: string, error: unknown): unknown {
  if (error instanceof Refused || error instanceof Unavailable || error instanceof BadInput) return error;
  if (!(error instanceof Error)) return error;
  if (error.name === 'AbortError' || error.name === 'TimeoutError') {
    return new Unavailable('timeout', provider, `${provider} did not answer in time: ${asked}`, { cause: error });
  }
  if (error.name === 'CredentialUnavailableError' || error.name === 'AuthenticationError') {
    const message = `No token from the app's identity for ${provider}: ${error.message}`;
    return new Unavailable('unreachable', 'identity', message, { cause: error });
  }
  const rest = restError.safeParse(error);
  if (!rest.success) {
    if (!brokenOff.safeParse(error).success) return error;
    return new Unavailable('unreachable', provider, `${provider} broke off: ${asked}: ${error.message}`, {
      cause: error,
    });
  }
  const { statusCode, response, message, request } = rest.data;
  if (statusCode === undefined) {
    return new Unavailable('unreachable', provider, `${provider} could not be reached for ${asked}: ${message}`, {
      cause: error,
    });
  }
  const body = response?.bodyAsText ?? message;
  return errorOf(
    provider,
    asked,
    { status: statusCode, body, retryAfter: response?.headers.get('retry-after'), url: request?.url },
    error,
  );
}

/** Runs a call of an Azure client with its errors in the words of the ports. */
export async function asking<T>(provider: string, asked: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw thrown(provider, asked, error);
  }
}

/** Reads an answer's used fields; anything else than expected is told whole, and is nobody's to retry. */
export function parsed<S extends z.ZodType>(provider: string, asked: string, schema: S, value: unknown): z.output<S> {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  throw new BadInput(
    `${provider}'s answer to ${asked}`,
    read.error.issues.map((issue) => ({ place: issue.path.join('.') || '(all of it)', message: issue.message })),
  );
}

/** Seconds or an HTTP date; the latter is rare and taken as "unknown". */
function retryAfterMsOf(header: string | undefined): number | undefined {
  const seconds = Number(header ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}

function said(body: string): string {
  const error = errorIn(body);
  return error ? [error.code, error.message].filter(Boolean).join(': ').slice(0, 1000) : body.slice(0, 300);
}

function errorIn(body: string): z.output<typeof armBody>['error'] | undefined {
  try {
    return armBody.parse(JSON.parse(body)).error;
  } catch {
    return undefined;
  }
}
