import { timingSafeEqual } from 'node:crypto';
import { Hono } from 'hono';
import { notImplemented } from '../../front.ts';
import type { Deployment, Endpoint, Workspace, World } from '../../world.ts';
import { askDeployment, type FrontAnswer, type ScoringRequest } from './asking.ts';
import type { DataCollector } from './collecting.ts';
import { byWeight, mirrorOf } from './routing.ts';

const deploymentHeader = 'azureml-model-deployment';

/** The front of all endpoints: key check, choice of a deployment, its process's answer, mirrored copies. */
export function scoring(world: World, collector: Pick<DataCollector, 'collect'>): Hono {
  const app = new Hono();
  /** Requests so far by endpoint id: the place in the sequence that spreads them by weight. */
  const counts = new Map<string, number>();

  app.post('/endpoints/:endpoint/score', async (c) => {
    const receivedMs = performance.now();
    const found = endpointNamed(world, c.req.param('endpoint'));
    if (found === undefined) return refusal(404, 'There is no such endpoint.');
    const { workspace, endpoint } = found;
    if (endpoint.properties['authMode'] !== 'Key') return notImplemented(world, 'POST', `${c.req.path} (token auth)`);
    if (!hasKey(endpoint, c.req.header('authorization'))) return refusal(401, 'The key is missing or wrong.');

    const asked = c.req.header(deploymentHeader);
    const n = (counts.get(endpoint.id) ?? 0) + 1;
    if (asked === undefined) counts.set(endpoint.id, n);
    const deployment = asked === undefined ? byWeight(endpoint, n) : endpoint.deployments.get(asked);
    if (deployment === undefined) return refusal(404, noDeployment(asked));

    const contentType = c.req.header('content-type') ?? 'application/json';
    const request = { body: Buffer.from(await c.req.arrayBuffer()), contentType };
    const served = { world, workspace, endpoint, request, collector };
    const answer = await serve({ ...served, deployment, live: asked === undefined, receivedMs });
    const mirror = asked === undefined ? mirrorOf(endpoint, n) : undefined;
    if (mirror !== undefined) void serve({ ...served, deployment: mirror, live: false, receivedMs: performance.now() });
    return new Response(new Uint8Array(Buffer.from(answer.body)), {
      status: answer.status,
      headers: { 'content-type': answer.contentType, [deploymentHeader]: deployment.name },
    });
  });
  return app;
}

interface Served {
  readonly world: World;
  readonly workspace: Workspace;
  readonly endpoint: Endpoint;
  readonly deployment: Deployment;
  readonly request: ScoringRequest;
  readonly live: boolean;
  /** Real, monotonic. */
  readonly receivedMs: number;
  readonly collector: Pick<DataCollector, 'collect'>;
}

/** The one place that writes `world.served`, of which all metrics are made. Durations are real milliseconds. */
async function serve(served: Served): Promise<FrontAnswer> {
  const { world, workspace, endpoint, deployment, request, live, receivedMs } = served;
  const answer = await askDeployment(world, deployment, request);
  world.served.push({
    at: world.clock.now(),
    workspace: workspace.id,
    endpoint: endpoint.name,
    deployment: deployment.name,
    status: answer.status,
    modelStatus: answer.modelStatus,
    durationMs: performance.now() - receivedMs,
    live,
  });
  served.collector.collect({ workspace, endpoint, deployment, request, answer });
  return answer;
}

function endpointNamed(world: World, name: string): { workspace: Workspace; endpoint: Endpoint } | undefined {
  for (const workspace of world.workspaces.values()) {
    const endpoint = workspace.endpoints.get(name);
    if (endpoint !== undefined) return { workspace, endpoint };
  }
  return undefined;
}

function hasKey({ keys }: Endpoint, authorization: string | undefined): boolean {
  const given = Buffer.from(/^Bearer (\S+)$/i.exec(authorization ?? '')?.[1] ?? '');
  return [keys.primaryKey, keys.secondaryKey].some((key) => {
    const expected = Buffer.from(key);
    return expected.length === given.length && timingSafeEqual(expected, given);
  });
}

function noDeployment(asked: string | undefined): string {
  return asked === undefined
    ? 'The endpoint has no deployment with a positive traffic weight.'
    : `The endpoint has no deployment named ${asked}.`;
}

function refusal(status: number, message: string): Response {
  return Response.json({ error: { message } }, { status });
}
