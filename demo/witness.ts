import { z } from 'zod';
import type { RecordedCall, ServedRequest, World } from '../emulator/world.ts';
import type { Cloud } from './stack.ts';
import { ENDPOINT } from './team.ts';

/** What really happened, told by the emulated Azure and not by Steward. */

const weights = z.record(z.string(), z.number());
const modelId = z.string().transform((id) => id.split('/').at(-1) ?? id);

/** Live traffic by model version, e.g. {"1": 90, "2": 10}; versions without traffic are left out. */
export function liveTraffic({ workspace }: Pick<Cloud, 'workspace'>): Record<string, number> {
  const endpoint = workspace.endpoints.get(ENDPOINT);
  const traffic: Record<string, number> = {};
  for (const [name, percent] of Object.entries(weights.parse(endpoint?.properties['traffic'] ?? {}))) {
    if (percent > 0) traffic[versionOf({ workspace }, name)] = percent;
  }
  return traffic;
}

/** The model version that a deployment serves; the deployment's name once it is gone. */
export function versionOf({ workspace }: Pick<Cloud, 'workspace'>, deployment: string): string {
  const found = workspace.endpoints.get(ENDPOINT)?.deployments.get(deployment);
  return found ? modelId.parse(found.properties['model']) : deployment;
}

export function deploymentsOf({ workspace }: Pick<Cloud, 'workspace'>, version: string): string[] {
  const names = [...(workspace.endpoints.get(ENDPOINT)?.deployments.keys() ?? [])];
  return names.filter((name) => versionOf({ workspace }, name) === version);
}

/** Jobs by which Steward trains, whatever became of them. */
export function trainingJobs({
  workspace,
}: {
  readonly workspace: { readonly jobs: ReadonlyMap<string, unknown> };
}): string[] {
  return [...workspace.jobs.keys()].filter((job) => /^stw-[0-9a-f]+-t\d+-a\d+$/.test(job));
}

/** A write of the endpoint that carries Steward's mark. */
export interface TrafficPut {
  readonly at: Date;
  readonly status: number;
  readonly generation: string;
  readonly split: Readonly<Record<string, number>>;
}

const trafficBody = z.object({
  tags: z.object({ stewardGeneration: z.string() }),
  properties: z.object({ traffic: weights }),
});

/** Every PUT of the endpoint that Azure saw from Steward, in the order of their answers. */
export function trafficPuts(calls: readonly RecordedCall[]): TrafficPut[] {
  return calls.flatMap(({ at, method, path, status, body }) => {
    if (method !== 'PUT' || !path.endsWith(`/onlineEndpoints/${ENDPOINT}`)) return [];
    const read = trafficBody.safeParse(body);
    if (!read.success) return [];
    const { tags, properties } = read.data;
    return [{ at, status, generation: tags.stewardGeneration, split: properties.traffic }];
  });
}

/** Effects of Steward that Azure carried out more than once, as sentences; none is as it must be. */
export function doneTwice(world: Pick<World, 'calls'>, mails: readonly { readonly subject: string }[]): string[] {
  const effects = world.calls.filter(({ status }) => status < 300).flatMap(effectOf);
  const all = [...effects, ...mails.map(({ subject }) => `mail "${subject}"`)];
  const repeated = new Set(all.filter((effect, i) => all.indexOf(effect) !== i));
  return [...repeated].map((effect) => `${effect} was done ${all.filter((one) => one === effect).length} times`);
}

function effectOf(call: RecordedCall): string[] {
  const [put] = trafficPuts([call]);
  if (put) return [`traffic ${JSON.stringify(put.split)} of generation ${put.generation}`];
  const job = /\/jobs\/(stw-[^/]+)$/.exec(call.path)?.[1];
  if (job !== undefined && call.method === 'PUT') return [`job ${job}`];
  const deployment = /\/deployments\/(m[^/]+)$/.exec(call.path)?.[1];
  return deployment === undefined ? [] : [`${call.method} of deployment ${deployment}`];
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
