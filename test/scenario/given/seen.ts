import { expect } from 'vitest';
import type { Mail } from '../../../emulator/services/email/mailbox.ts';
import type { RecordedCall } from '../../../emulator/world.ts';
import type { EndedTraining, Refusal, Refused, Training, TrainingEnd, TrainingRequest } from '../../../src/lib/core/training/state.ts'; // prettier-ignore
import type { ModelDetail } from '../../../src/lib/history.ts';
import { eventually } from './eventually.ts';
import type { Stack } from './stack.ts';
import type { Team } from './team.ts';

/** The newest release has ended so, and nothing is being done any more. */
export function ended(team: Pick<Team, 'status'>, version: string, end: string, cause?: string, limitMs?: number): Promise<ModelDetail> {
  return eventually(async () => {
    const status = await team.status();
    expect(status).toMatchObject({
      state: 'idle',
      ended: [{ version, end, ...(cause === undefined ? {} : { cause }) }, ...status.ended.slice(1)],
    });
    return status;
  }, limitMs);
} // prettier-ignore

/** What live requests meet, as the world has it: percent by deployment, none at 0. */
export function liveTraffic({ endpoint }: Team): Record<string, number> {
  const traffic = Object.entries(endpoint.properties['traffic'] ?? {}) as [string, number][];
  return Object.fromEntries(traffic.filter(([, percent]) => percent > 0));
}

/** What live requests meet, by model version. */
export function liveVersions(team: Team): Record<string, number> {
  return Object.fromEntries(
    Object.entries(liveTraffic(team)).map(([name, percent]) => [
      String(team.endpoint.deployments.get(name)?.properties['model']).split('/').at(-1),
      percent,
    ]),
  );
}

interface TrafficWrite extends Pick<RecordedCall, 'status' | 'fault'> {
  readonly generation: string;
  readonly traffic: unknown;
  readonly mirror: unknown;
}

/** Steward's writes of the endpoint, as the control plane saw them: a person's carry no new generation. */
export function trafficWrites({ world }: Stack, { endpoint }: Team): TrafficWrite[] {
  return world.calls.flatMap(({ service, method, path, status, body, fault }) => {
    if (service !== 'arm' || method !== 'PUT' || !path.endsWith(`/onlineEndpoints/${endpoint.name}`)) return [];
    const { tags, properties } = body as {
      tags?: Record<string, string>;
      properties: { traffic?: unknown; mirrorTraffic?: unknown };
    };
    const generation = tags?.['stewardGeneration'];
    if (generation === undefined) return [];
    return [
      { generation, traffic: properties.traffic, mirror: properties.mirrorTraffic, status, ...(fault && { fault }) },
    ];
  });
}

/** How many writes took effect under each generation. */
export function writesByGeneration(stack: Stack, team: Team): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { generation, status } of trafficWrites(stack, team))
    if (status < 300) counts[generation] = (counts[generation] ?? 0) + 1;
  return counts;
}

/** The training of that number runs. */
export function running(team: Team, number = 1): Promise<ModelDetail & { readonly training: Training }> {
  return eventually(async () => {
    const status = await team.status();
    expect(status.training).toMatchObject({ number, phase: 'running' });
    return { ...status, training: status.training! };
  });
}

/** Something asks for a training, and this is why none follows from it now. */
export function refused(team: Team, reason: Refusal): Promise<TrainingRequest & { readonly refused: Refused }> {
  return eventually(async () => {
    const { request } = await team.status();
    expect(request?.refused).toMatchObject({ reason });
    return { ...request!, refused: request!.refused! };
  });
}

/** The newest training has ended so; what follows from it may be under way. */
export function trainingEnded(team: Team, end: TrainingEnd, cause: string): Promise<EndedTraining> {
  return eventually(async () => {
    const { trainings } = await team.status();
    expect(trainings[0]).toMatchObject({ end, cause });
    return trainings[0]!;
  });
}

/** What was answered to whoever registered a version of the model, by version. */
export function registrations({ world }: Stack, { model }: Team): [string | undefined, number][] {
  const asked = world.calls.filter(({ method, path }) => method === 'PUT' && path.includes(`/models/${model}/versions/`));
  return asked.map(({ path, status }) => [path.split('/').at(-1), status]);
} // prettier-ignore

/** Mails to the team, their subjects in order. */
export function mailsTo({ mail }: Stack, { address }: Pick<Team, 'address'>): Mail[] {
  return mail.mails.filter(({ to }) => to.includes(address));
}

/** In the order of the alphabet: two mails that are sent a moment apart may overtake each other. */
export function subjectsTo(stack: Stack, team: Pick<Team, 'address'>): string[] {
  return mailsTo(stack, team)
    .map(({ subject }) => subject)
    .toSorted();
}

/** Jobs that Steward submitted for this model. */
export function evaluationsOf(stack: Stack, { azure, model }: Team): string[] {
  const workspace = [...stack.world.workspaces.values()].find(({ id }) => id === azure.id);
  return [...(workspace?.jobs.values() ?? [])]
    .filter(({ tags, properties }) => {
      const told = { ...tags, ...(properties['tags'] as Record<string, string> | undefined) };
      return told['steward.evaluates']?.startsWith(`${model}:`);
    })
    .map(({ name }) => name);
}
