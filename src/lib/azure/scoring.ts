import type { HttpClient, PipelineResponse } from '@azure/core-rest-pipeline';
import type { TokenCredential } from '@azure/identity';
import { z } from 'zod';
import { Refused } from '../core/errors.ts';
import type { Clock, Scoring, WorkspaceId } from '../ports.ts';
import { openArm, type Arm, type ArmOptions } from './arm.ts';
import { asking, parsed } from './armErrors.ts';
import { endpointOf, type OnlineEndpoint } from './onlineEndpointsState.ts';

const provider = 'the scoring endpoint';
const keys = z.object({ primaryKey: z.string() });
const token = z.object({ accessToken: z.string() });
/** Keys are read again sooner than anybody who rotates one would expect, and tokens long before they run out. */
const keptMs = 5 * 60_000;
const excerptLength = 300;
const longestBody = 1_048_576;

interface Target {
  readonly uri: string;
  readonly secret: string;
  readonly readAt: number;
}

/** Single requests to deployments: what the smoke test asks. Nothing is repeated but a call whose key had changed. */
export function endpointScoring(options: ArmOptions & { readonly clock: Clock }): Scoring {
  const arm = openArm(options);
  const targets = new Map<string, Target>();
  const targetOf = async (workspace: WorkspaceId, endpoint: string, fresh: boolean): Promise<Target> => {
    const name = `${workspace} ${endpoint}`;
    const now = options.clock.now().getTime();
    const known = targets.get(name);
    if (!fresh && known !== undefined && now - known.readAt < keptMs) return known;
    const target = { ...(await readTarget({ arm, credential: options.credential, workspace, endpoint })), readAt: now };
    targets.set(name, target);
    return target;
  };
  return {
    async ask(workspace, endpoint, deployment, body) {
      const asked = `deployment ${deployment} of ${endpoint}`;
      const timeout = options.timeoutMs ?? 30_000;
      const post = async (target: Target) => asking(provider, asked, () => send(target, deployment, body, timeout));
      const known = targets.has(`${workspace} ${endpoint}`);
      const first = await post(await targetOf(workspace, endpoint, false));
      if (first.status !== 401 || !known) return first;
      return post(await targetOf(workspace, endpoint, true));
    },
  };
}

async function send(target: Target, deployment: string, body: unknown, timeout: number) {
  const { createHttpHeaders, createPipelineRequest } = await import('@azure/core-rest-pipeline');
  const request = createPipelineRequest({
    method: 'POST',
    url: target.uri,
    headers: createHttpHeaders({
      authorization: `Bearer ${target.secret}`,
      'content-type': 'application/json',
      'azureml-model-deployment': deployment,
    }),
    body: JSON.stringify(body),
    timeout,
  });
  const client = await httpClient();
  const began = performance.now();
  const { status, bodyAsText }: PipelineResponse = await client.sendRequest(request);
  const text = (bodyAsText ?? '').slice(0, longestBody);
  return { status, latencyMs: performance.now() - began, excerpt: text.slice(0, excerptLength), body: text };
}

let client: HttpClient | undefined;

/** Without the pipeline of the Azure clients: no token, no repeats, no logging of headers. */
export async function httpClient(): Promise<HttpClient> {
  const { createDefaultHttpClient } = await import('@azure/core-rest-pipeline');
  client ??= createDefaultHttpClient();
  return client;
}

interface Asker {
  readonly arm: Arm;
  readonly credential: TokenCredential;
  readonly workspace: WorkspaceId;
  readonly endpoint: string;
}

async function readTarget(asker: Asker) {
  const { arm, workspace, endpoint } = asker;
  const found = await endpointOf(arm, workspace, endpoint);
  if (found === undefined) throw new Refused('notFound', 'Azure ML', `There is no endpoint ${endpoint}`);
  const { scoringUri, authMode } = found.properties;
  if (typeof scoringUri !== 'string')
    throw new Refused('invalid', 'Azure ML', `Endpoint ${endpoint} has no scoring address (yet)`);
  return { uri: scoringUri, secret: await secrets[authMode](asker) };
}

/** By the endpoint's way of letting callers in. */
const secrets: Record<OnlineEndpoint['properties']['authMode'], (asker: Asker) => Promise<string>> = {
  async Key({ arm, workspace, endpoint }) {
    const asked = `keys of endpoint ${endpoint}`;
    const answer = await arm.facts(workspace, asked, ({ client: ml, group, workspace: at, options }) =>
      ml.onlineEndpoints.listKeys(group, at, endpoint, options),
    );
    return parsed('Azure ML', asked, keys, answer).primaryKey;
  },
  async AMLToken({ arm, workspace, endpoint }) {
    const asked = `token of endpoint ${endpoint}`;
    const answer = await arm.facts(workspace, asked, ({ client: ml, group, workspace: at, options }) =>
      ml.onlineEndpoints.getToken(group, at, endpoint, options),
    );
    return parsed('Azure ML', asked, token, answer).accessToken;
  },
  async AADToken({ credential, endpoint }) {
    const ask = () => credential.getToken('https://ml.azure.com/.default');
    const answer = await asking('Azure ML', `token for endpoint ${endpoint}`, ask);
    if (answer === null) throw new Refused('forbidden', 'identity', 'No token for https://ml.azure.com');
    return answer.token;
  },
};
