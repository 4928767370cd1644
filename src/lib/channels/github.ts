import type { HttpClient } from '@azure/core-rest-pipeline';
import { Refused, Unavailable } from '../core/errors.ts';
import type { Notice } from '../core/notice.ts';
import type { EstateChannel, SettingReference } from '../core/policy/estate.ts';
import type { Channel } from '../ports.ts';

const PROVIDER = 'GitHub';
const TIME_LIMIT_MS = 30_000;
const API = 'https://api.github.com';

export type GithubTarget = Extract<EstateChannel, { kind: 'github' }>;

export interface GithubOptions {
  /** The value of an app setting; undefined when there is none. */
  readonly setting: (reference: SettingReference) => string | undefined;
  /** Real time; 30 s unless said otherwise. */
  readonly timeLimitMs?: number;
}

/**
 * A `repository_dispatch` with event type `steward-<kind>`, which starts the workflows that ask for it. GitHub does not
 * recognise repeats; `client_payload.id` is the delivery's, so that a workflow can (concurrency group, or what it did).
 * https://docs.github.com/en/rest/repos/repos#create-a-repository-dispatch-event
 */
export function githubChannel(options: GithubOptions): Channel<GithubTarget> {
  return {
    async send({ notice }, deliveryId, target) {
      const token = options.setting(target.token);
      if (token === undefined) throw new Refused('invalid', PROVIDER, `app setting '${target.token.setting}' is not set`); // prettier-ignore
      const url = `${target.api ?? API}/repos/${target.repository}/dispatches`;
      const body = { event_type: `steward-${notice.kind}`, client_payload: payloadOf(notice, deliveryId) };
      const { status, retryAfter, said } = await post(url, token, body, options.timeLimitMs ?? TIME_LIMIT_MS);
      if (status === 204) return;
      if (status === 429 || (status === 403 && retryAfter !== undefined))
        throw new Unavailable('throttled', PROVIDER, said, retryAfter === undefined ? {} : { retryAfterMs: retryAfter * 1000 }); // prettier-ignore
      if (status === 408 || status >= 500) throw new Unavailable('serverError', PROVIDER, said);
      throw new Refused(status === 401 || status === 403 ? 'forbidden' : status === 404 ? 'notFound' : 'invalid', PROVIDER, said); // prettier-ignore
    },
  };
}

/** At most ten properties at the top, as GitHub allows. */
function payloadOf({ environment, model, release, version, champion, at, sentence, cause, bring }: Notice, id: string) {
  return { id, environment, model, release, version, champion, at, cause, sentence, bring };
}

let client: HttpClient | undefined;

/** Without the pipeline of the Azure clients: no repeats, no logging of headers. */
async function post(url: string, token: string, body: object, timeout: number) {
  const { createDefaultHttpClient, createHttpHeaders, createPipelineRequest } =
    await import('@azure/core-rest-pipeline');
  client ??= createDefaultHttpClient();
  const headers = createHttpHeaders({
    accept: 'application/vnd.github+json',
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    'user-agent': 'azureml-steward',
    'x-github-api-version': '2022-11-28',
  });
  try {
    const request = createPipelineRequest({ method: 'POST', url, headers, body: JSON.stringify(body), timeout });
    const answer = await client.sendRequest(request);
    const retryAfter = Number(answer.headers.get('retry-after') ?? Number.NaN);
    const said = `${answer.status}: ${(answer.bodyAsText ?? '').slice(0, 300)}`;
    return { status: answer.status, said, retryAfter: Number.isFinite(retryAfter) ? retryAfter : undefined };
  } catch (error) {
    // Not as the cause: it holds the request, and that the token.
    const late = error instanceof Error && error.name === 'AbortError';
    throw new Unavailable(late ? 'timeout' : 'unreachable', PROVIDER, error instanceof Error ? error.message : String(error)); // prettier-ignore
  }
}
