import type { HandedOver } from './handOver/state.ts';
import type { Split } from './lifecycle.ts';
import type { Cause } from './training/state.ts';

export const COMMANDS = [
  'retrain',
  'approve',
  'reject',
  'retry',
  'rollback',
  'promote',
  'pause',
  'resume',
  'adopt',
  'revert',
  'breakGlass',
] as const;
export type CommandName = (typeof COMMANDS)[number];

/** Who asks, as the platform's sign-in says: never what a caller says of himself. */
export interface Identity {
  /** The directory's object id: of one person always the same. */
  readonly id: string;
  /** Whatever else this person is called. */
  readonly names: readonly string[];
  /** Roles of the estate. */
  readonly roles: readonly string[];
}

/** What a person or a pipeline asked over HTTP. */
export interface Command {
  readonly name: CommandName;
  /** Who asked, as far as it is known: `key` callers only claim a name. */
  readonly actor: string;
  /** Absent: nobody vouches for `actor`. */
  readonly identity?: Identity;
  readonly reason: string;
  /** The release meant; required where a late command could hit a newer version. */
  readonly release?: number;
  /** The evidence that was looked at, where `approve` or `reject` says so. */
  readonly evidence?: string;
  /** The training meant by `reject`. */
  readonly training?: number;
  /** Unread by then: refused. */
  readonly expiresAt?: string;
  /** For `breakGlass`. */
  readonly version?: string;
  /** For `pause` and `breakGlass`: ends by itself. */
  readonly until?: string;
}

/** Actions that Azure may refuse. `submitJob` evaluates, `submitTraining` trains, `collectData` makes a version of data for it, `bringVersion` brings one of the model from another environment. */
export type Attempted =
  | 'submitJob' | 'submitTraining' | 'registerModel' | 'collectData' | 'createDeployment' | 'updateDeployment' | 'setTraffic' | 'deleteDeployment' | 'cancelJob' | 'bringVersion' | 'testRun'; // prettier-ignore

/** What an action of ours met that no later observation can show. `about`: which of several that the row may have asked for since. */
export type Outcome =
  | { readonly of: Attempted; readonly result: 'refused'; readonly code: string; readonly message: string; readonly about?: string }
  | { readonly of: Attempted | 'smokeTest'; readonly result: 'unavailable'; readonly provider: string; readonly message: string; readonly retryAfterMs?: number; readonly about?: string }
  /** It takes long enough that nobody should wait for the next look to see it. */
  | { readonly of: 'bringVersion'; readonly result: 'done'; readonly about?: string }
  /** A job was started, or found that an attempt before had started. */
  | { readonly of: 'testRun'; readonly result: 'answered'; readonly deployment: string; readonly job: string; readonly data: string; readonly place?: string }
  | { readonly of: 'smokeTest'; readonly result: 'answered'; readonly deployment: string; readonly attempt: number; readonly status: number; readonly latencyMs: number; readonly excerpt: string; readonly which?: number; readonly faults?: readonly string[] }; // prettier-ignore

/** One thing that happened. Nothing enters a lifecycle in any other way. */
export type Happening =
  | { readonly kind: 'modelRegistered'; readonly version: string; readonly source: 'event' | 'listing' }
  | { readonly kind: 'modelDeployed'; readonly endpoint: string }
  | { readonly kind: 'runEnded'; readonly run: string; readonly status: string }
  /** A run that carries a monitor's threshold tag, whoever set it: the monitor is read again. */
  | { readonly kind: 'monitorTold'; readonly run: string }
  /** The sweep found a run of the monitor that nobody told. */
  | { readonly kind: 'monitorRan'; readonly run: string }
  /** The sweep found that the monitor which counts is there, or is not, otherwise than people were told. */
  | { readonly kind: 'monitorsSeen'; readonly found: 'none' | 'several' | 'some'; readonly names: readonly string[] }
  /** A completed run that the team started, from the job that trainings are made from: the job is read again. */
  | { readonly kind: 'outsideRun'; readonly run: string }
  | { readonly kind: 'datasetDrift'; readonly id: string; readonly name: string; readonly coefficient?: number }
  | { readonly kind: 'newData'; readonly data: string; readonly version: string }
  | { readonly kind: 'scheduleDue'; readonly slot: string }
  /** Causes that another environment found and hands to this one, which trains. */
  | { readonly kind: 'handOver'; readonly from: string; readonly causes: readonly Cause[]; readonly more: number }
  /** A version that the environment before this one released. */
  | ({ readonly kind: 'versionHandedOver' } & HandedOver)
  | { readonly kind: 'endpointDiffers'; readonly live: Split }
  /** The sweep found that a policy speaks of it again, or of another place, or that its workspace is the estate's again. */
  | { readonly kind: 'published'; readonly policy: string }
  /** Jobs and deployments with our tag that the row did not want when the sweep listed them. */
  | {
      readonly kind: 'orphansSeen';
      readonly jobs: readonly string[];
      readonly deployments: readonly { readonly name: string; readonly version: string }[];
    }
  | { readonly kind: 'command'; readonly command: Command }
  /** `training`: the action was for that one. Else `release` is the one that was under way. */
  | { readonly kind: 'outcome'; readonly release?: number; readonly training?: number; readonly outcome: Outcome }
  /** A row that this version cannot read (a newer one may): set aside as it is, `text` being what the row holds. */
  | { readonly kind: 'unreadable'; readonly text: string; readonly why: string };

export interface InboxItem {
  /** What makes two tellings of one fact the same (DESIGN: dedupe by fact, not by event id). */
  readonly factKey: string;
  /** ISO time at which we took it in. */
  readonly receivedAt: string;
  readonly happening: Happening;
}
