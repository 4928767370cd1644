import { allowed } from './core/command.ts';
import { Refused, Unavailable } from './core/errors.ts';
import type { CommandName } from './core/inbox.ts';
import type { ClosedRelease, Key, Lifecycle } from './core/lifecycle.ts';
import type { History, Lifecycles, Policies } from './ports.ts';

export interface HistoryDeps {
  readonly lifecycles: Pick<Lifecycles, 'load'>;
  readonly history: History;
  readonly policies: Policies;
}

/** A model in an environment, as people and pipelines read it. Times are ISO, percents are 0..100. */
export interface ModelStatus {
  readonly environment: string;
  readonly model: string;
  readonly state: string;
  readonly waitingFor: string;
  readonly champion?: Lifecycle['champion'];
  readonly traffic?: Lifecycle['traffic'];
  readonly release?: Lifecycle['release'];
  readonly waiting?: Lifecycle['waiting'];
  readonly retiring: Lifecycle['retiring'];
  readonly conditions: Lifecycle['conditions'];
  readonly ended: Lifecycle['ended'];
  readonly nextLook?: string;
  readonly audit: number;
  readonly unread: number;
  readonly commands: readonly CommandName[];
}

export interface ModelDetail extends ModelStatus {
  readonly releases: readonly ClosedRelease[];
  readonly held: readonly string[];
  readonly undelivered: readonly { readonly notice: string; readonly channel: string; readonly reason: string }[];
  readonly timeline: readonly { readonly at: string; readonly audit: number; readonly rules: readonly string[]; readonly items: readonly string[]; readonly refused: Readonly<Record<string, string>> }[]; // prettier-ignore
}

const TIMELINE = 50;
const RELEASES = 20;

export interface Health {
  readonly healthy: boolean;
  readonly status: string;
  readonly policies: number;
}

/** For probes: storage answers, and how many policies are published. Names nothing, for anybody may ask. */
export async function health({ policies }: Pick<HistoryDeps, 'policies'>): Promise<Health> {
  try {
    const count = (await policies.all()).length;
    const unreadable = (await policies.unreadable()).length;
    if (unreadable > 0)
      return {
        healthy: false,
        status: `${unreadable} published policies cannot be read by this version`,
        policies: count,
      };
    return { healthy: true, status: count > 0 ? 'ok' : 'ok, no policy published yet', policies: count };
  } catch (error) {
    if (!(error instanceof Unavailable || error instanceof Refused)) throw error;
    return { healthy: false, status: 'storage does not answer', policies: 0 };
  }
}

/** Every model of every environment that a policy speaks of. */
export async function listModels(deps: HistoryDeps): Promise<readonly ModelStatus[]> {
  const published = await deps.policies.all();
  const keys = published
    .flatMap(({ policy }) => Object.values(policy.environments))
    .map(({ environment, model }) => ({ environment, model }));
  return Promise.all(keys.map(async (key) => statusOf(key, await deps.lifecycles.load(key))));
}

/** One of them with its history; undefined when no policy speaks of it. */
export async function showModel(key: Key, deps: HistoryDeps): Promise<ModelDetail | undefined> {
  if (!(await deps.policies.of(key))) return undefined;
  const loaded = await deps.lifecycles.load(key);
  const newest = loaded.lifecycle?.sequence ?? 0;
  const [rows, releases, held] = await Promise.all([
    deps.history.audit(key, Math.max(1, newest - TIMELINE + 1), TIMELINE),
    deps.history.releases(key, RELEASES),
    deps.history.heldItems(key),
  ]);
  return {
    ...statusOf(key, loaded),
    releases,
    held: held.map(({ factKey }) => factKey),
    undelivered: loaded.outbox.flatMap(({ delivery, abandoned }) => (abandoned === undefined ? [] : [{ notice: delivery.notice.id, channel: delivery.channel, reason: abandoned }])), // prettier-ignore
    timeline: rows.toReversed().map(({ at, sequence, rules, items, refused }) => ({ at, audit: sequence, rules, items: items.map(({ factKey }) => factKey), refused })), // prettier-ignore
  };
}

function statusOf(key: Key, { lifecycle, unread }: Awaited<ReturnType<Lifecycles['load']>>): ModelStatus {
  if (!lifecycle) {
    return { ...key, state: 'neverSeen', waitingFor: 'a first version to be registered', retiring: [], conditions: {}, ended: [], audit: 0, unread: unread.length, commands: [] };
  } // prettier-ignore
  const { environment, model, champion, traffic, release, waiting, retiring, conditions, ended, nextLook, sequence } =
    lifecycle;
  return {
    environment, model, state: release?.phase ?? 'idle', waitingFor: waitingFor(lifecycle), retiring, conditions, ended, audit: sequence,
    unread: unread.length, commands: allowed(lifecycle),
    ...(champion ? { champion } : {}), ...(traffic ? { traffic } : {}), ...(release ? { release } : {}), ...(waiting ? { waiting } : {}),
    ...(nextLook === undefined ? {} : { nextLook }),
  }; // prettier-ignore
}

const WAITING_FOR: Readonly<Record<string, string>> = {
  registered: 'a look at the endpoint',
  evaluating: 'the evaluation job',
  gating: 'the evidence',
  awaitingDecision: 'a person: promote or rollback',
  deploying: 'the deployment',
  smokeTesting: 'the smoke test',
  shifting: 'enough live traffic to judge',
  watching: 'the end of the watch',
  rollingBack: 'traffic to be verified back',
};

function waitingFor({ release, conditions }: Lifecycle): string {
  if (conditions.held) return 'a person: adopt or revert';
  if (conditions.stalled) return 'a person: resume';
  if (conditions.paused)
    return conditions.paused.until ? `the pause to end at ${conditions.paused.until}` : 'a person: resume';
  if (conditions.unreachable) return `${conditions.unreachable.provider} to answer`;
  return release ? (WAITING_FOR[release.phase] ?? release.phase) : 'a newer version';
}
