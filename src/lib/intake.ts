import {
  isCompleted,
  isTerminal,
  parseEvent,
  unremarkable,
  type DriftEvent,
  type MlEvent,
  type RunEvent,
} from './core/event.ts';
import type { Happening } from './core/inbox.ts';
import type { Key } from './core/lifecycle.ts';
import { factKey, isJobOf, sha256 } from './core/names.ts';
import type { EnvironmentPolicy } from './core/policy/policy.ts';
import { trainsFrom } from './core/training/outside.ts';
import type { Estate } from './core/policy/estate.ts';
import { retake } from './intake/deadLetters.ts';
import { putItem, type PutDeps } from './intake/putItem.ts';
import type { Clock, DeadLetters, Policies, RefusedStore } from './ports.ts';

export interface IntakeDeps extends PutDeps {
  readonly policies: Pick<Policies, 'estate' | 'all'>;
  readonly refused: RefusedStore;
  readonly clock: Clock;
}

export interface DeadLetterDeps extends IntakeDeps {
  /** Absent: nobody said where undelivered events are put. */
  readonly deadLetters?: DeadLetters;
}

/**
 * Takes in one Event Grid event: which lifecycles does it concern, one inbox item each. Returns when all are stored, so
 * the delivery may be acknowledged; throws only when storage fails, so that it is told again.
 */
export async function takeEvent(raw: unknown, deps: IntakeDeps): Promise<void> {
  const parsed = parseEvent(raw);
  if (parsed.result === 'ignored') return deps.log.info('Event ignored', { reason: parsed.reason });
  if (parsed.result === 'malformed') return refuse(raw, parsed.reason, deps);
  const { event } = parsed;
  // No listing finds what was refused, so a workspace that was published a moment ago is looked up again before.
  const name =
    nameIn(await deps.policies.estate(), event) ?? nameIn(await deps.policies.estate({ fresh: true }), event);
  if (name === undefined) return refuse(raw, `workspace ${event.workspace} is not in the estate`, deps);
  const concerned = concernedBy(event, name, await deps.policies.all());
  if (concerned.length === 0) return deps.log.info('Event ignored', { reason: ofNoConcern(event) });
  for (const { key, item } of concerned)
    await putItem(key, { ...item, receivedAt: deps.clock.now().toISOString() }, deps);
}

/** Takes in what Event Grid gave up to deliver. */
export async function retakeDeadLetters(deps: DeadLetterDeps): Promise<void> {
  const { deadLetters } = deps;
  if (!deadLetters) return;
  const intake = {
    take: (event: unknown) => takeEvent(event, deps),
    refuse: (text: string, reason: string) => refuse(text, reason, deps),
    // By name and text: where it cannot be removed, it comes here again, and is kept once; another of that name is kept, too.
    keep: (name: string, body: string) => deps.refused.keep(`deadLetters/${name}`, body),
  };
  await retake(deadLetters, intake, deps);
}

/** The workspace as policies call it; ARM ids compare without case. */
function nameIn({ workspaces }: Estate, { workspace }: MlEvent): string | undefined {
  return Object.entries(workspaces).find(([, { id }]) => id.toLowerCase() === workspace.toLowerCase())?.[0];
}

/** Throwing would redeliver the whole batch for a day: kept for people instead, and acknowledged. */
async function refuse(raw: unknown, reason: string, deps: IntakeDeps): Promise<void> {
  const body = JSON.stringify({ reason, event: raw }, null, 2);
  deps.log.warn('Event refused', { reason });
  await deps.refused.keep(`${deps.clock.now().toISOString().slice(0, 10)}/${sha256(body).slice(0, 32)}.json`, body);
}

interface Concerned {
  readonly key: Key;
  readonly item: { readonly factKey: string; readonly happening: Happening };
}

function concernedBy(event: MlEvent, workspace: string, published: Awaited<ReturnType<Policies['all']>>): Concerned[] {
  const here = published
    .flatMap(({ policy }) => Object.values(policy.environments))
    .filter((policy) => policy.workspace === workspace);
  return here.flatMap((policy) => {
    const key = { environment: policy.environment, model: policy.model };
    return itemsFor(event, policy).map((item) => ({ key, item }));
  });
}

function ofNoConcern(event: MlEvent): string {
  return (event.kind === 'run' ? unremarkable(event) : undefined) ?? `${event.kind} concerns no policy`;
}

/** What the event means to one lifecycle; nothing where it does not matter to it. */
function itemsFor(event: MlEvent, policy: EnvironmentPolicy): Concerned['item'][] {
  switch (event.kind) {
    case 'modelRegistered':
      if (event.model !== policy.model || !policy.entry) return [];
      return [
        {
          factKey: factKey.modelRegistered(event.workspace, event.model, event.version),
          happening: { kind: 'modelRegistered', version: event.version, source: 'event' },
        },
      ];
    case 'modelDeployed':
      if (event.endpoint.toLowerCase() !== policy.endpoint.toLowerCase()) return [];
      return [
        {
          factKey: factKey.modelDeployed(event.id),
          happening: { kind: 'modelDeployed', endpoint: event.endpoint },
        },
      ];
    case 'run':
      return [...monitorItems(event), ...jobItems(event, policy), ...outsideItems(event, policy)];
    case 'drift':
      return [driftItem(event)];
  }
}

/** Whose monitor it was, only a pass can tell: every model of the workspace is told, whether it trains or not. */
function monitorItems({ workspace, run, thresholdTags }: RunEvent): Concerned['item'][] {
  if (!thresholdTags) return [];
  return [{ factKey: factKey.monitorTold(workspace, run, thresholdTags), happening: { kind: 'monitorTold', run } }];
}

function jobItems({ workspace, run, status }: RunEvent, policy: EnvironmentPolicy): Concerned['item'][] {
  if (!isTerminal(status) || !isJobOf(policy, run)) return [];
  return [{ factKey: factKey.run(workspace, run, status), happening: { kind: 'runEnded', run, status } }];
}

/** Whether it left a model that nobody registered, only a pass can tell. */
function outsideItems({ workspace, run, status, child, template }: RunEvent, policy: EnvironmentPolicy): Concerned['item'][] {
  if (child || !isCompleted(status) || isJobOf(policy, run) || !trainsFrom(policy, template)) return [];
  return [{ factKey: factKey.run(workspace, run, status), happening: { kind: 'outsideRun', run } }];
} // prettier-ignore

function driftItem({ workspace, drift, name, run, coefficient }: DriftEvent): Concerned['item'] {
  return {
    factKey: factKey.datasetDrift(workspace, drift, run),
    happening: {
      kind: 'datasetDrift',
      id: `${drift}/${run}`,
      name,
      ...(coefficient === undefined ? {} : { coefficient }),
    },
  };
}
