import type { Origin } from '../origin.ts';

/** A released version, as the environment after it is told of it. */
export interface HandedOver {
  /** The environment that released it, and the number of that release. */
  readonly from: string;
  readonly release: number;
  /** As it is called there. */
  readonly version: string;
  /** ARM id of the workspace that it lies in. */
  readonly workspace: string;
  /** Digest of its files as they were judged there; absent where nobody could list them. */
  readonly artifact?: string;
  readonly origin: Origin;
}

/** In the row of the environment that released it: who does not know yet. A newer one takes its place. */
export interface Sending extends Omit<HandedOver, 'from' | 'workspace'> {
  readonly to: readonly string[];
}

/** In the row of the environment after it, until its own workspace has the version. */
export interface Arriving extends HandedOver {
  readonly since: string;
  /** What it is going to be called here; saved before anything is written under that name. */
  readonly as?: string;
  /** A number that somebody else has: the next try is above it. */
  readonly taken?: string;
  /** The number under which a pipeline was asked to register it. */
  readonly askedAs?: string;
  /** A call that brings it is under way, until then at most: no second one beside it. */
  readonly bringingUntil?: string;
  readonly trouble?: Trouble;
  /** When people were told of trouble. */
  readonly toldAt?: string;
}

export interface Trouble {
  readonly sentence: string;
  /** Since when nothing went well. */
  readonly since: string;
  /** Not tried again before. */
  readonly notBefore: string;
  /** Somebody said no. `final`: no further try would go better. */
  readonly refused?: 'mendable' | 'final';
}

/** The newest version that came from another environment. `origin` leaves with the release that takes it up. */
export interface Arrived extends Pick<HandedOver, 'from' | 'release' | 'version'> {
  readonly as: string;
  readonly origin?: Origin;
}
