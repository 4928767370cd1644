import { AzureMachineLearningWorkspaces } from '@azure/arm-machinelearning';
import { createHttpHeaders, createPipelineRequest, type HttpMethods } from '@azure/core-rest-pipeline';
import { ManagedIdentityCredential } from '@azure/identity';
import type { Workspace, World } from '../../../emulator/world.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  /** The body as JSON; `any` is confined to assertions. */
  readonly body: Record<string, never> & { error?: { code: string; message: string; details?: { target: string }[] } };
}

export interface ArmClient {
  /** The vendor's client as it is, with the app's own identity, no retries. */
  readonly sdk: AzureMachineLearningWorkspaces;
  /** A plain request through its pipeline; `path` is below the workspace unless it starts with `https:`. */
  send(method: HttpMethods, path: string, body?: unknown, apiVersion?: string): Promise<Answer>;
}

export function armClient(world: World, workspace: Workspace): ArmClient {
  const sdk = new AzureMachineLearningWorkspaces(new ManagedIdentityCredential(), workspace.subscriptionId, {
    endpoint: world.origin,
    credentialScopes: 'https://management.azure.com/.default',
    apiVersion: '2024-10-01',
    retryOptions: { maxRetries: 0 },
  });
  return {
    sdk,
    async send(method, path, body, apiVersion = '2024-10-01') {
      const base = path.startsWith('https:') ? path : `${world.origin}${workspace.id}${path}`;
      const url = base.includes('api-version')
        ? base
        : `${base}${base.includes('?') ? '&' : '?'}api-version=${apiVersion}`;
      const headers = createHttpHeaders({ 'content-type': 'application/json' });
      const content = body === undefined ? {} : { body: JSON.stringify(body) };
      const response = await sdk.sendRequest(createPipelineRequest({ method, url, headers, ...content }));
      const text = response.bodyAsText ?? '';
      return {
        status: response.status,
        headers: response.headers.toJSON(),
        body: text === '' ? {} : (JSON.parse(text) as Answer['body']),
      };
    },
  };
}
