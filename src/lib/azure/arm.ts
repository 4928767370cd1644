import type { AzureMachineLearningWorkspaces } from '@azure/arm-machinelearning';
import type { HttpMethods, PipelinePolicy } from '@azure/core-rest-pipeline';
import type { TokenCredential } from '@azure/identity';
import type { z } from 'zod';
import { Refused } from '../core/errors.ts';
import type { WorkspaceId } from '../ports.ts';
import { asking, errorOf, isParentGone, parsed } from './armErrors.ts';

/** The version of every request's and answer's shape, reads by the client included. */
export const apiVersion = '2024-10-01';
const provider = 'Azure ML';
const timeoutMs = 30_000;

export interface ArmOptions {
  readonly credential: TokenCredential;
  /** `https://management.azure.com` unless the cloud (or the local stack) has another. */
  readonly endpoint?: string;
  /** Whom tokens are for; the public cloud's endpoint by default, whatever `endpoint` says. */
  readonly audience?: string;
  /** Until a call is given up; 30 s by default. */
  readonly timeoutMs?: number;
  /** Wait before the first of two repeats of a read; 500 ms by default. */
  readonly retryDelayMs?: number;
}

/** The vendor's client with the names that each of its calls wants first. */
export interface Reader {
  readonly client: AzureMachineLearningWorkspaces;
  readonly group: string;
  readonly workspace: string;
  readonly options: { readonly requestOptions: { readonly timeout: number } };
}

interface Question {
  readonly method?: 'GET' | 'POST';
  /** Below the workspace (`/jobs/x`), or a whole https address. */
  readonly path: string;
  readonly body?: unknown;
}

/**
 * Azure Resource Manager for one identity. The vendor's client drops fields that it does not know when it writes, and
 * what job inputs point at; so it reads facts, and everything that is written (or read to be written back) is plain
 * JSON through its pipeline. See docs/decisions/0005-arm-writes.md.
 */
export interface Arm {
  /** A read by the vendor's client. Repeated twice when the other side stumbles, never for longer than it takes. */
  facts<T>(workspace: WorkspaceId, asked: string, call: (reader: Reader) => Promise<T>): Promise<T>;
  /** As `facts`, where 404 is an answer. */
  factsOrAbsent<T>(workspace: WorkspaceId, asked: string, call: (reader: Reader) => Promise<T>): Promise<T | undefined>;
  /** A read as plain JSON, every field of the answer kept; undefined = 404. */
  read<S extends z.ZodType>(workspace: WorkspaceId, question: Question, schema: S): Promise<z.output<S> | undefined>;
  /** Changes the world: sent once, never repeated, given up after the time-out. Undefined = 404. */
  change(workspace: WorkspaceId, method: 'PUT' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<'done' | undefined>;
} // prettier-ignore

export function openArm(options: ArmOptions): Arm {
  const clientOf = clients(options);
  const timeout = options.timeoutMs ?? timeoutMs;
  const facts: Arm['facts'] = async (workspace, asked, call) => {
    const { group, name } = partsOf(workspace);
    const client = await clientOf(workspace, 'reads');
    return asking(provider, asked, () =>
      call({ client, group, workspace: name, options: { requestOptions: { timeout } } }),
    );
  };
  const addressOf = (workspace: WorkspaceId, path: string) =>
    path.startsWith('https:') ? path : `${endpointOf(options)}${workspace}${path}?api-version=${apiVersion}`;
  return {
    facts,
    async factsOrAbsent(workspace, asked, call) {
      try {
        return await facts(workspace, asked, call);
      } catch (error) {
        if (error instanceof Refused && error.code === 'notFound') return undefined;
        throw error;
      }
    },
    async read(workspace, { method = 'GET', path, body }, schema) {
      const client = await clientOf(workspace, 'reads');
      const answer = await send(client, { method, url: addressOf(workspace, path), body, timeout });
      return answer && parsed(provider, `${method} ${path}`, schema, json(answer.text));
    },
    async change(workspace, method, path, body) {
      const client = await clientOf(workspace, 'writes');
      const answer = await send(client, { method, url: addressOf(workspace, path), body, timeout });
      return answer && 'done';
    },
  };
}

interface Call {
  readonly method: HttpMethods;
  readonly url: string;
  readonly body: unknown;
  readonly timeout: number;
}

async function send(
  client: AzureMachineLearningWorkspaces,
  { method, url, body, timeout }: Call,
): Promise<{ readonly text: string } | undefined> {
  const { createHttpHeaders, createPipelineRequest } = await import('@azure/core-rest-pipeline');
  const headers = createHttpHeaders({ accept: 'application/json', 'content-type': 'application/json' });
  const content = body === undefined ? {} : { body: JSON.stringify(body) };
  const request = createPipelineRequest({ method, url, headers, timeout, ...content });
  const asked = `${method} ${new URL(url).pathname}`;
  const answer = await asking(provider, asked, () => client.sendRequest(request));
  const text = answer.bodyAsText ?? '';
  if (answer.status === 404 && !isParentGone({ status: 404, body: text, url })) return undefined;
  if (answer.status < 400) return { text };
  const retryAfter = answer.headers.get('retry-after');
  throw errorOf(provider, asked, { status: answer.status, body: text, retryAfter, url });
}

/** One client for reads and one for writes per subscription, made when first needed. */
function clients(options: ArmOptions) {
  const opened = new Map<string, Promise<AzureMachineLearningWorkspaces>>();
  return (workspace: WorkspaceId, kind: 'reads' | 'writes'): Promise<AzureMachineLearningWorkspaces> => {
    const { subscription } = partsOf(workspace);
    const key = `${kind} ${subscription}`;
    const client = opened.get(key) ?? openClient(options, subscription, kind);
    opened.set(key, client);
    return client;
  };
}

function endpointOf(options: ArmOptions): string {
  return options.endpoint ?? 'https://management.azure.com';
}

/**
 * Repeats reads that met a stumbling server or network. Unlike the clients' own policy it never sleeps as long as a
 * Retry-After asks for: that is a later look's business, not a running function's.
 */
export async function readRetries(delayMs = 500): Promise<PipelinePolicy[]> {
  const { exponentialRetryPolicy, systemErrorRetryPolicy } = await import('@azure/core-rest-pipeline');
  const often = { maxRetries: 2, retryDelayInMs: delayMs };
  return [exponentialRetryPolicy(often), systemErrorRetryPolicy(often)];
}

async function openClient(
  options: ArmOptions,
  subscription: string,
  kind: 'reads' | 'writes',
): Promise<AzureMachineLearningWorkspaces> {
  const { AzureMachineLearningWorkspaces } = await import('@azure/arm-machinelearning');
  const policies = kind === 'reads' ? await readRetries(options.retryDelayMs) : [];
  return new AzureMachineLearningWorkspaces(options.credential, subscription, {
    endpoint: endpointOf(options),
    credentialScopes: `${options.audience ?? 'https://management.azure.com'}/.default`,
    apiVersion,
    retryOptions: { maxRetries: 0 },
    additionalPolicies: policies.map((policy) => ({ policy, position: 'perCall' })),
  });
}

export function partsOf(workspace: WorkspaceId): { subscription: string; group: string; name: string } {
  const match = /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/providers\/Microsoft\.MachineLearningServices\/workspaces\/([^/]+)$/i.exec(workspace); // prettier-ignore
  const [, subscription, group, name] = match ?? [];
  if (subscription === undefined || group === undefined || name === undefined) {
    throw new Refused('invalid', provider, `Not the ARM id of a workspace: ${workspace}`);
  }
  return { subscription, group, name };
}

function json(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return text;
  }
}
