import { isRestError } from '@azure/core-rest-pipeline';
import { Refused, Unavailable } from '../core/errors.ts';

/** What an Azure client threw, in our words. */
export function inOurWords(error: unknown, provider: string): Unavailable | Refused {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Error && error.name === 'AbortError')
    return new Unavailable('timeout', provider, 'no answer in time', { cause: error });
  const status = isRestError(error) ? error.statusCode : undefined;
  if (status === undefined) return new Unavailable('unreachable', provider, message, { cause: error });
  const said = `${status}: ${message}`;
  if (status === 429) return new Unavailable('throttled', provider, said, { cause: error, ...retryAfter(error) });
  if (status === 408 || status >= 500)
    return new Unavailable('serverError', provider, said, { cause: error, ...retryAfter(error) });
  const code = status === 401 || status === 403 ? 'forbidden' : status === 404 ? 'notFound' : 'invalid';
  return new Refused(code, provider, said, { cause: error });
}

/** These services send seconds, never a date. */
function retryAfter(error: unknown): { retryAfterMs?: number } {
  const header = isRestError(error) ? error.response?.headers.get('retry-after') : undefined;
  const seconds = Number(header ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? { retryAfterMs: seconds * 1000 } : {};
}
