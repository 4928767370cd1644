import { Hono } from 'hono';
import { notImplemented } from '../../front.ts';
import { requireToken } from '../../tokens.ts';
import type { Deployment, Endpoint, Workspace, World } from '../../world.ts';
import type { Condition } from './filter.ts';
import { memoryOf } from './memory.ts';
import { deploymentMetrics, endpointMetrics, type MetricDefinition } from './metrics.ts';
import { BadQuery, parseQuery, UnsupportedQuery, type MetricQuery } from './query.ts';
import { knownRequests, minutesOf, seriesOf, type Series } from './series.ts';
import { defaultSettleMs } from './settling.ts';

export interface MonitorOptions {
  /** Virtual milliseconds after a minute's end until it can be seen whole. */
  readonly settleMs?: number;
}

const metricsPath =
  /^(\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/Microsoft\.MachineLearningServices\/workspaces\/[^/]+)\/onlineEndpoints\/([^/]+)(?:\/deployments\/([^/]+))?\/providers\/Microsoft\.Insights\/metrics$/i;

/** Metrics of online endpoints, made of the requests that the scoring front really answered, and the memory of their deployments. */
export function monitor(world: World, { settleMs = defaultSettleMs }: MonitorOptions = {}): Hono {
  const app = new Hono();
  app.use(requireToken(world, 'https://management.azure.com', (_c, fault) => armError(401, 'AuthenticationFailed', `The access token is refused: ${fault}.`))); // prettier-ignore
  app.get('*', (c) => {
    const [, workspaceId, endpointName, deploymentName] = metricsPath.exec(c.req.path) ?? [];
    if (workspaceId === undefined || endpointName === undefined) return notImplemented(world, 'GET', c.req.path);
    const workspace = world.workspaces.get(workspaceId.toLowerCase());
    const endpoint = workspace?.endpoints.get(endpointName);
    const deployment = endpoint?.deployments.get(deploymentName ?? '');
    if (workspace === undefined || endpoint === undefined) return notFound(endpointMetrics.namespace, endpointName);
    if (deploymentName !== undefined && deployment === undefined) {
      return notFound(deploymentMetrics.namespace, `${endpointName}/${deploymentName}`);
    }
    const asked = { world, workspace, endpoint, settleMs };
    try {
      return c.json(
        deployment === undefined ? ofEndpoint(asked, c.req.query()) : ofDeployment(asked, deployment, c.req.query()),
      );
    } catch (error) {
      if (error instanceof BadQuery) return c.json({ code: 'BadRequest', message: error.message }, 400);
      if (error instanceof UnsupportedQuery) return notImplemented(world, 'GET', `${c.req.path}: ${error.message}`);
      throw error;
    }
  });
  return app;
}

interface Asked {
  readonly world: World;
  readonly workspace: Workspace;
  readonly endpoint: Endpoint;
  readonly settleMs: number;
}

function ofEndpoint(asked: Asked, given: Record<string, string>) {
  const query = parseQuery(endpointMetrics, given, asked.world.clock.now());
  const minutes = minutesOf(query.timespan);
  const requests = knownRequests(asked, minutes);
  const about = {
    id: asked.endpoint.id,
    namespace: endpointMetrics.namespace,
    region: asked.workspace.region,
    minutes,
  };
  return answer(about, query, (definition, conditions) => seriesOf(definition, conditions, requests));
}

function ofDeployment(asked: Asked, deployment: Deployment, given: Record<string, string>) {
  const query = parseQuery(deploymentMetrics, given, asked.world.clock.now());
  const minutes = minutesOf(query.timespan);
  const about = { id: deployment.id, namespace: deploymentMetrics.namespace, region: asked.workspace.region, minutes };
  return answer(about, query, (_, conditions) => memoryOf(asked, deployment, conditions, minutes));
}

interface About {
  readonly id: string;
  readonly namespace: string;
  readonly region: string;
  readonly minutes: readonly number[];
}

function answer<Metric extends MetricDefinition>(
  { id, namespace, region, minutes }: About,
  query: MetricQuery<Metric>,
  seriesFor: (definition: Metric, conditions: readonly Condition[]) => readonly Series[],
) {
  return {
    cost: Math.max(0, minutes.length - 1),
    timespan: `${instant(query.timespan.from)}/${instant(query.timespan.to)}`,
    interval: 'PT1M',
    namespace,
    resourceregion: region,
    value: query.metrics.map(({ definition, conditions }) => ({
      id: `${id}/providers/Microsoft.Insights/metrics/${definition.name}`,
      type: 'Microsoft.Insights/metrics',
      name: { value: definition.name, localizedValue: definition.name },
      displayDescription: definition.description,
      unit: definition.unit,
      timeseries: ordered(seriesFor(definition, conditions), query).map((series) => onWire(series, minutes)),
      errorCode: 'Success',
    })),
  };
}

/** `top` counts series, the greatest first unless asked otherwise; without a filter there is only one. */
function ordered(series: readonly Series[], { isFiltered, top, ascending }: MetricQuery): readonly Series[] {
  const sorted = series.toSorted((a, b) => (ascending ? sum(a) - sum(b) : sum(b) - sum(a)));
  return isFiltered ? sorted.slice(0, top) : sorted;
}

function sum({ averages }: Series): number {
  return [...averages.values()].reduce((total, value) => total + value, 0);
}

/** Names of dimensions come back in lower case, whatever the case in which they were asked for. */
function onWire({ values, averages }: Series, minutes: readonly number[]) {
  return {
    metadatavalues: values.map(({ dimension, value }) => {
      const name = dimension.toLowerCase();
      return { name: { value: name, localizedValue: name }, value };
    }),
    data: minutes.map((minute) => {
      const average = averages.get(minute);
      return { timeStamp: instant(new Date(minute)), ...(average !== undefined && { average }) };
    }),
  };
}

function instant(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}

function notFound(type: string, name: string): Response {
  return armError(404, 'ResourceNotFound', `The Resource '${type}/${name}' was not found.`);
}

function armError(status: number, code: string, message: string): Response {
  return Response.json({ error: { code, message } }, { status });
}
