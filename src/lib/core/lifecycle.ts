import type { CanaryState, Rates } from './canary/state.ts';
import type { Arrived, Arriving, Sending } from './handOver/state.ts';
import type { Origin } from './origin.ts';
import type { Tested } from './tested.ts';
import type { Training, TrainingMemory, TrainingRequest } from './training/state.ts';
import type { Reason, Verdict } from './verdict.ts';

/** Names a lifecycle: everything Steward knows of one registered model in one environment. */
export interface Key {
  readonly environment: string;
  readonly model: string;
}

/** Percent of live requests by deployment name. Sums to 100, or to 0 when the endpoint is switched off. */
export type Split = Readonly<Record<string, number>>;

/** Who answers live requests, and who gets copies of them, whose answers nobody sees. */
export interface Routing {
  readonly split: Split;
  /** Percent of live requests by deployment; absent: none are copied. */
  readonly mirror?: Split;
}

export interface Served {
  readonly version: string;
  readonly deployment: string;
}

export const PHASES = [
  'registered', 'evaluating', 'gating', 'awaitingDecision', 'awaitingApproval', 'deploying', 'smokeTesting', 'shadowing', 'shifting', 'watching', 'rollingBack',
] as const; // prettier-ignore
export type Phase = (typeof PHASES)[number];

export const ENDS = ['released', 'rejected', 'rolledBack', 'superseded', 'aborted'] as const;
export type End = (typeof ENDS)[number];

export interface Evaluation {
  /** The job of ours that measures. Absent: the trainings measured, nothing is submitted. */
  readonly job?: string;
  /** What it is made from: a job's name or, with `compute`, the ARM id of a component's version. */
  readonly template?: string;
  readonly compute?: string;
  readonly data: string;
  readonly dataVersion: string;
  readonly submittedAt: string;
}

/** What a version was when it was judged. */
export type Artifact = {
  /** Over its id, the place where it lies, and name, size, ETag and MD5 of each file there. */
  readonly digest: string;
  readonly files: number;
} & (
  | { readonly verifiable: true }
  /** The files could not be listed, so nobody would see them change. */
  | { readonly verifiable: false; readonly why: string }
);

export interface GateResult {
  readonly verdict: Verdict;
  readonly reasons: readonly Reason[];
  /** In the primary metric, positive where the challenger is better; absent in rows that an older version wrote. */
  readonly gain?: number;
  readonly at: string;
}

/** One person's agreement. */
export interface Approved {
  /** The directory's id of the person, who counts once however he is called. */
  readonly by: string;
  readonly actor: string;
  readonly reason: string;
  readonly at: string;
}

/** What people are asked before the version goes on, and who has agreed. */
export interface Approval {
  readonly role: string;
  readonly count: number;
  readonly fourEyes: boolean;
  /** Over what people were shown; what was said of other evidence does not count. */
  readonly evidence: string;
  readonly askedAt: string;
  readonly until: string;
  readonly given: readonly Approved[];
  /** The time was over, and the policy says to hold; told then. */
  readonly overdueSince?: string;
}

export interface Smoke {
  readonly attempt: number;
  readonly askedAt: string;
  readonly status?: number;
  readonly latencyMs?: number;
  /** Of several requests the one that this answers: the first that failed, else the last. Absent: the first. */
  readonly which?: number;
  /** What is wrong with the body of the answer. */
  readonly faults?: readonly string[];
}

/** Live requests were copied to the challenger before it got any. */
export interface Shadow {
  readonly percent: number;
  readonly askedAt: string;
  /** When a GET showed it. */
  readonly since?: string;
  readonly canary?: CanaryState;
  /** When people were told that its time is over and it is undecided. */
  readonly toldAt?: string;
  /** When it was decided, and the mirror asked to be taken off. */
  readonly until?: string;
}

export interface Rollback {
  /** Short, for subjects and lists: `canary`, `shadow`, `smokeTest`, `deployment`, `command`, `deadline`, `quota`. */
  readonly cause: string;
  readonly reasons: readonly Reason[];
  readonly sentence: string;
  readonly decidedAt: string;
  readonly actor?: string;
  /** When a GET after our PUT showed the fallback at 100 %. */
  readonly restoredAt?: string;
  /** When the lack of verification was told to people. */
  readonly alarmedAt?: string;
  /** The deployment to go back to was gone, so its version is deployed again: since when, instead of which, and why not. */
  readonly again?: { readonly instead: string; readonly since: string; readonly failed?: string };
}

/** An Admin sent a version out past gate, approval and freeze; recorded, told to everybody, and over at `until` when it has no traffic by then. */
export interface BreakGlass {
  readonly actor: string;
  readonly by?: string;
  readonly reason: string;
  readonly at: string;
  readonly until: string;
}

/** One version's way to all traffic. A retry is a new number. */
export interface Release {
  readonly number: number;
  readonly version: string;
  readonly startedAt: string;
  readonly policy: string;
  readonly phase: Phase;
  readonly phaseSince: string;
  readonly origin?: Origin;
  /** The champion when the release began: where traffic goes back to. */
  readonly fallback?: Served;
  readonly evaluation?: Evaluation;
  readonly artifact?: Artifact;
  readonly gate?: GateResult;
  /** A person's recorded decision where the gate could not decide (no champion, no bound). */
  readonly decision?: { readonly actor: string; readonly by?: string; readonly reason: string; readonly at: string };
  readonly approval?: Approval;
  /** How often evidence changed while people were asked, and what did at last: it was judged and asked for anew. */
  readonly voided?: { readonly times: number; readonly sentence: string };
  /** A person asked for another try of a version whose release had ended. */
  readonly retry?: Retry;
  readonly breakGlass?: BreakGlass;
  readonly deployment?: string;
  /** That is the champion's own, updated: no split tells the two versions apart. */
  readonly inPlace?: {
    /** Generation of the newest update to the new version that was asked for: until a newer one shows, it may still come. */
    readonly asked?: number;
  };
  /** When its creation was first asked for. */
  readonly deployAskedAt?: string;
  /** Why it is not asked for yet: there are not enough cores; told then. */
  readonly noRoom?: { readonly since: string; readonly sentence: string };
  readonly smoke?: Smoke;
  readonly testRun?: Tested;
  readonly shadow?: Shadow;
  /** Index into the policy's steps while shifting. */
  readonly step?: number;
  /** When a GET showed this step's split. */
  readonly stepVerifiedAt?: string;
  readonly canary?: CanaryState;
  /** The champion's own rates in the 24 h before traffic first moved. */
  readonly baseline?: Rates;
  /** What the challenger answered live in the steps before this one. */
  readonly exposed?: Rates;
  /** When live traffic first moved; the rollout's deadline counts from here. */
  readonly exposedSince?: string;
  /** Steps taken, for people: percent and when it was verified. */
  readonly trail?: readonly { readonly percent: number; readonly at: string }[];
  /** Commanded: skip the remaining steps. */
  readonly promoted?: { readonly actor: string; readonly reason: string; readonly at: string };
  readonly rollback?: Rollback;
}

export interface Retry {
  /** Number of the release that had ended. */
  readonly of: number;
  readonly actor: string;
  readonly by?: string;
  readonly reason: string;
  /** Who had started that one. */
  readonly startedBy: readonly string[];
}

export interface EndedRelease {
  readonly number: number;
  readonly version: string;
  readonly end: End;
  readonly cause: string;
  readonly at: string;
  /** The gate's, where it measured one: positive where the challenger was better. */
  readonly gain?: number;
  /** People who had a part in its start, by whatever name is known of them. */
  readonly startedBy?: readonly string[];
}

/** An ended release as its row of its own keeps it. */
export interface ClosedRelease extends EndedRelease {
  readonly sentence: string;
  readonly reasons: readonly Reason[];
  readonly release: Release;
}

/** A deployment that no longer serves and is kept for a while. */
export interface Retiring extends Served {
  readonly until: string;
  /** First of the two passes that deleting takes. */
  readonly markedAt?: string;
  /** When Azure first refused to delete it; people were told then. */
  readonly refusedAt?: string;
}

export interface Traffic {
  readonly desired: Split;
  /** What is wanted beside it. Absent: no request is copied. */
  readonly mirror?: Split;
  /** The generation that asked for both; written with them as the endpoint's tag. */
  readonly generation: number;
  readonly verified?: Routing & { readonly at: string };
}

/** Where champion, traffic and kept deployments are, and the policy by which they were looked after last. */
export interface Place {
  /** ARM id. */
  readonly workspace: string;
  readonly endpoint: string;
  /** Absent: it is an online endpoint. */
  readonly serves?: 'batch';
  readonly policy: string;
}

export interface Conditions {
  /** No policy speaks of it: what was kept is cleaned up, nothing begins; versions wait for a policy. */
  readonly unpublished?: { readonly since: string };
  /** The workspace is not the estate's any more, or not there: nothing is done in it. Told then. */
  readonly withdrawn?: { readonly since: string; readonly reason: string };
  readonly paused?: {
    readonly since: string;
    readonly actor: string;
    readonly reason: string;
    readonly until?: string;
    /** It is the freeze of this calendar and ends with it. */
    readonly calendar?: string;
  };
  /** Live traffic is not ours: wait for `adopt` or `revert`. */
  readonly held?: { readonly since: string; readonly reason: string; readonly live: Split; readonly mirror?: Split };
  /** An item that always throws; people were told, everything else goes on. */
  readonly stalled?: { readonly since: string; readonly reason: string };
  readonly unreachable?: {
    readonly since: string;
    readonly provider: string;
    readonly reason: string;
    readonly until: string;
    readonly tries: number;
    readonly toldAt?: string;
  };
}

/** The row. One writer: a reconcile pass. No nulls (audit rows are JSON merge patches, where null means delete). */
export interface Lifecycle extends Key {
  /** Number of the last audit row. */
  readonly sequence: number;
  /** Raised by each save that changes the desired world. */
  readonly generation: number;
  /** `training` is absent in rows that an older version wrote. */
  readonly counters: { readonly release: number; readonly evaluation: number; readonly training?: number };
  readonly champion?: Served & {
    readonly since: string;
    readonly release?: number;
    /** The deployment that it took over from: where a commanded rollback goes while that one is kept. */
    readonly replaced?: string;
  };
  readonly release?: Release;
  readonly waiting?: { readonly version: string; readonly since: string; readonly retry?: Retry };
  /** Ordered, and not begun yet. */
  readonly breakingGlass?: BreakGlass & { readonly version: string };
  readonly newestVersion?: string;
  /** What was released here and the environments after this one do not know yet. */
  readonly sending?: Sending;
  /** What another environment released and this one's workspace does not have yet. */
  readonly arriving?: Arriving;
  readonly arrived?: Arrived;
  /** What asks for a training; at most one job follows from it. */
  readonly request?: TrainingRequest;
  readonly training?: Training;
  readonly trained?: TrainingMemory;
  readonly retiring: readonly Retiring[];
  readonly traffic?: Traffic;
  /** Absent in rows that an older version wrote. */
  readonly place?: Place;
  readonly conditions: Conditions;
  /** ISO; the one outstanding timed message carries it. */
  readonly nextLook?: string;
  /** What the index `active` holds for us, as far as we know. */
  readonly checkBy?: string;
  /** Digest of the last audit row. */
  readonly auditDigest?: string;
  /** Newest first, a handful; all of them are in rows of their own. */
  readonly ended: readonly EndedRelease[];
}

export function newLifecycle(key: Key): Lifecycle {
  return {
    environment: key.environment, model: key.model, sequence: 0, generation: 0,
    counters: { release: 0, evaluation: 0 }, retiring: [], conditions: {}, ended: [],
  }; // prettier-ignore
}

/** Nothing to wait for and nothing to do: the sweep may forget it until something enters its inbox. */
export function isQuiet(lifecycle: Lifecycle): boolean {
  const { release, training, nextLook, conditions } = lifecycle;
  // What waits, waits for a policy; the listing sees when there is one.
  if (conditions.unpublished) return release === undefined && training === undefined && nextLook === undefined;
  return (
    lifecycle.release === undefined &&
    lifecycle.waiting === undefined &&
    lifecycle.breakingGlass === undefined &&
    lifecycle.sending === undefined &&
    lifecycle.arriving === undefined &&
    lifecycle.request === undefined &&
    lifecycle.training === undefined &&
    (lifecycle.trained?.hints ?? []).length === 0 &&
    (lifecycle.trained?.outside ?? []).length === 0 &&
    lifecycle.retiring.length === 0 &&
    lifecycle.nextLook === undefined &&
    lifecycle.conditions.unreachable === undefined &&
    (lifecycle.traffic === undefined || isVerified(lifecycle.traffic))
  );
}

export function sameSplit(a: Split, b: Split): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => (a[name] ?? 0) === (b[name] ?? 0));
}

export function sameRouting(a: Routing, b: Routing): boolean {
  return sameSplit(a.split, b.split) && sameSplit(a.mirror ?? {}, b.mirror ?? {});
}

export function wanted({ desired, mirror }: Pick<Traffic, 'desired' | 'mirror'>): Routing {
  return { split: desired, ...(mirror ? { mirror } : {}) };
}

/** A GET has shown what is desired. */
export function isVerified(traffic: Traffic): boolean {
  return traffic.verified !== undefined && sameRouting(traffic.verified, wanted(traffic));
}
