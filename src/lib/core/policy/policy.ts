import type { AnswersPolicy } from '../shadow/judge.ts';

/**
 * A resolved policy: what all other code reads. Every default is applied, every section of an environment has already
 * replaced the top-level one whole, request files are inlined, and units are in the names: `Ms` is milliseconds,
 * `Percent` is 0..100, everything else called a rate, confidence or probability is a fraction of 1.
 */
export interface Policy {
  readonly model: string;
  readonly owners: readonly string[];
  readonly environments: Readonly<Record<string, EnvironmentPolicy>>;
}

/** One model in one environment. */
export interface EnvironmentPolicy {
  readonly model: string;
  readonly environment: string;
  /** Name of the workspace as the estate file knows it. */
  readonly workspace: string;
  /** Name of the endpoint. */
  readonly endpoint: string;
  /** Which kind of endpoint that is: one that answers requests by shares of traffic, or one that runs jobs on its default deployment. */
  readonly serves: 'online' | 'batch';
  /** Takes newly registered versions directly. True without `after`, or where the policy says so. */
  readonly entry: boolean;
  /** Takes versions that this environment released. */
  readonly after?: string;
  /** The channel of the estate that is asked to bring those versions; absent: Steward copies them itself. */
  readonly bring?: string;
  /** The environments that take what this one released. */
  readonly handsTo: readonly string[];
  readonly owners: readonly string[];
  readonly training?: TrainingPolicy;
  /** Present wherever a gate is: a gate without evidence never decides. */
  readonly evaluation?: EvaluationPolicy;
  /** Without a gate nothing is ever released: versions and findings are only told. */
  readonly gate?: GatePolicy;
  readonly rollout: RolloutPolicy;
  readonly approval?: ApprovalPolicy;
  readonly freeze?: FreezePolicy;
  readonly notify: NotifyPolicy;
}

/** Each entry is an e-mail address or the name of a channel of the estate. */
export interface NotifyPolicy {
  /** Something a person must mend now. */
  readonly page: readonly string[];
  /** Something waits for a person. */
  readonly decide: readonly string[];
  /** Decisions and ends. */
  readonly inform: readonly string[];
}

export interface EvaluationPolicy {
  /**
   * job: the newest completed one tagged `steward.template=<job>` is cloned. component: the newest version of a
   * registered component runs on that compute. training: nothing runs; what the trainings themselves measured counts.
   */
  readonly from:
    | { readonly kind: 'job'; readonly job: string }
    | { readonly kind: 'component'; readonly component: string; readonly compute: string }
    | { readonly kind: 'training' };
  /** Name of the data asset; its newest version is pinned when the evaluation starts. */
  readonly data: string;
  /** Name of the job's output that holds the predictions. */
  readonly predictions: string;
  /** What follows when nobody can prove that the files which are deployed are those that were judged: `verify` rejects. */
  readonly artifact: 'tell' | 'verify';
  readonly deadlineMs: number;
}

export type Better = 'higher' | 'lower';
export type Comparison = 'superior' | 'nonInferior';

export interface GatePolicy {
  readonly metric: string;
  readonly better: Better;
  readonly compare: Comparison;
  /** superior: the challenger must win by more than this; nonInferior: it may lose by at most this. In the metric's unit. */
  readonly margin: number;
  /** Fraction, 0.95 by default. */
  readonly confidence: number;
  /** What decides where neither predictions nor numbers of rows say how much is chance; absent: nothing does. */
  readonly judge?: 'fixedMargin';
  /** The label that is the positive one, as text; absent: 1 of 0 and 1, true of true and false. */
  readonly positive?: string;
  /** Bounds on the challenger's own value, inclusive. */
  readonly min?: number;
  readonly max?: number;
  readonly guardrails: readonly Guardrail[];
  readonly slices?: SlicesPolicy;
  readonly require: readonly string[];
}

/** A second metric that must not get worse, or must keep within bounds. At least one of comparison, min, max. */
export interface Guardrail {
  readonly metric: string;
  readonly comparison?: {
    readonly better: Better;
    readonly compare: Comparison;
    readonly margin: number;
    readonly judge?: 'fixedMargin';
  };
  readonly min?: number;
  readonly max?: number;
}

export interface SlicesPolicy {
  readonly by: readonly string[];
  readonly metric: string;
  readonly minRows: number;
  readonly maxGap: number;
}

export interface RolloutPolicy {
  /** What a challenger's deployment gets; all else is as the champion's has it. */
  readonly deployment: DeploymentPlan;
  /** Beside the champion's deployment, with traffic in steps; or in its place, where two do not fit. */
  readonly update: 'beside' | 'inPlace';
  readonly smokeTest?: SmokeTest;
  /** Of a batch endpoint, and always there. */
  readonly testRun?: TestRun;
  readonly shadow?: ShadowPolicy;
  /** Ascending, ends with 100. */
  readonly stepsPercent: readonly number[];
  /** How long each step below 100 % is watched at least. */
  readonly bakeMs: number;
  /** What follows a step that has baked but is not decided. `hold` still rolls back when the deadline is over. */
  readonly onInconclusive: 'hold' | 'rollback';
  /** What a newer version does to a release that is under way and not yet watched. */
  readonly onNewerVersion: 'wait' | 'supersede';
  /** From the first step on; an undecided release is rolled back when it is over. */
  readonly deadlineMs: number;
  /** How long the new champion is watched after it got all traffic. */
  readonly watchMs: number;
  /** How long the old deployment is kept at 0 % after the watch ended. */
  readonly keepPreviousMs: number;
  readonly deployDeadlineMs: number;
  readonly canary: CanaryPolicy;
}

export interface ShadowPolicy {
  readonly percent: number;
  readonly forMs: number;
  /** Absent: what is answered is not looked at. */
  readonly answers?: AnswersPolicy;
}

/** A property that is absent is taken from the deployment of the champion. */
export interface DeploymentPlan {
  readonly instanceType?: string;
  readonly instances?: number;
  /** `name:version` in the workspace, or the address of one in a registry. */
  readonly environment?: string;
  /** A version of the model that names its own code by tag goes before this. */
  readonly code?: { readonly asset: string; readonly script: string };
  /** Beside those that the champion's deployment has. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly requestTimeoutMs?: number;
  /** Requests that one instance works on at a time. */
  readonly concurrency?: number;
  /** Where there is no endpoint of that name: one is made that lets callers in this way. Absent: that is left to people. */
  readonly createEndpoint?: 'key' | 'amlToken' | 'aadToken';
}

export interface SmokeRequest {
  /** The parsed JSON body that is sent. */
  readonly request: unknown;
  readonly expect: AnswerExpectation;
}

export interface SmokeTest extends SmokeRequest {
  /** Asked after it, each only when all before were answered as expected. */
  readonly also: readonly SmokeRequest[];
}

export interface AnswerExpectation {
  readonly status: number;
  readonly latencyMs?: number;
  /** JSON Schema (2020-12) of the body. */
  readonly schema?: object;
  /** JSON Pointer -> the value that must be there. */
  readonly values?: Readonly<Record<string, string | number | boolean | null>>;
}

/** A job of the new deployment before it becomes the default of its batch endpoint. */
export interface TestRun {
  /** A data asset, the newest version of which is pinned, or `azureml:NAME:VERSION`. */
  readonly input: string;
  /** What the deployment calls that input: only pipeline components have names for them. */
  readonly as: string;
  /** Name of the output that must not be empty. */
  readonly output: string;
  /** same: as many rows as the input has. */
  readonly rows?: 'same';
  readonly minRows?: number;
  readonly deadlineMs: number;
}

export interface CanaryPolicy {
  /** Roll back when the challenger fails this many times as often as the champion; 2 by default. */
  readonly errors: number;
  /** Roll back when the challenger is this much slower; 30 means 1.3 times the champion's latency. */
  readonly latencyPercent: number;
  /** Probability, over a whole release, of rolling back a challenger that is as good as the champion; 0.02 by default. */
  readonly maxFalseRollback: number;
  /** Error rate (a fraction) up to which the challenger's failures count as none, whatever the champion's are; 0.002 by default. */
  readonly negligible: number;
  /** With fewer challenger requests than this no step is passed. */
  readonly minRequests: number;
  /** Only minutes older than this are judged: later ones are still being counted by the platform. */
  readonly settleMs: number;
  readonly traffic: 'metrics' | 'log';
  /** Absolute limits; they hold with or without a champion to compare with. */
  readonly limits: { readonly errorRate?: number; readonly latencyMs?: number };
}

export interface TrainingPolicy {
  /** Environment where training runs; absent: where the cause was found. */
  readonly in?: string;
  /**
   * champion: the job that made the version that serves. job: of that name, else the newest completed one tagged
   * `steward.template=<job>`. component: the newest version of a registered pipeline or command component.
   */
  readonly from:
    | { readonly kind: 'champion' }
    | { readonly kind: 'job'; readonly job: string }
    | {
        readonly kind: 'component';
        readonly component: string;
        readonly compute: string;
        readonly inputs: Readonly<Record<string, string>>;
      };
  readonly when: {
    readonly drift?: { readonly monitor?: string; readonly breaches: number; readonly of: number };
    /** Name of a data asset: a new version of it is a cause. */
    readonly newData?: string;
    readonly schedule?: { readonly cron: string; readonly timeZone: string };
  };
  /** What the endpoint was asked lately becomes a version of this data before a training is made from it. */
  readonly collected?: { readonly data: string; readonly collections: readonly string[]; readonly windowMs: number };
  readonly cooldownMs: number;
  readonly budget: { readonly runs: number; readonly perMs: number };
  readonly deadline: { readonly startMs: number; readonly finishMs: number };
  /** Name of the job's output that holds the model, registered when the job did not register one itself. */
  readonly output: string;
  /**
   * What becomes of the model that a run of the team's own left without registering it. Such runs are known by their tag
   * `steward.template`: the policy must train from a job.
   */
  readonly unregistered: 'ignore' | 'register';
  /** Who is told of broken data; the owners where nobody is named. */
  readonly dataOwners: readonly string[];
}

export interface ApprovalPolicy {
  readonly role: string;
  readonly count: number;
  readonly fourEyes: boolean;
  readonly expiresMs: number;
  readonly onTimeout: 'reject' | 'hold';
}

export interface FreezePolicy {
  readonly calendar: string;
  /** What a freeze does to a release that is under way. */
  readonly inFlight: 'hold' | 'finish' | 'rollback';
}
