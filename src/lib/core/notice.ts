import type { Answers } from './shadow/answers.ts';
import type { AnswersMeasured } from './shadow/judge.ts';
import type { Reason } from './verdict.ts';
import { type Split } from './lifecycle.ts';
import { ENDS, type End } from './release/state.ts';
import type { Origin } from './origin.ts';
import type { Cause, Pin, Refusal } from './training/state.ts';

export type NoticeKind =
  | 'released' | 'rejected' | 'rolledBack' | 'rollbackNotVerified' | 'aborted' | 'superseded'
  | 'decisionNeeded' | 'approvalNeeded' | 'approvalVoid' | 'approvalOverdue' | 'trafficHeld' | 'stalled' | 'unreachable' | 'deletionRefused' | 'championAdopted'
  | 'driftFound' | 'badData' | 'monitorTrouble' | 'trainingStarted' | 'trainingRefused' | 'trainingFailed' | 'trainingStopped'
  | 'handOverFailed' | 'shadowUndecided' | 'stepUndecided' | 'championUnwell' | 'noRoom' | 'bringAsked' | 'workspaceWithdrawn' | 'placeMoved' | 'breakGlass'; // prettier-ignore

/** The end of a release that a notice tells, when it tells one. */
export function endOf(kind: NoticeKind): End | undefined {
  return ENDS.find((end) => end === kind);
}

/** Who should read it: `page` = mend it now, `decide` = somebody has to choose, `inform` = good to know. */
export type Audience = 'page' | 'decide' | 'inform';

/**
 * A message to people or systems, as facts: the words are chosen where it is rendered. One outbox row per channel
 * carries it, so it holds all that a reader needs and nothing that must be looked up later.
 */
export interface Notice {
  /** Unique within the lifecycle and the same when the pass is repeated: e.g. `r7-rolledBack`. */
  readonly id: string;
  readonly kind: NoticeKind;
  readonly audience: Audience;
  readonly environment: string;
  readonly model: string;
  readonly at: string;
  readonly release?: number;
  readonly version?: string;
  /** The endpoint, so that a reader in need knows where to go. */
  readonly endpoint?: string;
  /** It is a batch endpoint: `live` and `expected` say which deployment is its default. Absent: an online one. */
  readonly batch?: true;
  /** The version that served when this began, so the way back; for `championAdopted` the one adopted. */
  readonly champion?: string;
  /** Short; for `unreachable` the provider, for `deletionRefused` the deployment, for `handOverFailed` and `bringAsked` the environment before, for `monitorTrouble` a `MonitorTrouble`. */
  readonly cause?: string;
  /** One plain sentence that says why. */
  readonly sentence?: string;
  readonly reasons: readonly Reason[];
  readonly live?: Split;
  readonly expected?: Split;
  /** Versions of the deployments in `live` and `expected`, where they are known. */
  readonly serves?: Readonly<Record<string, string>>;
  /** The same of what is copied, where anything is or should be. */
  readonly mirror?: { readonly live: Split; readonly expected: Split };
  /** Live requests were copied to the challenger. `until` is absent while they still are; `judged` counts copies. */
  readonly shadow?: {
    readonly percent: number;
    readonly since: string;
    readonly until?: string;
    readonly judged: number;
    /** What both answered to the same requests, where the policy has that looked at. */
    readonly answers?: AnswersMeasured & Omit<Answers, 'flips' | 'shift'>;
  };
  readonly data?: string;
  /** Why nobody could tell whether the version's files changed after they were judged; absent: it was checked, or not yet. */
  readonly artifact?: string;
  /** How the version came to be. Absent: not known. */
  readonly origin?: Origin;
  /** What the training kinds tell: findings, why no training follows, which job was submitted, why it failed. */
  readonly training?: NoticeOfTraining;
  /** The release went out past its proof: every message about it says so. */
  readonly breakGlass?: { readonly actor: string; readonly reason: string; readonly until: string };
  /** What people are asked to agree to, or were. */
  readonly approval?: NoticeOfApproval;
  /** For `bringAsked`: from which workspace (ARM id) to which (as the estate names it), under which number and tag. */
  readonly bring?: {
    readonly from: string;
    readonly to: string;
    readonly as: string;
    readonly stewardId: string;
    readonly artifact?: string;
  };
  /** Who had agreed to the release by then. */
  readonly approvedBy?: readonly { readonly actor: string; readonly at: string }[];
  readonly steps?: readonly { readonly percent: number; readonly at: string }[];
  readonly harm?: {
    readonly requests: number;
    readonly errors: number;
    readonly excess: number;
    readonly mostCommon?: string;
  };
  /** How the way back goes where no split alone leads there: its deployment was gone and is made again, or could not be; or it is updated in place. */
  readonly wayBack?: 'deploying' | 'failed' | 'updating';
  readonly restoredAt?: string;
  /** Why an ended rollback could not be verified, in one sentence; absent when it was. */
  readonly unverified?: string;
  readonly errorsNow?: number;
  readonly keptUntil?: string;
  /** The policy trains on drift: a monitor watches a deployment of the endpoint, and has to be told of a new one. */
  readonly monitored?: true;
  /** By when somebody must decide; for `unreachable`, since when there is no answer from `cause` (without a cause: since when `sentence` is so). */
  readonly deadline?: string;
  readonly actor?: string;
  readonly policy?: string;
  readonly audit?: number;
}

export interface NoticeOfApproval {
  readonly role: string;
  readonly count: number;
  readonly given: readonly { readonly actor: string; readonly at: string }[];
  readonly evidence: string;
  readonly fourEyes: boolean;
  /** Who had a part in its start, so may not approve where four eyes are asked for. */
  readonly startedBy: readonly string[];
  readonly onTimeout: 'reject' | 'hold';
  /** Copies that come first, in percent of live requests. */
  readonly copiedPercent?: number;
  /** End of the watch, if it were approved now and nothing held it up. */
  readonly doneAt?: string;
  /** The next time at which the policy's calendar closes. */
  readonly freeze?: { readonly calendar: string; readonly from: string };
}

/** What `monitorTrouble` says in `cause`: nobody watches the endpoint, or nobody knows who counts; a run that is not known as the monitor's; runs that fail. */
export type MonitorTrouble = 'none' | 'several' | 'strange' | 'failing';

export interface NoticeOfTraining {
  /** Absent for `driftFound`, `badData`, `monitorTrouble` and `trainingRefused`: nothing was submitted. */
  readonly number?: number;
  readonly job?: string;
  readonly attempts?: number;
  readonly causes: readonly Cause[];
  readonly more: number;
  readonly pins?: readonly Pin[];
  readonly unpinned?: readonly string[];
  readonly commit?: string;
  /** Why the request waits; `sentence` of the notice says it in words. */
  readonly refusal?: Refusal;
  /** When that reason ends, where it is known. */
  readonly until?: string;
  readonly computeMinutes?: number;
}

/** An outbox row: one notice for one channel. */
export interface Delivery {
  readonly notice: Notice;
  /** Channel name of the estate, or an e-mail address. */
  readonly channel: string;
  readonly createdAt: string;
}
