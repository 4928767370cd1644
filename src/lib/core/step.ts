import type { Minute } from './canary/state.ts';
import type { Evidence } from './gate/evidence.ts';
import type { ClosedRelease, Lifecycle, Release, Split } from './lifecycle.ts';
import type { Notice } from './notice.ts';
import type { EnvironmentPolicy } from './policy/policy.ts';

/** The facts that a stage asks for; `observe` reads these and no others. */
export interface Needs {
  readonly version?: string;
  readonly endpoint?: boolean;
  readonly deployments?: boolean;
  readonly evaluationPlan?: { readonly template: string; readonly data: string };
  readonly job?: string;
  readonly evidence?: { readonly job: string; readonly metrics: readonly string[] };
  readonly minutes?: { readonly from: string; readonly to: string };
}

export interface VersionFact {
  readonly version: string;
  readonly id: string;
  readonly archived: boolean;
  readonly jobName?: string;
  readonly tags: Readonly<Record<string, string>>;
}

export interface EndpointFact {
  readonly state: 'ready' | 'busy' | 'failed';
  readonly traffic: Split;
  /** Our tags, as the endpoint carries them. */
  readonly stewardGeneration?: number;
  readonly stewardSplit?: Split;
}

export interface DeploymentFact {
  readonly name: string;
  readonly state: 'creating' | 'updating' | 'deleting' | 'ready' | 'failed';
  /** ARM id of the model version it serves, when it names one. */
  readonly model?: string;
  readonly version?: string;
  readonly stewardId?: string;
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

export interface EvaluationPlanFact {
  /** The newest completed job tagged `steward.template`; absent when there is none. */
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
  readonly minutes?: readonly Minute[];
}

/** The world could not be read: nothing is decided but when to look again. */
export interface Unreachable {
  readonly provider: string;
  readonly reason: string;
  readonly retryAfterMs?: number;
  /** It did answer, but nothing can be judged by what it says: `reason` is the fact itself. */
  readonly answered?: true;
}

export type Action =
  | { readonly do: 'submitEvaluation'; readonly job: string; readonly template: string; readonly champion: string; readonly challenger: string; readonly data: string; readonly dataVersion: string }
  | { readonly do: 'cancelJob'; readonly job: string }
  | { readonly do: 'createDeployment'; readonly deployment: string; readonly version: string; readonly like?: string }
  | { readonly do: 'smokeTest'; readonly deployment: string; readonly attempt: number; readonly request: unknown }
  | { readonly do: 'setTraffic'; readonly expected: Split; readonly desired: Split; readonly generation: number }
  | { readonly do: 'deleteDeployment'; readonly deployment: string }; // prettier-ignore

/** What a stage answers: the row as it should be, what to do in the world, whom to tell, and by which rules. */
export interface Step {
  readonly lifecycle: Lifecycle;
  readonly actions: readonly Action[];
  readonly notices: readonly Notice[];
  /** The release that ended in this step, for a row of its own. */
  readonly closed?: ClosedRelease;
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
}

/** A stage of a release: what it must know, and what follows from it. Two pure functions, one file. */
export interface Stage {
  needs(lifecycle: Lifecycle, release: Release, policy: EnvironmentPolicy, now: Date): Needs;
  decide(input: StageInput): Step;
}
