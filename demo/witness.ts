import { z } from 'zod';
import type { RecordedCall, ServedRequest, World } from '../emulator/world.ts';
import type { Place } from './place.ts';

/** What really happened, told by the emulated Azure and not by Steward. */

const weights = z.record(z.string(), z.number());
const modelId = z.string().transform((id) => id.split('/').at(-1) ?? id);

type Serving = Pick<Place, 'workspace' | 'endpoint'>;

/** Live traffic by model version, e.g. {"1": 90, "2": 10}; versions without traffic are left out. */
export function liveTraffic(at: Serving): Record<string, number> {
  const endpoint = at.workspace.endpoints.get(at.endpoint);
  const traffic: Record<string, number> = {};
  for (const [name, percent] of Object.entries(weights.parse(endpoint?.properties['traffic'] ?? {}))) {
    if (percent > 0) traffic[versionOf(at, name)] = percent;
  }
  return traffic;
}

/** The model version that a deployment serves; the deployment's name once it is gone. */
export function versionOf({ workspace, endpoint }: Serving, deployment: string): string {
  const found = workspace.endpoints.get(endpoint)?.deployments.get(deployment);
  return found ? modelId.parse(found.properties['model']) : deployment;
}

export function deploymentsOf(at: Serving, version: string): string[] {
  const names = [...(at.workspace.endpoints.get(at.endpoint)?.deployments.keys() ?? [])];
  return names.filter((name) => versionOf(at, name) === version);
}

/** Jobs by which Steward trains, whatever became of them. */
export function trainingJobs({
  workspace,
}: {
  readonly workspace: { readonly jobs: ReadonlyMap<string, unknown> };
}): string[] {
  return [...workspace.jobs.keys()].filter((job) => /^stw-[0-9a-f]+-t\d+-a\d+$/.test(job));
}

/** A write of an endpoint that carries Steward's mark. */
export interface TrafficPut {
  readonly endpoint: string;
  /** Somebody who wrote the whole endpoint back, mark and all, as the portal does; absent: Steward. */
  readonly by?: string;
  readonly at: Date;
  readonly status: number;
  readonly generation: string;
  readonly split: Readonly<Record<string, number>>;
}

const trafficBody = z.object({
  tags: z.object({ stewardGeneration: z.string() }),
  properties: z.object({ traffic: weights }),
});

/** Every PUT of traffic that Azure saw since Steward looks after the endpoint, in the order of their answers. */
export function trafficPuts(calls: readonly RecordedCall[], of?: string): TrafficPut[] {
  return calls.flatMap(({ at, method, path, status, body, by }) => {
    const endpoint = /\/onlineEndpoints\/([^/]+)$/.exec(path)?.[1];
    if (method !== 'PUT' || endpoint === undefined || (of !== undefined && of !== endpoint)) return [];
    const read = trafficBody.safeParse(body);
    if (!read.success) return [];
    const { tags, properties } = read.data;
    return [{ at, endpoint, status, generation: tags.stewardGeneration, split: properties.traffic, ...(by === undefined ? {} : { by }) }]; // prettier-ignore
  });
}

/** Effects of Steward that Azure carried out more than once, as sentences; none is as it must be. */
export function doneTwice(world: Pick<World, 'calls'>, mails: readonly { readonly subject: string }[]): string[] {
  const effects = world.calls.filter(({ status, by }) => status < 300 && by === undefined).flatMap(effectOf);
  const all = [...effects, ...mails.map(({ subject }) => `mail "${subject}"`)];
  const repeated = new Set(all.filter((effect, i) => all.indexOf(effect) !== i));
  return [...repeated].map((effect) => `${effect} was done ${all.filter((one) => one === effect).length} times`);
}

/** A version that Steward copied out of another workspace. */
const broughtBody = z.object({ properties: z.object({ tags: z.object({ stewardId: z.string(), 'steward.from': z.string() }) }) }); // prettier-ignore

function effectOf(call: RecordedCall): string[] {
  const [put] = trafficPuts([call]);
  if (put) return [`traffic ${JSON.stringify(put.split)} of generation ${put.generation} of ${put.endpoint}`];
  const job = /\/jobs\/(stw-[^/]+)$/.exec(call.path)?.[1];
  if (job !== undefined && call.method === 'PUT') return [`job ${job}`];
  const deployment = /\/deployments\/(m[^/]+)$/.exec(call.path)?.[1];
  if (deployment !== undefined) return [`${call.method} of deployment ${deployment}`];
  const brought = /\/workspaces\/([^/]+)\/models\/([^/]+)\/versions\/([^/]+)$/.exec(call.path);
  return brought && broughtBody.safeParse(call.body).success ? [`${brought[2]} ${brought[3]} to ${brought[1]}`] : [];
}

/** Deployments of different endpoints may have one name. */
export function servedBy(
  { served }: Pick<World, 'served'>,
  { endpoint }: Pick<Serving, 'endpoint'>,
): readonly ServedRequest[] {
  return served.filter((one) => one.endpoint === endpoint);
}

/** 5xx, 424 and 408: what the caller cannot have caused. */
export function isError({ status }: Pick<ServedRequest, 'status'>): boolean {
  return status >= 500 || status === 424 || status === 408;
}

export interface Answers {
  readonly requests: number;
  readonly errors: number;
  readonly meanMs: number;
}

/** Live answers of one deployment between two virtual times. */
export function answersOf(served: readonly ServedRequest[], deployment: string, from: Date, to: Date): Answers {
  const own = served.filter((one) => one.live && one.deployment === deployment && one.at >= from && one.at < to);
  const totalMs = own.reduce((sum, { durationMs }) => sum + durationMs, 0);
  return { requests: own.length, errors: own.filter(isError).length, meanMs: own.length ? totalMs / own.length : 0 };
}
