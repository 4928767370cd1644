import type { Minute } from './canary/state.ts';
import type { Answers, AnswersAsked } from './shadow/answers.ts';
import type { Asked, Evidence, Measured } from './gate/evidence.ts';
import type { Lineage, LineageNeeds } from './gate/lineage.ts';
import type { Sending } from './handOver/state.ts';
import type { Lifecycle, Routing, Split } from './lifecycle.ts';
import type { Artifact, ClosedRelease, Release } from './release/state.ts';
import type { Notice } from './notice.ts';
import type { Estate } from './policy/estate.ts';
import type { DeploymentPlan, EnvironmentPolicy, TrainingPolicy } from './policy/policy.ts';
import type { Breach, Cause, CollectedWindow, EndedTraining, Pin } from './training/state.ts';

/** The facts that a stage asks for; `observe` reads these and no others. */
export interface Needs {
  readonly version?: string;
  readonly endpoint?: boolean;
  readonly deployments?: boolean;
  /** Without template and component nothing will be submitted: only the data is asked for. */
  readonly evaluationPlan?: { readonly template?: string; readonly component?: string; readonly data: string };
  readonly job?: string;
  readonly evidence?: Asked & { readonly job: string; readonly predictions: string };
  /** What the trainings of these versions measured of them. */
  readonly measured?: { readonly champion?: string; readonly challenger: string; readonly metrics: readonly string[] };
  /** How a version came to be, as far as the gate demands it. */
  readonly lineage?: LineageNeeds;
  /** The version whose files are looked at. */
  readonly artifact?: string;
  readonly minutes?: { readonly from: string; readonly to: string };
  /** What both logged of the requests that were copied in that time. */
  readonly answers?: AnswersAsked & {
    readonly champion: string;
    readonly challenger: string;
    readonly from: string;
    readonly to: string;
  };
  /** For a deployment like that one, as the plan says. */
  readonly room?: { readonly like?: string; readonly plan: DeploymentPlan };
  /** What a test job left, at `place` where it was told to write there. `rows`: count its lines, too; and those of its input `data` (`name:version`). */
  readonly testOutput?: {
    readonly job: string;
    readonly output: string;
    readonly place?: string;
    readonly rows?: true;
    readonly data?: string;
  };
  readonly training?: TrainingNeeds;
  readonly handOver?: HandOverNeeds;
}

/** Read apart, as training is: what is on its way between environments must not blind a canary. */
export interface HandOverNeeds {
  /** Which of these environments know the fact? */
  readonly know?: { readonly of: readonly string[]; readonly factKey: string };
  /** Is there a version of that number here? Without one: which number comes next. */
  readonly arriving?: { readonly as?: string };
}

/** Facts for training are read apart: while they cannot be had, a release under way is judged all the same. */
export interface TrainingNeeds {
  /** The monitor of that name, or the one whose target is this endpoint, with its newest root runs. */
  readonly monitor?: {
    readonly name?: string;
    readonly hints: readonly string[];
    readonly runs: number;
    /** There is no choice to make: of several, each is read. */
    readonly each?: true;
  };
  /** What a training would be made from now. `champion`: the version whose own job is cloned, or compared with. */
  readonly plan?: { readonly from: TrainingPolicy['from']; readonly champion?: string };
  readonly job?: string;
  /** What a job that ran to its end left: a registered version of the model, or an output to register. */
  readonly result?: { readonly job: string; readonly output: string };
  /** Does the other environment know what was handed over? */
  readonly handedOver?: { readonly to: string; readonly factKey: string };
  /** What a new version of the data would hold. */
  readonly collected?: CollectedWindow;
  /** Is the version that was asked for there, and ours? */
  readonly collectedVersion?: { readonly data: string; readonly version: string; readonly stewardId: string };
}

export interface VersionFact {
  readonly version: string;
  readonly id: string;
  readonly archived: boolean;
  readonly jobName?: string;
  /** The person who registered it, as Azure calls him; absent for applications. */
  readonly registeredBy?: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** For a batch endpoint: all of `traffic` is on its default deployment. */
export interface EndpointFact {
  readonly state: 'ready' | 'busy' | 'failed';
  readonly traffic: Split;
  /** Absent: no request is copied. */
  readonly mirror?: Split;
  /** Our tags, as the endpoint carries them. */
  readonly stewardGeneration?: number;
  readonly stewardSplit?: Split;
  readonly stewardMirror?: Split;
  /** Absent: it is an online endpoint. */
  readonly serves?: 'batch';
}

export interface DeploymentFact {
  readonly name: string;
  readonly state: 'creating' | 'updating' | 'deleting' | 'ready' | 'failed';
  /** ARM id of the model version it serves, when it names one. */
  readonly model?: string;
  readonly version?: string;
  readonly stewardId?: string;
  /** Of our last update in place. */
  readonly stewardGeneration?: number;
}

export function routingOf({ traffic, mirror }: EndpointFact): Routing {
  return { split: traffic, ...(mirror ? { mirror } : {}) };
}

/** Has it live requests, or copies of them? */
export function isReached({ traffic, mirror }: EndpointFact, deployment: string): boolean {
  return (traffic[deployment] ?? 0) > 0 || (mirror?.[deployment] ?? 0) > 0;
}

/** The version of `model` that a deployment serves; undefined when it serves another model, or names none. */
export function servedVersion(deployment: DeploymentFact | undefined, model: string): string | undefined {
  const match = /\/models\/([^/]+)\/versions\/([^/]+)$/i.exec(deployment?.model ?? '');
  return match?.[1] === model ? match[2] : undefined;
}

export interface JobFact {
  readonly name: string;
  readonly state: 'waiting' | 'running' | 'completed' | 'failed' | 'canceled';
}

/** What a job left at an output. */
export interface TestOutputFact {
  /** Those with content. */
  readonly files: number;
  /** Lines with content; absent where nobody can count them. */
  readonly rows?: number;
  readonly inputRows?: number;
  /** Why the output cannot be looked at, as the end of a sentence. */
  readonly fault?: string;
}

export interface EvaluationPlanFact {
  /** The newest completed job tagged `steward.template`, or the ARM id of the newest version of the component; absent when there is none. */
  readonly template?: string;
  readonly dataVersion?: string;
}

/** `undefined`: not asked for. `'absent'`: asked for, and Azure says that it does not exist. */
export interface Facts {
  readonly version?: VersionFact | 'absent';
  readonly endpoint?: EndpointFact | 'absent';
  readonly deployments?: readonly DeploymentFact[];
  readonly evaluationPlan?: EvaluationPlanFact;
  readonly job?: JobFact | 'absent';
  readonly evidence?: Evidence;
  readonly measured?: { readonly champion?: Measured; readonly challenger: Measured };
  readonly lineage?: Lineage;
  readonly artifact?: Artifact;
  readonly minutes?: readonly Minute[];
  /** Read apart: where they cannot be had, errors and latency are judged all the same. */
  readonly answers?: Answers | { readonly away: Unreachable };
  readonly room?: RoomFact;
  readonly testOutput?: TestOutputFact;
  readonly training?: TrainingFacts;
  readonly handOver?: HandOverFacts;
}

/** `unknown`: nobody says, or we may not ask. */
export type RoomFact =
  | { readonly instanceType: string; readonly family: string; readonly neededCores: number; readonly freeCores: number }
  | 'unknown';

export interface HandOverFacts {
  readonly know?: readonly string[];
  readonly arriving?:
    | { readonly as?: undefined; readonly next: string }
    | { readonly as: string; readonly version: VersionFact | 'absent' };
  /** What could not be read; the other is what it is. */
  readonly away?: Readonly<Partial<Record<keyof HandOverNeeds, Unreachable>>>;
}

export interface TrainingFacts {
  readonly monitor?: MonitorFact;
  readonly plan?: TrainingPlanFact;
  readonly job?: TrainingJobFact | 'absent';
  readonly result?: TrainingResultFact;
  readonly handedOver?: boolean;
  readonly collected?: CollectedFact;
  readonly collectedVersion?: boolean;
  /** What could not be read; the others are what they are. */
  readonly away?: Readonly<Partial<Record<keyof TrainingNeeds, Unreachable>>>;
}

export interface CollectedFact {
  /** Files of the window; counting ends beyond what a version may take in. */
  readonly files: number;
  readonly bytes: number;
  /** Those of hours that no version of ours reaches. */
  readonly newFiles: number;
  /** The version that the service would give next. */
  readonly nextVersion: string;
}

/**
 * `none`: no monitor watches this endpoint, or has that name. `several`: the policy must name one. `each`: several watch,
 * and each was asked for.
 */
export type MonitorFact =
  | { readonly found: 'none' | 'several'; readonly names: readonly string[] }
  | ({ readonly found: 'one' } & ReadMonitor)
  | { readonly found: 'each'; readonly monitors: readonly ReadMonitor[] };

export interface ReadMonitor {
  readonly name: string;
  /** Newest first, as many as were asked for. */
  readonly runs: readonly MonitorRunFact[];
  /** Hint -> the root run that it belongs to; a hint that is no run of this monitor is left out. */
  readonly rootOf: Readonly<Record<string, string>>;
  /** Hints that lead to a run of no monitor, though they say that a signal of this one is over its threshold. */
  readonly strangers?: readonly { readonly hint: string; readonly signal: string; readonly name?: string }[];
}

export interface MonitorRunFact {
  readonly run: string;
  /** ISO time at which it began. */
  readonly at: string;
  readonly ended: boolean;
  /** It failed or was canceled: what it did not find it did not look for. */
  readonly incomplete?: true;
  readonly breaches: readonly Breach[];
}

export interface TrainingPlanFact {
  /** Name of the job, or ARM id of the component version, that would be cloned; absent when there is none. */
  readonly source?: string;
  /** Each input that names a data asset, at its newest version. */
  readonly pins: readonly Pin[];
  /** Inputs that name a path: nothing can be said about their content. */
  readonly unpinned: readonly string[];
  /** What the champion's own training job was given; absent when it is not known. */
  readonly championPins?: readonly Pin[];
  /** The git commit of the source job, where it says so. */
  readonly commit?: string;
  /** Name of the compute, and how many jobs tagged as Steward's wait or run on it now. */
  readonly compute?: string;
  readonly onCompute: number;
}

export interface TrainingJobFact extends JobFact {
  readonly startedAt?: string;
  readonly endedAt?: string;
  /** Minutes times instances, over all steps; known once it has ended. */
  readonly computeMinutes?: number;
  /** Why it failed, as far as the service says so. `platform`: not the code's fault, so another try may heal it. */
  readonly failure?: { readonly platform: boolean; readonly message: string };
  /** The tag `steward.template` of a root job: the team's own, for clones of ours do not have it. */
  readonly template?: string;
  /** What such a job was given, as far as its inputs name versions. */
  readonly given?: Pick<TrainingPlanFact, 'pins' | 'unpinned' | 'commit'>;
}

export interface TrainingResultFact {
  /** The version of the model that names this job (or a step or child of it) as its origin. */
  readonly version?: string;
  /** Where the job left a model that nobody registered. */
  readonly output?: { readonly uri: string; readonly type: string };
  /** The version that the service would give next. */
  readonly nextVersion?: string;
}

/** The world could not be read: nothing is decided but when to look again. */
export interface Unreachable {
  readonly provider: string;
  readonly reason: string;
  readonly retryAfterMs?: number;
  /** It did answer, but nothing can be judged by what it says: `reason` is the fact itself. */
  readonly answered?: true;
  /** Who says that there is no such workspace: the estate, which allows it no more, or Azure, which is not believed at once. */
  readonly gone?: 'estate' | 'azure';
}

export type Action =
  | { readonly do: 'submitEvaluation'; readonly job: string; readonly template: string; readonly compute?: string; readonly champion: string; readonly challenger: string; readonly data: string; readonly dataVersion: string }
  | { readonly do: 'cancelJob'; readonly job: string }
  | { readonly do: 'submitTraining'; readonly job: string; readonly source: string; readonly from?: TrainingPolicy['from']; readonly pins: readonly Pin[]; readonly causes: readonly Cause[]; readonly attempt: number }
  | { readonly do: 'registerModel'; readonly job: string; readonly version: string; readonly uri: string; readonly type: string; readonly tags: Readonly<Record<string, string>> }
  | { readonly do: 'handOver'; readonly to: string; readonly number: number; readonly causes: readonly Cause[]; readonly more: number }
  | ({ readonly do: 'handOverVersion'; readonly to: string } & Omit<Sending, 'to'>)
  | { readonly do: 'bringVersion'; readonly from: string; readonly workspace: string; readonly version: string; readonly as: string; readonly stewardId: string; readonly artifact?: string }
  | ({ readonly do: 'collectData'; readonly version: string } & CollectedWindow)
  | { readonly do: 'createDeployment'; readonly deployment: string; readonly version: string; readonly like?: string; readonly plan: DeploymentPlan; readonly again?: true }
  | { readonly do: 'updateDeployment'; readonly deployment: string; readonly version: string; readonly expected: string; readonly back?: true; readonly generation: number }
  | { readonly do: 'smokeTest'; readonly deployment: string; readonly attempt: number }
  | { readonly do: 'testRun'; readonly deployment: string; readonly attempt: number; readonly input: string; readonly as: string; readonly output: string }
  | ({ readonly do: 'setTraffic' } & TrafficChange)
  | { readonly do: 'deleteDeployment'; readonly deployment: string }; // prettier-ignore

export interface TrafficChange {
  readonly expected: Split;
  readonly desired: Split;
  /** The same of what is copied. Absent: nothing is, and nothing shall be. */
  readonly mirror?: { readonly expected: Split; readonly desired: Split };
  readonly generation: number;
}

/** What a stage answers: the row as it should be, what to do in the world, whom to tell, and by which rules. */
export interface Step {
  readonly lifecycle: Lifecycle;
  readonly actions: readonly Action[];
  readonly notices: readonly Notice[];
  /** The release that ended in this step, for a row of its own. */
  readonly closed?: ClosedRelease;
  /** The training that ended in this step, or whose version's release did. */
  readonly ledger?: EndedTraining;
  /** Rule names with what they saw, for the audit: `shift.bakeOver`, `traffic.foreign`. */
  readonly rules: readonly string[];
  /** Look again this many ms from now at the latest; 0 = now; absent = nothing to wait for. */
  readonly lookInMs?: number;
}

export interface StageInput {
  readonly lifecycle: Lifecycle;
  readonly release: Release;
  readonly facts: Facts;
  readonly policy: EnvironmentPolicy;
  readonly now: Date;
  /** False while paused or held: judge and take back, but go no further. */
  readonly mayMove: boolean;
  /** Hash of the policy that is published now, whatever the release began under; absent where that is not known. */
  readonly published?: string;
  readonly calendars: Estate['calendars'];
}

/** A stage of a release: what it must know, and what follows from it. Two pure functions, one file. */
export interface Stage {
  needs(lifecycle: Lifecycle, release: Release, policy: EnvironmentPolicy, now: Date): Needs;
  decide(input: StageInput): Step;
}
