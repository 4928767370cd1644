import type { Holdout } from './gate/holdouts.ts';
import type { Arrived, Arriving, Sending } from './handOver/state.ts';
import type { BreakGlass, EndedRelease, Release, Retry } from './release/state.ts';
import type { Training, TrainingMemory, TrainingRequest } from './training/state.ts';

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
    /** The slices of the data that it was judged on (`region=south`). */
    readonly slices?: readonly string[];
  };
  readonly release?: Release;
  readonly waiting?: { readonly version: string; readonly since: string; readonly retry?: Retry };
  /** Ordered, and not begun yet. */
  readonly breakingGlass?: BreakGlass & { readonly version: string };
  /** Newest first; absent in rows that an older version wrote. */
  readonly holdouts?: readonly Holdout[];
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
