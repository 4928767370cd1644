/**
 * The emulated Azure: one object that every service reads and writes. Services never import each other; what one does
 * that another must notice goes through this world (a call slot or an event). It shares no code with the app.
 */

/**
 * Virtual time: `origin` is the instant at which virtual and real time agree; from there a real second is `factor`
 * virtual ones: `virtual = origin + (real - origin) * factor`. Two processes with the same pair always agree, also
 * after a restart. Timers are given in virtual time.
 */
export interface Clock {
  readonly origin: Date;
  readonly factor: number;
  now(): Date;
  /** Calls back once, `delayMs` virtual milliseconds from now; the returned function cancels. */
  after(delayMs: number, callback: () => void): () => void;
}

export type ProvisioningState = 'Creating' | 'Updating' | 'Deleting' | 'Scaling' | 'Succeeded' | 'Failed' | 'Canceled';
export type JobStatus =
  | 'NotStarted' | 'Starting' | 'Provisioning' | 'Preparing' | 'Queued' | 'Running' | 'Finalizing'
  | 'CancelRequested' | 'Completed' | 'Failed' | 'Canceled' | 'NotResponding' | 'Paused' | 'Unknown'; // prettier-ignore

/** An ARM resource as the service stores it: `properties` is the body's `properties`, validated on write. */
export interface Resource {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  location?: string;
  identity?: unknown;
  sku?: unknown;
  tags: Record<string, string>;
  properties: Record<string, unknown>;
  readonly createdAt: Date;
  /** The person who made it; absent: an application. */
  readonly createdBy?: string;
  modifiedAt: Date;
}

export interface Metric {
  readonly key: string;
  readonly value: number;
  readonly timestamp: number;
  readonly step: number;
}

/** Why a run failed, in the words of the run history, which alone tells it. */
export interface RunError {
  readonly code: string;
  readonly message: string;
}

/** An MLflow run; for a job, `id` is the job's name. Tags starting `azureml.` or `mlflow.` are the service's. */
export interface Run {
  readonly id: string;
  readonly experimentId: string;
  readonly experimentName: string;
  /** As Event Grid says it, e.g. `azureml.scriptrun`; null is legal. */
  readonly runType: string | null;
  readonly parentId?: string;
  name: string;
  status: JobStatus;
  readonly startedAt: Date;
  endedAt?: Date;
  readonly tags: Map<string, string>;
  readonly properties: Map<string, string>;
  readonly params: Map<string, string>;
  readonly metrics: Metric[];
  error?: RunError;
}

export interface Versioned {
  readonly container: Resource;
  readonly versions: Map<string, Resource>;
}

export interface Job extends Resource {
  status: JobStatus;
  /** Combined stdout and stderr, shown by the log route. */
  log: string;
  /** Where outputs lie that are another job's: of a pipeline its steps', of a reused step the earlier one's. */
  outputs?: ReadonlyMap<string, string>;
  /**
   * Set on a part of another job, which ARM neither lists nor shows: a step of a pipeline, a trial of a sweep. Steps that
   * do the same work have the same `reuseKey`.
   */
  readonly part?: { readonly of: string; readonly reuseKey?: string };
  /** The `properties` of the batch deployment of a model that it runs, as they were when it was invoked. */
  readonly batch?: Readonly<Record<string, unknown>>;
}

/** Nothing runs on a batch deployment until it is invoked: it has no process. */
export interface BatchDeployment extends Resource {
  state: ProvisioningState;
}

export interface BatchEndpoint extends Resource {
  state: ProvisioningState;
  readonly deployments: Map<string, BatchDeployment>;
}

/** Percent of memory that each instance uses; grows from `since` on. */
export interface MemoryUse {
  readonly percent?: number;
  readonly perMinute?: number;
  readonly since?: Date;
}

export interface Deployment extends Resource {
  state: ProvisioningState;
  log: string;
  /** Told, as a process here has no machine of its own to fill; absent: steady. */
  memory?: MemoryUse | 'notMeasured';
}

export interface Endpoint extends Resource {
  state: ProvisioningState;
  /** Never on the wire except from `listKeys`. */
  keys: { primaryKey: string; secondaryKey: string };
  readonly deployments: Map<string, Deployment>;
}

export interface Workspace {
  /** ARM id in the casing it was created with. Keys of the maps below are names as written (runs: run ids). */
  readonly id: string;
  readonly name: string;
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly region: string;
  readonly guid: string;
  readonly tags: Record<string, string>;
  readonly datastores: Map<string, Resource>;
  readonly jobs: Map<string, Job>;
  readonly runs: Map<string, Run>;
  readonly experiments: Map<string, { id: string; name: string }>;
  readonly models: Map<string, Versioned>;
  readonly data: Map<string, Versioned>;
  readonly environments: Map<string, Versioned>;
  readonly codes: Map<string, Versioned>;
  readonly components: Map<string, Versioned>;
  readonly schedules: Map<string, Resource>;
  readonly endpoints: Map<string, Endpoint>;
  readonly batchEndpoints: Map<string, BatchEndpoint>;
  /** Cores of each family of sizes that deployments may use in all; more is refused with the quota 400. */
  quota: number;
  /** By name of the compute: how many jobs run there at a time, the others wait in Queued. Any number where it has no entry. */
  readonly nodes: Map<string, number>;
}

/** One request that a serving front really answered (live, mirrored or by deployment header). */
export interface ServedRequest {
  readonly at: Date;
  readonly workspace: string;
  readonly endpoint: string;
  readonly deployment: string;
  readonly status: number;
  readonly modelStatus: number;
  /** Real milliseconds from the front's receipt to its answer: work does not go faster with the clock. */
  readonly durationMs: number;
  readonly live: boolean;
}

/**
 * A call that a service answered, for reports and tests: who asked what, when, and what came back. Only calls that
 * change something (not GET), secrets removed; calls to the scoring front are in `served` instead.
 */
export interface RecordedCall {
  readonly at: Date;
  readonly service: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly body?: unknown;
  /** The person who asked; absent: an application. */
  readonly by?: string;
  /** The fault that acted on it. `late` is recorded twice: when answered 504, and when it was really done. */
  readonly fault?: Fault['kind'];
}

/** What a workspace raises through its Event Grid system topic; field casing is the event grid service's business. */
export type WorkspaceEvent =
  | { readonly kind: 'runStatusChanged' | 'runCompleted'; readonly workspace: string; readonly run: Run; readonly status: JobStatus }
  | { readonly kind: 'modelRegistered'; readonly workspace: string; readonly name: string; readonly version: string; readonly tags: Record<string, string>; readonly properties: Record<string, string> }
  | { readonly kind: 'modelDeployed'; readonly workspace: string; readonly endpoint: string; readonly models: readonly string[] }
  | { readonly kind: 'datasetDrift'; readonly workspace: string; readonly drift: DatasetDrift }; // prettier-ignore

/** A finding of a data-drift monitor of the first generation. Times are ISO, null, or the word `null`, as the service sends them. */
export interface DatasetDrift {
  readonly driftId: string;
  readonly driftName: string;
  readonly runId: string;
  readonly baseDatasetId: string;
  readonly targetDatasetId: string;
  readonly coefficient: number;
  readonly startTime: string | null;
  readonly endTime: string | null;
}

/**
 * A fault by service and route. Matching calls are counted; the fault acts on the next `times` of them after `skip`.
 * `hang`: never answers. `dropAnswer`: does it, then cuts the connection. `late`: answers 504 now, does it after
 * `delayMs` virtual ms. `status`: answers that status (with `retryAfterSeconds` and `body` where given).
 */
export interface Fault {
  readonly id: string;
  readonly service:
    | 'arm'
    | 'mlflow'
    | 'runHistory'
    | 'monitor'
    | 'logs'
    | 'email'
    | 'eventGrid'
    | 'token'
    | 'scoring'
    | 'github'
    | 'batch';
  readonly method?: string;
  /** A regular expression tried on the path. */
  readonly path?: string;
  readonly kind: 'status' | 'hang' | 'dropAnswer' | 'late' | 'delay';
  readonly status?: number;
  readonly body?: unknown;
  readonly retryAfterSeconds?: number;
  readonly delayMs?: number;
  readonly skip?: number;
  times: number;
  /** Counts arrivals (before the answer), so that a test can wait for a call in flight. */
  seen: number;
}

/**
 * Event mischief, decided by counts and never by chance: acts on the next `times` events of the kind after `skip`.
 * `double`: delivered twice. `delay`: delivered `delayMs` virtual ms later. `reorder`: delivered after the next event
 * of any kind. `lose`: never delivered.
 */
export interface Mischief {
  readonly id: string;
  readonly event: WorkspaceEvent['kind'];
  readonly kind: 'double' | 'delay' | 'reorder' | 'lose';
  readonly delayMs?: number;
  readonly skip?: number;
  times: number;
  seen: number;
}

/** How long the control plane takes, in virtual milliseconds. */
export interface Pace {
  readonly endpointMs: number;
  /** Spent before the deployment's process starts; the process's own time comes on top. */
  readonly deploymentMs: number;
  readonly deleteMs: number;
}

export type TokenFault = 'missing' | 'notOurs' | 'expired' | 'wrongAudience';

/** Bearer tokens as the identity endpoint issues them. */
export interface Tokens {
  /** Undefined for a resource that the directory does not know. `person`: display name of who signed in; absent: an application. */
  issue(resource: string, person?: string): { token: string; expiresAt: Date } | undefined;
  /** Whose token it is; undefined for an application's, and for one that is not ours. */
  person(authorization: string | undefined): string | undefined;
  /** Undefined = fine. `audience` without trailing slash, e.g. `https://management.azure.com`. */
  fault(authorization: string | undefined, audience: string): TokenFault | undefined;
}

export interface StorageAddresses {
  readonly account: string;
  readonly connectionString: string;
  readonly blob: string;
  readonly queue: string;
  readonly table: string;
}

export interface World {
  readonly clock: Clock;
  /** Base address of every TLS service, e.g. `https://127.0.0.1:34567`. */
  readonly origin: string;
  /** PEM of our own certificate authority and the file that holds it (for NODE_EXTRA_CA_CERTS of children). */
  readonly ca: { readonly pem: string; readonly path: string };
  /** Folder for everything written at run time: CA, mail, job folders, Azurite data. Never inside the repository's tracked files. */
  readonly folder: string;
  readonly storage: StorageAddresses;
  /** Key: lower-case ARM id. */
  readonly workspaces: Map<string, Workspace>;
  /** For the app's environment: IDENTITY_ENDPOINT and IDENTITY_HEADER. */
  readonly identity: { readonly endpoint: string; readonly header: string };
  readonly tokens: Tokens;
  readonly pace: Pace;
  readonly faults: Fault[];
  readonly mischief: Mischief[];
  readonly calls: RecordedCall[];
  readonly served: ServedRequest[];
  /** Paths answered 501; tests fail when this is not empty. */
  readonly unimplemented: string[];
  /** Exceptions inside a service (answered 500); tests fail when this is not empty. */
  readonly crashes: string[];
  /** Raises an event; the event grid service delivers it. */
  raise(event: WorkspaceEvent): void;
  onEvent(listener: (event: WorkspaceEvent) => void): void;
  /** Slot filled by the job runner: starts the job's process; status, log, run and events follow by themselves. */
  runJob: (workspace: Workspace, job: Job) => void;
  cancelJob: (workspace: Workspace, job: Job) => void;
  /** Takes its node from a job that runs: its processes end, and it fails through no fault of its own. False when none runs. */
  preemptJob: (workspace: Workspace, job: Job) => boolean;
  /** Slots filled by serving: start (or restart) a deployment's process and settle its state; stop it for good. */
  startDeployment: (workspace: Workspace, endpoint: Endpoint, deployment: Deployment) => Promise<void>;
  stopDeployment: (workspace: Workspace, endpoint: Endpoint, deployment: Deployment) => Promise<void>;
}
