/**
 * The world in domain words; what only trainings need is in `ports/training.ts`. Types only: adapters live in `azure/` and `channels/`, and `deps` alone joins them.
 * Every method throws `Unavailable` when the other side does not answer or asks us to wait, and `Refused` when it says
 * no. Each says what happens when it is called twice.
 */
import type { AuditRow } from './core/audit.ts';
import type { Minute } from './core/canary/state.ts';
import type { Asked, Evidence, Measured } from './core/gate/evidence.ts';
import type { Lineage, LineageNeeds } from './core/gate/lineage.ts';
import type { InboxItem } from './core/inbox.ts';
import type { Key, Lifecycle } from './core/lifecycle.ts';
import type { Artifact, ClosedRelease } from './core/release/state.ts';
import type { Delivery } from './core/notice.ts';
import type { Estate, EstateChannel } from './core/policy/estate.ts';
import type { DeploymentPlan, EnvironmentPolicy, Policy } from './core/policy/policy.ts';
import type {
  DeploymentFact, EndpointFact, EvaluationPlanFact, JobFact, Needs, RoomFact, TrafficChange, VersionFact,
} from './core/step.ts'; // prettier-ignore
import type { EndedTraining } from './core/training/state.ts';

/** Where people sign in. Configured only where the platform's authentication stands in front of the app. */
export interface SignIn {
  readonly tenant: string;
  /** Of the app registration. */
  readonly clientId: string;
}

/** Virtual where the local stack runs faster than life, real in the cloud. */
export interface Clock {
  now(): Date;
}

// --- Storage -------------------------------------------------------------------------------------------------------

/** An unread item as it lies in the inbox; `rowKey` names its row for the save that deletes it. */
export interface Unread {
  readonly rowKey: string;
  readonly item: InboxItem;
}

/** A delivery that waits, by the key of its row: whoever delivers reads it. */
export interface OutboxRow {
  readonly rowKey: string;
  /** Virtual time of the next try, after one that failed. */
  readonly notBefore?: string;
}

/** A delivery under our claim. */
export interface Claimed extends Delivery {
  /** An earlier claim ran out without a word (a crash, a stall): it may have been sent already. */
  readonly maybeSent?: boolean;
}

/** Apart, for an outage says nothing about what will be refused. */
export interface FailedTries {
  readonly all: number;
  readonly refused: number;
}

export interface Loaded {
  /** Absent: this lifecycle has no row yet. */
  readonly lifecycle?: Lifecycle;
  readonly etag?: string;
  /** Commands first, then events, each in order of receipt; at most 40. */
  readonly unread: readonly Unread[];
  /** More items wait than `unread` holds. */
  readonly more: boolean;
  /** At most 100, and of a longer one those that are due first, so that each has its turn. */
  readonly outbox: readonly OutboxRow[];
}

/** One entity-group transaction. */
export interface Save {
  readonly lifecycle: Lifecycle;
  /** Absent: first save, which fails when a row exists. */
  readonly etag?: string;
  /** Row keys of items that this pass took (or refused). */
  readonly taken: readonly string[];
  /** Items moved out of the way to `held|<factKey>` (they always throw). */
  readonly held?: readonly Unread[];
  /** Held items put back (command `resume`): as many as fit, about 45; the others stay held until the next one. */
  readonly released?: boolean;
  /** Absent for a pass that only moves `nextLook`. */
  readonly audit?: AuditRow;
  /** The release that ended in this pass, for its row `release|<number>`. */
  readonly closed?: ClosedRelease;
  /** The training that ended in this pass, or whose version's release did, for its row `training|<number>`. */
  readonly ledger?: EndedTraining;
  readonly deliveries: readonly Delivery[];
}

/** What a save left in storage. */
export interface SavedRows {
  /** Of the lifecycle's row. */
  readonly etag: string;
  /** Row keys of its deliveries. */
  readonly outbox: readonly string[];
}

export interface Lifecycles {
  /** One range query, two more where the outbox is long; follows continuations while pages are short. Reads only. */
  load(key: Key): Promise<Loaded>;
  /** All or nothing. Throws `Conflict` on 409, 412 and 404; a repeat of a save that went through conflicts too. */
  save(key: Key, save: Save): Promise<SavedRows>;
  /** The row's ETag now: the fence in front of every world-changing call. */
  etag(key: Key): Promise<string | undefined>;
  /** Inserts `seen|factKey` and the item in one transaction. `known` = told before; `unread` says whether that item still waits. */
  append(key: Key, item: InboxItem): Promise<{ readonly known: boolean; readonly unread: boolean }>;
  /** Told before, and not yet forgotten (30 days)? Reads only. */
  knows(key: Key, factKey: string): Promise<boolean>;
}

export interface Outbox {
  /** The row under a claim of `claimMs` real milliseconds; undefined when it is gone, not due yet, or somebody else's claim holds. */
  claim(key: Key, rowKey: string, claimMs: number, now: Date): Promise<Claimed | undefined>;
  /** Deletes the row; gone already is fine. */
  sent(key: Key, rowKey: string): Promise<void>;
  /** Notes a failed try, gives the claim up and keeps the row from being claimed until `next` of all tries; returns how many failed so far, undefined when the row is gone. */
  failed(key: Key, rowKey: string, failure: { readonly reason: string; readonly refused: boolean }, next: (tries: number) => Date): Promise<FailedTries | undefined>; // prettier-ignore
  /** Gives it up for good: out of the way of passes, for people to see. Twice is once; gone already is fine. */
  abandon(key: Key, rowKey: string, reason: string): Promise<void>;
}

/** Reads for people: status JSON, reports, verification. */
export interface History {
  audit(key: Key, from: number, count: number): Promise<readonly AuditRow[]>;
  /** Ended releases, newest first. */
  releases(key: Key, count: number): Promise<readonly ClosedRelease[]>;
  /** Ended trainings, newest first. */
  trainings(key: Key, count: number): Promise<readonly EndedTraining[]>;
  heldItems(key: Key): Promise<readonly InboxItem[]>;
  /** Deliveries that were given up, newest first. */
  undelivered(key: Key, count: number): Promise<readonly { readonly delivery: Delivery; readonly reason: string }[]>;
  /** Rows `seen|...` older than `before`; deletes at most `count`, returns how many. */
  purgeSeen(key: Key, before: Date, count: number): Promise<number>;
}

/** What the index says is late. */
export interface Due {
  readonly key: Key;
  readonly checkBy: Date;
  readonly etag: string;
}

/** Index of lifecycles that wait for something: the net under lost messages. */
export interface ActiveIndex {
  /** Sets `checkBy`, or moves it earlier; never later. Twice is once. Voids every ETag read before, also when nothing moves. */
  promise(key: Key, checkBy: Date): Promise<void>;
  /** The longest overdue first, at most `count`. Rows that nobody writes so are told; one whose key can be read is due now. Reads only. */
  overdue(now: Date, count: number, unreadable?: (fault: Error) => void): Promise<readonly Due[]>;
  /** Every lifecycle that waits for something, whether a policy still speaks of it or not. */
  keys(): Promise<readonly Key[]>;
  /** Sweep only, under `etag`: moves `checkBy` later, or removes the row when `checkBy` is undefined. False when somebody moved it meanwhile. */
  settle(key: Key, etag: string, checkBy: Date | undefined): Promise<boolean>;
}

export interface WorkQueue {
  /** Asks for a pass. Messages carry keys, never facts; doubles are harmless. `delayMs` is virtual, at most 1 h. */
  look(key: Key, options?: { readonly look?: string; readonly delayMs?: number }): Promise<void>;
  /** Asks for a delivery. */
  notify(key: Key, rowKey: string, delayMs?: number): Promise<void>;
}

/** Keeps what could not be taken in (`refused/`), for people to look at. Same name twice: kept once. */
export interface RefusedStore {
  keep(name: string, body: string): Promise<void>;
}

/** Events that Event Grid could not deliver, where it puts them: each file holds one or more. */
export interface DeadLetters {
  /** Names, the oldest first, at most `count`. Reads only. */
  oldest(count: number): Promise<readonly string[]>;
  /** Undefined: gone. Reads only. */
  read(name: string): Promise<string | undefined>;
  /** Since when it cannot be taken in: `now` the first time, and that again each time until it is removed. */
  failing(name: string, now: Date): Promise<Date>;
  /** And what is noted of it. Gone already is fine. */
  remove(name: string): Promise<void>;
}

export interface PublishedPolicy {
  readonly hash: string;
  /** When this model was first published. */
  readonly publishedAt: string;
  /** When this text was; absent where an older version published it. */
  readonly changedAt?: string;
}

export interface Publication {
  readonly estateHash: string;
  readonly policies: Readonly<Record<string, PublishedPolicy>>;
}

export interface PolicyStore {
  /** The pointer; undefined before the first publish. */
  current(): Promise<{ readonly publication: Publication; readonly etag: string } | undefined>;
  /** Immutable: a hash always reads the same. Undefined when there is none. */
  read(hash: string): Promise<string | undefined>;
  /** Writes a text under its hash; there already is fine. */
  write(hash: string, text: string): Promise<void>;
  /** Moves the pointer under `etag` (absent: first). Throws `Conflict`. */
  point(publication: Publication, etag?: string): Promise<void>;
}

/** Policies as passes use them: parsed, resolved per environment. */
export interface Policies {
  /** At most 30 s old, unless `fresh` is asked for; while the published one cannot be read, the last that could. */
  estate(options?: { readonly fresh?: boolean }): Promise<Estate>;
  all(): Promise<readonly { readonly policy: Policy; readonly hash: string; readonly publishedAt: string; readonly changedAt: string }[]>; // prettier-ignore
  /** Every model in every environment that a readable policy speaks of. */
  keys(): Promise<readonly Key[]>;
  /** What this version cannot obey. Models: their releases under way go on, nothing new begins until they are published anew. */
  unreadable(): Promise<{ readonly models: readonly string[]; readonly estate: boolean }>;
  /** The policy of a key, by hash when a release began under it, else the current one. */
  of(key: Key, hash?: string): Promise<{ readonly policy: EnvironmentPolicy; readonly hash: string } | undefined>;
}

// --- Azure ML ------------------------------------------------------------------------------------------------------

/** A workspace by its ARM id. */
export type WorkspaceId = string;

export interface Models {
  version(workspace: WorkspaceId, model: string, version: string): Promise<VersionFact | 'absent'>;
  /** The newest registered version with the time it was registered. */
  newest(
    workspace: WorkspaceId,
    model: string,
  ): Promise<{ readonly version: string; readonly registeredAt: string } | undefined>;
  /** How a version came to be, as far as the demands ask for it. `Refused('notFound')` when there is no such version. Reads only. */
  lineage(workspace: WorkspaceId, model: string, wanted: LineageNeeds): Promise<Lineage>;
  /** The version that the service would give next. Reads only. */
  next(workspace: WorkspaceId, model: string): Promise<string>;
  /**
   * Copies the files of a version of another workspace into this one, then registers them as `as`. There already with
   * our `stewardId`: left alone; files that a broken-off call copied stay. `Refused('stale')` when the files are not
   * those of `artifact`, `Refused('notFound')` when the version is gone, `Refused('foreign')` when somebody else took `as`.
   */
  bring(workspace: WorkspaceId, model: string, version: Brought): Promise<void>;
}

export interface Brought {
  /** Environment and workspace in which it lies, and what it is called there. */
  readonly from: string;
  readonly workspace: WorkspaceId;
  readonly version: string;
  /** What it will be called here. */
  readonly as: string;
  readonly artifact?: string;
  readonly stewardId: string;
}

export interface EvaluationJob {
  readonly job: string;
  /** The name of the job to clone or, with `compute`, the ARM id of a component's version. */
  readonly template: string;
  /** Name of the compute that the component runs on. */
  readonly compute?: string;
  readonly model: string;
  readonly champion: string;
  readonly challenger: string;
  readonly data: string;
  readonly dataVersion: string;
  /** Written as tag `stewardId`; a job of that name without it is not ours. */
  readonly stewardId: string;
}

export interface Jobs {
  job(workspace: WorkspaceId, name: string): Promise<JobFact | 'absent'>;
  /** Newest completed job tagged `steward.template=<template>`, or newest version of the component, and of the data. Reads only. */
  evaluationPlan(workspace: WorkspaceId, wanted: NonNullable<Needs['evaluationPlan']>): Promise<EvaluationPlanFact>;
  /** GET before PUT under a name that is ours: twice is once. `Refused('foreign')` when the name is somebody else's. */
  submitEvaluation(workspace: WorkspaceId, job: EvaluationJob): Promise<void>;
  /** Ended or unknown already is fine. */
  cancel(workspace: WorkspaceId, name: string): Promise<void>;
  /** Those tagged `stewardId` that have not ended and are not about to, trainings too; among the newest 1000. Reads only. */
  ours(workspace: WorkspaceId): Promise<readonly { readonly name: string; readonly stewardId: string }[]>;
}

export interface Runs {
  /** Metrics and n of a completed evaluation job, and what its predictions say (output of that name, `predictions` by default), streamed in bounded memory. Reads only. */
  evidence(workspace: WorkspaceId, job: string, metrics: readonly string[], predictions?: string, how?: Omit<Asked, 'metrics'>): Promise<Evidence>; // prettier-ignore
  /** What the training of a version logged of it. Reads only. */
  measured(workspace: WorkspaceId, model: string, version: string, metrics: readonly string[]): Promise<Measured>;
}

/** The files behind model versions. */
export interface Artifacts {
  /** What the version is now. Files that nobody lets us list are an answer, too. Reads only. */
  identity(workspace: WorkspaceId, model: string, version: string): Promise<Artifact>;
}

export interface Endpoints {
  endpoint(workspace: WorkspaceId, endpoint: string): Promise<EndpointFact | 'absent'>;
  deployments(workspace: WorkspaceId, endpoint: string): Promise<readonly DeploymentFact[]>;
  /**
   * Reads, compares, writes once (no retries, 30 s abort): `Refused('foreign')` when live or mirrored traffic is not
   * `expected`, `Refused('stale')` when the endpoint's tag `stewardGeneration` is newer. Writes that tag, `stewardSplit` and
   * (where anything is mirrored) `stewardMirror` in the same PUT. What is `desired` already, under this generation, is left alone.
   */
  setTraffic(workspace: WorkspaceId, endpoint: string, change: TrafficChange): Promise<void>;
  /**
   * Creates a deployment at 0 % with what `like` has (none of its properties dropped), what `plan` says over it, and the
   * model version given. Where there is no endpoint and the plan says how to make it, that is made instead: ask again once
   * it is ready. There already with our `stewardId`: left alone. `Refused('foreign')` when the name is somebody else's,
   * `Refused('quota')`.
   */
  createDeployment(
    workspace: WorkspaceId,
    endpoint: string,
    plan: {
      readonly deployment: string;
      readonly model: string;
      readonly version: string;
      readonly like?: string;
      readonly plan: DeploymentPlan;
      /** It served before: with the code that stood before the one that `like` was given by its model version. */
      readonly again?: true;
      readonly stewardId: string;
    },
  ): Promise<void>;
  /** Gone already is fine. `Refused` while it has traffic, or when it is not tagged as ours and `foreign` is not allowed (a champion made by hand is retired like any other). */
  deleteDeployment(
    workspace: WorkspaceId,
    endpoint: string,
    deployment: string,
    allowed?: { readonly foreign?: boolean },
  ): Promise<void>;
}

export interface DeploymentUpdates {
  /**
   * Exchanges the model of a deployment that serves, and the code that a version brings; all else stays. Serves `version`
   * already: only the generation is written. That and this version already: left alone. `Refused('foreign')` when it serves neither that nor `expected`, `Refused('stale')` when a newer
   * generation was written. `back`: with the code from before, where `expected` brought its own.
   */
  update(
    workspace: WorkspaceId,
    endpoint: string,
    change: {
      readonly deployment: string;
      readonly model: string;
      readonly version: string;
      readonly expected: string;
      readonly back?: true;
      readonly generation: number;
    },
  ): Promise<void>;
}

export interface Capacity {
  /** Cores that a deployment would need, and those that are free. Reads only. */
  room(workspace: WorkspaceId, endpoint: string, wanted: NonNullable<Needs['room']>): Promise<RoomFact>;
}

/** Two can tell: the platform's metrics and, where the policy says so, the traffic log. */
export interface TrafficMetrics {
  /** Minutes in [from, to), oldest first; a minute nobody called in is absent. Reads only. */
  minutes(workspace: WorkspaceId, endpoint: string, from: Date, to: Date): Promise<readonly Minute[]>;
}

export interface Scoring {
  /** One request straight to a deployment by its header, whatever its traffic. Any HTTP status is an answer; `body` is cut at 1 MiB. */
  ask(
    workspace: WorkspaceId,
    endpoint: string,
    deployment: string,
    body: unknown,
  ): Promise<{ readonly status: number; readonly latencyMs: number; readonly excerpt: string; readonly body: string }>;
}

/** One way out to people or systems; `Target` is the estate's channel of that kind. */
export interface Channel<Target extends EstateChannel> {
  /** Sends one delivery. `deliveryId` is the same on a repeat; channels that can dedupe by it do. */
  send(delivery: Delivery, deliveryId: string, target: Target): Promise<void>;
}
