import type { Baseline, CanaryState, Rates, StepEstimate } from '../canary/state.ts';
import type { Served } from '../lifecycle.ts';
import type { Origin } from '../origin.ts';
import type { AnswersSeen } from '../shadow/judge.ts';
import type { Tested } from '../tested.ts';
import type { Reason, Verdict } from '../verdict.ts';

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
  readonly slices?: readonly string[];
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
  /** What both answered, where the policy asks for it; looked at from the end of its time on. */
  readonly answers?: AnswersSeen;
  /** They could not be read, and when that was tried last. */
  readonly answersAway?: { readonly at: string; readonly reason: string };
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
  readonly baseline?: Baseline;
  /** What each judged step will take, by that past; absent: it tells too little. */
  readonly plan?: readonly StepEstimate[];
  /** What people were told of this release's canary: that the champion is unwell, and of which step that it is undecided. */
  readonly told?: { readonly unwell?: string; readonly undecided?: number };
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
