import { z } from 'zod';
import { allowed, COMMAND_EXPIRES_MS, meantRelease } from './core/command.ts';
import { BadInput } from './core/errors.ts';
import { isTerminal, parseEvent, type MlEvent } from './core/event.ts';
import { COMMANDS, type Command, type CommandName, type Happening, type InboxItem } from './core/inbox.ts';
import { newLifecycle, type Key, type Lifecycle } from './core/lifecycle.ts';
import { factKey, jobPrefix, sha256 } from './core/names.ts';
import type { EnvironmentPolicy } from './core/policy/policy.ts';
import type { Log } from './log.ts';
import type { ActiveIndex, Clock, Lifecycles, Policies, RefusedStore, WorkQueue } from './ports.ts';

export interface IntakeDeps {
  readonly policies: Policies;
  readonly lifecycles: Pick<Lifecycles, 'append'>;
  readonly index: Pick<ActiveIndex, 'promise'>;
  readonly queue: Pick<WorkQueue, 'look'>;
  readonly refused: RefusedStore;
  readonly clock: Clock;
  readonly log: Log;
}

/** A command that got lost between insert and enqueue is found by the sweep this soon. */
const COMMAND_CHECK_MS = 120_000;

/**
 * Takes in one Event Grid event: which lifecycles does it concern, one inbox item each. Returns when all are stored, so
 * the delivery may be acknowledged; throws only when storage fails, so that it is told again.
 */
export async function takeEvent(raw: unknown, deps: IntakeDeps): Promise<void> {
  const parsed = parseEvent(raw);
  if (parsed.result === 'ignored') return deps.log.info('Event ignored', { reason: parsed.reason });
  if (parsed.result === 'malformed') return refuse(raw, parsed.reason, deps);
  const { event } = parsed;
  const { workspaces } = await deps.policies.estate();
  const name = Object.entries(workspaces).find(([, { id }]) => id.toLowerCase() === event.workspace.toLowerCase())?.[0];
  if (name === undefined) return refuse(raw, `workspace ${event.workspace} is not in the estate`, deps);
  const concerned = concernedBy(event, name, await deps.policies.all());
  if (concerned.length === 0) return deps.log.info('Event ignored', { reason: `${event.kind} concerns no policy` });
  for (const { key, item } of concerned) await put(key, { ...item, receivedAt: deps.clock.now().toISOString() }, deps);
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
    const item = itemFor(event, policy);
    return item ? [{ key: { environment: policy.environment, model: policy.model }, item }] : [];
  });
}

/** What the event means to one lifecycle; undefined when it does not matter to it. */
function itemFor(event: MlEvent, policy: EnvironmentPolicy): Concerned['item'] | undefined {
  switch (event.kind) {
    case 'modelRegistered':
      if (event.model !== policy.model || !policy.entry) return undefined;
      return {
        factKey: factKey.modelRegistered(event.workspace, event.model, event.version),
        happening: { kind: 'modelRegistered', version: event.version, source: 'event' },
      };
    case 'modelDeployed':
      if (event.endpoint.toLowerCase() !== policy.endpoint.toLowerCase()) return undefined;
      return {
        factKey: factKey.modelDeployed(event.id),
        happening: { kind: 'modelDeployed', endpoint: event.endpoint },
      };
    case 'run':
      if (!isTerminal(event.status) || !event.run.startsWith(jobPrefix(policy))) return undefined;
      return {
        factKey: factKey.run(event.workspace, event.run, event.status),
        happening: { kind: 'runEnded', run: event.run, status: event.status },
      };
    case 'drift':
      return undefined;
  }
}

/** Stores the item and asks for a pass. Known and read: nothing to do. Known and unread: the asking may have got lost. */
async function put(
  key: Key,
  item: InboxItem,
  { lifecycles, queue, log }: Pick<IntakeDeps, 'lifecycles' | 'queue' | 'log'>,
): Promise<void> {
  const { known, unread } = await lifecycles.append(key, item);
  if (!known || unread) await queue.look(key);
  log.info(known ? 'Item known already' : 'Item taken in', { ...key, factKey: item.factKey });
}

const orderSchema = z.strictObject({
  /** Who asks. Callers by function key can only claim it. */
  actor: z.string().trim().min(1).max(200),
  reason: z.string().trim().min(1).max(1000),
  release: z.int().positive().optional(),
  until: z.iso.datetime().optional(),
  scope: z.enum(['model', 'estate']).default('model'),
});

type Order = z.output<typeof orderSchema>;

/** Commands that could hit a newer version than was meant name their release. */
const NAMES_RELEASE: ReadonlySet<string> = new Set(['rollback', 'promote']);

/** The answer to a command, in HTTP's terms. A refused one says what is allowed now. */
export interface CommandAnswer {
  readonly status: 202 | 400 | 404 | 409;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Asked {
  readonly key: Key;
  readonly name: string;
  readonly body: unknown;
  /** The same order under the same one twice is one command. */
  readonly idempotencyKey: string;
}

export type CommandDeps = IntakeDeps & {
  readonly lifecycles: Pick<Lifecycles, 'append' | 'load' | 'knows'>;
  readonly index: Pick<ActiveIndex, 'promise' | 'keys'>;
};

/**
 * Takes in a command over HTTP. It is obeyed by a later pass, which checks it again; here it is refused at once when it
 * cannot be understood or would do nothing now, unless it is the repeat of one that was taken in before.
 */
export async function takeCommand(asked: Asked, deps: CommandDeps): Promise<CommandAnswer> {
  const { key } = asked;
  const name = COMMANDS.find((command) => command === asked.name);
  if (!name) return { status: 404, body: { error: `There is no command ${asked.name}`, commands: COMMANDS } };
  const order = orderSchema.safeParse(asked.body);
  if (!order.success) return { status: 400, body: { error: 'The body is not as expected', faults: order.error.issues.map(({ path, message }) => ({ place: path.join('.'), message })) } };
  const fact = factKey.command(order.data.actor, asked.idempotencyKey, { name, ...order.data });
  const refused = await refusalNow(key, name, order.data, deps);
  if (refused && !(await deps.lifecycles.knows(key, fact))) return refused;
  const keys = order.data.scope === 'estate' ? await everyKey(deps) : [key];
  for (const each of keys) await putCommand(each, commandOf(name, order.data, deps.clock.now()), fact, deps);
  return { status: 202, body: { accepted: name, models: keys, status: `/api/models/${key.environment}/${key.model}` } };
} // prettier-ignore

function commandOf(name: CommandName, { actor, reason, release, until }: Order, now: Date): Command {
  const expiresAt = new Date(now.getTime() + COMMAND_EXPIRES_MS).toISOString();
  return {
    actor, reason, name, ...(release === undefined ? {} : { release }), ...(until === undefined ? {} : { until }),
    ...(NAMES_RELEASE.has(name) ? { expiresAt } : {}),
  };
} // prettier-ignore

/** Why the command would do nothing now; undefined when it may be taken in. */
async function refusalNow(key: Key, name: CommandName, order: Order, deps: CommandDeps): Promise<CommandAnswer | undefined> {
  const { scope, release, until } = order;
  if (scope === 'estate' && name !== 'pause' && name !== 'resume') return { status: 400, body: { error: 'Only pause and resume take the scope estate' } };
  const fault = until === undefined ? undefined : name !== 'pause' ? 'only pause takes it' : Date.parse(until) <= deps.clock.now().getTime() ? 'expected a time to come' : undefined;
  if (fault) return { status: 400, body: { error: 'The body is not as expected', faults: [{ place: 'until', message: fault }] } };
  const found = await find(key, deps);
  if ('status' in found) return found;
  return scope === 'estate' ? undefined : refusal(name, release, found.lifecycle ?? newLifecycle(key));
} // prettier-ignore

/** The row of a model that can be commanded: a policy that can be read speaks of it, or its release began under one. */
async function find(key: Key, { lifecycles, policies }: CommandDeps): Promise<CommandAnswer | { readonly lifecycle: Lifecycle | undefined }> {
  let row: Lifecycle | undefined;
  try {
    row = (await lifecycles.load(key)).lifecycle;
    if (await policies.of(key, row?.release?.policy)) return { lifecycle: row };
  } catch (error) {
    if (!(error instanceof BadInput)) throw error;
    return { status: 409, body: { error: `Nothing can be done for ${key.model} in ${key.environment}: its row or its policy cannot be read`, reason: error.message } };
  }
  if (row) return { status: 409, body: { error: `No policy speaks of ${key.model} in ${key.environment} any more: publish one first` } };
  return { status: 404, body: { error: `No policy speaks of ${key.model} in ${key.environment}` } };
} // prettier-ignore

function refusal(name: CommandName, release: number | undefined, lifecycle: Lifecycle | undefined): CommandAnswer | undefined {
  const now = lifecycle ? allowed(lifecycle) : [];
  const current = lifecycle && meantRelease(lifecycle, name);
  const state = { state: lifecycle?.release?.phase ?? 'idle', allowed: now, ...(current === undefined ? {} : { release: current }) };
  if (!now.includes(name)) return { status: 409, body: { error: `${name} would do nothing now`, ...state } };
  if (NAMES_RELEASE.has(name) && release === undefined) {
    return { status: 400, body: { error: `${name} must say which release it means`, faults: [{ place: 'release', message: `expected a number; the current one is ${current}` }], ...state } };
  }
  if (release !== undefined && release !== current) return { status: 409, body: { error: `Release ${release} is not the current one`, ...state } };
  return undefined;
} // prettier-ignore

/** What policies speak of, and what waits for something though no readable policy does. */
async function everyKey({ policies, index }: CommandDeps): Promise<Key[]> {
  const keys = [...(await policies.keys()), ...(await index.keys())];
  return [...new Map(keys.map((key) => [`${key.environment}|${key.model}`, key])).values()];
}

/** Nobody redelivers a command, so the index learns of it before the inbox does. */
async function putCommand(key: Key, command: Command, fact: string, deps: IntakeDeps): Promise<void> {
  const now = deps.clock.now();
  await deps.index.promise(key, new Date(now.getTime() + COMMAND_CHECK_MS));
  await put(key, { factKey: fact, receivedAt: now.toISOString(), happening: { kind: 'command', command } }, deps);
}
