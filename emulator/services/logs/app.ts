import { Hono, type Context } from 'hono';
import { z } from 'zod';
import { notImplemented } from '../../front.ts';
import { requireToken } from '../../tokens.ts';
import type { ServedRequest, Workspace, World } from '../../world.ts';
import { readQuery, type TrafficQuery } from './query.ts';

export interface LogsOptions {
  /** Virtual milliseconds from a request to its row. */
  readonly ingestMs?: number;
}

const minuteMs = 60_000;
const audience = 'https://api.loganalytics.io';
const resource =
  /^\/v1(\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/Microsoft\.MachineLearningServices\/workspaces\/[^/]+)\/query$/i;
const bodySchema = z.object({ query: z.string(), timespan: z.string().optional() });
const columns = [
  { name: 'minute', type: 'datetime' },
  { name: 'deployment', type: 'string' },
  { name: 'code', type: 'int' },
  { name: 'requests', type: 'long' },
  { name: 'timed', type: 'long' },
  { name: 'totalMs', type: 'real' },
  { name: 'p95Ms', type: 'real' },
] as const;

/** The traffic log of online endpoints, made of the requests that the scoring front really answered. */
export function logs(world: World, { ingestMs = 2 * minuteMs }: LogsOptions = {}): Hono {
  const app = new Hono();
  const asked = async (c: Context, workspace: Workspace | undefined) => {
    if (workspace === undefined) return refusal(404, 'ResourceNotFoundError', 'The resource was not found.');
    const body = bodySchema.safeParse(await c.req.json().catch(() => undefined));
    if (!body.success) return refusal(400, 'BadArgumentError', z.prettifyError(body.error));
    const query = readQuery(body.data.query);
    if (query === undefined) return notImplemented(world, 'POST', `${c.req.path}: ${body.data.query}`);
    const within = spanOf(body.data.timespan);
    if (within === undefined) return notImplemented(world, 'POST', `${c.req.path}: timespan ${body.data.timespan}`);
    const known = world.clock.now().getTime() - ingestMs;
    const rows = world.served.filter(
      (request) =>
        isAsked(request, workspace, query) &&
        request.at.getTime() <= known &&
        request.at >= within.from &&
        request.at <= within.to,
    );
    return c.json({ tables: [{ name: 'PrimaryResult', columns, rows: rowsOf(rows) }] });
  };
  app.use(requireToken(world, audience, (_c, fault) => refusal(401, 'InvalidTokenError', `The access token is refused: ${fault}.`))); // prettier-ignore
  app.post('/v1/workspaces/:id/query', (c) =>
    asked(
      c,
      [...world.workspaces.values()].find(({ guid }) => guid === c.req.param('id')),
    ),
  );
  app.post('*', (c) => {
    const [, id] = resource.exec(c.req.path) ?? [];
    return id === undefined
      ? notImplemented(world, 'POST', c.req.path)
      : asked(c, world.workspaces.get(id.toLowerCase()));
  });
  return app;
}

function spanOf(text: string | undefined): { from: Date; to: Date } | undefined {
  const [from, to] = (text ?? '').split('/').map((part) => new Date(part));
  if (from === undefined || to === undefined || Number.isNaN(from.getTime()) || Number.isNaN(to.getTime())) return undefined; // prettier-ignore
  return { from, to };
}

function isAsked({ at, workspace, endpoint }: ServedRequest, here: Workspace, query: TrafficQuery): boolean {
  const isIts = workspace === here.id && endpoint.toLowerCase() === query.endpoint.toLowerCase();
  return isIts && at >= query.from && at < query.to;
}

/** In no order, as the service says of rows that nobody sorted: here the newest minute first. */
function rowsOf(requests: readonly ServedRequest[]): readonly unknown[][] {
  return groupsOf(requests, (request) => `${minuteOf(request)} ${request.deployment}`)
    .flatMap((arm) => {
      const p95 = percentile(arm.map(({ durationMs }) => Math.round(durationMs)), 95); // prettier-ignore
      return groupsOf(arm, ({ status }) => String(status)).map((group) => rowOf(group, p95));
    })
    .toReversed();
}

/** The log holds whole milliseconds. */
function rowOf(group: readonly ServedRequest[], p95Ms: number): unknown[] {
  const [first] = group;
  if (first === undefined) return [];
  const totalMs = group.reduce((sum, { durationMs }) => sum + Math.round(durationMs), 0);
  return [minuteOf(first), first.deployment, first.status, group.length, group.length, totalMs, p95Ms];
}

function groupsOf(requests: readonly ServedRequest[], nameOf: (request: ServedRequest) => string): ServedRequest[][] {
  const groups = new Map<string, ServedRequest[]>();
  for (const request of requests) {
    const group = groups.get(nameOf(request)) ?? [];
    groups.set(nameOf(request), group);
    group.push(request);
  }
  return [...groups.values()];
}

function minuteOf({ at }: ServedRequest): string {
  return new Date(Math.floor(at.getTime() / minuteMs) * minuteMs).toISOString();
}

/** Nearest rank. */
function percentile(values: readonly number[], percent: number): number {
  return values.toSorted((a, b) => a - b)[Math.ceil((percent / 100) * values.length) - 1] ?? 0;
}

function refusal(status: number, code: string, message: string): Response {
  return Response.json({ error: { code, message } }, { status });
}
