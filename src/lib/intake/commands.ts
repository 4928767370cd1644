import { z } from 'zod';
import { objection, waitsForApproval, type Objection } from '../core/approval.ts';
import { BREAK_GLASS_MS, LONGEST_BREAK_GLASS_MS, unfitGlass } from '../core/breakGlass.ts';
import { allowed, COMMAND_EXPIRES_MS, meantRelease, NO_GLASS, speaksOfRelease, would } from '../core/command.ts';
import { BadInput, type Fault } from '../core/errors.ts';
import { COMMANDS, type Command, type CommandName, type Identity } from '../core/inbox.ts';
import { newLifecycle, type Key, type Lifecycle } from '../core/lifecycle.ts';
import { factKey } from '../core/names.ts';
import type { EnvironmentPolicy } from '../core/policy/policy.ts';
import { meantTraining } from '../core/training/command.ts';
import type { ActiveIndex, Clock, Lifecycles, Policies } from '../ports.ts';
import { identify, type IdentityDeps, type Known } from './identity.ts';
import { putItem, type PutDeps } from './putItem.ts';

const orderSchema = z.strictObject({
  /** Who asks, as callers by function key claim; of who is signed in the sign-in says it. */
  actor: z.string().trim().min(1).max(200).optional(),
  reason: z.string().trim().min(1).max(1000),
  release: z.int().positive().exactOptional(),
  /** What was looked at, as the mail and the status name it. */
  evidence: z.string().trim().min(1).max(64).exactOptional(),
  training: z.int().positive().optional(),
  until: z.iso.datetime().optional(),
  /** Meant by breakGlass. */
  version: z.string().trim().min(1).max(255).exactOptional(),
  scope: z.enum(['model', 'estate']).default('model'),
});

type Order = z.output<typeof orderSchema> & { readonly actor: string; readonly identity?: Identity };

/** Commands that could hit a newer version than was meant name what they mean, and expire. */
const NAMED: Readonly<Partial<Record<CommandName, readonly ('release' | 'training')[]>>> = {
  rollback: ['release'],
  promote: ['release'],
  approve: ['release'],
  retry: ['release'],
  reject: ['release', 'training'],
};

/** The answer to a command, in HTTP's terms. A refused one says what is allowed now. */
export interface CommandAnswer {
  readonly status: 202 | 400 | 401 | 403 | 404 | 409;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Asked {
  readonly key: Key;
  readonly name: string;
  readonly body: unknown;
  /** The platform's header that says who is signed in, as it came. */
  readonly principal?: string | undefined;
  /** The same order under the same one twice is one command. */
  readonly idempotencyKey: string;
}

export interface CommandDeps extends PutDeps, IdentityDeps {
  readonly policies: Pick<Policies, 'of' | 'keys' | 'estate'>;
  readonly lifecycles: Pick<Lifecycles, 'append' | 'load' | 'knows'>;
  readonly index: Pick<ActiveIndex, 'promise' | 'keys'>;
  readonly clock: Clock;
}

/** A command that got lost between insert and enqueue is found by the sweep this soon. */
const COMMAND_CHECK_MS = 120_000;

/**
 * Takes in a command over HTTP. It is obeyed by a later pass, which checks it again; here it is refused at once when it
 * cannot be understood or would do nothing now, unless it is the repeat of one that was taken in before.
 */
export async function takeCommand(asked: Asked, deps: CommandDeps): Promise<CommandAnswer> {
  const { key } = asked;
  const name = COMMANDS.find((command) => command === asked.name);
  if (!name) return { status: 404, body: { error: `There is no command ${asked.name}`, commands: COMMANDS } };
  const read = orderSchema.safeParse(asked.body);
  if (!read.success) return badBody(read.error.issues.map(({ path, message }) => ({ place: path.join('.'), message })));
  const known = await identify(asked.principal, deps);
  const unknown = speaksOfRelease({ name, ...read.data }) ? notSignedIn(name, known, deps) : undefined;
  if (unknown) return unknown;
  const order = signed(read.data, known);
  if (order === undefined) return badBody([{ place: 'actor', message: 'expected who asks' }]);
  const { identity, ...asIs } = order;
  const fact = factKey.command(identity?.id ?? order.actor, asked.idempotencyKey, { name, ...asIs });
  const { refused, asked: evidence } = await meet(key, name, order, deps);
  if (refused && !(await deps.lifecycles.knows(key, fact))) return refused;
  const keys = order.scope === 'estate' ? await everyKey(deps) : [key];
  // An approval that is stored late must not count for what was asked meanwhile.
  const meant = name === 'approve' && evidence !== undefined ? { evidence, ...order } : order;
  for (const each of keys) await putCommand(each, commandOf(name, meant, deps.clock.now()), fact, deps);
  return { status: 202, body: { accepted: name, models: keys, status: `/api/models/${key.environment}/${key.model}` } };
} // prettier-ignore

function badBody(faults: readonly Fault[]): CommandAnswer {
  return { status: 400, body: { error: 'The body is not as expected', faults } };
}

/** Of who is signed in, the sign-in says who he is, whatever the body says. Any other command is not worth losing for a header that cannot be read. */
function signed(order: z.output<typeof orderSchema>, known: Known): Order | undefined {
  const { actor, ...rest } = order;
  const identity = 'faults' in known ? undefined : known.identity;
  if (identity) return { ...rest, actor: identity.names[0] ?? identity.id, identity };
  return actor === undefined ? undefined : { ...rest, actor };
}

/** What must be done before anybody's word on a release can count. */
function notSignedIn(name: CommandName, known: Known, { signIn }: IdentityDeps): CommandAnswer | undefined {
  if (!signIn) return { status: 409, body: { error: `Nobody can ${name} a release: this app does not know who calls. Put App Service authentication with Microsoft Entra in front of it and set STEWARD_ENTRA_TENANT and STEWARD_ENTRA_CLIENT_ID (docs/deploy.md, Approvals)` } };
  if ('faults' in known) return { status: 400, body: { error: 'Who is signed in cannot be read', faults: known.faults } };
  if (known.identity) return undefined;
  return { status: 401, body: { error: `Only who is signed in can ${name} a release: send a token of Microsoft Entra for this app, Authorization: Bearer ...` } };
} // prettier-ignore

function commandOf(name: CommandName, { actor, identity, reason, release, evidence, training, until: asked, version }: Order, now: Date): Command {
  const later = (ms: number) => new Date(now.getTime() + ms).toISOString();
  const until = asked ?? (name === 'breakGlass' ? later(BREAK_GLASS_MS) : undefined);
  const expires = NAMED[name] !== undefined || name === 'breakGlass';
  return {
    actor, ...(identity ? { identity } : {}), reason, name, ...(evidence === undefined ? {} : { evidence }), ...(release === undefined ? {} : { release }), ...(training === undefined ? {} : { training }),
    ...(until === undefined ? {} : { until }), ...(version === undefined ? {} : { version }), ...(expires ? { expiresAt: later(COMMAND_EXPIRES_MS) } : {}),
  };
} // prettier-ignore

interface Met {
  /** Why the command would do nothing now; absent when it may be taken in. */
  readonly refused?: CommandAnswer | undefined;
  /** The evidence that people are asked about now. */
  readonly asked?: string | undefined;
}

async function meet(key: Key, name: CommandName, order: Order, deps: CommandDeps): Promise<Met> {
  if (order.scope === 'estate' && name !== 'pause' && name !== 'resume') return { refused: { status: 400, body: { error: 'Only pause and resume take the scope estate' } } };
  const faults = misplaced(name, order, deps.clock.now());
  if (faults.length > 0) return { refused: badBody(faults) };
  const found = await find(key, deps);
  if ('status' in found) return { refused: found };
  if (order.scope === 'estate') return {};
  return { refused: refusal(name, order, found, deps.clock.now()), asked: found.lifecycle.release?.approval?.evidence };
} // prettier-ignore

function misplaced(name: CommandName, { until, training, release, evidence, version }: Order, now: Date): Fault[] {
  const faults: Fault[] = [];
  if (until !== undefined && name !== 'pause' && name !== 'breakGlass') faults.push({ place: 'until', message: 'only pause and breakGlass take it' });
  else if (until !== undefined && Date.parse(until) <= now.getTime()) faults.push({ place: 'until', message: 'expected a time to come' });
  else if (until !== undefined && name === 'breakGlass' && Date.parse(until) - now.getTime() > LONGEST_BREAK_GLASS_MS) faults.push({ place: 'until', message: 'expected a time within 24 hours' });
  if (version === undefined && name === 'breakGlass') faults.push({ place: 'version', message: 'expected the version that must go out' });
  else if (version !== undefined && name !== 'breakGlass') faults.push({ place: 'version', message: 'only breakGlass takes it' });
  if (training !== undefined && name !== 'reject') faults.push({ place: 'training', message: 'only reject takes it' });
  else if (training !== undefined && release !== undefined) faults.push({ place: 'training', message: 'expected either a training or a release' });
  if (evidence !== undefined && name !== 'approve' && name !== 'reject') faults.push({ place: 'evidence', message: 'only approve and reject take it' });
  return faults;
} // prettier-ignore

interface Commanded {
  readonly lifecycle: Lifecycle;
  readonly trains: boolean;
  readonly policy: EnvironmentPolicy;
}

/** The row of a model that can be commanded: a policy that can be read speaks of it, or its release began under one. */
async function find(key: Key, { lifecycles, policies }: CommandDeps): Promise<CommandAnswer | Commanded> {
  let row: Lifecycle | undefined;
  try {
    row = (await lifecycles.load(key)).lifecycle;
    // A training under way can be stopped although its model was unpublished.
    const trained = row?.training?.policy;
    const found = (await policies.of(key, row?.release?.policy)) ?? (trained === undefined ? undefined : await policies.of(key, trained));
    if (found) return { lifecycle: row ?? newLifecycle(key), trains: await trainsNow(key, policies), policy: found.policy };
  } catch (error) {
    if (!(error instanceof BadInput)) throw error;
    return { status: 409, body: { error: `Nothing can be done for ${key.model} in ${key.environment}: its row or its policy cannot be read`, reason: error.message } };
  }
  if (row) return { status: 409, body: { error: `No policy speaks of ${key.model} in ${key.environment} any more: publish one first` } };
  return { status: 404, body: { error: `No policy speaks of ${key.model} in ${key.environment}` } };
} // prettier-ignore

/** What is trained follows the current policy, whatever a release under way is pinned to. */
async function trainsNow(key: Key, policies: Pick<Policies, 'of'>): Promise<boolean> {
  try {
    return (await policies.of(key))?.policy.training !== undefined;
  } catch (error) {
    if (error instanceof BadInput) return false;
    throw error;
  }
}

function refusal(name: CommandName, order: Order, { lifecycle, trains, policy }: Commanded, at: Date): CommandAnswer | undefined {
  const now = allowed(lifecycle, { trains });
  const current = { release: meantRelease(lifecycle, name), training: meantTraining(lifecycle) };
  const state = { state: lifecycle.release?.phase ?? 'idle', allowed: now, ...current };
  if (!would(name, lifecycle, now)) return { status: 409, body: { error: name === 'breakGlass' ? NO_GLASS : name === 'retrain' ? 'The policy has no section training: there is nothing to train by' : `${name} would do nothing now`, ...state } };
  const must = NAMED[name] ?? [];
  if (must.length > 0 && must.every((what) => order[what] === undefined)) {
    const meant = must.length === 1 ? must : must.filter((what) => (what === 'training' ? current.training !== undefined : lifecycle.release && waitsForApproval(lifecycle.release)));
    return { status: 400, body: { error: `${name} must say which ${meant.join(' or ')} it means`, faults: meant.map((what) => ({ place: what, message: `expected a number; the current one is ${current[what]}` })), ...state } };
  }
  for (const what of ['release', 'training'] as const) {
    const other = order[what] !== undefined && order[what] !== current[what];
    if (other) return { status: 409, body: { error: `${what === 'release' ? 'Release' : 'Training'} ${order[what]} is not the current one`, ...state } };
  }
  const objected = speaksOfRelease({ name, ...order }) ? objection(lifecycle.release, { name, ...order }, policy.approval, at.toISOString()) : undefined;
  const unfit = name === 'breakGlass' && !objected ? unfitGlass(lifecycle, commandOf(name, order, at), at) : undefined;
  if (unfit !== undefined) return { status: 409, body: { error: `${name} is refused: ${unfit}`, ...state } };
  return objected && { status: STATUS_OF[objected.why], body: { error: `${name} is refused: ${objected.sentence}`, ...state } };
} // prettier-ignore

const STATUS_OF: Readonly<Record<Objection['why'], 401 | 403 | 409>> = {
  notAsked: 409,
  noIdentity: 401,
  notOfRole: 403,
  startedIt: 403,
  approvedAlready: 409,
  otherEvidence: 409,
  tooLate: 409,
};

/** What policies speak of, and what waits for something though no readable policy does. */
async function everyKey({ policies, index }: CommandDeps): Promise<Key[]> {
  const keys = [...(await policies.keys()), ...(await index.keys())];
  return [...new Map(keys.map((key) => [`${key.environment}|${key.model}`, key])).values()];
}

/** Nobody redelivers a command, so the index learns of it before the inbox does. */
async function putCommand(key: Key, command: Command, fact: string, deps: CommandDeps): Promise<void> {
  const now = deps.clock.now();
  await deps.index.promise(key, new Date(now.getTime() + COMMAND_CHECK_MS));
  await putItem(key, { factKey: fact, receivedAt: now.toISOString(), happening: { kind: 'command', command } }, deps);
}
